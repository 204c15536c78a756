/** A host whose store is collected while it runs. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { builtinHandlers, wordIndex } from '../../../handlers/index.ts'
import { HandlerError, namedByEntry, RefusedError } from '../../../kernel/index.ts'
import { collect, createMemoryBackend, createStore, parseCid } from '../../../promisebase/index.ts'
import { createHost, nodeCrypto } from '../index.ts'
import type { NativeCall, NativeHandler } from '../../../kernel/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const ferry: NativeHandler = {
  name: 'ferry',
  version: 1,
  methods: ['cross', 'landed'],
  pure: false,
  public: false,
  limits: { memoryBytes: 1024 * 1024 },
  run: async ({ method, input, promises }: NativeCall) => {
    if (promises === undefined) throw new HandlerError('no promises can be made here')
    if (method === 'cross') return promises.defer({ seconds: 3600 })
    const promise = parseCid(new TextDecoder().decode(input))
    if (promise.refused !== undefined) throw new HandlerError('name the promise')
    const done = await promises.keep(promise.ok, utf8('on the other side'))
    if (done.refused !== undefined) throw new RefusedError(done.refused)
    return utf8('noted')
  },
}

test('deployed code, capabilities, cached results, open promises and native handlers outlive a collection', async () => {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  await using host = await createHost({ store, handlers: [...builtinHandlers, ferry] })
  const alice = await host.identity('alice')
  const protocol = await host.deploy(await readFile(wordIndex.code), wordIndex.descriptor)
  const granted = await host.promise({ to: alice.principal, resource: { kind: 'code', protocol } })
  const ask = { protocol, method: 'top', input: utf8('tide tide moon'), as: alice, capabilities: [granted] }
  const before = await host.call(ask)
  const ferryman = await host.handler('ferry')
  const crossing = await host.call({ protocol: ferryman, method: 'cross' })
  assert.deepEqual([before.status, crossing.status], ['kept', 'deferred'])
  const garbage = await store.transact((transaction) => transaction.putBlock(utf8('garbage')))

  const collected = await collect(store, { named: namedByEntry })
  assert.equal(collected.refused, undefined, collected.refused?.detail)
  using snapshot = store.snapshot()
  assert.equal(await snapshot.hasBlock(garbage), false)

  const after = await host.call(ask)
  assert.deepEqual(after.status === 'kept' && after.bytes, before.status === 'kept' && before.bytes)
  const fresh = await host.call({ ...ask, input: utf8('another text') })
  assert.equal(fresh.status, 'kept')
  assert.ok(crossing.status === 'deferred')
  const settled = crossing.settled()
  const input = utf8(crossing.promise.id.toString())
  assert.equal((await host.call({ protocol: ferryman, method: 'landed', input })).status, 'kept')
  assert.equal((await settled).status, 'kept')
  const echo = await host.call({ protocol: await host.handler('echo'), method: 'echo', input })
  assert.equal(echo.status, 'kept')
})
