/** What others have written to a shared store, as this process would have heard of its own: read under the turn. */
import { isStorable } from './block.ts'
import { binaryText } from './binary-text.ts'
import { StoreError } from './errors.ts'
import { isBlockOf } from './hasher.ts'
import { blockKey, cidOfBlockKey, isBlockKey, kindOfKey } from './keys.ts'
import { openValue } from './sealed.ts'
import type { CID } from 'multiformats/cid'
import type { BackendWrite, ChangedKeys, Hasher, Snapshot, WriteTurn } from './interface.ts'

/** Values read at a time: each may have a mebibyte. */
const READ_AT_ONCE = 32

const TOLD = new Set(['block', 'entry', 'label'])

/**
 * The blocks, entries and labels that were put and are still there, as they are now: what was there in between
 * cannot be reached by anybody any more.
 * @throws {StoreError} `CORRUPT` for what is not as it was written
 */
export async function* foreignWrites(
  turn: Pick<WriteTurn, 'getMany'>,
  changed: readonly ChangedKeys[],
  hasher: Hasher,
): AsyncGenerator<readonly BackendWrite[], void, undefined> {
  const keys = [...new Map(changed.flatMap(({ keys }) => keys.filter(isTold)).map(byText)).values()]
  for (let at = 0; at < keys.length; at += READ_AT_ONCE) {
    const some = keys.slice(at, at + READ_AT_ONCE)
    const values = await turn.getMany(some)
    const writes: BackendWrite[] = []
    for (const [i, value] of values.entries()) {
      if (value === undefined) continue
      check(some[i]!, value, hasher)
      writes.push({ type: 'put', key: some[i]!, value })
    }
    yield writes
  }
}

/** The newest blocks, for as long as the turn lasts. */
export function blocksUnder(
  turn: Pick<WriteTurn, 'get'>,
  hasher: Hasher,
): Pick<Snapshot, 'getBlock' | 'hasBlock'> {
  const getBlock = async (cid: CID): Promise<Uint8Array | undefined> => {
    if (!isStorable(hasher, cid)) return undefined
    const bytes = await turn.get(blockKey(cid))
    if (bytes && !isBlockOf(hasher, cid, bytes)) throw new StoreError('CORRUPT', `block ${cid}`)
    return bytes
  }
  return { getBlock, hasBlock: async (cid) => (await getBlock(cid)) !== undefined }
}

function check(key: Uint8Array, value: Uint8Array, hasher: Hasher): void {
  if (!isBlockKey(key)) return void openValue(key, value)
  const cid = cidOfBlockKey(key)
  if (isStorable(hasher, cid) && !isBlockOf(hasher, cid, value))
    throw new StoreError('CORRUPT', `block ${cid}`)
}

function isTold(key: Uint8Array): boolean {
  return TOLD.has(kindOfKey(key) ?? '')
}

function byText(key: Uint8Array): [string, Uint8Array] {
  return [binaryText(key), key]
}
