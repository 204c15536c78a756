/**
 * COSE_KeySet (RFC 9052 section 7): keys that stand together. Each is read by itself, and what cannot be read is
 * left out by RFC 9052; here it is also said, so that nobody takes a shorter set for the whole.
 */
import { refuse } from '../errors.ts'
import { readItem } from './item.ts'
import { coseKeyFrom } from './key.ts'
import { COSE_LIMITS } from './limits.ts'
import type { Refusal, Result } from '../errors.ts'
import type { CoseReading } from './item.ts'
import type { CoseKey } from './key.ts'

export interface CoseKeySet {
  readonly keys: readonly CoseKey[]
  /** Why elements were left out, by their position. */
  readonly leftOut: readonly { readonly index: number; readonly refusal: Refusal }[]
}

export function readCoseKeySet(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseKeySet> {
  const item = readItem(bytes, reading)
  if (item.refused !== undefined) return item
  if (!Array.isArray(item.ok) || item.ok.length === 0)
    return refuse('SHAPE', 'a COSE_KeySet is an array of at least one key')
  if (item.ok.length > COSE_LIMITS.keys)
    return refuse('LIMIT', `a COSE_KeySet has at most ${COSE_LIMITS.keys} keys`)
  const keys: CoseKey[] = []
  const leftOut: { index: number; refusal: Refusal }[] = []
  for (const [index, value] of item.ok.entries()) {
    const key = coseKeyFrom(value)
    if (key.refused === undefined) keys.push(key.ok)
    else leftOut.push({ index, refusal: key.refused })
  }
  return { ok: { keys, leftOut } }
}
