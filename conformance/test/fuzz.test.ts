/** A small run of the fuzzer with every target; the long form is a script of its own (see ../fuzz.ts). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeCbor, ENVELOPE_PROFILE } from 'promisegrid/promisebase'
import { fuzz, TARGETS } from '../fuzz.ts'
import { drawFrom, openNode } from '../fuzz/node.ts'
import { Random } from '../fuzz/random.ts'
import { SEED } from './laws.ts'
import { otherCodecs } from './other-codecs.ts'
import type { TargetName } from '../fuzz.ts'

/** Inputs for each percent of a target's share: about a second in all. */
const INPUTS_PER_SHARE = 160

describe('fuzzing', () => {
  for (const [target, { share }] of Object.entries(TARGETS)) {
    it(`finds nothing in ${target}`, async (t) => {
      const count = share * INPUTS_PER_SHARE
      t.diagnostic(`seed ${SEED}`)
      const request = { target: target as TargetName, seed: SEED, from: 0, count, others: otherCodecs }
      const { findings, inputs, counts } = await fuzz(request)
      assert.deepEqual(findings, [])
      assert.equal(inputs, count)
      assert.ok(counts.size > 1, 'every input ended in the same way: the generator is blind')
    })
  }

  it('makes the same inputs again from the same seed', async () => {
    for (const target of Object.keys(TARGETS) as TargetName[]) {
      const run = () => fuzz({ target, seed: 7, from: 40, count: 60, others: otherCodecs })
      assert.deepEqual([...(await run()).counts], [...(await run()).counts])
    }
    const drawn = (seed: number, index: number) => new Random(seed, index).bytes(16)
    assert.deepEqual(drawn(1, 2), drawn(1, 2))
    for (const other of [drawn(2, 1), drawn(1, 3), drawn(1, 2 + 2 ** 32), drawn(1 + 2 ** 32, 2)])
      assert.notDeepEqual(drawn(1, 2), other)
  })

  it('gets no message kept, and nothing written, with any one bit of it flipped', async (t) => {
    drawFrom(new Random(0, 0))
    const node = await openNode()
    const { bytes } = node.compose()
    const before = node.writes()
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const reply = decodeCbor(await node.kernel.dispatch(flipped), ENVELOPE_PROFILE).ok
      assert.equal(Array.isArray(reply) && reply[0], 'grid-refused', `bit ${bit}`)
    }
    assert.deepEqual([node.writes(), node.faults], [before, []])
    assert.notEqual((await node.kernel.dispatch(bytes))[0], 0x83)
    t.diagnostic(`${bytes.length} bytes`)
    await node.kernel.close()
  })

  it('knows the difference of a library that compares keys that are maps by identity', () => {
    const known: string[] = []
    const twice = Uint8Array.from([0xa2, 0xa0, 0x00, 0xa0, 0x01])
    assert.deepEqual(
      otherCodecs.unexplained(twice, (difference) => known.push(difference)),
      [],
    )
    assert.deepEqual(known, ['cborg takes a key that is an array or a map twice'])
  })

  it('notices a library that takes what we refuse, and one that refuses what we take', async () => {
    for (const difference of ['takes', 'refuses']) {
      const others = { unexplained: (bytes: Uint8Array) => (bytes.length > 20 ? [difference] : []) }
      const { findings } = await fuzz({ target: 'cbor', seed: 1, from: 0, count: 500, others })
      assert.ok(findings.length > 0 && findings.every(({ problem }) => problem.includes(difference)))
    }
  })
})
