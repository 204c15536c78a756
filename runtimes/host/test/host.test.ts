/** createHost(): wired in memory and in a folder, and what it does beyond its kernel. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { wordIndex } from '../../../handlers/index.ts'
import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { createHost, HostError } from '../index.ts'
import { temporaryFolder } from './grid.ts'
import type { TraceEvent } from '../../../kernel/index.ts'

const input = new TextEncoder().encode('hello')
const coded = (code: string) => (error: unknown) => error instanceof HostError && error.code === code

describe('a host', () => {
  test('calls as root by its adoption when nothing else is said', async () => {
    await using host = await createHost()
    const result = await host.call({ protocol: await host.handler('echo'), method: 'echo', input })
    assert.deepEqual([result.status, result.status === 'kept' && result.bytes], ['kept', input])
  })

  test('in memory knows nobody of another one', async () => {
    await using first = await createHost()
    await using second = await createHost()
    assert.notEqual(first.node, second.node)
    assert.ok(!first.grid.equals(second.grid))
    const message = await first.compose({ protocol: await first.handler('echo'), method: 'echo', input })
    const result = await second.send(message.bytes)
    assert.deepEqual([result.status, result.status !== 'kept' && result.code], ['refused', 'GRID'])
  })

  test('in a folder is the same one when opened again', async () => {
    const data = join(temporaryFolder(), 'grid')
    const facts = []
    for (const time of [1, 2]) {
      await using host = await createHost({ data, gridName: `name ${time}` })
      const alice = await host.identity('alice')
      facts.push([host.node, host.root.principal, host.grid.toString(), alice.principal])
    }
    assert.deepEqual(facts[1], facts[0])
  })

  test('remembers a handler, a capability and a result over a restart', async () => {
    const data = join(temporaryFolder(), 'grid')
    const code = await readFile(wordIndex.code)
    const events: TraceEvent[] = []
    const trace = (event: TraceEvent): void => void events.push(event)
    const protocol = await (async () => {
      await using host = await createHost({ data })
      const deployed = await host.deploy(code, wordIndex.descriptor)
      assert.equal((await host.call({ protocol: deployed, method: 'top', input })).status, 'kept')
      return deployed
    })()
    await using host = await createHost({ data, trace })
    assert.ok((await host.handler('word-index')).equals(protocol))
    assert.equal((await host.call({ protocol, method: 'top', input })).status, 'kept')
    assert.ok(events.some(({ stage, decision }) => stage === 'execute' && decision === 'hit'))
  })

  test('gives the same bytes the same reply, and runs them once', async () => {
    let runs = 0
    const count = {
      ...{ name: 'count', version: 1, methods: ['count'], pure: false, public: false, limits: {} },
      run: () => new Uint8Array([++runs]),
    }
    await using host = await createHost({ handlers: [count] })
    const message = await host.compose({ protocol: await host.handler('count'), method: 'count' })
    const replies = [await host.send(message.bytes), await host.send(message.bytes)]
    assert.deepEqual(replies[1]?.message.reply, replies[0]?.message.reply)
    assert.equal(runs, 1)
  })

  test('reads a hint for bytes that are no message', async () => {
    await using host = await createHost()
    const result = await host.send(new Uint8Array([0xff]))
    assert.deepEqual(
      [result.status, result.status !== 'kept' && [result.code, result.signed]],
      ['refused', ['DECODE', false]],
    )
  })

  test('passes large input and brings back a large result', async () => {
    await using host = await createHost()
    const large = new Uint8Array(3 * 1024 * 1024).fill(7)
    const result = await host.call({ protocol: await host.handler('echo'), method: 'echo', input: large })
    assert.equal(result.status === 'kept' && Buffer.compare(result.bytes, large), 0)
  })

  test('refuses after it is closed', async () => {
    const host = await createHost()
    const protocol = await host.handler('echo')
    const message = await host.compose({ protocol, method: 'echo', input })
    await host.close()
    await assert.rejects(async () => {
      const result = await host.send(message.bytes)
      if (result.status !== 'kept') throw new Error(result.code)
    })
  })
})

describe('deploying', () => {
  test('names a handler; the name moves, both CIDs stay', async () => {
    await using host = await createHost()
    const code = await readFile(wordIndex.code)
    const first = await host.deploy(code, { ...wordIndex.descriptor, name: 'words' })
    const second = await host.deploy(code, { ...wordIndex.descriptor, name: 'words', methods: ['top'] })
    assert.ok(!first.equals(second))
    assert.ok((await host.handler('words')).equals(second))
    assert.equal((await host.call({ protocol: first, method: 'run', input })).status, 'kept')
    assert.deepEqual(Object.keys(await host.handlers()), ['echo', 'store', 'words'])
  })

  test('is refused for the name of a built-in handler, and for no name', async () => {
    await using host = await createHost()
    const code = await readFile(wordIndex.code)
    for (const name of ['echo', 'A B', '../x', 'constructor/'])
      await assert.rejects(host.deploy(code, { ...wordIndex.descriptor, name }), coded('NAME'))
  })

  test('is refused for code its runtime does not admit, and stores nothing', async () => {
    await using host = await createHost()
    await assert.rejects(host.deploy(input), coded('ADMIT'))
    await assert.rejects(host.deploy(new Uint8Array(2 * 1024 * 1024)), coded('ADMIT'))
    await assert.rejects(host.deploy(input, { runtime: 'vm' }), coded('ADMIT'))
    const cid = hashBlock(host.crypto.sha256, CODEC.raw, input)
    assert.equal(await host.get(cid), undefined)
  })

  test('is not confused by names every object has', async () => {
    await using host = await createHost()
    for (const name of ['constructor', 'toString', '__proto__'])
      await assert.rejects(host.handler(name), coded('MISSING'))
  })
})

describe('promising', () => {
  test('narrows: budget and time of the parent hold for the child', async () => {
    await using host = await createHost()
    const alice = await host.identity('alice')
    const bob = await host.identity('bob')
    const resource = { kind: 'code', protocol: await host.handler('echo') } as const
    const parent = await host.promise({ to: alice.principal, resource, seconds: 60, budget: { fuel: 9 } })
    const child = await host.promise({ to: bob.principal, resource, seconds: 3_600, parent, by: alice })
    assert.equal(child.expires, parent.expires)
    assert.deepEqual(child.caveats, { budget: { fuel: 9 } })
  })

  test('a child by somebody else than the holder is refused by the node', async () => {
    await using host = await createHost()
    const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
    const protocol = await host.handler('echo')
    const resource = { kind: 'code', protocol } as const
    const parent = await host.promise({ to: alice.principal, resource })
    const child = await host.promise({ to: bob.principal, resource, parent, by: bob })
    const result = await host.call({
      protocol,
      method: 'echo',
      input,
      as: bob,
      capabilities: [parent, child],
    })
    const { refusal } = await host.kernel.explain(result.message.bytes)
    assert.deepEqual([refusal?.code, refusal?.rule], ['CHAIN', 'capability.md#holder'])
  })
})
