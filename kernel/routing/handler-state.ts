/**
 * What a handler may reach of the store: the resource of its message, with the methods its grant names, in the
 * transaction of its message, and nothing after the call. There is no other way to the store from a handler,
 * so one that is confused or hostile can do at most what its caller was promised.
 */
import { startsWith } from '../message/equal-bytes.ts'
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
  const { grant, resource } = authorised
  let open = true
  const demand = (method: StateMethod): void => {
    if (!open) throw new ForbiddenError('the call this state was given to is over')
    if (!grantsMethod(grant.methods, method))
      throw new ForbiddenError(`the grant does not name the method ${method}`)
  }
  const reach = (method: StateMethod, key: Uint8Array): readonly [string, Uint8Array] => {
    demand(method)
    const own = ownKey(key)
    return [spaceOf(resource, own), own]
  }
  const state: HandlerState = {
    resource: ownResource(resource),
    getBlock: async (cid: CID) => {
      demand(STATE_METHOD.getBlock)
      return transaction.getBlock(cid)
    },
    putBlock: (bytes, codec) => {
      demand(STATE_METHOD.putBlock)
      return transaction.putBlock(bytes, codec)
    },
    get: async (key) => transaction.get(...reach(STATE_METHOD.get, key)),
    put: (key, value) => transaction.put(...reach(STATE_METHOD.put, key), value),
    delete: (key) => transaction.delete(...reach(STATE_METHOD.delete, key)),
    range: ({ prefix: given, after, limit }): AsyncIterable<SpaceEntry> => {
      const [space, prefix] = reach(STATE_METHOD.list, given)
      // Whatever lies outside of the prefix stays outside: the store takes the narrower of the two bounds.
      return transaction.range(
        space,
        after === undefined ? { prefix, limit } : { prefix, limit, gte: next(after) },
      )
    },
  }
  const revoke = (): void => {
    open = false
  }
  return { state: Object.freeze(state), revoke }
}

/** A copy: what was held against the grant must be what is used. */
function ownKey(key: Uint8Array): Uint8Array {
  if (!(key instanceof Uint8Array)) throw new TypeError('a key is a Uint8Array')
  return new Uint8Array(key)
}

/** The first key behind another one. */
function next(key: Uint8Array): Uint8Array {
  const behind = new Uint8Array(ownKey(key).length + 1)
  behind.set(key)
  return behind
}

/** A copy for the handler: whatever it does to it, the grant stays what it is. */
function ownResource(resource: Resource): Resource {
  return Object.freeze(
    resource.kind === 'space' ? { ...resource, prefix: resource.prefix.slice() } : { ...resource },
  )
}

function spaceOf(resource: Resource, key: Uint8Array): string {
  if (resource.kind !== 'space') throw new ForbiddenError('the message names no space as its resource')
  if (isKernelSpace(resource.space))
    throw new ForbiddenError('spaces with a dot in front belong to the kernel')
  if (!startsWith(key, resource.prefix))
    throw new ForbiddenError('the key does not begin with the granted prefix')
  return resource.space
}
