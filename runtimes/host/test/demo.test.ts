/** `grid demo`: the story on any file, twice in one folder, and after being killed at any moment. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { SEED } from '../../../conformance/test/laws.ts'
import { grid, gridJson, gridProcess, temporaryFolder } from './grid.ts'
import type { Answer } from './grid.ts'

const folder = temporaryFolder()
const binary = join(folder, 'binary')
writeFileSync(binary, Uint8Array.of(0, 255, 0, 254))
const inFolder = (words: readonly string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })

interface Call {
  readonly how: string
  readonly fuel: number
  readonly result: string
}
interface Refused {
  readonly code: string
  readonly link?: number
  readonly rule: string
  readonly fix: string
  readonly told: string
  readonly signed: boolean
}

describe('twice in one folder', () => {
  let first: Answer['result']
  let second: Answer['result']
  before(async () => {
    for (const time of [1, 2]) {
      const { exit, ok, result } = await inFolder(['demo'])
      assert.deepEqual([exit, ok], [0, true])
      if (time === 1) first = result
      else second = result
    }
  })

  test('the first run executes, the second continues with what it left', () => {
    const [one, two] = [first['call'] as Call, second['call'] as Call]
    assert.deepEqual([first['isNew'], one.how], [true, 'executed'])
    assert.deepEqual([second['isNew'], two.how], [false, 'from the result cache'])
    assert.deepEqual([two.result, two.fuel], [one.result, one.fuel])
    for (const name of ['grid', 'node', 'root', 'alice', 'bob']) assert.equal(second[name], first[name], name)
  })

  test('a new message is answered from the cache, the same bytes by the same reply', () => {
    const { fresh, same } = first['again'] as { fresh: Call; same: { isSame: boolean } }
    assert.deepEqual([fresh.how, same.isSame], ['from the result cache', true])
    assert.equal(fresh.result, (first['call'] as Call).result)
  })

  test('each of the six stages is in the trace of a run', () => {
    const { trace } = first['call'] as { trace: { stage: string }[] }
    assert.deepEqual(
      trace.map(({ stage }) => stage),
      ['validate', 'authorise', 'resolve', 'execute', 'cache', 'reply'],
    )
  })

  test('binary data comes back as it was', () => {
    const trip = first['roundTrip'] as { isSame: boolean; original: number; compress: { bytes: number } }
    assert.ok(trip.isSame && trip.compress.bytes < trip.original)
  })

  test('four messages are refused, each with code, link, rule and fix', () => {
    for (const result of [first, second]) {
      const refusals = result['refusals'] as Refused[]
      assert.deepEqual(
        refusals.map(({ code, link, rule, signed }) => [code, link, rule, signed]),
        [
          ['EXPIRED', 2, 'capability.md#time', true],
          ['METHOD', 2, 'capability.md#methods', true],
          ['SIG', undefined, 'message.md#signature', false],
          ['BUDGET_FUEL', 1, 'dispatch.md#execute', true],
        ],
      )
      assert.ok(refusals.every(({ fix }) => fix.length > 10))
      assert.equal(refusals[2]?.told, 'DENIED')
    }
  })

  test('the folder is one the other commands use', async () => {
    const { exit, result } = await inFolder(['call', 'word-index', 'top', '--input', '-'])
    assert.deepEqual([exit, result['status']], [0, 'kept'])
  })

  test('ends with commands that can be pasted', async () => {
    for (const [words, call] of [
      [['demo'], "echo 'the tide, the moon' \\| npx grid call word-index top --input -"],
      [
        ['demo', binary, '--data', 'my folder'],
        "npx grid --data 'my folder' call lz4 compress --input - --out",
      ],
    ] as const)
      assert.match((await grid(words, { cwd: folder })).stdout.toString(), new RegExp(call))
  })

  test('as text it fits on a slide, and has no colour where there is none', async () => {
    const { exit, stdout, stderr } = await grid(['demo'], { cwd: folder })
    assert.deepEqual([exit, stderr], [0, ''])
    const lines = stdout.toString().split('\n')
    assert.deepEqual(
      lines.filter((line) => [...line].length > 100),
      [],
    )
    assert.ok(!stdout.includes('\u001b'))
  })
})

describe('on a file of one’s own', () => {
  const data = join(folder, 'own')
  const cases: Readonly<Record<string, Uint8Array>> = {
    'a short text': Buffer.from('the tide and the moon'),
    'one byte of text': Buffer.from('x'),
    'bytes that are no text': Uint8Array.from({ length: 5_000 }, (_, index) => (index * index) & 0xff),
    'text of many blocks': Buffer.from('the tide rises, the tide falls\n'.repeat(60_000)),
    'text with control characters': Buffer.from('\u001b]0;owned\u0007 the tide \u202e moon'),
  }
  for (const [title, content] of Object.entries(cases))
    test(title, async () => {
      const file = join(folder, `${title}.input`)
      writeFileSync(file, content)
      const { exit, stdout, stderr } = await grid(['demo', file, '--data', data])
      assert.deepEqual([exit, stderr], [0, ''])
      assert.ok(!stdout.includes('\u001b') && !stdout.includes('\u202e'))
    })
})

describe('refuses', () => {
  const data = join(folder, 'none')
  before(() => {
    mkdirSync(join(folder, 'directory'))
    writeFileSync(join(folder, 'empty'), '')
    writeFileSync(join(folder, 'large'), Buffer.alloc(8 * 1024 * 1024 + 1, 'a'))
  })
  for (const [file, exit, code] of [
    ['directory', 2, 'FILE'],
    ['empty', 2, 'FILE'],
    ['large', 2, 'FILE'],
    ['nowhere', 5, 'MISSING'],
  ] as const)
    test(`a file that is ${file}, before anything is made`, async () => {
      const refused = await inFolder(['demo', file, '--data', data])
      assert.deepEqual([refused.exit, refused.ok, refused.error?.code], [exit, false, code])
      assert.equal((await inFolder(['id', 'list', '--data', data])).result['identities']?.toString(), '')
    })
})

describe('killed', () => {
  const TIMES = 6
  const LATEST_MS = 900

  test(`${TIMES} times at moments of seed ${SEED}, the folder opens and the story continues`, async () => {
    const data = join(folder, 'killed')
    for (const share of shares(SEED, TIMES)) {
      const killAfterMs = 150 + Math.floor(share * (LATEST_MS - 150))
      await gridProcess(['demo', '--data', data], { killAfterMs })
    }
    const { exit, ok, error } = await gridJson(['demo', '--data', data])
    assert.deepEqual([exit, ok, error], [0, true, undefined])
  })
})

/** Numbers from 0 to 1 that follow from a seed. */
function shares(seed: number, count: number): number[] {
  let state = seed >>> 0
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  })
}
