/** What is to run, on what, and within what: descriptors, arguments, contexts, budgets and lowered limits. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, createCid, encodeCbor, hashBlock } from '../../promisebase/index.ts'
import { createKernel, encodeDescriptor, readDescriptor } from '../index.ts'
import { LIMITS } from '../limits.ts'
import { assertRefused } from './assert-refused.ts'
import { descriptorSaying } from './descriptors.ts'
import { createTime, foundGrid, people } from './fixture.ts'
import { watched } from './handlers.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../promisebase/index.ts'
import type { Budget, Descriptor, Limits } from '../index.ts'
import type { Grid, Request } from './fixture.ts'

const { node } = people
const NOWHERE = (codec: number): CID => createCid(codec, new Uint8Array(32).fill(9))
const put = (grid: Grid, bytes: Uint8Array, codec: number = CODEC.raw): Promise<CID> =>
  grid.store.transact((transaction) => transaction.putBlock(bytes, codec))
/** Whatever is asked for, the sender may: everything here was promised to it. */
const asking = (grid: Grid, request: Request) =>
  grid.compose({
    chain: [grid.grant({ by: node, parent: null, resource: { kind: 'node', owner: node.principal } })],
    ...request,
  })

describe('a protocol', async () => {
  const grid = await foundGrid()
  const signed = { signed: true }

  test('that is not here is missing', async () => {
    await assertRefused(grid, asking(grid, { protocol: NOWHERE(CODEC.dagCbor) }), 'MISSING', signed)
  })

  test('whose code is not here is missing, though its descriptor is', async () => {
    const protocol = await descriptorSaying(grid, 'echo', { code: NOWHERE(CODEC.raw) })
    await assertRefused(grid, asking(grid, { protocol }), 'MISSING', signed)
  })

  test('of a runtime that this node has not is refused: RUNTIME', async () => {
    for (const runtime of ['wasi', 'container', 'vm', 'process', 'webgpu', 'verifier'] as const) {
      const protocol = await descriptorSaying(grid, 'echo', { runtime })
      await assertRefused(grid, asking(grid, { protocol }), 'RUNTIME', signed)
    }
    await assertRefused(
      grid,
      asking(grid, { protocol: NOWHERE(CODEC.raw), method: 'run' }),
      'RUNTIME',
      signed,
    )
  })

  test('that names the code of a native handler itself is a module, not that handler', async () => {
    const snapshot = grid.store.snapshot()
    const block = await snapshot.getBlock(grid.protocol('echo'))
    snapshot.close()
    assert.ok(block)
    const { ok } = readDescriptor(block)
    assert.ok(ok)
    await assertRefused(grid, asking(grid, { protocol: ok.code, method: 'run' }), 'RUNTIME', signed)
  })

  test('whose block is no descriptor is refused: DESCRIPTOR', async () => {
    const honest: Record<string, unknown> = {
      format: 1,
      runtime: 'native',
      code: NOWHERE(CODEC.raw),
      entry: 'call',
      methods: ['echo'],
      pure: true,
      imports: [],
      limits: {},
      public: false,
    }
    const wrong: Record<string, unknown>[] = [
      { format: 2 },
      { format: undefined },
      { runtime: 'NATIVE' },
      { runtime: undefined },
      { code: NOWHERE(CODEC.cbor) },
      { code: 'text' },
      { code: undefined },
      { entry: '' },
      { entry: 7 },
      { methods: [] },
      { methods: ['*'] },
      { methods: ['b', 'a'] },
      { methods: ['a', 'a'] },
      { methods: Array.from({ length: 65 }, (_, index) => `m${String(index).padStart(2, '0')}`) },
      { pure: 1 },
      { pure: undefined },
      { imports: ['b', 'a'] },
      { imports: 'all' },
      { limits: { fuel: -1 } },
      { limits: { fuel: 1.5 } },
      { limits: { gas: 1 } },
      { limits: [] },
      { public: 'yes' },
      { name: '' },
      { name: 7 },
      { more: 1 },
      { __proto: 1 },
    ]
    for (const change of wrong) {
      const fields = Object.entries({ ...honest, ...change }).filter(([, value]) => value !== undefined)
      const protocol = await put(grid, encodeCbor(Object.fromEntries(fields) as CborInput), CODEC.dagCbor)
      await assertRefused(grid, asking(grid, { protocol }), 'DESCRIPTOR', signed)
    }
    for (const bytes of [Uint8Array.of(0xff), new Uint8Array(0), encodeCbor([1]), encodeCbor('text')]) {
      const protocol = await put(grid, bytes, CODEC.dagCbor)
      await assertRefused(grid, asking(grid, { protocol }), 'DESCRIPTOR', signed)
    }
    assert.ok(encodeDescriptor(honest as unknown as Descriptor).length > 0)
  })

  test('is not any block: a genesis block, a token or a receipt is no descriptor', async () => {
    await assertRefused(grid, asking(grid, { protocol: grid.grid }), 'DESCRIPTOR', signed)
  })
})

describe('arguments by CID', async () => {
  const grid = await foundGrid({ limits: { argumentBytes: 100_000 } })
  const signed = { signed: true }
  const tree = (size: number, parts: readonly CID[], fields = {}): Uint8Array =>
    encodeCbor({ size, tree: 1, parts: [...parts], ...fields })

  test('that are not here are missing, whole or in part', async () => {
    await assertRefused(grid, asking(grid, { arguments: { cid: NOWHERE(CODEC.raw) } }), 'MISSING', signed)
    const cid = await put(grid, tree(5, [NOWHERE(CODEC.raw)]), CODEC.dagCbor)
    await assertRefused(grid, asking(grid, { arguments: { cid } }), 'MISSING', signed)
  })

  test('that are longer than the limit are refused before they are joined', async () => {
    const long = await put(grid, new Uint8Array(100_001))
    await assertRefused(grid, asking(grid, { arguments: { cid: long } }), 'LIMIT', signed)
    const part = await put(grid, new Uint8Array(1_000))
    const trees = [
      tree(1_000 * 101, new Array<CID>(101).fill(part)),
      tree(1024 * 1024 * 40_000, new Array<CID>(40_000).fill(part)),
    ]
    for (const bytes of trees) {
      if (bytes.length > 1024 * 1024) continue
      const cid = await put(grid, bytes, CODEC.dagCbor)
      await assertRefused(grid, asking(grid, { arguments: { cid } }), 'LIMIT', signed)
    }
  })

  test('that are a tree which is not what it says are refused: SHAPE', async () => {
    const part = await put(grid, new Uint8Array(10))
    const empty = await put(grid, new Uint8Array(0))
    const inner = await put(grid, tree(10, [part]), CODEC.dagCbor)
    for (const bytes of [
      tree(11, [part]),
      tree(9, [part]),
      tree(2, [empty, part]),
      tree(10, []),
      tree(0, [part]),
      tree(10, [inner]),
      tree(2 ** 50, [part]),
      encodeCbor({ size: 10, tree: 2, parts: [part] }),
      encodeCbor({ size: '10', tree: 1, parts: [part] }),
    ]) {
      const cid = await put(grid, bytes, CODEC.dagCbor)
      await assertRefused(grid, asking(grid, { arguments: { cid } }), 'SHAPE', signed)
    }
  })

  test('of one part named many times are joined as long as the limit reaches', async () => {
    const part = await put(grid, new Uint8Array(1_000))
    const cid = await put(grid, tree(100_000, new Array<CID>(100).fill(part)), CODEC.dagCbor)
    assert.equal((await grid.send(asking(grid, { arguments: { cid } }))).code, 'kept')
  })

  test('under another codec are other arguments, with the same bytes', async () => {
    const bytes = encodeCbor({ a: 1 })
    await put(grid, bytes)
    for (const codec of [CODEC.raw, CODEC.dagCbor, CODEC.cbor, CODEC.gridCbor]) {
      const cid = hashBlock(grid.crypto.sha256, codec, bytes)
      assert.equal((await grid.send(asking(grid, { arguments: { cid } }))).code, 'kept')
    }
  })

  test('and a context that is not here is missing', async () => {
    await assertRefused(grid, asking(grid, { context: NOWHERE(CODEC.dagCbor) }), 'MISSING', signed)
  })
})

describe('a budget', () => {
  const bounded = async (descriptor: Budget = {}, limits: Partial<Limits> = {}) => {
    const watch = watched('bounded', { limits: descriptor })
    const grid = await foundGrid({ handlers: [watch.handler], limits })
    const protocol = grid.protocol('bounded')
    const codeOf = async (budgets: readonly Budget[], method: string, text: string): Promise<string> => {
      const chain = [grid.grant({ by: node, parent: null, resource: { kind: 'code', protocol } })]
      for (const budget of budgets)
        chain.push(
          grid.grant({
            by: grid.alice,
            parent: chain[chain.length - 1] ?? null,
            resource: { kind: 'code', protocol },
            caveats: { budget },
          }),
        )
      const bytes = new TextEncoder().encode(text)
      return (await grid.send({ protocol, chain, method, arguments: { bytes } })).code
    }
    return { watch, codeOf }
  }

  test('is the smallest that any link, the descriptor or the host states', async () => {
    const rows: [Budget, Partial<Limits>, Budget[], string][] = [
      [{}, {}, [], 'kept'],
      [{ outputBytes: 99 }, {}, [], 'BUDGET_OUTPUT'],
      [{}, { outputBytes: 99 }, [], 'BUDGET_OUTPUT'],
      [{}, {}, [{ outputBytes: 99 }], 'BUDGET_OUTPUT'],
      [{ outputBytes: 100 }, { outputBytes: 100 }, [{ outputBytes: 200 }, { outputBytes: 100 }], 'kept'],
      [{ outputBytes: 1_000 }, {}, [{ outputBytes: 1_000 }, { outputBytes: 99 }], 'BUDGET_OUTPUT'],
      [{ fuel: 4 }, {}, [], 'BUDGET_FUEL'],
      [{ fuel: 5 }, {}, [], 'kept'],
      [{}, { fuel: 4 }, [], 'BUDGET_FUEL'],
      [{}, {}, [{ fuel: 4 }], 'BUDGET_FUEL'],
      [{}, {}, [{ fuel: 0 }], 'BUDGET_FUEL'],
      [{ fuel: Number.MAX_SAFE_INTEGER }, {}, [{ fuel: Number.MAX_SAFE_INTEGER }], 'kept'],
    ]
    for (const [descriptor, limits, links, code] of rows) {
      const { codeOf } = await bounded(descriptor, limits)
      assert.equal(await codeOf(links, 'grow', '100'), code, JSON.stringify([descriptor, limits, links]))
    }
  })

  test('of memory below what the handler needs is refused before it runs', async () => {
    const { watch, codeOf } = await bounded({ memoryBytes: 1_000 })
    assert.equal(await codeOf([{ memoryBytes: 999 }], 'same', ''), 'BUDGET_MEMORY')
    assert.equal(await codeOf([{ memoryBytes: 0 }], 'same', ''), 'BUDGET_MEMORY')
    assert.equal(watch.calls.length, 0)
    assert.equal(await codeOf([{ memoryBytes: 1_000 }], 'same', ''), 'kept')
    const hungry = await bounded({})
    assert.equal(await hungry.codeOf([{ memoryBytes: LIMITS.memoryBytes - 1 }], 'same', ''), 'BUDGET_MEMORY')
  })

  test('of no time at all runs nothing', async () => {
    const { watch, codeOf } = await bounded()
    assert.equal(await codeOf([{ wallMs: 0 }], 'same', ''), 'BUDGET_TIME')
    assert.equal(watch.calls.length, 0)
  })
})

describe('limits of a host', () => {
  test('are lowered, never raised', async () => {
    const grid = await foundGrid({ limits: { inlineBytes: 10_000_000, messageBytes: 10_000_000 } })
    await assertRefused(grid, { bytes: new Uint8Array(LIMITS.messageBytes + 1), id: grid.grid }, 'LIMIT')
  })

  test('that a host has lowered hold', async () => {
    const grid = await foundGrid({ limits: { messageBytes: 600, tokenBytes: 400 } })
    await assertRefused(grid, grid.compose({ arguments: { bytes: new Uint8Array(600) } }), 'LIMIT')
    const methods = Array.from({ length: 10 }, (_, index) => `a-method-with-a-long-name-${index}`)
    const roomy = await foundGrid({ limits: { tokenBytes: 400 } })
    await assertRefused(roomy, roomy.compose({ chain: [roomy.grant({ methods })] }), 'LIMIT')
    assert.ok(grid)
  })

  test('that are no whole numbers are a mistake of the host', async () => {
    const { crypto, store, runtimes } = await foundGrid()
    const { powers } = createTime()
    for (const wrong of [-1, 1.5, Number.NaN, Infinity, '5' as unknown as number])
      await assert.rejects(
        createKernel({ ...powers, store, crypto, signer: node, runtimes, limits: { fuel: wrong } }),
        RangeError,
      )
  })
})
