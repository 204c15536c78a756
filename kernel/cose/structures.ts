/**
 * What is signed, authenticated and sealed beside the content (RFC 9052 sections 4.4, 5.3 and 6.3): arrays that
 * begin with a text for their purpose, so that none can stand for another.
 */
import { encodeCbor, withCbor } from '../../promisebase/index.ts'

const NOTHING = new Uint8Array(0)

/** Sig_structure; with `signProtected` that of one signer of a COSE_Sign. */
export function sigStructure(
  context: 'Signature' | 'Signature1',
  bodyProtected: Uint8Array,
  signProtected: Uint8Array | undefined,
  externalAad: Uint8Array,
  payload: Uint8Array,
): Uint8Array {
  const signer = signProtected === undefined ? [] : [signProtected]
  return encodeCbor([context, bodyProtected, ...signer, externalAad, payload])
}

/** The same Sig_structure, lent to `use` for as long as that runs: a copy of every message costs more than its hash. */
export function withSigStructure<T>(
  context: 'Signature' | 'Signature1',
  bodyProtected: Uint8Array,
  signProtected: Uint8Array | undefined,
  payload: Uint8Array,
  use: (bytes: Uint8Array) => T,
): T {
  return signProtected === undefined
    ? withCbor([context, bodyProtected, NOTHING, payload], use)
    : withCbor([context, bodyProtected, signProtected, NOTHING, payload], use)
}

/** MAC_structure. */
export function macStructure(
  context: 'MAC' | 'MAC0',
  protectedBytes: Uint8Array,
  externalAad: Uint8Array = NOTHING,
  payload: Uint8Array,
): Uint8Array {
  return encodeCbor([context, protectedBytes, externalAad, payload])
}

/** Enc_structure. */
export function encStructure(
  context: 'Encrypt' | 'Encrypt0',
  protectedBytes: Uint8Array,
  externalAad: Uint8Array = NOTHING,
): Uint8Array {
  return encodeCbor([context, protectedBytes, externalAad])
}
