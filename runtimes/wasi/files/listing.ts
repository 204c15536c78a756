/**
 * What is in a folder, from a cookie on. A cookie is the place of an entry in its folder and stays what it is, so
 * reading on works whatever is removed meanwhile.
 */
import { FIRST_COOKIE } from './node.ts'
import type { Meter } from './meter.ts'
import type { FolderEntry, FolderNode } from './node.ts'

export function* entriesFrom(
  meter: Meter,
  folder: FolderNode,
  cookie: bigint,
): Generator<FolderEntry, void, undefined> {
  const listing = listingOf(meter, folder)
  if (cookie > BigInt(folder.nextCookie)) return
  for (let at = firstFrom(listing, Number(cookie)); at < listing.length; at += 1) {
    const entry = listing[at]
    // Removed entries stay in the listing until it is made anew; looking at each costs as well.
    meter.charge(1)
    if (entry !== undefined && folder.entries.get(entry.name) === entry) yield entry
  }
}

function listingOf(meter: Meter, folder: FolderNode): readonly FolderEntry[] {
  if (folder.listing !== undefined) return folder.listing
  meter.charge(folder.entries.size)
  folder.listing = [...folder.entries.values()]
  return folder.listing
}

/** The first entry that is not before a cookie. */
function firstFrom(listing: readonly FolderEntry[], cookie: number): number {
  let [low, high] = [0, listing.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((listing[middle]?.cookie ?? FIRST_COOKIE) < cookie) low = middle + 1
    else high = middle
  }
  return low
}
