/**
 * How a recipient makes a key out of a shared secret (RFC 9053 section 5): HKDF over a context that names what
 * the key is for, so that one secret never gives one key to two purposes.
 */
import { encodeCbor, nobleCipher } from '../../promisebase/index.ts'
import { parameter } from './header.ts'
import { RECIPIENT_HEADER } from './labels.ts'
import { cbcMac } from './mac-algorithms.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { CoseHeaders } from './header.ts'

export type KeyDerivation = 'HKDF-SHA-256' | 'HKDF-SHA-512' | 'HKDF-AES-MAC'

/** Parts of the context that both sides know and nobody sends. */
export interface UnsentContext {
  readonly partyU?: PartyInfo
  readonly partyV?: PartyInfo
  readonly publicOther?: Uint8Array
  readonly privateOther?: Uint8Array
}

export interface PartyInfo {
  readonly identity?: Uint8Array
  readonly nonce?: Uint8Array
  readonly other?: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** COSE_KDF_Context of RFC 9053 section 5.2. */
export function kdfContext(
  algorithm: number,
  keyBytes: number,
  headers: CoseHeaders,
  unsent: UnsentContext = {},
): Uint8Array {
  const { partyUIdentity, partyUNonce, partyUOther } = RECIPIENT_HEADER
  const { partyVIdentity, partyVNonce, partyVOther } = RECIPIENT_HEADER
  const { partyU, partyV, publicOther, privateOther } = unsent
  return encodeCbor([
    algorithm,
    party(headers, [partyUIdentity, partyUNonce, partyUOther], partyU),
    party(headers, [partyVIdentity, partyVNonce, partyVOther], partyV),
    [keyBytes * 8, headers.protectedBytes, ...(publicOther === undefined ? [] : [publicOther])],
    ...(privateOther === undefined ? [] : [privateOther]),
  ])
}

function party(
  headers: { readonly protected: CborMap; readonly unprotected: CborMap },
  [identity, nonce, other]: readonly [number, number, number],
  unsent: PartyInfo = {},
): CborValue[] {
  return [
    parameter(headers, identity) ?? unsent.identity ?? null,
    parameter(headers, nonce) ?? unsent.nonce ?? null,
    parameter(headers, other) ?? unsent.other ?? null,
  ]
}

/** A key of `length` bytes; `salt` as the recipient's header has it. */
export function deriveKey(
  derivation: KeyDerivation,
  secret: Uint8Array,
  salt: Uint8Array = NOTHING,
  context: Uint8Array,
  length: number,
): Uint8Array {
  if (derivation === 'HKDF-AES-MAC') return expandByCbcMac(secret, context, length)
  const hash = derivation === 'HKDF-SHA-256' ? 'sha2-256' : 'sha2-512'
  return nobleCipher.deriveKey(secret, salt, context, length, hash)
}

/** HKDF-Expand with AES-CBC-MAC for its pseudorandom function; the step before it is left out. */
function expandByCbcMac(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(Math.ceil(length / 16) * 16)
  let block: Uint8Array = NOTHING
  for (let index = 0; index * 16 < length; index++) {
    // Not by spreading: a context can be as long as the object, and every byte would be an argument of a call.
    const input = new Uint8Array(block.length + info.length + 1)
    input.set(block)
    input.set(info, block.length)
    input[input.length - 1] = index + 1
    block = cbcMac(key, input)
    output.set(block, index * 16)
  }
  return output.slice(0, length)
}
