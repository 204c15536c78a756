/**
 * One verdict everywhere: what one peer accepts and another refuses splits a grid. The same table is answered
 * by node's own cryptography and in plain JavaScript, on this node, on others, and in a browser.
 */
import assert from 'node:assert/strict'
import { createHash, verify } from 'node:crypto'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { findNode, OTHER_NODES } from '../../../conformance/test/other-node.ts'
import { openVectorSet } from '../../../conformance/vector-sets.ts'
import { findChromium } from '../../../conformance/test/browser-page.ts'
import { importPublicKey } from '../powers/key-objects.ts'
import { answerInBrowser } from './verdicts/browser.ts'
import { ours, plain, readVectors } from './verdicts/node.ts'
import { allCases, expectedLines, VECTOR_FILES, verdictLines } from './verdicts/table.ts'
import type { CryptoProvider, PublicKey } from '../../../promisebase/index.ts'

const cases = allCases(readVectors)
const expected = expectedLines(cases)

describe('the verdict table', () => {
  it('is whole', (t) => {
    const sets = [...new Set(VECTOR_FILES.map(([set]) => set))]
    const missing = sets.filter((set) => openVectorSet(set).skipped !== undefined)
    if (missing.length > 0) t.skip(`without the vector sets ${missing.join(', ')}`)
    else assert.ok(VECTOR_FILES.every(([set, file]) => readVectors(set, file) !== undefined))
    t.diagnostic(`${cases.length} cases, digest ${digest(expected)}`)
  })

  it('names every case once', () => {
    assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
  })

  it('is answered in plain JavaScript as it must be', () => {
    same(verdictLines(cases, plain))
  })

  it("is answered by this node's own cryptography as it must be", () => {
    same(verdictLines(cases, ours))
  })

  it('would be answered otherwise without the checks in front', (t) => {
    const bare: CryptoProvider = { ...ours.crypto, verify: verifyBare }
    const both = cases.filter(({ name }) => /^(Ed25519|ESP256) /.test(name))
    const lines = verdictLines(both, { ...ours, crypto: bare })
    const wrong = both.filter(({ name, expected: right }, index) => lines[index] !== `${name}: ${right}`)
    assert.ok(wrong.some(({ name }) => name === 'ESP256 high s 0'))
    t.diagnostic(`${wrong.length} verdicts of OpenSSL ${process.versions.openssl} alone are others`)
  })

  for (const version of OTHER_NODES) {
    it(`is answered alike by node ${version}`, async (t) => {
      const child = await answerOn(version)
      if (typeof child === 'string') {
        t.skip(`node ${version} does not run here: ${child}`)
        return
      }
      assert.equal(child.version, `v${version}`)
      t.diagnostic(`ML-DSA and ML-KEM are ${child.native ? 'native' : 'in plain JavaScript'}`)
      same(child.lines)
    })
  }

  it('is answered alike in headless Chromium', async (t) => {
    const chromium = findChromium()
    if (chromium === undefined) {
      t.skip('no chromium is installed here')
      return
    }
    const answer = await answerInBrowser(chromium)
    if (typeof answer === 'string') {
      t.skip(`${chromium} does not start here: ${answer}`)
      return
    }
    t.diagnostic(answer.version)
    same(answer.lines)
  })
})

/** What node says of its own; of an input it cannot even read, no. */
function verifyBare({ algorithm, bytes }: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (algorithm !== 'Ed25519' && algorithm !== 'ESP256')
    return ours.crypto.verify({ algorithm, bytes }, message, signature)
  try {
    const key = { key: importPublicKey(algorithm, bytes), dsaEncoding: 'ieee-p1363' } as const
    return verify(algorithm === 'ESP256' ? 'sha256' : null, message, key, signature)
  } catch {
    return false
  }
}

/** The digest decides; the lines that differ say why. */
function same(lines: readonly string[]): void {
  if (digest(lines) === digest(expected)) return
  assert.deepEqual(
    lines.filter((line, index) => line !== expected[index]).map((line) => line.slice(0, 200)),
    [],
  )
  assert.fail(`${lines.length} lines instead of ${expected.length}`)
}

function digest(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

interface ChildAnswer {
  readonly version: string
  readonly native: boolean
  readonly lines: readonly string[]
}

/** The answers of another node, or why there is none here. */
async function answerOn(version: string): Promise<ChildAnswer | string> {
  const run = await findNode(version)
  if (typeof run === 'string') return run
  return JSON.parse(await run(join(import.meta.dirname, 'verdict-child.js'))) as ChildAnswer
}
