/**
 * Pins: what is kept although no label and no entry names it. Several owners may want the same content, each has a pin
 * of its own, and it stays until the last of them has gone or expired.
 */
import { checkCid } from '../cid.ts'
import { HASH } from '../hash.ts'
import {
  decodePin,
  encodePin,
  ownedCid,
  ownedKey,
  ownedPrefix,
  PIN_SPACE,
  pinKey,
  pinPrefix,
} from './pin-keys.ts'
import type { CID } from 'multiformats/cid'
import type { Result, Snapshot, Transaction } from '../interface.ts'
import type { Pin } from './pin-keys.ts'

export interface PinRequest {
  readonly cid: CID
  readonly owner: string
  /** `recursive` without it. */
  readonly kind?: Pin['kind']
  /** In seconds of whatever clock the caller collects by. */
  readonly expires?: number
  /** `allow` pins content that is yet to come; `refuse` without it. */
  readonly missing?: 'refuse' | 'allow'
}

/** `MISSING`: the block is not here. `CID`: no store can hold a block of this name. */
export type PinRefusal = 'MISSING' | 'CID'

/**
 * Pins a block, or changes the pin that its owner has on it. Commits with the transaction, so that content and pin
 * can be put together.
 * @throws {TypeError} for an owner or an expiry that is none
 */
export async function pin(transaction: Transaction, request: PinRequest): Promise<Result<Pin, PinRefusal>> {
  const { cid, owner, kind = 'recursive', expires } = request
  if (kind !== 'recursive' && kind !== 'direct') throw new TypeError('kind must be recursive or direct')
  if (expires !== undefined && (!Number.isSafeInteger(expires) || expires < 0))
    throw new TypeError('expires must be a whole number of seconds')
  const checked = checkCid(cid, { hashes: Object.values(HASH) })
  if (checked.refused) return checked
  if (request.missing !== 'allow' && !(await transaction.hasBlock(cid)))
    return { refused: { code: 'MISSING', detail: `block ${cid} is not here` } }
  const made: Pin = expires === undefined ? { cid, owner, kind } : { cid, owner, kind, expires }
  transaction.put(PIN_SPACE, pinKey(cid, owner), encodePin(made))
  transaction.put(PIN_SPACE, ownedKey(cid, owner), new Uint8Array(0))
  return { ok: made }
}

/** Removes the pin that this owner has on the block, and nobody else's; false when there is none. */
export async function unpin(transaction: Transaction, cid: CID, owner: string): Promise<boolean> {
  const key = pinKey(cid, owner)
  if ((await transaction.get(PIN_SPACE, key)) === undefined) return false
  transaction.delete(PIN_SPACE, key)
  transaction.delete(PIN_SPACE, ownedKey(cid, owner))
  return true
}

/** Which pins: all of them, those on one block, those of one owner, or the one of an owner on a block. */
export interface PinFilter {
  readonly cid?: CID
  readonly owner?: string
}

/** Pins, expired ones as well, in the order of their CIDs. @throws {StoreError} `CORRUPT` */
export async function* pins(
  snapshot: Pick<Snapshot, 'get' | 'range'>,
  { cid, owner }: PinFilter = {},
): AsyncGenerator<Pin, void, undefined> {
  if (owner !== undefined) {
    yield* ownedPins(snapshot, owner, cid)
    return
  }
  for await (const entry of snapshot.range(PIN_SPACE, { prefix: pinPrefix(cid) })) yield decodePin(entry)
}

/** Whether a pin still holds its content at this second; without a time every pin does. */
export function isHeld(pin: Pin, now?: number): boolean {
  return pin.expires === undefined || now === undefined || now < pin.expires
}

/** Removes pins that hold nothing any more, at most `limit` of them; answers how many. */
export async function dropExpiredPins(transaction: Transaction, now: number, limit = 1_000): Promise<number> {
  const expired: Pin[] = []
  for await (const found of pins(transaction)) {
    if (isHeld(found, now)) continue
    expired.push(found)
    if (expired.length === limit) break
  }
  for (const { cid, owner } of expired) await unpin(transaction, cid, owner)
  return expired.length
}

async function* ownedPins(
  snapshot: Pick<Snapshot, 'get' | 'range'>,
  owner: string,
  only: CID | undefined,
): AsyncGenerator<Pin, void, undefined> {
  for await (const { key } of snapshot.range(PIN_SPACE, { prefix: ownedPrefix(owner) })) {
    const cid = ownedCid(key)
    if (only !== undefined && !only.equals(cid)) continue
    const value = await snapshot.get(PIN_SPACE, pinKey(cid, owner))
    if (value !== undefined) yield decodePin({ key: pinKey(cid, owner), value })
  }
}
