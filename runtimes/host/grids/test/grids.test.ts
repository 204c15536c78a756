/** openGrids(): one node in several grids, and nothing of one in another. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { builtinHandlers, lz4 } from '../../../../handlers/index.ts'
import { composeMessage, readPolicyRecord, signPolicy } from '../../../../kernel/index.ts'
import { gridHandoutLines, readGridHandout } from '../handout.ts'
import { createHost, handoutOfGrid, HostError, nodeCrypto, openGrids } from '../../index.ts'
import { memoryKeys } from '../../keys/keys.ts'
import { adoption } from '../../capability/promise.ts'
import { temporaryFolder } from '../../test/grid.ts'
import type { CallResult, Capability, Grids, Host, NativeHandler, Signer, TraceEvent } from '../../index.ts'

const input = new TextEncoder().encode('hello')
const coded = (code: string) => (error: unknown) => error instanceof HostError && error.code === code
const codeOf = (result: CallResult): string => (result.status === 'kept' ? 'kept' : result.code)

interface Two {
  readonly grids: Grids
  readonly first: Host
  readonly second: Host
  readonly alice: Signer
  /** How often the handler of the two has run. */
  readonly runs: () => number
}

/** Two grids in memory, and a handler that counts. */
async function two(isPure = false): Promise<Two> {
  let runs = 0
  const count: NativeHandler = {
    ...{ name: 'count', version: 1, methods: ['count'], pure: isPure, public: false, limits: {} },
    run: () => new Uint8Array([++runs]),
  }
  const grids = await openGrids({ handlers: [...builtinHandlers, count] })
  const first = await grids.found('first')
  const second = await grids.found('second')
  const alice = await first.identity('alice')
  return { grids, first, second, alice, runs: () => runs }
}

/** A promise to alice about the counter, with the adoption that it narrows. */
async function chainFor({ principal }: Signer, host: Host): Promise<readonly Capability[]> {
  const resource = { kind: 'code', protocol: await host.handler('count') } as const
  return [await adoption(host, host.root.principal), await host.promise({ to: principal, resource })]
}

async function count(host: Host, as: Signer, capabilities: readonly Capability[]): Promise<string> {
  return codeOf(await host.call({ protocol: await host.handler('count'), method: 'count', as, capabilities }))
}

describe('several grids of one node', () => {
  test('have one identity of the node, and are each a grid of its own', async () => {
    const { grids, first, second, alice } = await two()
    await using _ = grids
    assert.equal(first.node, second.node)
    assert.equal((await second.identity('alice')).principal, alice.principal)
    assert.ok(!first.grid.equals(second.grid))
    assert.deepEqual(
      grids.list().map(({ name }) => name),
      ['first', 'second'],
    )
    assert.equal(grids.grid('second'), second)
    assert.equal(grids.grid(first.grid), first)
    assert.equal(grids.grid(first.grid.toString()), first)
    assert.throws(() => grids.grid('third'), coded('MISSING'))
  })

  test('refuse a capability of each other with GRID, also where the same node has signed its first link', async () => {
    const { grids, first, second, alice, runs } = await two()
    await using _ = grids
    const chain = await chainFor(alice, first)
    assert.equal(await count(first, alice, chain), 'kept')
    assert.equal(await count(second, alice, chain), 'GRID')
    assert.notEqual(await count(second, alice, chain.slice(1)), 'kept')
    assert.equal(await count(second, alice, await chainFor(alice, second)), 'kept')
    assert.equal(runs(), 2)
  })

  test('narrow no capability of each other', async () => {
    const { grids, first, second, alice } = await two()
    await using _ = grids
    const parent = (await chainFor(alice, first)).at(-1) as Capability
    const terms = { to: 'bearer', resource: parent.resource, parent, by: alice } as const
    await assert.rejects(second.promise(terms), coded('EXCESS'))
    assert.equal((await first.promise(terms)).holder, 'bearer')
  })

  test('refuse a message of each other with GRID, and each is handed its own', async () => {
    const { grids, first, second, runs } = await two()
    await using _ = grids
    const protocol = await first.handler('count')
    for (const form of ['array', 'tagged'] as const)
      for (const [own, other] of [
        [first, second],
        [second, first],
      ] as const) {
        const message = await own.compose({ protocol, method: 'count', form })
        const refused = await other.send(message.bytes)
        assert.deepEqual([codeOf(refused), 'signed' in refused && refused.signed], ['GRID', false])
        const reply = await grids.dispatch(message.bytes)
        assert.deepEqual(reply, (await own.send(message.bytes)).message.reply)
      }
    assert.equal(runs(), 4)
  })

  test('refuse a message of a grid that is not served as each of them would', async () => {
    const { grids, first, runs } = await two()
    await using _ = grids
    await using stranger = await createHost()
    const message = await stranger.compose({ protocol: await first.handler('count'), method: 'count' })
    assert.deepEqual(await grids.dispatch(message.bytes), await first.kernel.dispatch(message.bytes))
    assert.equal(codeOf(await first.send(message.bytes)), 'GRID')
    const noise = new Uint8Array([0xff, 0x00])
    assert.deepEqual(await grids.dispatch(noise), await first.kernel.dispatch(noise))
    await assert.rejects(grids.dispatch('text' as unknown as Uint8Array), TypeError)
    assert.equal(runs(), 0)
  })

  test('know no token by its id that another keeps', async () => {
    const { grids, first, second, alice } = await two()
    await using _ = grids
    const [, granted] = (await chainFor(alice, first)) as [Capability, Capability]
    assert.ok((await first.kernel.keepToken(granted.bytes)).ok !== undefined)
    const now = Math.floor(Date.now() / 1_000)
    const named = async ({ grid, node }: Host): Promise<Uint8Array> =>
      composeMessage(nodeCrypto, alice, {
        ...{ protocol: await first.handler('count'), grid, audience: node, method: 'count' },
        ...{ issuedAt: now, expires: now + 60, capabilities: [granted.id] },
      }).bytes
    assert.equal(codeOf(await first.send(await named(first))), 'kept')
    const explained = await second.kernel.explain(await named(second))
    assert.equal(explained.refusal?.code, 'MISSING')
  })

  test('do not mix replay records: a nonce that was used in one is free in another', async () => {
    const { grids, first, second, alice, runs } = await two()
    await using _ = grids
    const now = Math.floor(Date.now() / 1_000)
    const crypto = { ...nodeCrypto, random: (length: number) => new Uint8Array(length).fill(7) }
    const sent = async (host: Host): Promise<Uint8Array> =>
      composeMessage(crypto, alice, {
        ...{ protocol: await host.handler('count'), grid: host.grid, audience: host.node, method: 'count' },
        ...{ issuedAt: now, expires: now + 60 },
        capabilities: (await chainFor(alice, host)).map(({ bytes }) => bytes),
      }).bytes
    const messages = [await sent(first), await sent(second)] as const
    for (const message of [...messages, ...messages]) await grids.dispatch(message)
    assert.equal(runs(), 2)
    assert.equal(codeOf(await first.send(messages[0])), 'kept')
    assert.equal(codeOf(await second.send(messages[1])), 'kept')
  })

  test('do not read content of each other, and compute a result each for itself', async () => {
    const { grids, first, second, runs } = await two(true)
    await using _ = grids
    const content = await first.put(input)
    assert.deepEqual(await first.get(content), input)
    assert.equal(await second.get(content), undefined)
    const protocol = await first.handler('echo')
    assert.equal(codeOf(await first.call({ protocol, method: 'echo', input: content })), 'kept')
    assert.equal(codeOf(await second.call({ protocol, method: 'echo', input: content })), 'MISSING')
    const pure = { protocol: await first.handler('count'), method: 'count' }
    for (const host of [first, first, second, second]) assert.equal(codeOf(await host.call(pure)), 'kept')
    assert.equal(runs(), 2)
  })

  test('run no code that was deployed in another, although it is prepared in the runtime they share', async () => {
    const { grids, first, second } = await two()
    await using _ = grids
    const code = await readFile(lz4.code)
    const protocol = await first.deploy(code, lz4.descriptor)
    assert.equal(codeOf(await first.call({ protocol, method: 'compress', input })), 'kept')
    assert.equal(codeOf(await second.call({ protocol, method: 'compress', input })), 'MISSING')
    await assert.rejects(second.handler('lz4'), coded('MISSING'))
    assert.ok((await second.deploy(code, lz4.descriptor)).equals(protocol))
    assert.equal(codeOf(await second.call({ protocol, method: 'compress', input })), 'kept')
  })

  test('believe no key statement that another has accepted', async () => {
    const { grids, first, second, alice } = await two()
    await using _ = grids
    const statement = await first.announce('alice')
    assert.equal((await second.acceptKeyStatement(statement)).refused?.code, 'GRID')
    assert.equal(await second.keyStatement(alice.principal), undefined)
  })

  test('are told apart in a trace, also the first one of a folder', async () => {
    const seen = new Set<string>()
    const data = join(temporaryFolder(), 'grids')
    await (await createHost({ data, gridName: 'home' })).close()
    const trace = (_: TraceEvent, grid: string): void => void seen.add(grid)
    await using grids = await openGrids({ data, trace })
    const lab = await grids.found('lab')
    for (const host of [grids.grid('home'), lab])
      await host.call({ protocol: await host.handler('echo'), method: 'echo', input })
    assert.deepEqual([...seen].sort(), ['home', 'lab'])
  })
})

describe('grids in a folder', () => {
  test('are there again, the first one where it always was', async () => {
    const data = join(temporaryFolder(), 'grids')
    const facts = await (async () => {
      await using host = await createHost({ data, gridName: 'home' })
      return [host.grid.toString(), host.node]
    })()
    const lab = await (async () => {
      await using grids = await openGrids({ data })
      return (await grids.found('lab')).grid.toString()
    })()
    await using grids = await openGrids({ data })
    assert.deepEqual(
      grids.list().map(({ name, grid }) => [name, grid.toString()]),
      [
        ['home', facts[0]],
        ['lab', lab],
      ],
    )
    assert.equal(grids.grid('lab').node, facts[1])
    assert.deepEqual(readdirSync(join(data, 'grids')), ['lab'])
    assert.deepEqual(readdirSync(join(data, 'keys')), ['node.json', 'root.json'])
  })

  test('begin with the first one where there is none', async () => {
    const data = join(temporaryFolder(), 'grids')
    const first = await (async () => {
      await using grids = await openGrids({ data })
      assert.deepEqual(grids.list(), [])
      await assert.rejects(grids.dispatch(new Uint8Array(1)), coded('MISSING'))
      return (await grids.found('home')).grid.toString()
    })()
    await using host = await createHost({ data })
    assert.equal(host.grid.toString(), first)
  })

  test('never have one name twice, nor a name that is a path', async () => {
    const data = join(temporaryFolder(), 'grids')
    await using grids = await openGrids({ data })
    const made = await Promise.allSettled([grids.found('lab'), grids.found('lab')])
    assert.deepEqual(made.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    for (const name of ['lab', '../lab', '', 'Lab', '.new'])
      await assert.rejects(grids.found(name), coded('NAME'), name)
    assert.equal(grids.list().length, 1)
  })

  test('do not count what was begun and not finished', async () => {
    const data = join(temporaryFolder(), 'grids')
    await (await createHost({ data })).close()
    mkdirSync(join(data, 'grids', '.new-abc', 'store'), { recursive: true })
    mkdirSync(join(data, 'grids', 'empty'))
    await using grids = await openGrids({ data })
    assert.equal(grids.list().length, 1)
  })

  test('are closed again when one of them cannot be opened', async () => {
    const data = join(temporaryFolder(), 'grids')
    await (await createHost({ data })).close()
    mkdirSync(join(data, 'grids', 'torn', 'store'), { recursive: true })
    await assert.rejects(openGrids({ data }), coded('DATA'))
    await (await createHost({ data })).close()
  })

  test('are made no more once they were closed', async () => {
    const grids = await openGrids()
    const host = await grids.found('lab')
    const message = await host.compose({ protocol: await host.handler('echo'), method: 'echo', input })
    await grids.close()
    await assert.rejects(grids.found('more'), coded('CLOSED'))
    await assert.rejects(grids.dispatch(message.bytes), coded('MISSING'))
  })
})

describe('joining a grid', () => {
  test('lets its roots grant what is here, and nobody else', async () => {
    await using home = await createHost({ gridName: 'lab' })
    await using grids = await openGrids()
    const own = await grids.found('own')
    const joined = (await grids.join(await handoutOfGrid(home))).ok as Host
    assert.ok(joined.grid.equals(home.grid))
    assert.notEqual(joined.node, home.node)
    assert.equal(grids.grid('lab'), joined)

    const bob = await joined.identity('bob')
    const protocol = await joined.handler('echo')
    const parent = await adoption(joined, home.root.principal)
    const terms = { to: bob.principal, resource: { kind: 'code', protocol }, methods: ['echo'] } as const
    const granted = await home.promise({ ...terms, parent })
    const call = { protocol, method: 'echo', input, as: bob, capabilities: [parent, granted] }
    assert.equal(codeOf(await joined.call(call)), 'kept')
    assert.notEqual(codeOf(await home.call(call)), 'kept')
    assert.equal(codeOf(await own.call(call)), 'GRID')
    await assert.rejects(joined.call({ protocol, method: 'echo', input }), coded('MISSING'))
    await assert.rejects(joined.promise(terms), coded('MISSING'))
  })

  test('takes in its policy, what follows later too, and adopts the roots then in force', async () => {
    const keys = memoryKeys(nodeCrypto)
    const root = await keys.identity('root', 'hybrid')
    await using home = await createHost({ gridName: 'lab', identities: keys })
    const next = await home.identity('next')
    const accept = async (change: Parameters<typeof signPolicy>[4], by: Signer): Promise<void> => {
      const signed = signPolicy(nodeCrypto, by, home.grid, home.kernel.policy, change, 1)
      assert.ok((await home.kernel.acceptPolicy([signed])).ok !== undefined)
    }
    await accept({ executors: [home.node] }, root)
    await using grids = await openGrids()
    const handout = await handoutOfGrid(home)
    const early = (await grids.join(readGridHandout(gridHandoutLines(handout).join('\n')))).ok as Host
    assert.deepEqual([early.kernel.policy.seq, early.kernel.policy.executors], [1, [home.node]])

    await accept({ roots: [next.principal] }, root)
    const later = await grids.join(await handoutOfGrid(home))
    assert.equal(later.ok, early)
    assert.deepEqual([early.kernel.policy.seq, early.kernel.policy.roots], [2, [next.principal]])
    assert.equal((await grids.join(handout)).ok, early)
    assert.equal(early.kernel.policy.seq, 2)
    await assert.rejects(adoption(early, root.principal), coded('MISSING'))
  })

  test('is refused for another record of a number that is known, names both, and changes nothing', async () => {
    const keys = memoryKeys(nodeCrypto)
    const root = await keys.identity('root')
    await using home = await createHost({ gridName: 'lab', identities: keys })
    const before = home.kernel.policy
    const one = signPolicy(nodeCrypto, root, home.grid, before, { executors: [home.node] }, 1)
    const other = signPolicy(nodeCrypto, root, home.grid, before, { executors: [] }, 2)
    assert.ok((await home.kernel.acceptPolicy([one])).ok)
    const handout = await handoutOfGrid(home)
    await using grids = await openGrids()
    const joined = (await grids.join(handout)).ok as Host
    const names = [one, other].map((bytes) => readPolicyRecord(nodeCrypto, bytes).ok?.id.toString() ?? '')
    const set = (await memoryKeys(nodeCrypto).identity('somebody', 'hybrid')).keySet as Uint8Array
    for (const policies of [[[other]], [[other], [one]]]) {
      const { refused } = await grids.join({ ...handout, keySets: [set], policies })
      assert.equal(refused?.code, 'CHAIN')
      for (const name of names) assert.ok(refused?.detail.includes(name), refused?.detail)
    }
    assert.ok((await joined.kernel.acceptPolicy([other])).refused?.detail.includes(names[1] ?? ''))
    assert.deepEqual(joined.kernel.policy.executors, [home.node])
    const snapshot = joined.store.snapshot()
    for await (const { key } of snapshot.range('.keysets'))
      assert.fail(`key set ${key.toString()} was admitted`)
    snapshot.close()
    assert.equal(
      (await grids.join({ ...handout, policies: [] })).ok,
      joined,
      'older policy is none beside it',
    )
  })

  test('is refused without the key set that verifies its policy, and leaves nothing behind', async () => {
    const keys = memoryKeys(nodeCrypto)
    const root = await keys.identity('root', 'hybrid')
    await using home = await createHost({ gridName: 'lab', identities: keys })
    const signed = signPolicy(nodeCrypto, root, home.grid, home.kernel.policy, { executors: [] }, 1)
    await home.kernel.acceptPolicy([signed])
    const { genesis, policies = [] } = await handoutOfGrid(home)
    const data = join(temporaryFolder(), 'grids')
    await using grids = await openGrids({ data })
    await grids.found('own')
    assert.equal((await grids.join({ genesis, policies })).refused?.code, 'MISSING')
    assert.equal(grids.list().length, 1)
    assert.deepEqual(readdirSync(join(data, 'grids')), [])
    assert.ok((await grids.join(await handoutOfGrid(home))).ok !== undefined)
  })

  test('is refused for policy of another grid, for one that was changed, and for what is no grid', async () => {
    await using home = await createHost({ gridName: 'lab' })
    await using other = await createHost({ gridName: 'other' })
    const record = ({ root, grid, kernel }: Host): Uint8Array =>
      signPolicy(nodeCrypto, root, grid, kernel.policy, { executors: [] }, 1)
    const { genesis } = await handoutOfGrid(home)
    await using grids = await openGrids()
    assert.equal((await grids.join({ genesis, policies: [[record(other)]] })).refused?.code, 'GRID')
    const forged = record(home)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    assert.equal((await grids.join({ genesis, policies: [[forged]] })).refused?.code, 'SIG')
    assert.equal((await grids.join({ genesis, policies: [[]] })).refused?.code, 'SHAPE')
    for (const bytes of [new Uint8Array(0), genesis.slice(1), Uint8Array.of(0xa0), new Uint8Array([0xff])])
      assert.ok((await grids.join({ genesis: bytes })).refused !== undefined)
    assert.equal((await grids.join({ genesis }, { expect: other.grid })).refused?.code, 'GRID')
    assert.deepEqual(grids.list(), [])
    assert.ok((await grids.join({ genesis }, { expect: home.grid })).ok !== undefined)
  })

  test('needs a name that is free here', async () => {
    await using home = await createHost({ gridName: 'My Lab' })
    await using grids = await openGrids()
    await grids.found('own')
    const handout = await handoutOfGrid(home)
    await assert.rejects(grids.join(handout), coded('NAME'))
    await assert.rejects(grids.join(handout, { name: 'own' }), coded('NAME'))
    const joined = (await grids.join(handout, { name: 'lab' })).ok
    assert.equal(grids.grid('lab'), joined)
  })
})

describe('the text of a grid', () => {
  const line = 'grid-genesis:AAAA'
  for (const [why, text] of [
    ['nothing in it', ''],
    ['a comment alone', '# grid'],
    ['policy alone', 'grid-policy:gUEA'],
    ['two grids', `${line}\n${line}`],
    ['another line', `${line}\nhello`],
    ['a second spelling', 'grid-genesis:AAB'],
    ['policy that is no array', `${line}\ngrid-policy:oA`],
    ['policy of numbers', `${line}\ngrid-policy:gQE`],
    ['policy without a signature', `${line}\ngrid-policy:gA`],
  ] as const)
    test(`is refused with ${why}`, () => {
      assert.throws(() => readGridHandout(text), coded('FILE'))
    })

  test('is read with comments, empty lines and ends of lines of another system', () => {
    const { genesis, policies } = readGridHandout(`# a grid\r\n\r\n${line}\r\ngrid-policy:gUEA\r\n`)
    assert.deepEqual(genesis, new Uint8Array(3))
    assert.deepEqual(policies, [[new Uint8Array(1)]])
  })
})
