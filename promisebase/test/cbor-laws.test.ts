import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as cborg from 'cborg'
import { fc } from '../../conformance/test/laws.ts'
import {
  CborFloat,
  CborSimple,
  CborTagged,
  CODEC,
  CORE_PROFILE,
  createCid,
  DAG_CBOR_PROFILE,
  decodeCbor,
  diagnose,
  encodeCbor,
  encodeDagCbor,
  ENVELOPE_PROFILE,
  scanCbor,
} from '../index.ts'
import type { CborKey, CborProfile, CborValue } from '../index.ts'

const RUNS = { numRuns: 400 }

const integer = fc.oneof(
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
)
const text = fc.string({ unit: 'binary', maxLength: 50 })
const bytes = fc.uint8Array({ maxLength: 40 })
const fraction = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((value) => !Number.isInteger(value))
const link = fc
  .tuple(fc.constantFrom(...Object.values(CODEC)), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([codec, digest]) => createCid(codec, digest))

/** Values without floats and foreign tags: what an envelope holds. */
const envelope = values(
  fc.oneof(integer, text, bytes, fc.boolean(), fc.constant(null), link),
  fc.oneof(integer, text),
  [18, 98],
)
const dagCbor = values(
  fc.oneof(
    integer,
    text,
    bytes,
    fc.boolean(),
    fc.constant(null),
    link,
    fraction,
    fc.constant(new CborFloat(-0)),
  ),
  text,
  [],
)
const core = values(
  fc.oneof(
    integer,
    fc.bigInt({ min: 2n ** 64n, max: 2n ** 700n }),
    fc.bigInt({ min: -(2n ** 700n), max: -(2n ** 64n) - 1n }),
    text,
    bytes,
    fc.boolean(),
    link,
    fraction,
    fc
      .constantFrom(NaN, Infinity, -Infinity, -0, 0, 1, 65504, 2 ** 60, 1e300)
      .map((value) => new CborFloat(value)),
    fc.constantFrom(0, 19, 23, 32, 255).map((value) => new CborSimple(value)),
  ),
  fc.oneof(
    integer,
    text,
    bytes,
    fc.boolean(),
    fc.constant(null),
    link,
    fraction,
    fc.array(integer, { maxLength: 3 }),
    fc.tuple(integer, text).map((entry) => new Map([entry])),
  ),
  [0, 1, 23, 24, 55799, 2 ** 53 - 1],
)

const KINDS: readonly [CborProfile, fc.Arbitrary<CborValue>, (value: CborValue) => Uint8Array][] = [
  [ENVELOPE_PROFILE, envelope, encodeCbor],
  [DAG_CBOR_PROFILE, dagCbor, encodeDagCbor],
  [CORE_PROFILE, core, encodeCbor],
]

for (const [profile, value, encode] of KINDS) {
  describe(`the codec under the profile ${profile.name}`, () => {
    it('decodes what it encoded to the same value', () => {
      fc.assert(
        fc.property(value, (given) => {
          const decoded = decodeCbor(encode(given), profile)
          assert.equal(decoded.refused, undefined)
          assert.deepEqual(sorted(decoded.ok as CborValue), sorted(given))
        }),
        RUNS,
      )
    })

    it('encodes what it decoded to the same bytes, also after bytes were changed', () => {
      fc.assert(
        fc.property(value, mutation, (given, change) => {
          const changed = change(encode(given))
          const decoded = decodeCbor(changed, profile)
          if (decoded.refused === undefined) assert.deepEqual(encode(decoded.ok), changed)
        }),
        { numRuns: 2000 },
      )
    })

    it('comes to a verdict on any change, and prints it', () => {
      fc.assert(
        fc.property(value, mutation, (given, change) => {
          const changed = change(encode(given))
          const verdict = scanCbor(changed, profile)
          assert.ok(verdict.ok !== undefined || verdict.refused.detail !== '')
          assert.equal(typeof diagnose(changed, { embedded: true }), 'string')
        }),
        RUNS,
      )
    })
  })
}

describe('the scan beside cborg', () => {
  /*
   * cborg decodes strictly, re-encodes by RFC 8949 and the bytes must not have changed. Both must agree, but
   * for what is written here:
   *   1. cborg takes invalid UTF-8, as U+FFFD, and cuts a byte order mark off the beginning of a text;
   *      inputs with either are left out.
   *   2. cborg knows no tags but those it is given; the inputs here have none.
   *   3. cborg reads undefined, simple values and floats by options of its own; the profile leaves them out.
   *   4. cborg has no bound of depth; inputs of more than 32 levels are left out.
   *   5. cborg takes any item for a key; the profile takes integers and text.
   */
  const profile: CborProfile = { ...ENVELOPE_PROFILE, tags: new Set() }
  const plain = values(
    fc.oneof(integer, text, bytes, fc.boolean(), fc.constant(null)),
    fc.oneof(integer, text),
    [],
  )

  it('accepts what cborg re-encodes to itself, and nothing else', () => {
    let agreed = 0
    fc.assert(
      fc.property(plain, mutation, (given, change) => {
        const changed = change(encodeCbor(given))
        const ours = scanCbor(changed, profile).refused
        if (ours?.code === 'SHAPE' || ours?.code === 'LIMIT' || isTextRefused(ours)) return
        if (Buffer.from(changed).includes('\ufeff')) return
        assert.equal(ours === undefined, isFixedPoint(changed), Buffer.from(changed).toString('hex'))
        agreed += 1
      }),
      { numRuns: 3000 },
    )
    assert.ok(agreed > 1500, `only ${agreed} inputs could be compared`)
  })

  it('writes the bytes that cborg writes', () => {
    fc.assert(
      fc.property(plain, (given) => {
        const theirs = cborg.encode(given, cborg.rfc8949EncodeOptions)
        assert.deepEqual(encodeCbor(given), Uint8Array.from(theirs))
      }),
      RUNS,
    )
  })
})

function isFixedPoint(bytes: Uint8Array): boolean {
  try {
    const decoded: unknown = cborg.decode(bytes, {
      strict: true,
      allowIndefinite: false,
      rejectDuplicateMapKeys: true,
      useMaps: true,
      allowUndefined: false,
      allowNaN: false,
      allowInfinity: false,
    })
    return Buffer.compare(bytes, cborg.encode(decoded, cborg.rfc8949EncodeOptions)) === 0
  } catch {
    return false
  }
}

function isTextRefused(refused: { readonly detail: string } | undefined): boolean {
  return refused?.detail.startsWith('text is not UTF-8') === true
}

/** Nested values over leaves, as arrays, maps and tags. */
function values(
  leaf: fc.Arbitrary<CborValue>,
  key: fc.Arbitrary<CborKey>,
  tags: readonly number[],
): fc.Arbitrary<CborValue> {
  return fc.letrec<{ value: CborValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 6 }),
      fc
        .uniqueArray(fc.tuple(key, tie('value')), {
          maxLength: 6,
          selector: ([name]) => diagnose(encodeCbor(name)),
        })
        .map((entries) => new Map(entries)),
      ...(tags.length === 0
        ? []
        : [
            fc
              .tuple(fc.constantFrom(...tags), tie('value'))
              .map(([tag, value]) => new CborTagged(tag, value)),
          ]),
    ),
  })).value
}

/** One change of one place: a byte replaced, a bit flipped, bytes cut, doubled or put in; or none. */
const mutation: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc
  .tuple(
    fc.constantFrom('none', 'set', 'flip', 'cut', 'insert', 'drop', 'double'),
    fc.nat(),
    fc.integer({ min: 0, max: 255 }),
  )
  .map(
    ([kind, place, byte]) =>
      (input) =>
        mutate(Array.from(input), kind, place % (input.length || 1), byte),
  )

function mutate(input: number[], kind: string, at: number, byte: number): Uint8Array {
  if (kind === 'set') input[at] = byte
  if (kind === 'flip') input[at] = (input[at] ?? 0) ^ (1 << (byte % 8))
  if (kind === 'cut') input.length = at
  if (kind === 'insert') input.splice(at, 0, byte)
  if (kind === 'drop') input.splice(at, 1 + (byte % 4))
  if (kind === 'double') input.splice(at, 0, ...input.slice(at, at + 1 + (byte % 8)))
  return Uint8Array.from(input)
}

/** The same value with the entries of its maps in the order of their keys, as a decoder meets them. */
function sorted(value: CborValue): CborValue {
  if (Array.isArray(value)) return value.map(sorted)
  if (value instanceof CborTagged) return new CborTagged(value.tag, sorted(value.value as CborValue))
  if (!(value instanceof Map)) return value
  const entries = [...value].map(([key, inner]) => [key, sorted(inner)] as const)
  return new Map(entries.sort(([one], [other]) => Buffer.compare(encodeCbor(one), encodeCbor(other))))
}
