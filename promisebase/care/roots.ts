/**
 * Where reaching begins: labels, pins that hold, and whatever the entries of spaces name. What an entry means, only
 * its owner knows; whoever opens the store hands in a function that says it.
 */
import { decodeLabel } from '../label.ts'
import { isLabelKey, labelName, partsOfEntryKey } from '../keys.ts'
import { decodePin, PIN_SPACE, pinPrefix } from './pin-keys.ts'
import { valueOfWrite } from '../sealed.ts'
import { isHeld, pins } from './pins.ts'
import type { CID } from 'multiformats/cid'
import type { BackendWrite, OpenSnapshot } from '../interface.ts'

/**
 * The CIDs of blocks that an entry of a space keeps when they are here; that one is absent is no damage. It is asked
 * about each entry of each space, and about each entry that is written while a collection runs: it answers at once, and
 * does not throw for an entry it does not know.
 */
export type NamedByEntry = (space: string, key: Uint8Array, value: Uint8Array) => Iterable<CID>

export interface RootRule {
  readonly named?: NamedByEntry | undefined
  /** The second by which pins expire; without it none does. */
  readonly now?: number | undefined
}

export interface Root {
  readonly cid: CID
  /** False keeps the block and nothing it links to. */
  readonly deep: boolean
  readonly from: 'label' | 'pin' | 'entry'
  /** Of the label or space, or the owner of the pin. */
  readonly name: string
}

/** All roots of one moment. @throws {StoreError} `CORRUPT` */
export async function* rootsOf(
  snapshot: OpenSnapshot,
  { named, now }: RootRule,
): AsyncGenerator<Root, void, undefined> {
  for await (const { name, cid } of snapshot.labels()) yield { cid, deep: true, from: 'label', name }
  for await (const pin of pins(snapshot)) {
    if (isHeld(pin, now)) yield { cid: pin.cid, deep: pin.kind === 'recursive', from: 'pin', name: pin.owner }
  }
  if (named === undefined) return
  for await (const name of snapshot.spaces()) {
    for await (const { key, value } of snapshot.range(name)) {
      for (const cid of named(name, key, value)) yield { cid, deep: true, from: 'entry', name }
    }
  }
}

/** The roots that a write makes; none for a deletion, and for a block. */
export function* rootsOfWrite(
  write: BackendWrite,
  { named, now }: RootRule,
): Generator<Root, void, undefined> {
  const value = valueOfWrite(write)
  if (value === undefined) return
  if (isLabelKey(write.key)) {
    const name = labelName(write.key)
    yield { cid: decodeLabel(name, value), deep: true, from: 'label', name }
    return
  }
  const entry = partsOfEntryKey(write.key)
  if (entry === undefined) return
  if (entry.space === PIN_SPACE && entry.key[0] === pinPrefix()[0]) {
    const pin = decodePin({ key: entry.key, value })
    if (isHeld(pin, now)) yield { cid: pin.cid, deep: pin.kind === 'recursive', from: 'pin', name: pin.owner }
  }
  for (const cid of named?.(entry.space, entry.key, value) ?? [])
    yield { cid, deep: true, from: 'entry', name: entry.space }
}
