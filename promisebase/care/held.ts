/** What holds keep of a store, those of this process and those in the store, marked for a collection. */
import { DamageNotes } from './damage.ts'
import { blockCid } from './garbage.ts'
import { heldBlocks } from './hold-records.ts'
import { openHolds } from './hold.ts'
import { linksOfAny } from './links.ts'
import { readNoting, walk } from './walk.ts'
import type { CID } from 'multiformats/cid'
import type { OpenSnapshot, Refusal } from '../interface.ts'
import type { Collection, CollectRefusal } from './collection.ts'

/**
 * Marks every block that was put under an open hold, and all it leads to under any codec: whoever put it knows how it is
 * to be read, and will name it so. That something of it is not here is no reason to stop: it may be on its way. Nor is a
 * block that is not what a link says, since the link may be none.
 */
export async function markHeld(
  collection: Collection,
  snapshot: OpenSnapshot,
): Promise<Refusal<CollectRefusal> | undefined> {
  const { store, marks, options, pause } = collection
  const { signal } = options
  const notes = new DamageNotes()
  const on = { blocks: snapshot, marks, damage: notes, hashLeaves: false, pause, signal }
  const keep = async (multihash: Uint8Array): Promise<void> => {
    signal?.throwIfAborted()
    if (!marks.addWhole(multihash)) return
    const bytes = await readNoting(blockCid(multihash), on)
    const unread: CID[] = linksOfAny(bytes ?? NOTHING).filter((link) => marks.add(link))
    await walk(unread, on)
    options.onProgress?.({ marked: marks.size, kept: 0, deleted: 0 })
  }
  for (const hold of openHolds(store, options.now))
    for (const multihash of hold.multihashes()) await keep(multihash)
  // Those that have expired were removed before: what is there now keeps its blocks, whatever its second.
  for await (const multihash of heldBlocks(snapshot, options.dryRun ? options.now : undefined))
    await keep(multihash)
  const { corrupt } = notes.report()
  collection.damage.join(notes, ['corrupt'])
  if (corrupt.count === 0 || options.unreadable === 'allow') return undefined
  return { code: 'INCOMPLETE', detail: `${corrupt.count} blocks are corrupt, such as ${corrupt.first[0]}` }
}

const NOTHING = new Uint8Array(0)
