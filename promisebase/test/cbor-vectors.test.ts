/**
 * The codec against vectors of others: what a profile claims, the sets that speak of it must confirm.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { CID } from 'multiformats/cid'
import { openVectorSet } from '../../conformance/vector-sets.ts'
import {
  CborFloat,
  CborTagged,
  CORE_PROFILE,
  DAG_CBOR_PROFILE,
  decodeCbor,
  diagnose,
  encodeCbor,
  encodeDagCbor,
  ENVELOPE_PROFILE,
  hashBlock,
  scanCbor,
} from '../index.ts'
import type { CborInput, CborProfile, CborValue } from '../index.ts'
import type { VectorSet } from '../../conformance/vector-sets.ts'

const PROFILES = [ENVELOPE_PROFILE, DAG_CBOR_PROFILE, CORE_PROFILE]

withSet('cbor-rfc8949', (set) => {
  interface Example {
    readonly hex: string
    readonly roundtrip: boolean
    readonly decoded?: unknown
    readonly diagnostic?: string
  }
  // Its decoded numbers beyond 2^53 are not in JSON; simple(24) was well-formed in RFC 7049 only.
  const examples = (set.json('appendix_a.json') as Example[]).filter(({ hex }) => hex !== 'f818')

  it('round-trips each example of appendix A that is deterministic, and refuses the others', () => {
    for (const { hex, roundtrip } of examples) {
      assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), roundtrip ? hex : 'CANON')
    }
  })

  it('decodes each of them to the value it stands for', () => {
    for (const { hex, roundtrip, ...example } of examples) {
      if (!roundtrip) continue
      const value = decodeCbor(hexToBytes(hex), CORE_PROFILE).ok as CborValue
      if ('decoded' in example && isExact(example.decoded))
        assert.deepEqual(toJson(value), example.decoded, hex)
      if (example.diagnostic !== undefined) assert.equal(diagnose(hexToBytes(hex)), example.diagnostic)
    }
  })

  it('refuses all that is not well-formed, in every profile', () => {
    const cases = set.json('fail.json') as { hex: string }[]
    assert.ok(cases.length > 100)
    for (const { hex } of cases) {
      for (const profile of PROFILES)
        assert.notEqual(scanCbor(hexToBytes(hex), profile).refused, undefined, hex)
    }
  })
})

withSet('cbor-cde-examples', (set) => {
  const rows = set
    .text('example-table-input.csv')
    .trim()
    .split('\n')
    .map((line) => /^(int|flt|bad),("(?:[^"]|"")*"|[^,]*),([0-9a-f]+),(.*)$/.exec(line)?.slice(1) as string[])

  it('has one form for each number, but for a NaN with a payload, of which we know one only', () => {
    for (const [kind, value, hex] of rows as [string, string, string][]) {
      if (kind === 'bad' || (value === 'NaN' && hex !== 'f97e00')) continue
      assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), hex)
      const number = kind === 'int' ? BigInt(value) : new CborFloat(Number(value))
      assert.equal(bytesToHex(encodeCbor(decimalIsExact(value, hex) ? number : valueOf(hex))), hex)
    }
  })

  it('refuses what the table calls bad', () => {
    for (const [kind, , hex] of rows as [string, string, string][]) {
      if (kind === 'bad') assert.notEqual(scanCbor(hexToBytes(hex), CORE_PROFILE).refused, undefined, hex)
    }
  })
})

withSet('dcbor', (set) => {
  interface Case {
    readonly hex: string
    readonly notes?: string
  }

  it('round-trips what is valid, since it is deterministic too', () => {
    for (const { hex } of set.json('valid.json') as Case[]) {
      assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), hex)
    }
  })

  it('refuses what is invalid, but for the rules of dCBOR alone', () => {
    // dCBOR reduces floats to integers, knows no integers of 65 bits, wants NFC and allows no simple values.
    const own = /^Can be reduced to \d|65-bit negative|Unsupported simple|NFC|[Nn]ormali[sz]/
    for (const { hex, notes = '' } of set.json('invalid.json') as Case[]) {
      const isRefused = scanCbor(hexToBytes(hex), CORE_PROFILE).refused !== undefined
      assert.ok(isRefused || own.test(notes), `${hex} ${notes}`)
    }
  })
})

withSet('dasl-testing', (set) => {
  interface Case {
    readonly type: 'roundtrip' | 'invalid_in' | 'invalid_out'
    readonly data: string
    readonly name: string
    readonly tags: readonly string[]
  }
  const cases = readdirSync(set.path('.'))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => set.json(name) as Case[])

  for (const [claims, profile, encode] of [
    [['basic', 'dag-cbor'], DAG_CBOR_PROFILE, encodeDagCbor],
    [['rfc8949'], CORE_PROFILE, encodeCbor],
  ] as const) {
    it(`agrees with the cases of ${claims.join(' and ')} under the profile ${profile.name}`, () => {
      const judged = cases.filter(({ tags }) => claims.some((claim) => tags.includes(claim)))
      assert.ok(judged.length > 10)
      for (const { type, data, name } of judged) {
        if (type === 'roundtrip') assert.equal(reencode(data, profile, encode), data, name)
        if (type === 'invalid_in')
          assert.notEqual(scanCbor(hexToBytes(data), profile).refused, undefined, name)
        if (type === 'invalid_out') assert.throws(() => encode(valueOf(data)), TypeError, name)
      }
    })
  }
})

withSet('atproto-interop', (set) => {
  interface Fixture {
    readonly json: unknown
    readonly cbor_base64: string
    readonly cid: string
  }

  it('encodes the data model to the bytes and the CID that are published', () => {
    for (const { json, cbor_base64, cid } of set.json('data-model/data-model-fixtures.json') as Fixture[]) {
      const bytes = encodeDagCbor(fromAtproto(json))
      assert.deepEqual(Buffer.from(bytes), Buffer.from(cbor_base64, 'base64'))
      assert.equal(hashBlock(sha256, 0x71, bytes).toString(), cid)
      assert.deepEqual(encodeDagCbor(decodeCbor(bytes, DAG_CBOR_PROFILE).ok as CborValue), bytes)
    }
  })

  it('round-trips what the data model calls valid', () => {
    for (const { json } of set.json('data-model/data-model-valid.json') as Fixture[]) {
      const bytes = encodeDagCbor(fromAtproto(json))
      assert.equal(reencode(bytesToHex(bytes), DAG_CBOR_PROFILE, encodeDagCbor), bytesToHex(bytes))
    }
  })
})

withSet('ipld-codec-fixtures', (set) => {
  const blocks = readdirSync(set.path('fixtures')).flatMap((name) =>
    readdirSync(set.path(`fixtures/${name}`))
      .filter((file) => file.endsWith('.dag-cbor'))
      .map((file) => ({ file: `fixtures/${name}/${file}`, cid: file.replace('.dag-cbor', '') })),
  )

  it('decodes each block, and encodes it to the bytes whose CID is its name', () => {
    assert.ok(blocks.length > 20)
    for (const { file, cid } of blocks) {
      const bytes = readBytes(set, file)
      const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
      assert.equal(decoded.refused, undefined, file)
      assert.deepEqual(encodeDagCbor(decoded.ok as CborValue), bytes, file)
      assert.equal(hashBlock(sha256, 0x71, bytes).toString(), cid)
    }
  })

  it('decodes it to the value of its dag-json sibling', () => {
    for (const { file } of blocks) {
      const folder = file.slice(0, file.lastIndexOf('/'))
      const sibling = readdirSync(set.path(folder)).find((name) => name.endsWith('.dag-json'))
      if (sibling === undefined) continue
      const text = set.text(`${folder}/${sibling}`)
      if (!isExactJson(text)) continue
      const value = decodeCbor(readBytes(set, file), DAG_CBOR_PROFILE).ok as CborValue
      assert.deepEqual(toDagJson(value), JSON.parse(text), file)
    }
  })

  it('refuses what no decoder may take', () => {
    const folder = 'negative-fixtures/dag-cbor/decode'
    for (const file of readdirSync(set.path(folder))) {
      for (const { hex, name } of set.json(`${folder}/${file}`) as { hex: string; name: string }[]) {
        assert.notEqual(scanCbor(hexToBytes(hex), DAG_CBOR_PROFILE).refused, undefined, name)
      }
    }
  })
})

withSet('promisegrid', (set) => {
  interface Row {
    readonly diagnostic: string
    readonly hex: string
  }

  it('writes the encodings that grid-cbor demands', () => {
    const { must_equal_exact_encoding: rows } = set.json('grid-cbor-conformance.json') as {
      must_equal_exact_encoding: Row[]
    }
    const cid = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
    const values: Readonly<Record<string, CborInput>> = {
      '{1000: "i", "a": "s"}': new Map<number | string, string>([
        ['a', 's'],
        [1000, 'i'],
      ]),
      '[23, 24, 1000]': [23, 24, 1000],
      '[1, 1.0]': [1, new CborFloat(1)],
      '1001("x")': new CborTagged(1001, 'x'),
      [`grid([42(${cid.toString()})])`]: new CborTagged(0x67726964, [cid]),
    }
    for (const { diagnostic, hex } of rows) {
      const value = values[diagnostic] ?? new CborFloat(Number(diagnostic))
      assert.equal(bytesToHex(encodeCbor(value)), hex, diagnostic)
      assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), hex)
    }
  })

  it('round-trips the messages of earlier prototypes that are deterministic', () => {
    const { encode } = set.json('grid-poc-codec.json') as { encode: { hex: string }[] }
    for (const { hex } of encode) {
      // Their maps keep the order of the struct: those with unsorted keys are refused, and for that only.
      const verdict = reencode(hex, CORE_PROFILE, encodeCbor)
      assert.ok(verdict === hex || verdict === 'CANON', hex)
    }
  })

  it('refuses the message that must be refused, and takes its canonical twin', () => {
    const { cases } = set.json('must-reject.json') as { cases: { hex?: string; canonical_twin?: string }[] }
    for (const { hex, canonical_twin } of cases) {
      if (hex !== undefined) assert.equal(scanCbor(hexToBytes(hex), CORE_PROFILE).refused?.code, 'CANON')
      if (canonical_twin !== undefined) assert.ok(scanCbor(hexToBytes(canonical_twin), CORE_PROFILE).ok)
    }
  })
})

function withSet(name: string, tests: (set: VectorSet) => void): void {
  const set = openVectorSet(name)
  describe(`vector set ${name}`, () => {
    if (set.skipped === undefined) tests(set)
    else it('is read', (t) => t.skip(set.skipped))
  })
}

/** The bytes after one round trip as hex, or the code of the refusal. */
function reencode(hex: string, profile: CborProfile, encode: (value: CborValue) => Uint8Array): string {
  const decoded = decodeCbor(hexToBytes(hex), profile)
  return decoded.refused === undefined ? bytesToHex(encode(decoded.ok)) : decoded.refused.code
}

function valueOf(hex: string): CborValue {
  const decoded = decodeCbor(hexToBytes(hex), CORE_PROFILE)
  return decoded.refused === undefined ? decoded.ok : assert.fail(`${hex} ${decoded.refused.detail}`)
}

function readBytes(set: VectorSet, file: string): Uint8Array {
  return Uint8Array.from(readFileSync(set.path(file)))
}

/** Diagnostic notation may round; a rounded decimal is no expectation. */
function decimalIsExact(decimal: string, hex: string): boolean {
  const value = valueOf(hex)
  if (typeof value === 'number') return Number(decimal) === value
  return !(value instanceof CborFloat) || Object.is(Number(decimal), value.value)
}

function isExact(json: unknown): boolean {
  return typeof json !== 'number' || !Number.isInteger(json) || Number.isSafeInteger(json)
}

/** JSON.parse rounds integers above 2^53; those fixtures are compared by bytes alone. */
function isExactJson(text: string): boolean {
  return [...text.matchAll(/-?\b\d{16,}\b/g)].every(([digits]) => Number.isSafeInteger(Number(digits)))
}

function toJson(value: CborValue): unknown {
  if (value instanceof CborFloat) return value.value
  if (Array.isArray(value)) return value.map(toJson)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([key, inner]) => [String(key), toJson(inner)]))
}

function toDagJson(value: CborValue): unknown {
  if (value instanceof CID) return { '/': value.toString() }
  if (value instanceof Uint8Array) {
    return { '/': { bytes: Buffer.from(value).toString('base64').replace(/=+$/, '') } }
  }
  if (value instanceof CborFloat) return value.value
  if (Array.isArray(value)) return value.map(toDagJson)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([key, inner]) => [key, toDagJson(inner)]))
}

function fromAtproto(json: unknown): CborInput {
  if (Array.isArray(json)) return json.map(fromAtproto)
  if (typeof json !== 'object' || json === null) return json as CborInput
  const { $link, $bytes } = json as { $link?: string; $bytes?: string }
  if ($link !== undefined) return CID.parse($link)
  if ($bytes !== undefined) return new Uint8Array(Buffer.from($bytes, 'base64'))
  return Object.fromEntries(Object.entries(json).map(([key, inner]) => [key, fromAtproto(inner)]))
}
