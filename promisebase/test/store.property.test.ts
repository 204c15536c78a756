import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../conformance/test/laws.ts'
import { createMemoryBackend } from '../backend-memory.ts'
import { compareBytes } from '../keys.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { ByteRange, OpenSnapshot, Snapshot, SpaceRange } from '../interface.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const key = fc
  .uint8Array({ minLength: 0, maxLength: 3 })
  .map((bytes) => bytes.map((byte) => [0, 1, 97, 254, 255][byte % 5]!))
const space = fc.constantFrom('a', 'ab', 'a\0', 'b')
const value = fc.uint8Array({ maxLength: 3 })

const range: fc.Arbitrary<SpaceRange> = fc.record(
  { gte: key, lt: key, prefix: key, reverse: fc.boolean(), limit: fc.nat(6) },
  { requiredKeys: [] },
)

type Step =
  | { readonly do: 'put'; readonly space: string; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly do: 'delete'; readonly space: string; readonly key: Uint8Array }
  | { readonly do: 'get'; readonly space: string; readonly key: Uint8Array }
  | { readonly do: 'range'; readonly space: string; readonly range: SpaceRange }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), space, key, value }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), space, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('get' as const), space, key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('range' as const), space, range }) },
)

const history = fc.array(
  fc.record({
    steps: fc.array(step, { maxLength: 12 }),
    end: fc.constantFrom('commit', 'commit', 'throw'),
    keep: fc.boolean(),
  }),
  { maxLength: 12 },
)

/** The model: entries by space and key, as text that sorts like the bytes. */
type Model = ReadonlyMap<string, Uint8Array>

const nameOf = (space: string, key: Uint8Array) => `${space}|${hex(key)}`

function rangeOf(model: Model, space: string, { gte, lt, prefix, reverse, limit }: SpaceRange): string[] {
  const found = [...model]
    .filter(([name]) => name.startsWith(`${space}|`))
    .map(([name, value]) => [name.slice(space.length + 1), value] as const)
    .filter(([key]) => prefix === undefined || key.startsWith(hex(prefix)))
    .filter(([key]) => gte === undefined || key >= hex(gte))
    .filter(([key]) => lt === undefined || key < hex(lt))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${hex(value)}`)
  return (reverse ? found.reverse() : found).slice(0, limit)
}

async function inStore(snapshot: Snapshot, space: string, range: SpaceRange): Promise<string[]> {
  const found: string[] = []
  for await (const { key, value } of snapshot.range(space, range)) found.push(`${hex(key)}=${hex(value)}`)
  return found
}

async function assertEqual(snapshot: Snapshot, model: Model): Promise<void> {
  for (const space of ['a', 'ab', 'a\0', 'b']) {
    assert.deepEqual(await inStore(snapshot, space, {}), rangeOf(model, space, {}))
  }
}

test('a store equals a Map, whatever commits, throws, scans and is kept', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (transactions) => {
      const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
      const kept: [OpenSnapshot, Model][] = []
      const discard = new Error('nothing is to be kept')
      let model: Model = new Map()
      for (const { steps, end, keep } of transactions) {
        const next = new Map(model)
        const work = store.transact(async (transaction) => {
          for (const step of steps) {
            if (step.do === 'put') {
              transaction.put(step.space, step.key, step.value)
              next.set(nameOf(step.space, step.key), step.value)
            } else if (step.do === 'delete') {
              transaction.delete(step.space, step.key)
              next.delete(nameOf(step.space, step.key))
            } else if (step.do === 'get') {
              assert.deepEqual(
                await transaction.get(step.space, step.key),
                next.get(nameOf(step.space, step.key)),
              )
            } else {
              assert.deepEqual(
                await inStore(transaction, step.space, step.range),
                rangeOf(next, step.space, step.range),
              )
            }
          }
          if (end === 'throw') throw discard
        })
        await work.then(
          () => (model = next),
          (thrown) => assert.equal(thrown, discard),
        )
        if (keep) kept.push([store.snapshot(), model])
      }
      for (const [snapshot, then] of kept) {
        await assertEqual(snapshot, then)
        snapshot.close()
      }
      await store.close()
    }),
    { numRuns: 150 },
  )
})

test('a backend in memory equals a sorted list, now and in every snapshot', async () => {
  const wide = fc.uint8Array({ minLength: 1, maxLength: 2 }).map((bytes) => bytes.map((byte) => byte % 40))
  const writes = fc.array(fc.record({ key: wide, value: fc.option(value, { nil: undefined }) }), {
    maxLength: 120,
  })
  const bounds: fc.Arbitrary<ByteRange> = fc.record(
    { gte: wide, lt: wide, reverse: fc.boolean(), limit: fc.nat(50) },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ writes, bounds, keep: fc.boolean() }), { maxLength: 25 }),
      async (rounds) => {
        const backend = createMemoryBackend()
        const open: [ReturnType<typeof backend.snapshot>, Map<string, [Uint8Array, Uint8Array]>][] = []
        let model = new Map<string, [Uint8Array, Uint8Array]>()
        for (const { writes, bounds, keep } of rounds) {
          model = new Map(model)
          for (const { key, value } of writes) {
            if (value) model.set(hex(key), [key, value])
            else model.delete(hex(key))
          }
          await backend.batch(
            writes.map(({ key, value }) => (value ? { type: 'put', key, value } : { type: 'delete', key })),
            { durable: false },
          )
          open.push([backend.snapshot(), model])
          if (!keep) open.splice(Math.floor(open.length / 2), 1).forEach(([snapshot]) => snapshot.close())
          for (const [snapshot, then] of open) {
            let expected = [...then.values()].sort(([a], [b]) => compareBytes(a, b))
            expected = expected.filter(([key]) => !bounds.gte || compareBytes(key, bounds.gte) >= 0)
            expected = expected.filter(([key]) => !bounds.lt || compareBytes(key, bounds.lt) < 0)
            if (bounds.reverse) expected.reverse()
            const found: (readonly [Uint8Array, Uint8Array])[] = []
            for await (const entry of snapshot.range(bounds)) found.push(entry)
            assert.deepEqual(found, expected.slice(0, bounds.limit))
            for (const { key } of writes.slice(0, 5))
              assert.deepEqual(await snapshot.get(key), then.get(hex(key))?.[1])
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})
