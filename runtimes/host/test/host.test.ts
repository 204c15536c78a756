/** createHost(): wired in memory and in a folder, and what it does beyond its kernel. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { wordIndex } from '../../../handlers/index.ts'
import { CODEC, createMemoryBackend, createStore, hashBlock } from '../../../promisebase/index.ts'
import { createHost, HostError, nodeCrypto } from '../index.ts'
import { temporaryFolder } from './grid.ts'
import type { Counts, NativeHandler, TraceEvent } from '../../../kernel/index.ts'
import type { PromiseTerms } from '../index.ts'

const input = new TextEncoder().encode('hello')
const coded = (code: string) => (error: unknown) => error instanceof HostError && error.code === code

describe('a host', () => {
  test('calls as root by its adoption when nothing else is said', async () => {
    await using host = await createHost()
    const result = await host.call({ protocol: await host.handler('echo'), method: 'echo', input })
    assert.deepEqual([result.status, result.status === 'kept' && result.bytes], ['kept', input])
  })

  test('refuses those on whom it does not rely, and asks that of nobody without being told to: TRUST', async () => {
    const seen: Counts[] = []
    const trusts = (_principal: string, counts: Counts): boolean => {
      seen.push(counts)
      return false
    }
    await using host = await createHost({ trusts })
    const result = await host.call({ protocol: await host.handler('echo'), method: 'echo', input })
    assert.deepEqual([result.status, result.status !== 'kept' && result.code], ['refused', 'TRUST'])
    assert.deepEqual(seen, [{ kept: 0, broken: 0, refused: 0, expired: 0 }])
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
    assert.deepEqual(Object.keys(await host.handlers()), [
      'batch',
      'echo',
      'promises',
      'revocations',
      'store',
      'witness',
      'words',
    ])
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
    const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
    const resource = { kind: 'code', protocol: await host.handler('echo') } as const
    const parent = await host.promise({ to: alice.principal, resource, seconds: 60, budget: { fuel: 9 } })
    const child = await host.promise({ to: bob.principal, resource, parent, by: alice })
    assert.ok(child.expires <= parent.expires)
    assert.deepEqual(child.caveats, { budget: { fuel: 9 } })
  })

  const excesses: readonly [string, Partial<PromiseTerms>][] = [
    ['a longer time', { seconds: 3_600 }],
    ['a larger budget', { budget: { fuel: 10 } }],
    ['another method', { methods: ['shout'] }],
    ['no time at all', { seconds: 0 }],
  ]
  for (const [what, more] of excesses)
    test(`refuses to promise ${what} than the parent has`, async () => {
      await using host = await createHost()
      const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
      const resource = { kind: 'code', protocol: await host.handler('echo') } as const
      const narrow = { seconds: 60, budget: { fuel: 9 }, methods: ['echo'] }
      const parent = await host.promise({ to: alice.principal, resource, ...narrow })
      const terms = { to: bob.principal, resource, parent, by: alice, ...more }
      await assert.rejects(host.promise(terms), { name: 'HostError', code: 'EXCESS' })
    })

  test('refuses a child by somebody else than the holder, and a child of a bearer', async () => {
    await using host = await createHost()
    const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
    const resource = { kind: 'code', protocol: await host.handler('echo') } as const
    const parent = await host.promise({ to: alice.principal, resource })
    const bearer = await host.promise({ to: 'bearer', resource })
    const terms = { to: bob.principal, resource, by: bob }
    await assert.rejects(host.promise({ ...terms, parent }), { code: 'EXCESS' })
    await assert.rejects(host.promise({ ...terms, parent: bearer }), { code: 'EXCESS' })
  })

  test('lets nobody but a root of the grid promise or call without a capability', async () => {
    await using host = await createHost()
    const alice = await host.identity('alice')
    const protocol = await host.handler('echo')
    const everything = { kind: 'node', owner: host.node } as const
    const terms = { to: alice.principal, by: alice, resource: everything }
    await assert.rejects(host.promise(terms), { name: 'HostError', code: 'MISSING' })
    await assert.rejects(host.call({ protocol, method: 'echo', as: alice }), { code: 'MISSING' })
  })

  test('names a budget it does not know instead of leaving it out', async () => {
    await using host = await createHost()
    const resource = { kind: 'code', protocol: await host.handler('echo') } as const
    const misspelt = { to: 'bearer', resource, budget: { fule: 1 } } as unknown as PromiseTerms
    await assert.rejects(host.promise(misspelt), /budget fule is none of/)
  })
})

describe('many at once', () => {
  test('every one of many effects on one key is kept', async () => {
    const add: NativeHandler = {
      name: 'add',
      version: 1,
      methods: ['put', 'get'],
      pure: false,
      public: false,
      limits: { memoryBytes: 1_024 },
      run: async ({ input: key, state }) => {
        const before = (await state?.get(key))?.[0] ?? 0
        state?.put(key, Uint8Array.of(before + 1))
        return Uint8Array.of(before + 1)
      },
    }
    await using host = await createHost({ handlers: [add] })
    const resource = {
      kind: 'space',
      owner: host.node,
      space: 'counters',
      prefix: new Uint8Array(0),
    } as const
    const request = { protocol: await host.handler('add'), method: 'put', input: Uint8Array.of(1), resource }
    const results = await Promise.all(Array.from({ length: 60 }, () => host.call(request)))
    const counts = results.map((result) => (result.status === 'kept' ? result.bytes[0] : result.code))
    assert.deepEqual(
      counts.sort((a, b) => Number(a) - Number(b)),
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
  })

  test('calls leave no listener on a signal that lives on', async () => {
    await using host = await createHost()
    const controller = new AbortController()
    const request = { protocol: await host.handler('echo'), method: 'echo', signal: controller.signal }
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => host.call({ ...request, input: Uint8Array.of(index) })),
    )
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })
})

test('a data folder without the key of its node or root is not given a new one', async () => {
  for (const name of ['node', 'root']) {
    const data = join(temporaryFolder(), 'data')
    await (await createHost({ data })).close()
    rmSync(join(data, 'keys', `${name}.json`))
    await assert.rejects(createHost({ data }), { name: 'HostError', code: 'KEY_FILE' })
  }
})

test('a host takes a store, identities and a clock of one’s own', async () => {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  let now = 2_000_000_000_000
  await using host = await createHost({ store, clock: () => now })
  const alice = await host.identity('alice')
  const protocol = await host.handler('echo')
  const terms = { to: alice.principal, resource: { kind: 'code', protocol }, seconds: 60 } as const
  const request = { protocol, method: 'echo', as: alice, capabilities: [await host.promise(terms)] }
  assert.equal((await host.call(request)).status, 'kept')
  now += 60_000
  const late = await host.call(request)
  assert.deepEqual([late.status, late.status === 'kept' ? '' : late.code], ['expired', 'EXPIRED'])
})

describe('calls that build on calls', () => {
  test('travel together, in any order, and their results come in that order', async () => {
    await using host = await createHost()
    const protocol = await host.handler('echo')
    const input = new TextEncoder().encode('hello')
    const first = await host.compose({ protocol, method: 'echo', input })
    const second = await host.compose({ protocol, method: 'echo', input: { future: first.id } })
    const results = await host.sendAll([second.bytes, first.bytes])
    for (const result of results) assert.deepEqual(result.status === 'kept' && result.bytes, input)
    await assert.rejects(host.sendAll(['text' as unknown as Uint8Array]), TypeError)
    const wrong = { future: 'text' } as unknown as Uint8Array
    await assert.rejects(host.compose({ protocol, method: 'echo', input: wrong }), TypeError)
  })

  test('need no signature under a handle, and none is opened without a promise', async () => {
    await using host = await createHost()
    const protocol = await host.handler('echo')
    const opened = await host.open({ protocol, method: 'echo' })
    assert.ok(opened.refused === undefined)
    const outcome = await opened.ok.call('echo', opened.ok.call('echo', new TextEncoder().encode('hello')))
    assert.equal(outcome.status, 'kept')
    const as = await host.identity('mallory')
    const capabilities = [
      await host.promise({
        to: host.root.principal,
        resource: { kind: 'code', protocol },
        methods: ['echo'],
      }),
    ]
    assert.equal((await host.open({ protocol, method: 'echo', as, capabilities })).refused?.code, 'POP')
  })
})
