/** The sets of others, and the runner that judges by them: it must be able to find something wrong. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { judgeSets } from '../judge-sets.ts'
import { SET_ADAPTERS } from '../sets/index.ts'
import { byEach } from '../sets/providers.ts'
import { runSet } from '../sets/run-set.ts'
import { outOfScope, verdict } from '../sets/set.ts'
import { findVectorSets, openVectorSet, vectorsFolder } from '../vector-sets.ts'
import { heard } from './heard.ts'
import type { SetReport, SetRun } from '../sets/run-set.ts'
import type { VectorSet } from '../vector-sets.ts'
import type { Heard } from './heard.ts'

const runner = fileURLToPath(new URL('../run-sets.js', import.meta.url))
const found = findVectorSets()

if (found === undefined)
  test('the sets of others', (t) => t.skip(`no vectors at ${vectorsFolder()}; set PROMISEGRID_VECTORS`))
else
  describe('by the sets of others', () => {
    for (const name of found) {
      it(`no verdict is wrong: ${name}`, async (t) => {
        const files = openVectorSet(name)
        assert.equal(files.skipped, undefined)
        const { report, findings } = await runSet(name, files, SET_ADAPTERS.get(name), 'none')
        assert.deepEqual(findings, [])
        t.diagnostic(`${name}: ${report.passed} of ${report.cases} passed`)
        for (const [reason, count] of Object.entries(report.reasons))
          t.diagnostic(`${name}: ${count} out of scope: ${reason}`)
      })
    }
  })

describe('an adapter', () => {
  /** One case of a file changed into its opposite, or one digit of it. */
  const corrupted: readonly (readonly [set: string, file: string, from: RegExp, to: string])[] = [
    ['cbor-rfc8949', 'fail.json', /"hex":\s*"[0-9a-f]+"/, '"hex": "00"'],
    ['cbor-cde-examples', 'example-table-input.csv', /^int,(\d),/m, 'int,1$1,'],
    ['dasl-testing', 'short_form.json', /"type":\s*"invalid_in"/, '"type": "roundtrip"'],
    [
      'atproto-interop',
      'crypto/signature-fixtures.json',
      /"validSignature":\s*true/,
      '"validSignature": false',
    ],
    [
      'atproto-interop',
      'crypto/w3c_didkey_K256.json',
      /"privateKeyBytesHex":\s*"./,
      '"privateKeyBytesHex": "0',
    ],
    ['atproto-interop', 'syntax/cid_syntax_invalid.txt', /^[^#\n].*$/m, `f01551220${'ab'.repeat(32)}`],
    ['multiformats', 'multihash/test_cases.csv', /^(sha2-256,256,.*)(.)$/m, '$10'],
    ['multiformats', 'multihash/test_cases.csv', /^(sha1,160,.*)(.)$/m, '$10'],
    ['multiformats', 'multibase/basic.csv', /^base36, *"k./m, 'base36, "k3'],
    ['did-key', 'ed25519-x25519.json', /"seed":\s*"0/, '"seed": "1'],
    ['did-key', 'x25519.json', /"publicKeyBase58":\s*"./, '"publicKeyBase58": "1'],
    ['did-key', 'secp256k1.json', /"privateKeyBase58":\s*"./, '"privateKeyBase58": "1'],
    ['libp2p-peer-ids', 'spec.json', /"(08021220)../, '"$100'],
    ['libp2p-peer-ids', 'spec.json', /"(080012a60430.{140}).{4}/, '"$10000'],
    ['promisegrid', 'promisebase-golden.json', /("expect":\s*\[\s*"block\/sha256\/)./, '$1x'],
    ['ucan', '1.0.0/delegation.json', /"cid":\s*"bafyrei./, '"cid": "bafyreib'],
    ['wycheproof-ed25519', 'ed25519_test.json', /"result":\s*"valid"/, '"result": "invalid"'],
    ['wycheproof-x25519', 'x25519_test.json', /"shared":\s*"./, '"shared": "x'],
    ['wycheproof-aead-kdf', 'hkdf_sha256_test.json', /"okm":\s*"../, '"okm": ""'],
    ['acvp-mldsa65', 'keyGen.json', /"seed":\s*"../, '"seed": "00'],
    ['acvp-mlkem768', 'keyGen.json', /"z":\s*"[^"]*"/, '"z": ""'],
    ['ed25519-rfc8032', 'ed25519.json', /"message":\s*"72"/, '"message": "73"'],
  ]
  for (const [set, file, from, to] of corrupted) {
    it(`of ${set} notices a case of ${file} that was corrupted`, async (t) => {
      const original = openVectorSet(set)
      if (original.skipped !== undefined) return t.skip(original.skipped)
      if (!original.files().includes(file) || !from.test(original.text(file)))
        return t.skip(`${set} has no such case in ${file}`)
      const text = original.text(file).replace(from, to)
      const alone = (content: string): VectorSet => ({
        ...original,
        files: () => [file],
        text: () => content,
        json: () => JSON.parse(content) as unknown,
      })
      const judge = (content: string): Promise<SetRun> => runSet(set, alone(content), SET_ADAPTERS.get(set))
      assert.equal((await judge(original.text(file))).report.wrong, 0)
      const { report, findings } = await judge(text)
      assert.equal(report.wrong, findings.length)
      assert.equal(findings.length, 1)
      assert.ok(findings[0]?.name.startsWith(file), findings[0]?.name)
    })
  }

  it('of ipld-codec-fixtures notices a node of dag-pb that is another one in dag-cbor', async (t) => {
    const set = openVectorSet('ipld-codec-fixtures')
    if (set.skipped !== undefined) return t.skip(set.skipped)
    const nodes = set.files().filter((file) => file.endsWith('.dag-pb'))
    const [one = '', other = ''] = nodes
    if (other === '') return t.skip('the set has not two nodes of dag-pb')
    const beside = set.files().find((file) => file.startsWith(folderOf(other)) && file.endsWith('.dag-cbor'))
    const moved = `${folderOf(one)}${beside?.slice(folderOf(other).length)}`
    const mixed: VectorSet = {
      ...set,
      files: () => [one, moved],
      bytes: (file) => set.bytes(file === moved ? String(beside) : file),
    }
    const { findings } = await runSet('ipld-codec-fixtures', mixed, SET_ADAPTERS.get('ipld-codec-fixtures'))
    assert.equal(findings.length, 1)
    assert.match(String(findings[0]?.detail), /^the node of dag-pb is encoded as /)
  })

  it('is wrong where one provider of cryptography judges otherwise than another', () => {
    const differ = byEach(({ crypto }) => verdict(crypto.name === 'noble', 'refused'))
    assert.deepEqual(differ, { wrong: 'by node: refused' })
    const evade = byEach(({ crypto }) => (crypto.name === 'noble' ? 'passed' : outOfScope('no such key')))
    assert.deepEqual(evade, { wrong: 'one provider of cryptography judges otherwise than another' })
    assert.equal(
      byEach(() => 'passed'),
      'passed',
    )
  })
})

describe('the runner of sets', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'promisegrid-sets-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** A folder of vectors with these files. */
  function vectors(name: string, files: Readonly<Record<string, string>>): string {
    const place = join(folder, name)
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(place, file, '..'), { recursive: true })
      writeFileSync(join(place, file), text)
    }
    return place
  }

  it('lists a set that it does not know, and counts its files', async () => {
    const place = vectors('unknown', { 'set-of-tomorrow/one/a.json': '[]', 'set-of-tomorrow/SOURCE.md': '' })
    const { status, reports, stdout } = await run(place)
    assert.equal(status, 0)
    const reasons = { 'no adapter knows this set: counted are its files': 1 }
    assert.deepEqual(reports, [
      { set: 'set-of-tomorrow', cases: 1, passed: 0, outOfScope: 1, wrong: 0, reasons },
    ])
    assert.match(stdout, /^set-of-tomorrow +1 +0 +1 +0\n +1 out of scope: no adapter knows this set/m)
  })

  it('finds a wrong case, prints what was wrong, and ends with 1', async () => {
    const cases = [
      { hex: '00', roundtrip: true, decoded: 0 },
      { hex: '01', roundtrip: true, decoded: 2 },
    ]
    const place = vectors('wrong', { 'cbor-rfc8949/appendix_a.json': JSON.stringify(cases) })
    const { status, reports, stdout } = await run(place)
    assert.equal(status, 1)
    assert.deepEqual(reports, [
      { set: 'cbor-rfc8949', cases: 2, passed: 1, outOfScope: 0, wrong: 1, reasons: {} },
    ])
    assert.match(stdout, /^WRONG cbor-rfc8949: appendix_a\.json 01\n {2}decoded to 1$/m)
  })

  it('takes a file that cannot be read for wrong, and judges the others', async () => {
    const place = vectors('torn', {
      'cbor-rfc8949/appendix_a.json': '[{"hex":',
      'cbor-rfc8949/fail.json': '[{"hex": "1c"}]',
      'dcbor/valid.json': '[{"hex": 7}]',
    })
    const { status, reports } = await run(place)
    assert.equal(status, 1)
    assert.deepEqual(
      reports.map(({ set, cases, wrong }) => [set, cases, wrong]),
      [
        ['cbor-rfc8949', 2, 1],
        ['dcbor', 1, 1],
      ],
    )
  })

  it('counts a file of a kind that the adapter of its set does not know', async () => {
    const place = vectors('more', { 'dcbor/others.json': '[]', 'LICENSES/of-others/LICENSE': 'text' })
    const { status, reports } = await run(place)
    assert.equal(status, 0)
    const reasons = { 'a file of a kind that the adapter of its set does not know': 1 }
    assert.deepEqual(reports, [{ set: 'dcbor', cases: 1, passed: 0, outOfScope: 1, wrong: 0, reasons }])
  })

  it('runs the sets that are named, and no others', async () => {
    const place = vectors('two', { 'dcbor/valid.json': '[]', 'cbor-rfc8949/fail.json': '[]' })
    const { status, stdout } = await judged(['--set', 'dcbor'], place)
    assert.equal(status, 0)
    assert.match(stdout, /^dcbor /m)
    assert.doesNotMatch(stdout, /^cbor-rfc8949/m)
  })

  it('is a program that says the same, and ends with what came of it', () => {
    const place = vectors('alone', { 'cbor-rfc8949/fail.json': '[{"hex": "00"}]' })
    const env = { ...process.env, PROMISEGRID_VECTORS: place }
    const { status, stdout } = spawnSync(process.execPath, [runner], { encoding: 'utf8', env })
    assert.equal(status, 1)
    assert.match(stdout, /^cbor-rfc8949 +1 +0 +0 +1$/m)
  })

  it('says what is wrong with how it was called, and ends with 2', async () => {
    const place = vectors('known', { 'set-of-tomorrow/a.json': '[]' })
    for (const [args, message, at] of [
      [['--jsonn', 'x'], /Unknown option '--jsonn'/, place],
      [['--json'], /'--json <value>' argument missing/, place],
      [['--json', join(folder, 'absent', 'x.json')], /ENOENT.*x\.json/, place],
      [['--set', 'set-of-yesterday'], /no set "set-of-yesterday" at /, place],
      [['extra'], /Unexpected argument 'extra'/, place],
      [[], /no vector sets at .*absent: set PROMISEGRID_VECTORS/, join(folder, 'absent')],
    ] as const) {
      const { status, stderr } = await judged(args, at)
      assert.equal(status, 2, stderr)
      assert.match(stderr, message)
      assert.match(stderr, /\nusage: /)
    }
  })

  async function run(place: string): Promise<Heard & { readonly reports: readonly SetReport[] }> {
    const json = join(folder, 'report.json')
    const said = await judged(['--json', json], place)
    const { sets } = JSON.parse(readFileSync(json, 'utf8')) as { sets: readonly SetReport[] }
    return { ...said, reports: sets }
  }

  async function judged(words: readonly string[], place: string): Promise<Heard> {
    const before = process.env['PROMISEGRID_VECTORS']
    process.env['PROMISEGRID_VECTORS'] = place
    try {
      return await heard((says) => judgeSets(words, says))
    } finally {
      if (before === undefined) delete process.env['PROMISEGRID_VECTORS']
      else process.env['PROMISEGRID_VECTORS'] = before
    }
  }
})

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1)
}
