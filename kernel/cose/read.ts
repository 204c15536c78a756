/**
 * From bytes to the parts of a COSE object (RFC 9052): the right tag or none, the right number of parts, both
 * headers, all within bounds. Nothing of it may be believed before it is verified or opened.
 */
import { isTagged } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { readHeaders } from './header.ts'
import { readItem } from './item.ts'
import { COSE_TAG } from './labels.ts'
import { COSE_LIMITS } from './limits.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseReading } from './item.ts'
import type { CoseKind } from './labels.ts'

export interface CoseParts {
  readonly headers: CoseHeaders
  /** What stands behind the two headers. */
  readonly rest: readonly CborValue[]
}

const REST: Record<CoseKind, number> = { Sign1: 2, Sign: 2, Mac0: 2, Mac: 3, Encrypt0: 1, Encrypt: 2 }

export function readParts(kind: CoseKind, bytes: Uint8Array, reading: CoseReading): Result<CoseParts> {
  const item = readItem(bytes, reading)
  if (item.refused !== undefined) return item
  const untagged = untag(kind, item.ok, reading)
  return untagged.refused === undefined
    ? splitParts(`COSE_${kind}`, untagged.ok, REST[kind], reading)
    : untagged
}

/** An array of two headers and as many further parts. */
export function splitParts(
  what: string,
  value: CborValue,
  restLength: number,
  reading: CoseReading,
): Result<CoseParts> {
  if (!Array.isArray(value) || value.length !== restLength + 2)
    return refuse('SHAPE', `a ${what} is an array of ${restLength + 2} elements`)
  const [protectedBytes, unprotected, ...rest] = value
  const headers = readHeaders(protectedBytes, unprotected, reading)
  return headers.refused === undefined ? { ok: { headers: headers.ok, rest } } : headers
}

function untag(kind: CoseKind, item: CborValue, { tag }: CoseReading): Result<CborValue> {
  if (!isTagged(item))
    return tag === 'required'
      ? refuse('SHAPE', `tag ${COSE_TAG[kind]} of a COSE_${kind} is missing`)
      : { ok: item }
  if (tag === 'absent') return refuse('SHAPE', `this COSE_${kind} must not be tagged`)
  if (item.tag !== COSE_TAG[kind])
    return refuse('SHAPE', `a COSE_${kind} has tag ${COSE_TAG[kind]}, this item ${item.tag}`)
  return { ok: item.value }
}

/** A byte string, or nil for one that came apart. */
export function readDetachable(value: CborValue | undefined, what: string): Result<Uint8Array | undefined> {
  if (value === null) return { ok: undefined }
  if (value instanceof Uint8Array) return { ok: value }
  return refuse('SHAPE', `the ${what} is a byte string, or nil when it is detached`)
}

/** The embedded bytes, or those the caller has, never both. */
export function joinDetached(
  embedded: Uint8Array | undefined,
  detached: Uint8Array | undefined,
  what: string,
): Result<Uint8Array> {
  if (embedded !== undefined && detached !== undefined)
    return refuse('SHAPE', `the ${what} is embedded, and another one was given`)
  const bytes = embedded ?? detached
  if (bytes === undefined) return refuse('SHAPE', `the ${what} is detached, and was not given`)
  return bytes.length <= COSE_LIMITS.detachedBytes
    ? { ok: bytes }
    : refuse('LIMIT', `a detached ${what} has at most ${COSE_LIMITS.detachedBytes} bytes`)
}
