/** Descriptors of native code that say something else than the code does. */
import { CODEC } from '../../promisebase/index.ts'
import { encodeDescriptor, readDescriptor } from '../index.ts'
import type { CID } from 'multiformats/cid'
import type { Descriptor } from '../index.ts'
import type { Grid } from './fixture.ts'

/** Stores the descriptor of a handler with some fields changed; its CID is the protocol to call it by. */
export async function descriptorSaying(
  grid: Grid,
  handler: string,
  fields: Partial<Descriptor>,
): Promise<CID> {
  const snapshot = grid.store.snapshot()
  const bytes = await snapshot.getBlock(grid.protocol(handler))
  snapshot.close()
  const honest = bytes === undefined ? undefined : readDescriptor(bytes).ok
  if (honest === undefined) throw new TypeError(`no descriptor of ${handler}`)
  const block = encodeDescriptor({ ...honest, ...fields })
  return grid.store.transact((transaction) => transaction.putBlock(block, CODEC.dagCbor))
}
