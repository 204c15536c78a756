/** The generic COSE toolkit: what others sign, authenticate and seal by RFC 9052, and what is sealed to a principal. */
export { checkCwtTime, readCwtClaims, unwrapCwt } from './cwt.ts'
export { readConfirmation } from './confirmation.ts'
export {
  openCoseEncrypt,
  openCoseEncrypt0,
  readCoseEncrypt,
  readCoseEncrypt0,
  sealCoseEncrypt0,
} from './encrypt.ts'
export { parameter } from './header.ts'
export { coseKeyFrom, KEY_OPERATION, readCoseKey } from './key.ts'
export { readCoseKeySet } from './key-set.ts'
export { COSE_TAG, HEADER, OPAQUE_HEADER } from './labels.ts'
export { COSE_LIMITS } from './limits.ts'
export { createCoseMac0, readCoseMac, readCoseMac0, verifyCoseMac, verifyCoseMac0 } from './mac.ts'
export { readCoseSign, signCoseSign, verifyCoseSign } from './sign.ts'
export { readCoseSign1, signCoseSign1, verifyCoseSign1 } from './sign1.ts'
export { coseSigner } from './signer.ts'
export { encStructure, macStructure, sigStructure } from './structures.ts'
export { thumbprintOf } from './thumbprint.ts'
export type { CwtClaims } from './cwt.ts'
export type { Confirmation } from './confirmation.ts'
export type { AeadInput, CcmEngine } from './content-cipher.ts'
export type { CoseEncrypt, CoseEncrypt0, OpeningOptions, SealingOptions } from './encrypt.ts'
export type { CoseHeaders } from './header.ts'
export type { CoseReading } from './item.ts'
export type { CoseCurve, CoseKey, KeyMaterial } from './key.ts'
export type { PartyInfo, UnsentContext } from './key-derivation.ts'
export type { CoseKeySet } from './key-set.ts'
export type { CoseKind } from './labels.ts'
export type { CoseMac, CoseMac0 } from './mac.ts'
export type { CoseRecipient, RecipientKey } from './recipient.ts'
export type { CoseSign, CoseSignature } from './sign.ts'
export type { CoseBinding, CoseSign1, SigningOptions } from './sign1.ts'
export type { CoseSigner } from './signer.ts'
