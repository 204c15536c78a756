/** Laws of the built-in functions. Case by case they are in the vectors of the chapter `merge`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC } from '../../cid.ts'
import { MERGE_FUNCTIONS } from '../functions/builtin.ts'
import { mergeLists } from '../functions/diff3.ts'
import { mergeFunctionCid } from '../functions/names.ts'
import { setContent } from '../functions/set-union.ts'
import { matchLists } from '../functions/shortest-edit.ts'
import { bytesOf, contentOf, mergeAll, openReplica, write } from './replica.ts'
import type { CborInput } from '../../cbor/value.ts'
import type { ContentFunction } from '../interface.ts'

const item = fc.constantFrom('a', 'b', 'c', 'd')
const set = fc.uniqueArray(item).map((items) => setContent(items))
const count = fc.integer({ min: -20, max: 20 })
const maps = (values: fc.Arbitrary<CborInput>) =>
  fc.dictionary(item, values).map((map) => encodeDagCbor({ ...map }))
const text = fc
  .array(item, { maxLength: 8 })
  .map((lines) => bytesOf(lines.map((line) => `${line}\n`).join('')))
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    count,
    fc.array(item),
    fc.dictionary(item, tie('node')).map((map) => ({ ...map })),
  ),
})).node as fc.Arbitrary<CborInput>

const CONTENTS: readonly (readonly [ContentFunction, fc.Arbitrary<Uint8Array>])[] = [
  [MERGE_FUNCTIONS['set-union'], set],
  [MERGE_FUNCTIONS.counter, count.map((value) => encodeDagCbor(value))],
  [MERGE_FUNCTIONS.map, maps(count)],
  [MERGE_FUNCTIONS['map-of-counter'], maps(count)],
  [MERGE_FUNCTIONS['map-of-set-union'], maps(fc.uniqueArray(item).map((items) => items.sort()))],
  [MERGE_FUNCTIONS.json, tree.map((value) => encodeDagCbor(value))],
  [MERGE_FUNCTIONS['text-lines'], text],
]

describe('every function', () => {
  for (const [by, content] of CONTENTS) {
    test(`${by.name} gives the same whichever side is left`, async () => {
      const law = fc.asyncProperty(
        fc.option(content, { nil: undefined }),
        content,
        content,
        async (base, a, b) => {
          const given = base === undefined ? {} : { base }
          const [one, other] = [
            await by.merge({ ...given, left: a, right: b }),
            await by.merge({ ...given, left: b, right: a }),
          ]
          assert.deepEqual(one.ok, other.ok)
          assert.equal(one.refused?.code, other.refused?.code)
        },
      )
      await fc.assert(law, { numRuns: 150 })
    })

    test(`${by.name} gives the changed side where one changed, and the one content where both have it`, async () => {
      const law = fc.asyncProperty(content, content, async (base, changed) => {
        assert.deepEqual((await by.merge({ base, left: changed, right: base })).ok, changed)
        assert.deepEqual((await by.merge({ base: changed, left: changed, right: changed })).ok, changed)
      })
      await fc.assert(law, { numRuns: 100 })
    })

    test(`${by.name} never throws, whatever bytes it is given`, async () => {
      const any = fc.oneof(
        content,
        fc.uint8Array({ maxLength: 12 }),
        tree.map((value) => encodeDagCbor(value)),
      )
      const law = fc.asyncProperty(any, any, any, async (base, left, right) => {
        const merged = await by.merge({ base, left, right })
        assert.ok(
          merged.ok instanceof Uint8Array ||
            ['CONFLICT', 'SHAPE', 'LIMIT'].includes(merged.refused?.code ?? ''),
        )
      })
      await fc.assert(law, { numRuns: 150 })
    })
  }
})

describe('heads of one base', () => {
  for (const [by, content] of CONTENTS.filter(([{ name }]) => ['set-union', 'counter'].includes(name))) {
    test(`have one content in any order, merged by ${by.name}`, async () => {
      const law = fc.asyncProperty(
        content,
        fc.array(content, { minLength: 3, maxLength: 3 }),
        async (base, sides) => {
          const merged = new Set<string>()
          for (const [one, two, three] of [
            [0, 1, 2],
            [1, 2, 0],
            [0, 2, 1],
          ] as const)
            merged.add(String(await mergedIn(by, base, [sides[one]!, sides[two]!, sides[three]!])))
          assert.equal(merged.size, 1)
        },
      )
      await fc.assert(law, { numRuns: 10 })
    })
  }
})

/** The first two are merged before the third is written. */
async function mergedIn(
  by: ContentFunction,
  base: Uint8Array,
  sides: readonly Uint8Array[],
): Promise<Uint8Array> {
  const replica = await openReplica()
  const first = await write(replica, base, { merge: [by.cid] }, CODEC.dagCbor)
  for (const [at, side] of sides.entries()) {
    await write(replica, side, { onto: [first.cid], at }, CODEC.dagCbor)
    if (at > 0) await mergeAll(replica)
  }
  return contentOf(replica)
}

describe('the matching of two lists', () => {
  const list = fc.array(fc.nat(4), { maxLength: 14 })

  test('is a longest common subsequence', () => {
    const law = fc.property(list, list, (from, to) => {
      const matches = matchLists(from, to) ?? assert.fail()
      let last = -1
      for (const [at, place] of matches.entries()) {
        if (place < 0) continue
        assert.ok(place > last && from[at] === to[place])
        last = place
      }
      assert.equal(matches.filter((place) => place >= 0).length, longestCommon(from, to))
    })
    fc.assert(law, { numRuns: 300 })
  })

  test('stops at its bounds', () => {
    const numbers = (length: number, from: number): number[] => Array.from({ length }, (_, at) => from + at)
    assert.ok(matchLists(numbers(1_024, 0), numbers(1_024, 5_000)) !== undefined)
    assert.equal(matchLists(numbers(1_025, 0), numbers(1_024, 5_000)), undefined)
    const many = numbers(65_537, 0)
    assert.equal(mergeLists(many, many, many, String).refused?.code, 'LIMIT')
  })
})

test('functions are named by a text, and names are what they seem', () => {
  assert.equal(String(mergeFunctionCid('counter')), String(MERGE_FUNCTIONS.counter.cid))
  assert.notEqual(String(mergeFunctionCid('counter', 2)), String(MERGE_FUNCTIONS.counter.cid))
  for (const name of ['', 'A', 'a b', 'a/1']) assert.throws(() => mergeFunctionCid(name), TypeError)
  for (const version of [0, 1.5, -1]) assert.throws(() => mergeFunctionCid('a', version), RangeError)
  for (const [name, by] of Object.entries(MERGE_FUNCTIONS)) assert.equal(by.name, name)
})

/** By the table, as textbooks have it. */
function longestCommon(a: readonly number[], b: readonly number[]): number {
  const row = new Array<number>(b.length + 1).fill(0)
  for (const left of a) {
    let diagonal = 0
    for (let at = 1; at <= b.length; at++) {
      const above = row[at]!
      row[at] = left === b[at - 1] ? diagonal + 1 : Math.max(above, row[at - 1]!)
      diagonal = above
    }
  }
  return row[b.length]!
}
