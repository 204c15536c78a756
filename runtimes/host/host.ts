/** A host as its callers see it: each of its powers, bound to what it is wired to. */
import { createViews, readForeign } from '../../kernel/index.ts'
import { storeContent } from '../../promisebase/index.ts'
import { branchesOf } from './branches.ts'
import { call, compose, open, send, sendAll } from './call/call.ts'
import { when } from './call/result.ts'
import { graphOf } from './capability/graph.ts'
import { promise } from './capability/promise.ts'
import { revoke } from './capability/revoke.ts'
import { getContent } from './content/content.ts'
import { decryptAs, encryptFor } from './content/encrypted.ts'
import { deploy, findHandler, listHandlers } from './deploy.ts'
import { admitKeySet, introduce, learnKeySet } from './keys/sets.ts'
import { announce, stateKeys } from './keys/statements.ts'
import { openTyped } from './types/typed-handler.ts'
import type { HostParts } from './host-parts.ts'
import type { Host, HostOptions } from './interface.ts'

export function hostOf(parts: HostParts, options: HostOptions): Host {
  const { kernel, store, crypto, keys, root, identities } = parts
  const views = createViews(options.views)
  const { unknownProtocols: unknown = 'refuse' } = options
  const close = async (): Promise<void> => {
    await kernel.close()
    await store.close()
  }
  return {
    kernel,
    store,
    crypto,
    keys,
    grid: kernel.grid,
    node: kernel.node,
    root,
    identity: async (name, algorithm, making) =>
      introduce(parts, await identities.identity(name, algorithm, making)),
    identities: () => identities.names(),
    look: (name) => identities.look(name),
    admitKeySet: (block) => admitKeySet(parts, block),
    acceptKeyStatement: (bytes) => kernel.acceptKeyStatement(bytes),
    stateKeys: (signer, news) => stateKeys(parts, signer, news),
    announce: (name) => announce(parts, name),
    keyStatement: (principal) => kernel.keyStatement(principal),
    encryptFor: (to, content) => encryptFor(kernel, to, content),
    decryptAs: (name, content) => decryptAs(identities, name, content),
    learnKeySet: (principal) => learnKeySet(parts, principal),
    handler: (name) => findHandler(parts, name),
    handlers: () => listHandlers(parts),
    deploy: (code, deployment) => deploy(parts, code, deployment),
    typed: (protocol, request) => openTyped(parts, protocol, request),
    put: (content) => store.transact((transaction) => storeContent(transaction, content)),
    get: (cid) => getContent(store, cid),
    branches: (merging) => branchesOf(parts, merging),
    promise: (terms) => promise(parts, terms),
    revoke: (terms) => revoke(parts, terms),
    capabilityGraph: (drawing = {}) => graphOf(parts, drawing),
    call: (request) => call(parts, request),
    compose: (request) => compose(parts, request),
    send: (message, signal) => send(parts, message, signal),
    when: (id, options) => when(parts, id, options),
    sendAll: (messages, signal) => sendAll(parts, messages, signal),
    open: (request) => open(parts, request),
    views,
    readForeign: (message, reading) => readForeign(crypto, views, message, { unknown, ...reading }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
