export { createMemoryBackend } from './backend-memory.ts'
export { bytesKey } from './bytes-key.ts'
export { BoundedMap } from './bounded-map.ts'
export { diagnose } from './cbor/diagnose.ts'
export { elementOffsets } from './cbor/elements.ts'
export { decodeCbor } from './cbor/decode.ts'
export { encodeCbor, encodeDagCbor } from './cbor/encode.ts'
export { scanGridEnvelope } from './cbor/grid-envelope.ts'
export { GRID_TAG, hasGridTag } from './cbor/grid-tag.ts'
export { linkOf } from './cbor/link.ts'
export {
  BIGNUM_BYTES_MAX,
  CBOR_DEPTH_MAX,
  CORE_PROFILE,
  DAG_CBOR_PROFILE,
  ENVELOPE_PROFILE,
  FOREIGN_PROFILE,
  GRID_CBOR_PROFILE,
} from './cbor/profile.ts'
export { scanCbor } from './cbor/scan.ts'
export { CborFloat, CborSimple, CborTagged, isTagged } from './cbor/value.ts'
export { checkCid, cidKey, CODEC, createCid, hashBlock, isCid, parseCid, SHA2_256 } from './cid.ts'
export { nobleCrypto } from './crypto/noble-crypto.ts'
export { toLowS } from './crypto/p256-strict.ts'
export { createStrictProvider } from './crypto/strict-provider.ts'
export { STORE_ERRORS, StoreError } from './errors.ts'
export { BLOCK_BYTES_MAX, STORE_LIMITS } from './store-limits.ts'
export { createStore } from './store.ts'
export { isTreeBlock, readContent, storeContent } from './tree.ts'
export type { DiagnoseOptions } from './cbor/diagnose.ts'
export type { GridEnvelope } from './cbor/grid-envelope.ts'
export type { CborProfile } from './cbor/profile.ts'
export type { CborRefusalCode, CborResult } from './cbor/scan.ts'
export type { CborInput, CborKey, CborMap, CborValue } from './cbor/value.ts'
export type { CidRule } from './cid.ts'
export type { CryptoEngine } from './crypto/strict-provider.ts'
export type { StoreErrorCode } from './errors.ts'
export type * from './interface.ts'
export type { StoreLimits } from './store-limits.ts'
export type { StoreOptions } from './store.ts'
export type { ContentRefusal } from './tree.ts'
