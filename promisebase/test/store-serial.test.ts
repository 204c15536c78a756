/**
 * Transactions append their own number to lists and read other lists. The lists then tell in which order the
 * writers came, and each read tells which of them it saw; if these orders form a circle, no serial run of the
 * same transactions could have given the same answers.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMemoryBackend } from '../backend-memory.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { Store } from '../interface.ts'

const SPACE = 's'

interface Plan {
  readonly reads: readonly number[]
  readonly scans: boolean
  readonly appends: readonly number[]
  readonly pauses: number
}

/** What a committed transaction saw and did. */
interface Seen {
  readonly number: number
  readonly lists: ReadonlyMap<number, readonly number[]>
  readonly appends: readonly number[]
}

const plan: fc.Arbitrary<Plan> = fc.record({
  reads: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
  scans: fc.boolean(),
  appends: fc.uniqueArray(fc.nat(4), { maxLength: 2 }),
  pauses: fc.nat(4),
})

function parse(value: Uint8Array | undefined): number[] {
  const text = new TextDecoder().decode(value)
  return text === '' ? [] : text.split(',').map(Number)
}

async function run(
  store: Store,
  number: number,
  { reads, scans, appends, pauses }: Plan,
): Promise<Seen | undefined> {
  const work = store.transact(
    async (transaction) => {
      const lists = new Map<number, number[]>()
      if (scans) {
        for (let list = 0; list < 5; list++) lists.set(list, [])
        for await (const { key, value } of transaction.range(SPACE)) lists.set(key[0]!, parse(value))
      }
      for (const list of reads) {
        lists.set(list, parse(await transaction.get(SPACE, Uint8Array.of(list))))
        await new Promise((resolve) => setImmediate(resolve))
      }
      for (let pause = 0; pause < pauses; pause++) await new Promise((resolve) => setImmediate(resolve))
      for (const list of appends) {
        const now = parse(await transaction.get(SPACE, Uint8Array.of(list)))
        lists.set(list, now)
        transaction.put(SPACE, Uint8Array.of(list), new TextEncoder().encode([...now, number].join()))
      }
      return { number, lists, appends }
    },
    { retries: 3 },
  )
  return work.catch((error: { code?: string }) => void assert.equal(error.code, 'CONFLICT'))
}

/** Every transaction that must come before another one. */
function edgesOf(
  seen: readonly Seen[],
  lists: ReadonlyMap<number, readonly number[]>,
): Map<number, Set<number>> {
  const edges = new Map<number, Set<number>>(seen.map(({ number }) => [number, new Set()]))
  const before = (a: number | undefined, b: number | undefined) => {
    if (a !== undefined && b !== undefined && a !== b) edges.get(a)!.add(b)
  }
  for (const order of lists.values()) order.forEach((writer, i) => before(writer, order[i + 1]))
  for (const { number, lists: read } of seen) {
    for (const [list, found] of read) {
      const order = lists.get(list) ?? []
      assert.deepEqual(found, order.slice(0, found.length), 'a read that no order of the writers explains')
      before(found.at(-1), number)
      before(number, order[found.length])
    }
  }
  return edges
}

function hasCircle(edges: ReadonlyMap<number, ReadonlySet<number>>): boolean {
  const state = new Map<number, 'open' | 'done'>()
  const visit = (node: number): boolean => {
    if (state.get(node) === 'open') return true
    if (state.get(node) === 'done') return false
    state.set(node, 'open')
    for (const next of edges.get(node)!) if (visit(next)) return true
    state.set(node, 'done')
    return false
  }
  return [...edges.keys()].some(visit)
}

test('whatever runs at the same time could have run one after another', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 2, maxLength: 14 }), async (plans) => {
      const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
      const ends = await Promise.all(plans.map((plan, number) => run(store, number, plan)))
      const seen = ends.filter((end) => end !== undefined)
      const lists = new Map<number, number[]>()
      using snapshot = store.snapshot()
      for await (const { key, value } of snapshot.range(SPACE)) lists.set(key[0]!, parse(value))
      for (const { number, appends } of seen) {
        for (const list of appends) assert.ok(lists.get(list)?.includes(number), 'a lost append')
      }
      assert.equal(hasCircle(edgesOf(seen, lists)), false)
    }),
    { numRuns: 150 },
  )
})

test('the check itself notices write skew', () => {
  const lists = new Map([
    [0, [1]],
    [1, [2]],
  ])
  const edges = edgesOf(
    [
      { number: 1, lists: new Map([[1, []]]), appends: [0] },
      { number: 2, lists: new Map([[0, []]]), appends: [1] },
    ],
    lists,
  )
  assert.equal(hasCircle(edges), true)
})
