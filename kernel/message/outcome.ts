/**
 * Outcomes as replies carry them: a map with text keys, `status` deciding the rest
 * (spec/dispatch.md, "Outcomes").
 */
import { LIMITS } from '../limits.ts'
import * as claims from './claims.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Outcome } from '../interface.ts'

const CODE = claims.text(64)
const DETAIL = claims.text(4_096)
const RECEIPT = claims.bytes(1, LIMITS.tokenBytes)
const PROMISE = claims.bytes(1, LIMITS.tokenBytes)
const UNKEPT = ['refused', 'expired', 'broken', 'already-seen'] as const
const RESULT = claims.bytes(0, LIMITS.inlineBytes)

/** Keys in the order of their encoding, so that the map need not be sorted. */
export function writeOutcome(outcome: Outcome): CborMap {
  const map: CborMap = new Map()
  if (outcome.status === 'deferred') {
    map.set('status', outcome.status)
    map.set('promise', outcome.promise)
    return map
  }
  if (outcome.status !== 'kept') {
    map.set('code', outcome.code)
    if (outcome.detail !== undefined) map.set('detail', outcome.detail)
    map.set('status', outcome.status)
    return map
  }
  map.set('cid', outcome.result.cid)
  map.set('fuel', outcome.fuel)
  if (outcome.result.bytes !== undefined) map.set('result', outcome.result.bytes)
  map.set('status', outcome.status)
  if (outcome.receipt !== undefined) map.set('receipt', outcome.receipt)
  return map
}

export function readOutcome(value: CborValue): Outcome | undefined {
  if (!(value instanceof Map)) return undefined
  const status = value.get('status')
  if (status === 'kept') return readKept(value)
  if (status === 'deferred') return readDeferred(value)
  const unkept = UNKEPT.find((each) => each === status)
  if (unkept === undefined) return undefined
  const code = CODE.read(value.get('code') ?? null)
  const detail = value.has('detail') ? DETAIL.read(value.get('detail') ?? null) : undefined
  if (code === undefined || value.size !== (detail === undefined ? 2 : 3)) return undefined
  return { status: unkept, code, ...(detail === undefined ? {} : { detail }) }
}

function readDeferred(map: CborMap): Outcome | undefined {
  const promise = PROMISE.read(map.get('promise') ?? null)
  return promise === undefined || map.size !== 2 ? undefined : { status: 'deferred', promise }
}

function readKept(map: CborMap): Outcome | undefined {
  const [cid, fuel] = [claims.block.read(map.get('cid') ?? null), claims.uint.read(map.get('fuel') ?? null)]
  const bytes = map.has('result') ? RESULT.read(map.get('result') ?? null) : undefined
  const receipt = map.has('receipt') ? RECEIPT.read(map.get('receipt') ?? null) : undefined
  const size = 3 + (bytes === undefined ? 0 : 1) + (receipt === undefined ? 0 : 1)
  if (cid === undefined || fuel === undefined || map.size !== size) return undefined
  return {
    status: 'kept',
    fuel,
    result: bytes === undefined ? { cid } : { cid, bytes },
    ...(receipt === undefined ? {} : { receipt }),
  }
}
