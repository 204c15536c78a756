/** The codec against the encodings that the project has published; the sets of others are judged by conformance/sets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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
  FOREIGN_PROFILE,
  GRID_CBOR_PROFILE,
  scanCbor,
  scanGridEnvelope,
} from '../index.ts'
import { OutOfScope } from './out-of-scope.ts'
import type { CborInput, CborProfile, CborValue } from '../index.ts'
import type { VectorSet } from '../../conformance/vector-sets.ts'

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
