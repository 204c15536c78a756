/** Code of several blocks: found whole, bounded, and run as if it were one; and how much work a chain grants. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import wabt from 'wabt'

import { CODEC, encodeCbor, hashBlock, nobleCrypto } from '../../promisebase/index.ts'
import { createWasiRuntime } from '../../runtimes/wasi/index.ts'
import { encodeDescriptor } from '../index.ts'
import { LIMITS } from '../limits.ts'
import { assertRefused } from './assert-refused.ts'
import { foundGrid, people } from './fixture.ts'
import type { CID } from 'multiformats/cid'
import type { Budget, Limits, Runtime } from '../index.ts'
import type { Grid } from './fixture.ts'

const { node } = people

const toolkit = await wabt()
const module = toolkit.parseWat(
  'code.wat',
  `(module (memory (export "memory") 1)
    (func (export "alloc") (param i32) (result i32) (i32.const 8))
    (func (export "run") (param i32 i32) (result i64) (i64.const 0)))`,
)
const CODE = new Uint8Array(module.toBinary({}).buffer)
module.destroy()
const HALF = CODE.length >> 1
const PARTS = [CODE.slice(0, HALF), CODE.slice(HALF)]
const cidOf = (bytes: Uint8Array, codec: number = CODEC.raw): CID =>
  hashBlock(nobleCrypto.sha256, codec, bytes)
const treeOf = (size: number): Uint8Array =>
  encodeCbor({ size, tree: 1, parts: PARTS.map((part) => cidOf(part)) })
const TREE = treeOf(CODE.length)

/** A node that was given these blocks, and a message that runs the code of this name. */
async function given(
  blocks: readonly (readonly [Uint8Array, number])[],
  code: CID,
  { limits, runtimes = [createWasiRuntime()] }: { limits?: Partial<Limits>; runtimes?: Runtime[] } = {},
) {
  const grid = await foundGrid({ runtimes, ...(limits === undefined ? {} : { limits }) })
  const descriptor = encodeDescriptor({
    ...{ runtime: 'wasi', entry: 'reactor', methods: ['run'], pure: true, imports: [] },
    ...{ code, limits: { memoryBytes: 65_536 }, public: false },
  })
  const protocol = await put(grid, descriptor, CODEC.dagCbor)
  for (const [bytes, codec] of blocks) await put(grid, bytes, codec)
  return { grid, ask: (budget?: Budget) => asking(grid, protocol, budget) }
}

const put = (grid: Grid, bytes: Uint8Array, codec: number = CODEC.raw): Promise<CID> =>
  grid.store.transact((transaction) => transaction.putBlock(bytes, codec))

const asking = (grid: Grid, protocol: CID, budget?: Budget) => {
  const resource = { kind: 'node', owner: node.principal } as const
  const caveats = budget === undefined ? {} : { caveats: { budget } }
  return grid.compose({
    chain: [grid.grant({ by: node, parent: null, resource, ...caveats })],
    protocol,
    method: 'run',
  })
}

const whole = [[TREE, CODEC.dagCbor] as const, ...PARTS.map((part) => [part, CODEC.raw] as const)]

describe('code of several blocks', () => {
  test('runs as the same code in one block does', async () => {
    const several = await given(whole, cidOf(TREE, CODEC.dagCbor))
    const one = await given([[CODE, CODEC.raw]], cidOf(CODE))
    for (const { grid, ask } of [several, one]) assert.equal((await grid.send(ask())).code, 'kept')
  })

  test('is missing while a part is, and the same message runs when it has come', async () => {
    const { grid, ask } = await given(whole.slice(0, 2), cidOf(TREE, CODEC.dagCbor))
    const message = ask()
    await assertRefused(grid, message, 'MISSING', { signed: true })
    await put(grid, PARTS[1] ?? CODE)
    assert.equal((await grid.send(message)).code, 'kept')
  })

  test('is missing without its root, though every part is here', async () => {
    const { grid, ask } = await given(whole.slice(1), cidOf(TREE, CODEC.dagCbor))
    await assertRefused(grid, ask(), 'MISSING', { signed: true })
  })

  test('is refused above the limit, before its parts are read: LIMIT', async () => {
    const only = await given([[TREE, CODEC.dagCbor]], cidOf(TREE, CODEC.dagCbor), {
      limits: { codeBytes: CODE.length - 1 },
    })
    await assertRefused(only.grid, only.ask(), 'LIMIT', { signed: true })
    const fits = await given(whole, cidOf(TREE, CODEC.dagCbor), { limits: { codeBytes: CODE.length } })
    assert.equal((await fits.grid.send(fits.ask())).code, 'kept')
  })

  test('that is not as long as it says is refused: SHAPE', async () => {
    const wrong = treeOf(CODE.length + 1)
    const { grid, ask } = await given(
      [[wrong, CODEC.dagCbor], ...whole.slice(1)],
      cidOf(wrong, CODEC.dagCbor),
    )
    await assertRefused(grid, ask(), 'SHAPE', { signed: true })
  })

  test('that is another dag-cbor block is code as it stands, which is no module: ADMIT', async () => {
    const other = encodeCbor('no module')
    const { grid, ask } = await given([[other, CODEC.dagCbor]], cidOf(other, CODEC.dagCbor))
    assert.equal((await grid.send(ask())).code, 'ADMIT')
  })
})

describe('fuel', () => {
  /** What each call was given. */
  function watching(): { readonly runtime: Runtime; readonly seen: number[] } {
    const [inner, seen] = [createWasiRuntime(), [] as number[]]
    const runtime: Runtime = {
      kind: 'wasi',
      profile: (descriptor) => inner.profile(descriptor),
      admit: (code, descriptor) => inner.admit(code, descriptor),
      run: (call, cancel) => (seen.push(call.budget.fuel), inner.run(call, cancel)),
    }
    return { runtime, seen }
  }

  test('a chain that states no fuel grants less than the most', async () => {
    const fuels: [Budget | undefined, number][] = [
      [undefined, LIMITS.fuelUnstated],
      [{ outputBytes: 1_000 }, LIMITS.fuelUnstated],
      [{ fuel: LIMITS.fuelUnstated + 1 }, LIMITS.fuelUnstated + 1],
      [{ fuel: LIMITS.fuel }, LIMITS.fuel],
      [{ fuel: LIMITS.fuel + 1 }, LIMITS.fuel],
    ]
    for (const [budget, expected] of fuels) {
      const { runtime, seen } = watching()
      const { grid, ask } = await given([[CODE, CODEC.raw]], cidOf(CODE), { runtimes: [runtime] })
      assert.equal((await grid.send(ask(budget))).code, 'kept')
      assert.deepEqual(seen, [expected])
    }
  })
})
