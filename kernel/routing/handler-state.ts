/**
 * What a handler may reach of the store: the resource of its message, with the methods its grant names, in the
 * transaction of its message, and nothing after the call. There is no other way to the store from a handler,
 * so one that is confused or hostile can do at most what its caller was promised.
 */
import { startsWith } from '../capability/resource.ts'
import { grantsMethod } from '../capability/attenuate.ts'
import { isKernelSpace } from '../spaces.ts'
import type { CID } from 'multiformats/cid'
import type { SpaceEntry, Transaction } from '../../promisebase/index.ts'
import type { Authorised, HandlerState, Resource } from '../interface.ts'

/** Thrown to a handler that reaches for what its message does not grant. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError'
}

/** Methods of a grant that let a handler touch state, whatever the handler calls its own methods. */
const STATE_METHOD = {
  get: 'get',
  put: 'put',
  delete: 'delete',
  list: 'list',
  getBlock: 'block.get',
  putBlock: 'block.put',
} as const

type StateMethod = (typeof STATE_METHOD)[keyof typeof STATE_METHOD]

/** The state of one call; `revoke` ends it. */
export function openHandlerState(
  transaction: Transaction,
  authorised: Authorised,
): { readonly state: HandlerState; readonly revoke: () => void } {
  const { resource, grant } = authorised
  let open = true
  const demand = (method: StateMethod): void => {
    if (!open) throw new ForbiddenError('the call this state was given to is over')
    if (!grantsMethod(grant.methods, method))
      throw new ForbiddenError(`the grant does not name the method ${method}`)
  }
  const spaceFor = (method: StateMethod, key: Uint8Array): string => {
    demand(method)
    return spaceOf(resource, key)
  }
  const state: HandlerState = {
    resource,
    getBlock: async (cid: CID) => {
      demand(STATE_METHOD.getBlock)
      return transaction.getBlock(cid)
    },
    putBlock: (bytes, codec) => {
      demand(STATE_METHOD.putBlock)
      return transaction.putBlock(bytes, codec)
    },
    get: async (key) => transaction.get(spaceFor(STATE_METHOD.get, key), key),
    put: (key, value) => transaction.put(spaceFor(STATE_METHOD.put, key), key, value),
    delete: (key) => transaction.delete(spaceFor(STATE_METHOD.delete, key), key),
    range: (range): AsyncIterable<SpaceEntry> =>
      transaction.range(spaceFor(STATE_METHOD.list, range.prefix), range),
  }
  const revoke = (): void => {
    open = false
  }
  return { state: Object.freeze(state), revoke }
}

function spaceOf(resource: Resource, key: Uint8Array): string {
  if (resource.kind !== 'space') throw new ForbiddenError('the message names no space as its resource')
  if (isKernelSpace(resource.space))
    throw new ForbiddenError('spaces with a dot in front belong to the kernel')
  if (!startsWith(key, resource.prefix))
    throw new ForbiddenError('the key does not begin with the granted prefix')
  return resource.space
}
