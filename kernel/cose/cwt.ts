/**
 * CBOR Web Tokens of others (RFC 8392): the claims everybody means the same by, and their times. What a token
 * says may be believed only after the COSE object around it has been verified.
 */
import { CborFloat } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { readConfirmation } from './confirmation.ts'
import { readItem } from './item.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Confirmation } from './confirmation.ts'
import type { CoseReading } from './item.ts'

export interface CwtClaims {
  readonly issuer?: string
  readonly subject?: string
  readonly audience?: string | readonly string[]
  /** Seconds since 1970; other writers also send parts of them. */
  readonly expires?: number
  readonly notBefore?: number
  readonly issuedAt?: number
  readonly id?: Uint8Array
  readonly confirmation?: Confirmation
  /** Everything, these claims included. */
  readonly all: CborMap
}

/** The two bytes of tag 61. */
const CWT_TAG = [0xd8, 0x3d]

/** What tag 61 is around; the bytes themselves where it is not. The tag of the COSE object must follow it. */
export function unwrapCwt(bytes: Uint8Array): Result<Uint8Array> {
  if (!CWT_TAG.every((byte, index) => bytes[index] === byte)) return { ok: bytes }
  const inner = bytes.subarray(CWT_TAG.length)
  return (inner[0] ?? 0) >> 5 === 6
    ? { ok: inner }
    : refuse('SHAPE', 'behind the tag of a CWT stands a tagged COSE object')
}

/** Reads the payload of a token. */
export function readCwtClaims(payload: Uint8Array, reading: CoseReading = {}): Result<CwtClaims> {
  const item = readItem(payload, reading)
  if (item.refused !== undefined) return item
  if (!(item.ok instanceof Map)) return refuse('SHAPE', 'the claims of a CWT are a map')
  const all = item.ok
  const confirmation = all.has(8) ? readConfirmation(all.get(8)) : undefined
  if (confirmation?.refused !== undefined) return confirmation
  const read = {
    ...claim('issuer', all.get(1), textOf),
    ...claim('subject', all.get(2), textOf),
    ...claim('audience', all.get(3), audienceOf),
    ...claim('expires', all.get(4), secondsOf),
    ...claim('notBefore', all.get(5), secondsOf),
    ...claim('issuedAt', all.get(6), secondsOf),
    ...claim('id', all.get(7), bytesOf),
  }
  const wrong = Object.entries(read).find(([, value]) => value === WRONG)
  if (wrong !== undefined) return refuse('SHAPE', `the claim ${wrong[0]} of a CWT is of another type`)
  const confirmed = confirmation === undefined ? {} : { confirmation: confirmation.ok }
  return { ok: { ...(read as Omit<CwtClaims, 'all'>), ...confirmed, all } }
}

/** Whether the token is valid at `now`, in seconds; clocks may differ by `skew`. */
export function checkCwtTime(
  { expires, notBefore, issuedAt }: Pick<CwtClaims, 'expires' | 'notBefore' | 'issuedAt'>,
  now: number,
  skew = 0,
): Result<true> {
  if (expires !== undefined && !(now < expires + skew)) return refuse('EXPIRED', `expired at ${expires}`)
  if (notBefore !== undefined && !(notBefore - skew <= now))
    return refuse('EARLY', `not valid before ${notBefore}`)
  if (issuedAt !== undefined && !(issuedAt <= now + skew)) return refuse('EARLY', `issued at ${issuedAt}`)
  return { ok: true }
}

const WRONG = Symbol('a value of another type')

function claim<Name extends string, T>(
  name: Name,
  value: CborValue | undefined,
  read: (value: CborValue) => T | typeof WRONG,
): { readonly [Key in Name]?: T | typeof WRONG } {
  return (value === undefined ? {} : { [name]: read(value) }) as { readonly [Key in Name]?: T }
}

function textOf(value: CborValue): string | typeof WRONG {
  return typeof value === 'string' ? value : WRONG
}

function audienceOf(value: CborValue): string | readonly string[] | typeof WRONG {
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string')
  return isList ? value : textOf(value)
}

function bytesOf(value: CborValue): Uint8Array | typeof WRONG {
  return value instanceof Uint8Array ? value : WRONG
}

function secondsOf(value: CborValue): number | typeof WRONG {
  const seconds = value instanceof CborFloat ? value.value : value
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : WRONG
}
