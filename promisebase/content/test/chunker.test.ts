import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { BLOCK_BYTES_MAX } from '../../store-limits.ts'
import { CHUNK_SIZES, createChunker, createFixedChunker } from '../chunker.ts'
import { inPieces, randomBytes } from './kit.ts'
import type { Chunker, ChunkSizes } from '../chunker.ts'

const SMALL: ChunkSizes = { min: 1024, normal: 2048, max: 8192 }

function chunksOf(chunker: Chunker, pieces: Iterable<Uint8Array>): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (const piece of pieces) chunks.push(...chunker.push(piece))
  const last = chunker.end()
  return last === undefined ? chunks : [...chunks, last]
}

const lengthsOf = (chunks: readonly Uint8Array[]): number[] => chunks.map(({ length }) => length)

const gear: number[] = []
for (let count = 0; count < 32; count++) {
  const digest = createHash('sha256').update('promisegrid:chunker/1').update(Uint8Array.of(count)).digest()
  for (let word = 0; word < 8; word++) gear.push(digest.readUInt32BE(4 * word))
}

function hashBefore(bytes: Uint8Array, end: number): number {
  let sum = 0
  for (let k = 0; k < 32; k++) sum = (sum + 2 ** k * gear[bytes[end - 1 - k] as number]!) % 2 ** 32
  return sum
}

/** The specification, word by word: every hash anew from its 32 octets. */
function cutsOfSpecification(bytes: Uint8Array, { min, normal, max }: ChunkSizes): number[] {
  const cuts: number[] = []
  for (let start = 0; start < bytes.length;) {
    let length = Math.min(min, bytes.length - start)
    while (length < max && start + length < bytes.length) {
      const bound = length < normal ? 2 ** 32 / (4 * normal) : 2 ** 32 / (normal / 4)
      if (length >= min && hashBefore(bytes, start + length) < bound) break
      length++
    }
    cuts.push(length)
    start += length
  }
  return cuts
}

test('cuts where the specification says', () => {
  const sizes = [SMALL, { min: 1024, normal: 1024, max: 1024 }, { min: 1024, normal: 4096, max: 5000 }]
  for (const each of sizes) {
    const bytes = randomBytes('where', 40_000)
    assert.deepEqual(lengthsOf(chunksOf(createChunker(each), [bytes])), cutsOfSpecification(bytes, each))
  }
  const even = new Uint8Array(30_000)
  assert.deepEqual(lengthsOf(chunksOf(createChunker(SMALL), [even])), cutsOfSpecification(even, SMALL))
})

test('holds the bounds at their very edges', () => {
  const sizes = { min: 1024, normal: 4096, max: 16_384 }
  const [strict, loose] = [2 ** 32 / (4 * sizes.normal), 2 ** 32 / (sizes.normal / 4)]
  /** The first chunk of zeros among which such a hash ends at a place. */
  const firstWith = (place: number, least: number, below: number): number => {
    for (let turn = 0; ; turn++) {
      const window = randomBytes(`window ${turn}`, 32)
      const hash = hashBefore(window, 32)
      if (hash < least || hash >= below) continue
      const bytes = new Uint8Array(20_000)
      bytes.set(window, place - 32)
      const lengths = lengthsOf(chunksOf(createChunker(sizes), [bytes]))
      assert.deepEqual(lengths, cutsOfSpecification(bytes, sizes))
      return lengths[0]!
    }
  }
  assert.equal(firstWith(1024, 0, strict), 1024)
  assert.notEqual(firstWith(1023, 0, strict), 1023)
  assert.notEqual(firstWith(4095, strict, loose), 4095)
  assert.equal(firstWith(4096, strict, loose), 4096)
})

test('cuts at the same places however the content is fed', () => {
  const pieces = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 30_000 }), pieces, (seed, length, lengths) => {
      if (lengths.every((each) => each === 0)) return
      const bytes = randomBytes(seed, length)
      const whole = chunksOf(createChunker(SMALL), [bytes])
      assert.deepEqual(chunksOf(createChunker(SMALL), inPieces(bytes, lengths)), whole)
      assert.deepEqual(Buffer.concat(whole), Buffer.from(bytes))
      assert.ok(whole.slice(0, -1).every((chunk) => chunk.length >= SMALL.min))
      assert.ok(whole.every((chunk) => chunk.length <= SMALL.max && chunk.length > 0))
    }),
    { numRuns: 60 },
  )
})

test('cuts octet by octet as it does at once, and begins again after the end', () => {
  const bytes = randomBytes('octets', 20_000)
  const chunker = createChunker(SMALL)
  const whole = chunksOf(chunker, [bytes])
  assert.deepEqual(chunksOf(chunker, inPieces(bytes, [1])), whole)
  assert.deepEqual(chunksOf(chunker, []), [])
  assert.deepEqual(chunksOf(chunker, [new Uint8Array(0)]), [])
})

test('gives chunks that are nobody else’s', () => {
  const bytes = randomBytes('own', 300_000)
  const kept = bytes.slice()
  const chunks = chunksOf(createChunker(), [bytes])
  bytes.fill(0)
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(kept))
})

test('makes chunks of about the normal length out of content without a pattern', () => {
  const lengths = lengthsOf(chunksOf(createChunker(), [randomBytes('mean', 8 * 1024 * 1024)]))
  const mean = (8 * 1024 * 1024) / lengths.length
  assert.ok(mean > CHUNK_SIZES.normal * 0.9 && mean < CHUNK_SIZES.normal * 1.4, `${mean}`)
  assert.ok(lengths.filter((length) => length === CHUNK_SIZES.max).length <= lengths.length / 100)
})

test('finds the same chunks again after something was inserted, replaced or left out', () => {
  const bytes = randomBytes('insertion', 4 * 1024 * 1024)
  const before = new Set(chunksOf(createChunker(), [bytes]).map(nameOf))
  const at = 1_500_000
  const edits: readonly Uint8Array[][] = [
    [bytes.subarray(0, at), Uint8Array.of(1), bytes.subarray(at)],
    [bytes.subarray(0, at), randomBytes('more', 1000), bytes.subarray(at)],
    [bytes.subarray(0, at), bytes.subarray(at + 1)],
    [Uint8Array.of(1), bytes],
  ]
  for (const edit of edits) {
    const after = chunksOf(createChunker(), edit).map(nameOf)
    const fresh = after.filter((name) => !before.has(name))
    assert.ok(fresh.length > 0 && fresh.length <= 4, `${fresh.length} of ${after.length} chunks are new`)
  }
})

test('cuts every so many bytes when it is told to', () => {
  const bytes = randomBytes('fixed', 1000)
  for (const lengths of [[1000], [1], [7, 300]])
    assert.deepEqual(
      lengthsOf(chunksOf(createFixedChunker(300), inPieces(bytes, lengths))),
      [300, 300, 300, 100],
    )
  assert.deepEqual(lengthsOf(chunksOf(createFixedChunker(500), [bytes])), [500, 500])
})

test('refuses lengths that the specification does not allow, and pieces that are no bytes', () => {
  const wrong: Partial<ChunkSizes>[] = [
    { min: 1023 },
    { min: 1024.5 },
    { min: 4096 },
    { normal: 3000 },
    { normal: 16_384 },
    { max: BLOCK_BYTES_MAX + 1 },
    { max: NaN },
  ]
  for (const change of wrong) assert.throws(() => createChunker({ ...SMALL, ...change }), RangeError)
  for (const length of [0, -1, 1.5, BLOCK_BYTES_MAX + 1])
    assert.throws(() => createFixedChunker(length), RangeError)
  assert.throws(() => createChunker().push('text' as unknown as Uint8Array), TypeError)
})

function nameOf(chunk: Uint8Array): string {
  return createHash('sha256').update(chunk).digest('hex')
}
