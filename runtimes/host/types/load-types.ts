/** The types of a handler that is on this node. */
import { CODEC } from '../../../promisebase/index.ts'
import { readDescriptor, readTypes } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import type { CID } from 'multiformats/cid'
import type { HandlerTypes, Result } from '../../../kernel/index.ts'
import type { HostParts } from '../host-parts.ts'

/** @throws {HostError} MISSING where there are none, or not here; USAGE for what cannot be read */
export async function loadTypes({ store }: Pick<HostParts, 'store'>, protocol: CID): Promise<HandlerTypes> {
  const snapshot = store.snapshot()
  const block = async (cid: CID): Promise<Uint8Array> => {
    const bytes = await snapshot.getBlock(cid)
    if (bytes !== undefined) return bytes
    throw new HostError('MISSING', `the block ${cid.toString()} is not here`)
  }
  try {
    const descriptor = protocol.code === CODEC.raw ? undefined : ok(readDescriptor(await block(protocol)))
    if (descriptor?.types === undefined)
      throw new HostError('MISSING', `the handler ${protocol.toString()} states no types`, {
        fix: 'call it with bytes, as its author says; see spec/types.md for stating types',
      })
    return ok(readTypes(await block(descriptor.types)))
  } finally {
    snapshot.close()
  }
}

function ok<T>(read: Result<T>): T {
  if (read.refused === undefined) return read.ok
  throw new HostError('USAGE', read.refused.detail)
}
