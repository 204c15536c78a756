/**
 * Transactions append their own number to lists and read other lists. The lists then tell in which order the
 * writers came, and each read tells which of them it saw; if these orders form a circle, no serial run of the
 * same transactions could have given the same answers.
 */
import assert from 'node:assert/strict'
import { fc } from '../../conformance/test/laws.ts'
import type { Store } from '../interface.ts'

const SPACE = 's'

export interface Plan {
  readonly reads: readonly number[]
  readonly scans: boolean
  readonly appends: readonly number[]
  readonly pauses: number
}

/** What a committed transaction saw and did. */
export interface Seen {
  readonly number: number
  readonly lists: ReadonlyMap<number, readonly number[]>
  readonly appends: readonly number[]
}

export const plan: fc.Arbitrary<Plan> = fc.record({
  reads: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
  scans: fc.boolean(),
  appends: fc.uniqueArray(fc.nat(4), { maxLength: 2 }),
  pauses: fc.nat(4),
})

function parse(value: Uint8Array | undefined): number[] {
  const text = new TextDecoder().decode(value)
  return text === '' ? [] : text.split(',').map(Number)
}

export async function run(
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
export function edgesOf(
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

export function hasCircle(edges: ReadonlyMap<number, ReadonlySet<number>>): boolean {
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

/** The lists as they are in the end, and whether the committed transactions could have run one after another. */
export async function assertSerial(store: Store, seen: readonly Seen[]): Promise<void> {
  const lists = new Map<number, readonly number[]>()
  using snapshot = store.snapshot()
  for await (const { key, value } of snapshot.range(SPACE)) lists.set(key[0]!, parse(value))
  for (const { number, appends } of seen) {
    for (const list of appends) assert.ok(lists.get(list)?.includes(number), 'a lost append')
  }
  assert.equal(hasCircle(edgesOf(seen, lists)), false, 'no order of the transactions explains what they saw')
}
