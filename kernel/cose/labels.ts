/** The numbers of RFC 9052 and the registries it began, as far as they are read here. */

/** Tags: they say what an array is. */
export const COSE_TAG = { Sign1: 18, Sign: 98, Mac0: 17, Mac: 97, Encrypt0: 16, Encrypt: 96 } as const

export type CoseKind = keyof typeof COSE_TAG

/** Header parameters. */
export const HEADER = {
  alg: 1,
  crit: 2,
  contentType: 3,
  kid: 4,
  iv: 5,
  partialIv: 6,
  typ: 16,
} as const

/** Header parameters of recipients (RFC 9053). */
export const RECIPIENT_HEADER = {
  ephemeralKey: -1,
  staticKey: -2,
  staticKeyId: -3,
  salt: -20,
  partyUIdentity: -21,
  partyUNonce: -22,
  partyUOther: -23,
  partyVIdentity: -24,
  partyVNonce: -25,
  partyVOther: -26,
} as const

/**
 * What is carried along and not looked into: certificates (RFC 9360) and countersignatures of both kinds.
 * Their meaning is for the caller; naming one of them in `crit` asks for more, and is refused.
 */
export const OPAQUE_HEADER = {
  countersignature8152: 7,
  countersignature0of8152: 9,
  countersignature: 11,
  countersignature0: 12,
  x5bag: 32,
  x5chain: 33,
  x5t: 34,
  x5u: 35,
} as const

/** Labels every reader understands when `crit` names them: those that this toolkit acts on. */
export const UNDERSTOOD: ReadonlySet<unknown> = new Set([1, 2, 3, 4, 5, 6])
