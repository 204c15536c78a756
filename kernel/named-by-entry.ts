/**
 * Which blocks the entries of a node's store keep from being collected (spec/care.md, "What a node keeps"): one row
 * for each space of the kernel, and the spaces of handlers, which keep what they name anywhere.
 */
import { cidKey, cidsWithin } from '../promisebase/index.ts'
import { isKernelSpace, SPACE } from './spaces.ts'
import type { CID } from 'multiformats/cid'
import type { OpenSnapshot } from '../promisebase/index.ts'

type Kept = 'named' | 'nothing'

/** `named` keeps every block whose CID stands in a key or a value, also inside what was signed. */
const KEPT: Readonly<Record<(typeof SPACE)[keyof typeof SPACE], Kept>> = {
  [SPACE.grid]: 'named',
  [SPACE.policy]: 'named',
  // The code that a capability is about: whoever holds it means to call it.
  [SPACE.tokens]: 'named',
  [SPACE.adopted]: 'named',
  [SPACE.keySets]: 'named',
  [SPACE.statements]: 'named',
  // The result in a reply that is sent again when the message is.
  [SPACE.replay]: 'named',
  [SPACE.expiry]: 'nothing',
  [SPACE.results]: 'named',
  [SPACE.clock]: 'nothing',
  // Records about tokens: they name what they are about, and need none of it.
  [SPACE.revoked]: 'nothing',
  [SPACE.feed]: 'nothing',
  [SPACE.spent]: 'nothing',
  [SPACE.promises]: 'named',
  // What was done, not what it was done with: a log that kept all content would never let go of any.
  [SPACE.audit]: 'nothing',
  [SPACE.trust]: 'nothing',
  [SPACE.evidence]: 'nothing',
  [SPACE.assessed]: 'nothing',
}

/** For `collect` and its kin: what an entry keeps. A space of the kernel that has no row here keeps all it names. */
export function namedByEntry(space: string, key: Uint8Array, value: Uint8Array): Iterable<CID> {
  const kept = isKernelSpace(space) ? (KEPT as Readonly<Record<string, Kept | undefined>>)[space] : 'named'
  return kept === 'nothing' ? [] : [...cidsWithin(key), ...cidsWithin(value)]
}

/** The blocks that entries keep at one moment, each once, whether or not they are here. */
export async function* kernelRoots(snapshot: OpenSnapshot): AsyncGenerator<CID, void, undefined> {
  const told = new Set<string>()
  for await (const space of snapshot.spaces()) {
    for await (const { key, value } of snapshot.range(space)) {
      for (const cid of namedByEntry(space, key, value)) {
        if (told.has(cidKey(cid))) continue
        told.add(cidKey(cid))
        yield cid
      }
    }
  }
}
