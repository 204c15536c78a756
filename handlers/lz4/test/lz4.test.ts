import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fc } from '../../../conformance/test/laws.ts'

import { CODE_SHA256, CODE_URL, DESCRIPTOR, ERRORS } from '../descriptor.ts'
import { decodeBlock, xxh32 } from './block-decoder.ts'

interface Reactor {
  readonly memory: WebAssembly.Memory
  alloc(length: number): number
  compress(pointer: number, length: number): bigint
  decompress(pointer: number, length: number): bigint
}

const HEADER = 16
const ORIGINAL_BYTES_MAX = 8 * 1024 * 1024
const code = readFileSync(CODE_URL)
const module = new WebAssembly.Module(code)

function instantiate(): Reactor {
  return new WebAssembly.Instance(module, {}).exports as unknown as Reactor
}

/** One call in a fresh instance: the bytes, or the negative code. */
function call(method: 'compress' | 'decompress', input: Uint8Array): Uint8Array | number {
  const reactor = instantiate()
  const pointer = reactor.alloc(input.length)
  assert.ok(pointer > 0)
  new Uint8Array(reactor.memory.buffer).set(input, pointer)
  const answer = reactor[method](pointer, input.length)
  assert.ok(reactor.memory.buffer.byteLength <= DESCRIPTOR.limits.memoryBytes!)
  if (answer < 0n) {
    assert.ok(ERRORS[Number(answer)], `unknown code ${answer}`)
    return Number(answer)
  }
  const start = Number(answer >> 32n)
  return new Uint8Array(reactor.memory.buffer).slice(start, start + Number(answer & 0xffffffffn))
}

function compress(original: Uint8Array): Uint8Array {
  const frame = call('compress', original)
  assert.ok(typeof frame !== 'number', `refused with ${String(frame)}`)
  return frame
}

/** The frame by its description, around any content and any claims. */
function frameOf(kind: number, size: number, checksum: number, content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER + content.length)
  const view = new DataView(frame.buffer)
  frame.set([0x50, 0x47, 0x5a, 0x31, kind])
  view.setUint32(8, size, true)
  view.setUint32(12, checksum, true)
  frame.set(content, HEADER)
  return frame
}

function assertRoundTrip(original: Uint8Array): Uint8Array {
  const frame = compress(original)
  assert.ok(frame.length <= original.length + HEADER)
  const content = frame.subarray(HEADER)
  const decoded = frame[4] === 1 ? decodeBlock(content) : content
  assert.equal(Buffer.compare(decoded, original), 0, 'an independent decoder differs')
  assert.deepEqual(frame, frameOf(frame[4]!, original.length, xxh32(original), content))
  const again = call('decompress', frame)
  assert.ok(typeof again !== 'number', `refused with ${String(again)}`)
  assert.equal(Buffer.compare(again, original), 0)
  return frame
}

/** Bytes that do not repeat, the same in every run. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = 1
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

test('knows the published checksums of nothing and of "abc"', () => {
  assert.equal(xxh32(new Uint8Array()), 0x02cc5d05)
  assert.equal(xxh32(new TextEncoder().encode('abc')), 0x32d153ff)
})

test('gives back every short original, and every length around the format bounds', () => {
  for (let length = 0; length <= 300; length++) {
    assertRoundTrip(new Uint8Array(length).fill(0x61))
    assertRoundTrip(noise(length))
  }
})

test('stores what does not shrink, 16 bytes longer', () => {
  assert.equal(assertRoundTrip(noise(1 << 20)).length, (1 << 20) + HEADER)
  assert.equal(assertRoundTrip(new Uint8Array()).length, HEADER)
})

test('shrinks what repeats', () => {
  assert.ok(assertRoundTrip(new Uint8Array(1 << 20)).length < 4300)
  const words = Array.from({ length: 90_000 }, (_, number) => `word${(number * number) % 997}`).join(' ')
  const text = new TextEncoder().encode(words)
  assert.ok(assertRoundTrip(text).length < text.length / 2)
  const source = readFileSync(CODE_URL)
  assert.ok(assertRoundTrip(source).length < source.length)
})

test('finds repeats as far back as an offset reaches, and no further', () => {
  const block = noise(60)
  for (const distance of [60, 65_534, 65_535, 65_536, 65_537]) {
    const original = new Uint8Array(distance + 80)
    original.set(noise(distance + 80).reverse())
    original.set(block)
    original.set(block, distance)
    assertRoundTrip(original)
  }
})

test('round trip is the identity, whatever the bytes', () => {
  const run = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(80))
  const repeats = fc.array(run, { maxLength: 30 }).map((runs) =>
    Uint8Array.from(
      runs.flatMap(([bytes, times]) =>
        Array(times)
          .fill([...bytes])
          .flat(),
      ),
    ),
  )
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 2000 }), repeats), (original) => {
      assertRoundTrip(original)
    }),
    { numRuns: 500 },
  )
})

test('takes 8 MiB and refuses one byte more', () => {
  const largest = new Uint8Array(ORIGINAL_BYTES_MAX)
  assert.equal((call('decompress', compress(largest)) as Uint8Array).length, ORIGINAL_BYTES_MAX)
  assert.equal(call('compress', new Uint8Array(ORIGINAL_BYTES_MAX + 1)), -1)
})

test('refuses a frame with any byte changed, or cut anywhere', () => {
  const original = new TextEncoder().encode(
    'a promise is about oneself, a promise is kept or broken. '.repeat(4),
  )
  const frame = assertRoundTrip(original)
  for (let at = 0; at < frame.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const changed = frame.slice()
      changed[at]! ^= flip
      // A changed block may stand for the same bytes; it never stands for others.
      const answer = call('decompress', changed)
      if (typeof answer !== 'number') assert.equal(Buffer.compare(answer, original), 0)
      if (at < HEADER) assert.equal(typeof answer, 'number')
    }
    assert.equal(typeof call('decompress', frame.subarray(0, at)), 'number')
  }
  assert.equal(typeof call('decompress', Uint8Array.of(...frame, 0)), 'number')
})

test('names what is wrong with a frame', () => {
  const bytes = (...list: number[]) => Uint8Array.from(list)
  const abc = bytes(0x61, 0x62, 0x63)
  const cases: readonly (readonly [string, Uint8Array, number])[] = [
    ['shorter than a header', new Uint8Array(15), -2],
    ['another magic', new Uint8Array(16), -3],
    ['an unknown kind', frameOf(2, 3, xxh32(abc), abc), -3],
    ['a claim of 4 GiB', frameOf(1, 0xffffffff, 0, abc), -1],
    ['a claim of one byte too many', frameOf(1, ORIGINAL_BYTES_MAX + 1, 0, new Uint8Array(40_000)), -1],
    ['more than any block can hold', frameOf(1, 3 * 255 + 1, 0, abc), -4],
    ['a stored size that differs', frameOf(0, 2, xxh32(abc), abc), -4],
    ['an empty block', frameOf(1, 0, xxh32(bytes()), bytes()), -5],
    ['literals past the block', frameOf(1, 9, 0, bytes(0x90, 1, 2)), -5],
    ['literals past the size', frameOf(1, 2, 0, bytes(0x30, 1, 2, 3)), -5],
    ['fewer bytes than the size', frameOf(1, 4, 0, bytes(0x30, 1, 2, 3)), -5],
    ['half an offset', frameOf(1, 9, 0, bytes(0x10, 1, 1)), -5],
    ['an offset of nothing', frameOf(1, 9, 0, bytes(0x10, 1, 0, 0, 0x40, 1, 2, 3, 4)), -5],
    ['an offset before the start', frameOf(1, 9, 0, bytes(0x10, 1, 2, 0, 0x40, 1, 2, 3, 4)), -5],
    ['a match past the size', frameOf(1, 4, 0, bytes(0x10, 1, 1, 0, 0x00)), -5],
    ['a match at the end', frameOf(1, 5, 0, bytes(0x10, 1, 1, 0)), -5],
    ['a length that never ends', frameOf(1, 900, 0, new Uint8Array(900).fill(0xff)), -5],
    ['another checksum', frameOf(0, 3, xxh32(abc) ^ 1, abc), -6],
  ]
  for (const [what, frame, error] of cases) assert.equal(call('decompress', frame), error, what)
  const good = bytes(0x10, 1, 1, 0, 0x40, 1, 2, 3, 4)
  const original = decodeBlock(good)
  assert.deepEqual(call('decompress', frameOf(1, original.length, xxh32(original), good)), original)
})

test('agrees with the independent decoder on hostile blocks, and never traps', () => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 4, 0x0f, 0x10, 0x1f, 0x40, 0xf0, 0xff))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 80 }), fc.nat(600), (list, guess) => {
      const block = Uint8Array.from(list)
      let expected: Uint8Array | undefined
      try {
        expected = decodeBlock(block)
      } catch {
        expected = undefined
      }
      const size = expected?.length ?? guess
      const found = call('decompress', frameOf(1, size, xxh32(expected ?? new Uint8Array()), block))
      if (expected) assert.deepEqual(found, expected)
      else assert.ok(found === -4 || found === -5)
    }),
    { numRuns: 3000 },
  )
})

test('refuses an input that is not inside its memory', () => {
  const reactor = instantiate()
  const end = reactor.memory.buffer.byteLength
  for (const [pointer, length] of [
    [0, -1],
    [-1, 1],
    [end, 1],
    [end - 4, 5],
    [0x7fffffff, 0x7fffffff],
    [-1, -1],
  ] as const) {
    assert.equal(reactor.compress(pointer, length), -8n)
    assert.equal(reactor.decompress(pointer, length), -8n)
  }
})

test('gives no room that it does not have', () => {
  const reactor = instantiate()
  for (const length of [-1, -0x80000000, 0x7fffffff, 18 * 1024 * 1024]) assert.equal(reactor.alloc(length), 0)
  const room = reactor.alloc(17 * 1024 * 1024)
  assert.ok(room > 0)
  assert.equal(reactor.compress(room, 8 * 1024 * 1024), -7n)
})

test('is the recorded code, and imports nothing', () => {
  assert.equal(createHash('sha256').update(code).digest('hex'), CODE_SHA256)
  assert.deepEqual(WebAssembly.Module.imports(module), [])
  const names = WebAssembly.Module.exports(module).map((one) => one.name)
  assert.deepEqual(names.sort(), ['alloc', ...DESCRIPTOR.methods, 'memory'].sort())
})

test('is what its sources give', (t) => {
  const tool = fileURLToPath(new URL('../../../../conformance/tools/build-guests.mjs', import.meta.url))
  if (!existsSync(tool)) {
    t.skip('the sources are not here')
    return
  }
  const built = spawnSync(process.execPath, [tool, '--check', 'lz4'], { encoding: 'utf8' })
  if (built.stdout.includes('skipped')) t.skip(built.stdout.trim())
  else assert.equal(built.status, 0, built.stderr)
})
