/** Content of the store by its CID: a block, or the parts of a tree joined. */
import { isCid, readContent } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../../../promisebase/index.ts'

/** Undefined when a block of it is not here. @throws {HostError} DATA when it cannot be read */
export async function getContent(store: Store, cid: CID): Promise<Uint8Array | undefined> {
  if (!isCid(cid)) throw new TypeError('cid must be a CID')
  const snapshot = store.snapshot()
  try {
    const content = await readContent(snapshot, cid, Number.MAX_SAFE_INTEGER)
    if (content.refused === undefined) return content.ok
    if (content.refused.code === 'MISSING') return undefined
    throw new HostError('DATA', content.refused.detail)
  } finally {
    snapshot.close()
  }
}
