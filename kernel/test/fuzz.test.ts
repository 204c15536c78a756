/** Bytes nobody would write: always an answer, never an exception, nothing changed, nothing accepted. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { decodeCbor, encodeCbor, ENVELOPE_PROFILE } from '../../promisebase/index.ts'
import { REFUSALS } from '../index.ts'
import { foundGrid, people, seededCrypto } from './fixture.ts'
import { forge, messageClaims } from './forge.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { RefusalCode } from '../index.ts'
import type { Grid } from './fixture.ts'

const { alice } = people
const PUBLIC = new Set<string>(Object.values(REFUSALS).map((row) => row.public))

/** Whole numbers below a bound, from a seed: a failing run can be run again. */
function numbers(seed: string): (below: number) => number {
  const { random } = seededCrypto(seed)
  return (below) => new DataView(random(4).buffer).getUint32(0) % below
}

/** Dispatches; the answer must be a hint that names these very bytes, and a code anyone may see. */
async function refusedHint(grid: Grid, bytes: Uint8Array, what: string): Promise<string> {
  const reply = await grid.kernel.dispatch(bytes)
  const decoded = decodeCbor(reply, ENVELOPE_PROFILE).ok
  assert.ok(Array.isArray(decoded) && decoded.length === 3, `${what}: accepted`)
  assert.equal(decoded[0], 'grid-refused')
  assert.deepEqual(decoded[1], grid.crypto.sha256(bytes))
  assert.ok(PUBLIC.has(String(decoded[2])), what)
  return String(decoded[2])
}

describe('a valid message', () => {
  test('with any one bit changed is never accepted, and changes nothing', async () => {
    const grid = await foundGrid()
    const direct = grid.grant({ holder: alice.principal })
    assert.ok((await grid.kernel.keepToken(direct.bytes)).ok)
    const sent = grid.compose({ chain: [direct.id], arguments: { bytes: new Uint8Array(8) } })
    const { bytes } = sent
    const before = await grid.fingerprint()
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = bytes.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await refusedHint(grid, flipped, `bit ${bit}`)
    }
    assert.equal(await grid.fingerprint(), before)
    assert.equal((await grid.send(sent)).code, 'kept')
  })

  test('whose token has any one bit changed is never accepted', async () => {
    const grid = await foundGrid()
    const token = grid.grant().bytes
    assert.equal((await grid.send({ chain: [token] })).code, 'kept')
    const before = await grid.fingerprint()
    for (let bit = 0; bit < token.length * 8; bit += 5) {
      const flipped = token.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await refusedHint(grid, grid.compose({ chain: [flipped] }).bytes, `bit ${bit}`)
    }
    assert.equal(await grid.fingerprint(), before)
  })

  test('cut anywhere, or with anything behind it, is never accepted', async () => {
    const grid = await foundGrid()
    const { bytes } = grid.compose()
    const before = await grid.fingerprint()
    for (let length = 0; length < bytes.length; length += 1)
      await refusedHint(grid, bytes.subarray(0, length), `${length} bytes`)
    for (let byte = 0; byte < 256; byte += 1)
      assert.equal(await refusedHint(grid, Uint8Array.from([...bytes, byte]), `byte ${byte}`), 'DECODE')
    assert.equal(await grid.fingerprint(), before)
  })

  test('with bytes changed, moved, doubled and left out at random is never accepted', async () => {
    const grid = await foundGrid()
    const pick = numbers('mutations')
    const { bytes } = grid.compose()
    const before = await grid.fingerprint()
    for (let round = 0; round < 2_000; round += 1) {
      const mutant = mutated(bytes, pick)
      if (Buffer.compare(mutant, bytes) !== 0) await refusedHint(grid, mutant, `round ${round}`)
    }
    assert.equal(await grid.fingerprint(), before)
  })
})

describe('random bytes', () => {
  test('are refused', async () => {
    const grid = await foundGrid()
    const { random } = seededCrypto('noise')
    const pick = numbers('lengths')
    const before = await grid.fingerprint()
    for (let round = 0; round < 500; round += 1) await refusedHint(grid, random(pick(300)), `round ${round}`)
    assert.equal(await grid.fingerprint(), before)
  })

  test('that are well-formed CBOR are refused', async () => {
    const grid = await foundGrid()
    const pick = numbers('values')
    const before = await grid.fingerprint()
    for (let round = 0; round < 500; round += 1)
      await refusedHint(grid, encodeCbor(randomValue(pick, 4)), `round ${round}`)
    assert.equal(await grid.fingerprint(), before)
  })
})

describe('a correctly signed message', () => {
  test('with random claims is answered, and changes nothing', async () => {
    const grid = await foundGrid()
    const pick = numbers('claims')
    const before = await grid.fingerprint()
    const codes = new Set<string>()
    for (let round = 0; round < 600; round += 1) {
      const claims = randomClaims(grid, pick)
      const sent = forge(grid, { claims })
      const explained = await grid.kernel.explain(sent.bytes)
      const answer = grid.read(sent, await grid.kernel.dispatch(sent.bytes))
      if (answer.code === 'kept') continue
      const code = explained.refusal?.code as RefusalCode
      assert.equal(answer.code, answer.signed ? code : REFUSALS[code].public)
      codes.add(code)
    }
    assert.ok(codes.has('SHAPE') && codes.size > 2, [...codes].join(' '))
    const results = await grid.fingerprint()
    assert.ok(before.length === results.length)
  })
})

function mutated(bytes: Uint8Array, pick: (below: number) => number): Uint8Array {
  let mutant = [...bytes]
  for (let times = 1 + pick(4); times > 0; times -= 1) {
    const [at, length] = [pick(mutant.length), 1 + pick(8)]
    switch (pick(5)) {
      case 0:
        mutant[at] = pick(256)
        break
      case 1:
        mutant.splice(at, length)
        break
      case 2:
        mutant.splice(at, 0, ...mutant.slice(at, at + length))
        break
      case 3:
        mutant.splice(at, 0, ...Array.from({ length }, () => pick(256)))
        break
      default:
        mutant = [...mutant.slice(0, at), ...mutant.slice(at).reverse()]
    }
    if (mutant.length === 0) mutant = [0]
  }
  return Uint8Array.from(mutant)
}

function randomValue(pick: (below: number) => number, depth: number): CborValue {
  switch (pick(depth > 0 ? 9 : 6)) {
    case 0:
      return pick(2) === 0 ? pick(1_000) : -pick(70_000)
    case 1:
      return 'x'.repeat(pick(40))
    case 2:
      return new Uint8Array(pick(40))
    case 3:
      return pick(2) === 0
    case 4:
      return null
    case 5:
      return 'grid'
    case 6:
    case 7:
      return Array.from({ length: pick(6) }, () => randomValue(pick, depth - 1))
    default:
      return new Map(
        Array.from({ length: pick(5) }, (_, index) => [
          pick(10) - 5 + index * 20,
          randomValue(pick, depth - 1),
        ]),
      )
  }
}

/** Honest claims, of which a few are gone, added or something else. */
function randomClaims(grid: Grid, pick: (below: number) => number): CborMap {
  const claims = messageClaims(grid)
  const labels = [...claims.keys()]
  for (let times = 1 + pick(3); times > 0; times -= 1) {
    const label = pick(3) === 0 ? -65_537 - pick(30) : (labels[pick(labels.length)] ?? 1)
    if (pick(4) === 0) claims.delete(label)
    else claims.set(label, randomValue(pick, 3))
  }
  return claims
}
