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
  checkCid,
  CODEC,
  CORE_PROFILE,
  DAG_CBOR_PROFILE,
  decodeCbor,
  diagnose,
  encodeCbor,
  encodeDagCbor,
  ENVELOPE_PROFILE,
  FOREIGN_PROFILE,
  GRID_CBOR_PROFILE,
  HASH,
  hashBlock,
  isBlockOf,
  nobleHasher,
  parseCid,
  scanCbor,
  scanGridEnvelope,
} from '../index.ts'
import { readDagJson } from './dag-json.ts'
import { OutOfScope } from './out-of-scope.ts'
import type { CborInput, CborProfile, CborValue } from '../index.ts'
import type { VectorSet } from '../../conformance/vector-sets.ts'

const PROFILES = [ENVELOPE_PROFILE, DAG_CBOR_PROFILE, CORE_PROFILE, GRID_CBOR_PROFILE, FOREIGN_PROFILE]

withSet('cbor-rfc8949', (set) => {
  interface Example {
    readonly hex: string
    readonly roundtrip: boolean
    readonly decoded?: unknown
    readonly diagnostic?: string
  }
  const examples = set.json('appendix_a.json') as Example[]
  /** Well-formed in RFC 7049, which numbered no simple values yet; RFC 8949 reserves the two-byte forms below 32. */
  const isObsolete = ({ hex }: Example): boolean => hex === 'f818'

  it('round-trips each example of appendix A that is deterministic, and refuses the others', (t) => {
    const left = new OutOfScope()
    for (const example of examples) {
      const { hex, roundtrip } = example
      if (isObsolete(example)) {
        assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), 'DECODE')
        left.add('simple(24) in two bytes, which RFC 8949 made malformed (refused)')
      } else assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), roundtrip ? hex : 'CANON')
    }
    left.report(t, 'appendix_a')
  })

  it('decodes each of them to the value it stands for', (t) => {
    const left = new OutOfScope()
    for (const { hex, roundtrip, ...example } of examples.filter((each) => !isObsolete(each))) {
      if (!roundtrip) {
        left.add('no deterministic encoding, so there is no value (refused)')
        continue
      }
      const value = decodeCbor(hexToBytes(hex), CORE_PROFILE).ok as CborValue
      if (example.diagnostic !== undefined) assert.equal(diagnose(hexToBytes(hex)), example.diagnostic)
      else if (typeof value === 'bigint') assert.equal(Number(value), example.decoded, hex)
      else assert.deepEqual(toJson(value), example.decoded, hex)
    }
    left.report(t, 'appendix_a')
  })

  it('refuses all that is not well-formed, in every profile', () => {
    const cases = set.json('fail.json') as { hex: string }[]
    assert.ok(cases.length > 100)
    for (const { hex } of cases) {
      for (const profile of PROFILES) {
        const code = scanCbor(hexToBytes(hex), profile).refused?.code
        // An indefinite length is not deterministic wherever the input ends; a claimed one may be too much.
        assert.ok(code === 'DECODE' || code === 'CANON' || code === 'LIMIT', `${hex} ${code}`)
      }
    }
  })
})

withSet('cbor-cde-examples', (set) => {
  const rows = set
    .text('example-table-input.csv')
    .trim()
    .split('\n')
    .map((line) => /^(int|flt|bad),("(?:[^"]|"")*"|[^,]*),([0-9a-f]+),(.*)$/.exec(line)?.slice(1) as string[])

  it('has one form for each number', (t) => {
    const left = new OutOfScope()
    for (const [kind, value, hex] of rows as [string, string, string][]) {
      if (kind === 'bad') continue
      if (value === 'NaN' && hex !== 'f97e00') {
        assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), 'CANON')
        left.add('a NaN with a payload, which no value of ours can carry (refused)')
        continue
      }
      assert.equal(reencode(hex, CORE_PROFILE, encodeCbor), hex)
      const number = kind === 'int' ? BigInt(value) : new CborFloat(Number(value))
      assert.equal(bytesToHex(encodeCbor(decimalIsExact(value, hex) ? number : valueOf(hex))), hex)
    }
    left.report(t, 'cbor-cde-examples')
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

  it('refuses what is invalid, but for the rules of dCBOR alone', (t) => {
    const own: readonly (readonly [RegExp, string])[] = [
      [/[Cc]an be reduced|reduc/, 'a float that dCBOR makes an integer: other numbers here'],
      [/65-bit negative/, 'an integer below -2^63, which dCBOR leaves out'],
      [/[Ss]imple value/, 'a simple value, which dCBOR leaves out'],
      [/NFC|[Nn]ormali[sz]/, 'text that is not NFC: text is never normalised here'],
    ]
    const left = new OutOfScope()
    for (const { hex, notes = '' } of set.json('invalid.json') as Case[]) {
      const verdict = reencode(hex, CORE_PROFILE, encodeCbor)
      if (verdict === 'CANON' || verdict === 'DECODE') continue
      assert.equal(verdict, hex, notes)
      left.add(own.find(([pattern]) => pattern.test(notes))?.[1] ?? assert.fail(`${hex} ${notes}`))
    }
    left.report(t, 'dcbor')
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
    [['rfc8949', 'CDE'], CORE_PROFILE, encodeCbor],
  ] as const) {
    it(`agrees with the cases of ${claims.join(' and ')} under the profile ${profile.name}`, () => {
      const judged = cases.filter(({ tags }) => claims.some((claim) => tags.includes(claim)))
      assert.ok(judged.length > 5)
      for (const { type, data, name } of judged) {
        if (type === 'roundtrip') assert.equal(reencode(data, profile, encode), data, name)
        if (type === 'invalid_in')
          assert.notEqual(scanCbor(hexToBytes(data), profile).refused, undefined, name)
        if (type === 'invalid_out') assert.throws(() => encode(valueOf(data)), TypeError, name)
      }
    })
  }

  it('agrees with its rule for CIDs, held against every link', () => {
    const rule = { codecs: [CODEC.raw, CODEC.dagCbor], hashes: [HASH['sha2-256'], HASH.blake3] }
    for (const { type, data, name } of cases.filter(({ tags }) => tags.includes('dasl-cid'))) {
      const decoded = decodeCbor(hexToBytes(data), DAG_CBOR_PROFILE).ok
      const isTaken = decoded !== undefined && linksOf(decoded).every((cid) => checkCid(cid, rule).ok)
      assert.equal(isTaken, type === 'roundtrip', name)
    }
  })

  it('has cases of profiles that are not ours', (t) => {
    const ours = ['basic', 'dag-cbor', 'rfc8949', 'CDE', 'dasl-cid']
    const left = new OutOfScope()
    for (const { tags } of cases.filter((each) => !each.tags.some((tag) => ours.includes(tag))))
      left.add(`asked of ${tags.join(' and ')} alone`)
    left.report(t, 'dasl-testing')
  })
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

  it('refuses of the invalid what is no DAG-CBOR; the rest is for the data model to refuse', (t) => {
    const left = new OutOfScope()
    const rows = set.json('data-model/data-model-invalid.json') as { json: unknown; note: string }[]
    for (const { json, note } of rows) {
      if (/CID|link with bogus/.test(note)) assert.throws(() => encodeDagCbor(fromAtproto(json)), note)
      else left.add('a rule about records, blobs and $-keys, above the codec')
    }
    left.report(t, 'data-model-invalid')
  })

  it('has signatures and names of its own', (t) => {
    t.diagnostic('atproto-interop: crypto/ and syntax/did_* out of scope: no codec or CID is asked for')
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

  it('decodes it to the value of its dag-json sibling, which encodes to the block', () => {
    let pairs = 0
    for (const { file } of blocks) {
      const folder = file.slice(0, file.lastIndexOf('/'))
      const sibling = readdirSync(set.path(folder)).find((name) => name.endsWith('.dag-json'))
      if (sibling === undefined) continue
      const value = readDagJson(set.text(`${folder}/${sibling}`))
      assert.deepEqual(decodeCbor(readBytes(set, file), DAG_CBOR_PROFILE).ok, value, file)
      assert.deepEqual(encodeDagCbor(value), readBytes(set, file), file)
      pairs += 1
    }
    assert.ok(pairs > 20)
  })

  it('names a block of any codec by the CID in the name of its file', (t) => {
    const left = new OutOfScope()
    for (const folder of readdirSync(set.path('fixtures'))) {
      for (const file of readdirSync(set.path(`fixtures/${folder}`))) {
        const [name = '', codec = ''] = file.split('.')
        const cid = parseCid(name).ok ?? assert.fail(file)
        assert.ok(isBlockOf(nobleHasher, cid, readBytes(set, `fixtures/${folder}/${file}`)), file)
        if (codec !== 'dag-cbor') left.add(`${codec} is a codec whose blocks are kept, not read`)
      }
    }
    left.report(t, 'ipld-codec-fixtures')
  })

  it('refuses what no decoder may take', (t) => {
    const left = new OutOfScope()
    const folders = readdirSync(set.path('negative-fixtures'))
    for (const codec of folders) {
      for (const way of readdirSync(set.path(`negative-fixtures/${codec}`))) {
        for (const file of readdirSync(set.path(`negative-fixtures/${codec}/${way}`))) {
          for (const row of set.json(`negative-fixtures/${codec}/${way}/${file}`) as NegativeFixture[]) {
            if (codec !== 'dag-cbor') left.add(`${way} of ${codec}, which we keep and do not read`)
            else judgeNegative(way, row)
          }
        }
      }
    }
    left.report(t, 'negative-fixtures')
  })

  interface NegativeFixture {
    readonly name: string
    readonly hex?: string
    readonly 'dag-json'?: unknown
  }

  function judgeNegative(way: string, { name, hex, 'dag-json': json }: NegativeFixture): void {
    if (way === 'decode' && hex !== undefined)
      assert.notEqual(scanCbor(hexToBytes(hex), DAG_CBOR_PROFILE).refused, undefined, name)
    else if (way === 'encode')
      assert.throws(
        () => encodeDagCbor(readDagJson(typeof json === 'string' ? json : JSON.stringify(json))),
        name,
      )
    else assert.fail(`${name}: neither to decode nor to encode`)
  }
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

  it('has blocks of codec grid-cbor among them: those that are envelopes, and no others', () => {
    const { must_equal_exact_encoding: rows } = set.json('grid-cbor-conformance.json') as {
      must_equal_exact_encoding: Row[]
    }
    for (const { diagnostic, hex } of rows) {
      const expected = diagnostic.startsWith('grid(') ? hex : 'SHAPE'
      assert.equal(reencode(hex, GRID_CBOR_PROFILE, encodeCbor), expected, diagnostic)
    }
  })

  it('leaves one of two encodings to grid-cbor, and the other to dag-cbor', () => {
    const { float_conflict } = set.json('grid-cbor-conformance.json') as {
      float_conflict: { value: number; core_deterministic: string; dag_cbor: string }
    }
    const { value, core_deterministic, dag_cbor } = float_conflict
    assert.equal(bytesToHex(encodeCbor(value)), core_deterministic)
    assert.equal(bytesToHex(encodeDagCbor(value)), dag_cbor)
    assert.equal(scanCbor(hexToBytes(dag_cbor), CORE_PROFILE).refused?.code, 'CANON')
    assert.equal(scanCbor(hexToBytes(core_deterministic), DAG_CBOR_PROFILE).refused?.code, 'CANON')
  })

  it('knows earlier messages by their bytes, and takes none of them for an envelope', (t) => {
    const left = new OutOfScope()
    const { encode, x_wire_must_reject } = set.json('grid-poc-codec.json') as {
      encode: { diag: string; hex: string }[]
      x_wire_must_reject: { hex: string }[]
    }
    for (const { diag, hex } of encode) {
      const verdict = reencode(hex, CORE_PROFILE, encodeCbor)
      if (verdict === hex) assert.equal(reencode(hex, GRID_CBOR_PROFILE, encodeCbor), 'SHAPE')
      else {
        assert.equal(verdict, 'CANON', diag)
        left.add('a map in the order of a struct: its value, not its bytes, is what we can agree on')
        assert.equal(diagnose(hexToBytes(hex)).replaceAll(/\s/g, ''), diag.replaceAll(/\s/g, ''))
      }
    }
    for (const { hex } of x_wire_must_reject) {
      for (const profile of [GRID_CBOR_PROFILE, FOREIGN_PROFILE])
        assert.notEqual(scanGridEnvelope(hexToBytes(hex), profile).refused, undefined, hex)
    }
    left.report(t, 'grid-poc-codec')
  })

  it('refuses the message that must be refused, and reads its canonical twin as one of others', () => {
    const { cases } = set.json('must-reject.json') as { cases: { hex?: string; canonical_twin?: string }[] }
    for (const { hex, canonical_twin } of cases) {
      if (hex !== undefined) {
        for (const profile of [CORE_PROFILE, GRID_CBOR_PROFILE, FOREIGN_PROFILE])
          assert.notEqual(scanCbor(hexToBytes(hex), profile).refused, undefined)
        assert.equal(scanGridEnvelope(hexToBytes(hex), FOREIGN_PROFILE).refused?.code, 'CANON')
      }
      if (canonical_twin === undefined) continue
      assert.ok(scanGridEnvelope(hexToBytes(canonical_twin), FOREIGN_PROFILE).ok)
      assert.equal(reencode(canonical_twin, FOREIGN_PROFILE, encodeCbor), canonical_twin)
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

function toJson(value: CborValue): unknown {
  if (value instanceof CborFloat) return value.value
  if (Array.isArray(value)) return value.map(toJson)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([key, inner]) => [String(key), toJson(inner)]))
}

function linksOf(value: CborValue): readonly CID[] {
  if (value instanceof CID) return [value]
  if (Array.isArray(value)) return value.flatMap(linksOf)
  return value instanceof Map ? [...value.values()].flatMap(linksOf) : []
}

function fromAtproto(json: unknown): CborInput {
  if (Array.isArray(json)) return json.map(fromAtproto)
  if (typeof json !== 'object' || json === null) return json as CborInput
  const { $link, $bytes } = json as { $link?: string; $bytes?: string }
  if ($link !== undefined) return CID.parse($link)
  if ($bytes !== undefined) return new Uint8Array(Buffer.from($bytes, 'base64'))
  return Object.fromEntries(Object.entries(json).map(([key, inner]) => [key, fromAtproto(inner)]))
}
