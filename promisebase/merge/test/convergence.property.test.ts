/** The law of merging: who knows the same commits comes to the same heads, whatever came when and was merged when. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC } from '../../cid.ts'
import { counter } from '../functions/counter.ts'
import { json } from '../functions/json.ts'
import { lastWriter } from '../functions/last-writer.ts'
import { map, mapOfCounters, mapOfSets } from '../functions/map.ts'
import { setContent, setUnion } from '../functions/set-union.ts'
import { textLines } from '../functions/text-lines.ts'
import { bytesOf, headsOf, mergeAll, openReplica, send, write } from './replica.ts'
import type { CborInput } from '../../cbor/value.ts'
import type { MergeFunction } from '../interface.ts'
import type { Replica } from './replica.ts'

/** Histories are as many as the property needs to find a fault; PROMISEGRID_MERGES makes more. */
const RUNS = Number(process.env['PROMISEGRID_MERGES'] ?? 5)
const REPLICAS = 3

type Step =
  | { readonly does: 'write'; readonly at: number; readonly time: number; readonly drawn: number }
  | { readonly does: 'send'; readonly from: number; readonly to: number }
  | { readonly does: 'merge'; readonly at: number }

const replica = fc.nat(REPLICAS - 1)
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: writing() },
    { weight: 4, arbitrary: fc.record({ does: fc.constant('send' as const), from: replica, to: replica }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('merge' as const), at: replica }) },
  ),
  { minLength: 8, maxLength: 20 },
)

function writing() {
  const [time, drawn] = [fc.nat(3), fc.nat(2 ** 20)]
  return fc.record({ does: fc.constant('write' as const), at: replica, time, drawn })
}

/** A few contents of each function's kind, drawn by number, that overlap in parts. */
const CONTENTS: readonly (readonly [MergeFunction, (drawn: number) => Uint8Array])[] = [
  [lastWriter, (drawn) => bytesOf(`state ${drawn % 7}`)],
  [setUnion, (drawn) => setContent(['a', 'b', 'c', 'd', 'e'].filter((_, at) => (drawn >> at) & 1))],
  [counter, (drawn) => encodeDagCbor((drawn % 20) - 10)],
  [map, (drawn) => record(drawn, (digit) => digit)],
  [mapOfCounters, (drawn) => record(drawn, (digit) => digit)],
  [mapOfSets, (drawn) => record(drawn, (digit) => ['x', 'y', 'z'].slice(0, digit))],
  [
    textLines,
    (drawn) =>
      bytesOf(
        digits(drawn)
          .map((digit) => `line ${digit}\n`)
          .join(''),
      ),
  ],
  [json, (drawn) => record(drawn, (digit, at) => (at % 2 ? { deep: digit } : ['p', 'q', 'r'].slice(digit)))],
]

function record(drawn: number, valueOf: (digit: number, at: number) => CborInput): Uint8Array {
  const entries = digits(drawn).flatMap((digit, at) => (digit === 3 ? [] : [[`k${at}`, valueOf(digit, at)]]))
  return encodeDagCbor(Object.fromEntries(entries) as CborInput)
}

function digits(drawn: number): number[] {
  return [0, 2, 4, 6, 8].map((shift) => (drawn >> shift) & 3)
}

describe('replicas that have exchanged all heads', () => {
  for (const [by, contentOf] of CONTENTS) {
    test(`come to the same heads, merged by ${by.name}`, async () => {
      const law = fc.asyncProperty(steps, async (history) => {
        const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => openReplica()))
        await play(replicas, history, by, contentOf)
        await exchange(replicas)
        await assertSame(replicas)
        // Once more, with what some have merged in ways of their own: still the same, and nothing new is made.
        const before = await headsOf(replicas[0] as Replica)
        await exchange(replicas)
        assert.deepEqual((await assertSame(replicas)).map(String), before.map(String))
      })
      await fc.assert(law, { numRuns: RUNS })
    })
  }
})

async function play(
  replicas: readonly Replica[],
  history: readonly Step[],
  by: MergeFunction,
  contentOf: (drawn: number) => Uint8Array,
): Promise<void> {
  const [first] = replicas as [Replica]
  const codec = by.kind === 'content' ? by.codec : CODEC.raw
  await write(first, contentOf(0b10_01_00_10_01), { merge: [by.cid] }, codec)
  for (const other of replicas.slice(1)) await send(first, other)
  for (const step of history) {
    if (step.does === 'send') await send(replicas[step.from] as Replica, replicas[step.to] as Replica)
    else if (step.does === 'merge') await mergeAll(replicas[step.at] as Replica)
    else await writeAt(replicas[step.at] as Replica, contentOf(step.drawn), step.time, codec)
  }
}

/** On one of the heads: somebody who has seen no other. */
async function writeAt(at: Replica, content: Uint8Array, time: number, codec: number): Promise<void> {
  const [head] = await headsOf(at)
  if (head !== undefined) await write(at, content, { at: time, onto: [head], by: 'somebody' }, codec)
}

/** Everybody's heads to everybody, in another order for each; nobody merges meanwhile. */
async function exchange(replicas: readonly Replica[]): Promise<void> {
  const heads = await Promise.all(replicas.map(headsOf))
  for (const [at, to] of replicas.entries())
    for (let step = 1; step < replicas.length; step++) {
      const from = (at + step) % replicas.length
      await send(replicas[from] as Replica, to, heads[from] ?? [])
    }
}

async function assertSame(replicas: readonly Replica[]) {
  const merged = await Promise.all(replicas.map(mergeAll))
  const [first = []] = merged
  for (const each of merged) assert.deepEqual(each.map(String), first.map(String))
  const waiting = await Promise.all(
    replicas.map(async ({ branches }) => {
      const ids: string[] = []
      for await (const { id } of branches.conflicts()) ids.push(id.toString())
      return ids
    }),
  )
  for (const each of waiting) assert.deepEqual(each, waiting[0])
  assert.equal(first.length === 1, waiting[0]?.length === 0)
  return first
}
