/** How much work a hostile message can cause: counted in looks at its bytes, so that no clock is asked. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { counted } from '../../conformance/fuzz/counted.ts'
import { CORE_PROFILE, decodeCbor, DAG_CBOR_PROFILE, GRID_CBOR_PROFILE, scanCbor } from '../index.ts'
import { HOSTILE_SHAPES } from './hostile.ts'
import type { CborProfile } from '../index.ts'

const MESSAGE_BYTES = 64 * 1024

/** One look to read a byte and two to compare a key with its neighbours; two more for each level of keys in keys. */
const LOOKS_PER_BYTE = 3
const LOOKS_PER_BYTE_IN_KEYS = 3 + 2 * 10

function looks(bytes: Uint8Array, profile: CborProfile): number {
  const { bytes: watched, reads } = counted(bytes)
  assert.notEqual(scanCbor(watched, profile).refused, undefined)
  return reads()
}

describe('a hostile message', () => {
  it('comes in many shapes, each of the full length', () => {
    assert.ok(HOSTILE_SHAPES.length >= 12)
    for (const { name, make } of HOSTILE_SHAPES) {
      const { length } = make(MESSAGE_BYTES)
      assert.ok(length <= MESSAGE_BYTES && length > MESSAGE_BYTES / 2, `${name} has ${length} bytes`)
    }
  })

  for (const { name, profile, make } of HOSTILE_SHAPES) {
    it(`of ${name} is refused after a few looks at each byte`, () => {
      const perByte = profile.keys === 'any' ? LOOKS_PER_BYTE_IN_KEYS : LOOKS_PER_BYTE
      for (const length of [1024, 8 * 1024, MESSAGE_BYTES]) {
        const bytes = make(length)
        const { refused } = decodeCbor(bytes, profile)
        assert.notEqual(refused, undefined)
        assert.ok(
          looks(bytes, profile) <= perByte * bytes.length + 64,
          `${looks(bytes, profile)} of ${bytes.length}`,
        )
      }
    })

    it(`of ${name} costs twice as much when it is twice as long, and not more`, () => {
      const [half, whole] = [looks(make(MESSAGE_BYTES / 2), profile), looks(make(MESSAGE_BYTES), profile)]
      assert.ok(whole <= 2.2 * half + 64, `${half} looks, then ${whole}`)
    })
  }

  it('costs no more under any other profile', () => {
    for (const { name, make } of HOSTILE_SHAPES) {
      const bytes = make(MESSAGE_BYTES)
      for (const profile of [CORE_PROFILE, DAG_CBOR_PROFILE, GRID_CBOR_PROFILE]) {
        const { bytes: watched, reads } = counted(bytes)
        scanCbor(watched, profile)
        assert.ok(reads() <= LOOKS_PER_BYTE_IN_KEYS * bytes.length, `${name} under ${profile.name}`)
      }
    }
  })

  it('that is too long is not looked at', () => {
    for (const { profile, make } of HOSTILE_SHAPES) {
      const long = make(3 * MESSAGE_BYTES)
      const { bytes, reads } = counted(long.length > MESSAGE_BYTES ? long : new Uint8Array(MESSAGE_BYTES + 1))
      assert.equal(scanCbor(bytes, profile).refused?.code, 'LIMIT')
      assert.equal(reads(), 0)
    }
  })
})
