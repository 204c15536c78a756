import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import {
  decodeCbor,
  encodeCbor,
  FOREIGN_PROFILE,
  GRID_CBOR_PROFILE,
  GRID_TAG,
  hasGridTag,
  isTagged,
  scanCbor,
  scanGridEnvelope,
} from '../index.ts'

const CID_HEX = '01551220' + 'ab'.repeat(32)
const LINK = `d82a582500${CID_HEX}`
const BARE = `d82a5824${CID_HEX}`
const TAG = 'da67726964'

describe('a grid envelope', () => {
  const slots = ['a1616105', `4483${'00'.repeat(3)}`, `82${LINK}c1f93e00`, 'f7', 'a1810100', '6161']
  const bytes = hexToBytes(TAG + '87' + LINK + slots.join(''))

  it('shows its protocol and where each slot lies, without decoding one', () => {
    const { protocol, offsets } = scanGridEnvelope(bytes).ok ?? assert.fail()
    assert.equal(bytesToHex(protocol.bytes), CID_HEX)
    const found = offsets.slice(1).map((end, index) => bytesToHex(bytes.subarray(offsets[index], end)))
    assert.deepEqual(found, [LINK, ...slots])
    assert.equal(offsets.at(-1), bytes.length)
  })

  it('is encoded again to the same bytes by one who knows no protocol', () => {
    const decoded = decodeCbor(bytes, GRID_CBOR_PROFILE).ok ?? null
    assert.ok(isTagged(decoded, GRID_TAG))
    assert.deepEqual(encodeCbor(decoded), bytes)
  })

  it('may have many slots, or only the first', () => {
    for (const count of [1, 23, 24, 256]) {
      const head =
        count < 24 ? (0x80 + count).toString(16) : count < 256 ? `98${hex(count, 2)}` : `99${hex(count, 4)}`
      const one = hexToBytes(TAG + head + LINK + '00'.repeat(count - 1))
      assert.equal(scanGridEnvelope(one).ok?.offsets.length, count + 1)
      assert.ok(scanCbor(one, GRID_CBOR_PROFILE).ok)
    }
  })

  const refused: Readonly<Record<string, readonly [hex: string, code: string]>> = {
    'without the tag': [`81${LINK}`, 'SHAPE'],
    'with a neighbouring tag': [`da6772696581${LINK}`, 'SHAPE'],
    'with the tag twice': [`${TAG}${TAG}81${LINK}`, 'SHAPE'],
    'over a map': [`${TAG}a0`, 'SHAPE'],
    'over a link alone': [`${TAG}${LINK}`, 'SHAPE'],
    'without slots': [`${TAG}80`, 'SHAPE'],
    'whose first slot is a byte string': [`${TAG}8140`, 'SHAPE'],
    'whose first slot is the CID without its tag': [`${TAG}815824${CID_HEX}`, 'SHAPE'],
    'whose first slot is another tag': [`${TAG}81d82b582500${CID_HEX}`, 'SHAPE'],
    'whose link stands second': [`${TAG}8200${LINK}`, 'SHAPE'],
    'whose first link is bare': [`${TAG}81${BARE}`, 'DECODE'],
    'with a bare link in a later slot': [`${TAG}82${LINK}81${BARE}`, 'DECODE'],
    'with a bad link in a key': [`${TAG}82${LINK}a1d82a4200aa00`, 'DECODE'],
    'with a bad link below an unknown tag': [`${TAG}82${LINK}d903e8d82a00`, 'DECODE'],
    'with a slot of indefinite length': [`${TAG}82${LINK}9fff`, 'CANON'],
    'with a long integer': [`${TAG}82${LINK}1807`, 'CANON'],
    'with a long float': [`${TAG}82${LINK}fb3ff8000000000000`, 'CANON'],
    'with a long tag head': [`db0000000067726964${'81'}${LINK}`, 'CANON'],
    'with a long array head': [`${TAG}9801${LINK}`, 'CANON'],
    'with keys not in order': [`${TAG}82${LINK}a2616101190100f4`, 'CANON'],
    'with a key twice': [`${TAG}82${LINK}a2010001f4`, 'DECODE'],
    'with text that is none': [`${TAG}82${LINK}61ff`, 'DECODE'],
    'cut inside a slot': [`${TAG}82${LINK}43aa`, 'DECODE'],
    'with a slot missing': [`${TAG}82${LINK}`, 'DECODE'],
    'with a byte after it': [`${TAG}81${LINK}00`, 'DECODE'],
    'of the tag alone': [TAG, 'DECODE'],
  }
  for (const [name, [input, code]] of Object.entries(refused)) {
    it(`${name} ends in ${code}`, () => {
      assert.equal(scanGridEnvelope(hexToBytes(input)).refused?.code, code)
      assert.equal(scanCbor(hexToBytes(input), GRID_CBOR_PROFILE).refused?.code, code)
    })
  }

  it('hides from the walk what stands in a byte string', () => {
    assert.ok(scanGridEnvelope(hexToBytes(`${TAG}82${LINK}45d82a4200aa`)).ok)
  })

  it('of others may hold bare links, and keeps them bare', () => {
    const foreign = hexToBytes(`${TAG}82${BARE}81${BARE}`)
    assert.equal(
      bytesToHex(scanGridEnvelope(foreign, FOREIGN_PROFILE).ok?.protocol.bytes ?? BARE_NOT_READ),
      CID_HEX,
    )
    assert.deepEqual(encodeCbor(decodeCbor(foreign, FOREIGN_PROFILE).ok ?? null), foreign)
    assert.equal(scanGridEnvelope(hexToBytes(`82${BARE}00`), FOREIGN_PROFILE).refused?.code, 'SHAPE')
  })

  it('is known by its first bytes, which promise nothing more', () => {
    assert.ok(hasGridTag(bytes) && hasGridTag(hexToBytes(TAG)) && hasGridTag(hexToBytes(`${TAG}ff`)))
    for (const other of ['', 'da677269', '85646772696400', 'da67726965'])
      assert.ok(!hasGridTag(hexToBytes(other)))
  })
})

const BARE_NOT_READ = new Uint8Array(0)

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
