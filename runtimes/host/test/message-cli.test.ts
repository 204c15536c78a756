/** `grid message` from the outside: sign, show, verify and diff, from files, pipes and text. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { encodeCbor } from '../../../promisebase/index.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Answer, Ran } from './grid.ts'

const ESCAPE = '\u001b]0;owned\u0007'
const folder = temporaryFolder()
const at = (...words: string[]): Promise<Ran> => grid(words, { cwd: folder })
const json = (...words: string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })
const file = (name: string): Buffer => readFileSync(join(folder, name))

async function done(...words: string[]): Promise<Answer['result']> {
  const { exit, ok, result, error } = await json(...words)
  assert.deepEqual([exit, ok, error], [0, true, undefined], words.join(' '))
  return result
}

before(async () => {
  writeFileSync(join(folder, 'text.txt'), 'the tide\n')
  await done('init')
  await done('message', 'sign', 'echo', '--input', 'text.txt', '--tagged', '--out', 'tagged')
  await done('message', 'sign', 'echo', '--input', 'text.txt', '--out', 'five')
})

describe('sign', () => {
  test('makes a message in either form, which a node then answers in that form', async () => {
    for (const [name, form] of [
      ['tagged', 'tagged'],
      ['five', 'array'],
    ] as const) {
      assert.equal((await done('message', 'show', name))['form'], form)
      await done('message', 'send', name, '--reply', 'reply')
      assert.deepEqual(
        await done('message', 'show', 'reply').then((shown) => [
          shown['kind'],
          shown['form'],
          shown['signature'],
        ]),
        ['reply', form, 'verified'],
      )
    }
  })

  test('takes a JSON file, and the command line over it', async () => {
    const request = { handler: 'echo', input: 'text.txt', tagged: true, expires: '2m', as: 'root' }
    writeFileSync(join(folder, 'request.json'), JSON.stringify(request))
    const signed = await done('message', 'sign', '--from', 'request.json', '--out', 'from')
    assert.equal(signed['form'], 'tagged')
    const { claims } = (await done('message', 'show', 'from')) as { claims: Record<string, number> }
    assert.equal((claims['expires'] ?? 0) - (claims['issuedAt'] ?? 0), 120)
    await done('message', 'sign', '--from', 'request.json', '--expires', '1h', '--out', 'hour')
    const hour = (await done('message', 'show', 'hour')) as { claims: Record<string, number> }
    assert.equal((hour.claims['expires'] ?? 0) - (hour.claims['issuedAt'] ?? 0), 3_600)
  })

  test('refuses a JSON file that says anything else', async () => {
    for (const [content, says] of [
      ['[]', /no JSON object/],
      ['{', /no JSON object/],
      ['{"handler":1}', /handler must be a text/],
      ['{"handler":"echo","form":"tagged"}', /"form" is none of/],
      ['{"handler":"echo","__proto__":1}', /is none of/],
      ['{"handler":"echo","expires":"soon"}', /expires must be/],
      ['{"handler":"echo","inputCid":"b"}', /inputCid must be a CID/],
    ] as const) {
      writeFileSync(join(folder, 'wrong.json'), content)
      const { exit, error } = await json('message', 'sign', '--from', 'wrong.json')
      assert.deepEqual([exit, error?.code], [2, 'FILE'], content)
      assert.match(error?.message ?? '', says)
    }
    assert.equal((await json('message', 'sign')).error?.code, 'USAGE')
  })
})

describe('show and verify', () => {
  test('take bytes from a pipe, and as text in hex and base64', async () => {
    const bytes = file('tagged')
    const hex = bytes.toString('hex')
    const base64 = bytes.toString('base64')
    const inputs: readonly (readonly [string, string | Uint8Array])[] = [
      ['-', bytes],
      ['-', `${hex.replace(/(.{64})/g, '$1\n')}\n`],
      ['-', `${base64}\n`],
      ['-', bytes.toString('base64url')],
      [`hex:${hex.toUpperCase()}`, ''],
      [`base64:${base64}`, ''],
    ]
    for (const [word, input] of inputs) {
      const { exit, result } = await gridJson(['message', 'verify', word], { cwd: folder, input })
      assert.deepEqual([exit, result['verified']], [0, true], word.slice(0, 12))
    }
  })

  test('say what an envelope of another protocol is, and keep it unread', async () => {
    const shown = await done('message', 'show', `hex:${foreign()}`)
    assert.equal(shown['kind'], 'foreign')
    assert.deepEqual(Object.keys(shown['signature'] as object), ['open'])
    const { exit, error } = await json('message', 'verify', `hex:${foreign()}`)
    assert.deepEqual([exit, error?.code], [3, 'KEY'])
    const wrong = await json('message', 'show', `hex:${foreign()}`, '--view', 'ed25519-map')
    assert.deepEqual([wrong.exit, wrong.error?.code], [3, 'DECODE'])
  })

  test('answer nonsense with a code, and never with a fault', async () => {
    writeFileSync(
      join(folder, 'noise'),
      Uint8Array.from({ length: 99 }, (_, at) => (at * 89) % 256),
    )
    const cases: readonly (readonly [words: readonly string[], exit: number, code: string])[] = [
      [['text.txt'], 3, 'DECODE'],
      [['noise'], 3, 'DECODE'],
      [['hex:00'], 3, 'SHAPE'],
      [['hex:856467726964'], 3, 'DECODE'],
      [['hex:da67726964'], 3, 'DECODE'],
      [['hex:0'], 2, 'USAGE'],
      [['hex:xy'], 2, 'USAGE'],
      [['base64:**'], 2, 'USAGE'],
      [['absent'], 5, 'MISSING'],
      [['tagged', '--view', 'rot13'], 2, 'USAGE'],
      [['tagged', '--key', 'alice'], 2, 'USAGE'],
    ]
    for (const [at, [words, exit, code]] of cases.entries()) {
      const answer = await json('message', at % 2 === 0 ? 'show' : 'verify', ...words)
      assert.deepEqual([answer.exit, answer.error?.code], [exit, code], words.join(' '))
    }
  })

  test('show text of strangers and never obey it', async () => {
    const hint = encodeCbor(['grid-refused', new Uint8Array(32), ESCAPE])
    for (const hex of [foreign(), Buffer.from(hint).toString('hex')])
      for (const words of [['show'], ['show', '--full'], ['diff', 'five']]) {
        const { stdout, stderr } = await at('message', words[0] ?? '', ...words.slice(1), `hex:${hex}`)
        assert.ok(!`${stdout.toString()}${stderr}`.includes('\u001b'), words.join(' '))
      }
  })
})

describe('diff', () => {
  test('says in words where two messages differ and what follows', async () => {
    const { stdout, exit } = await at('message', 'diff', 'tagged', 'five')
    assert.equal(exit, 0)
    assert.match(stdout.toString(), /\nform\n {2}one +the tagged envelope\n {2}other +five elements\n/)
    assert.match(stdout.toString(), /they are two messages/)
  })

  test('tells a program the same', async () => {
    const same = await done('message', 'diff', 'five', 'five')
    assert.deepEqual([same['same'], same['differences']], [true, []])
    const { sameId, differences } = await done('message', 'diff', 'tagged', 'five')
    assert.equal(sameId, false)
    assert.ok((differences as readonly { name: string }[]).some(({ name }) => name === 'claim cti'))
  })

  test('names the file that cannot be compared', async () => {
    const { exit, error } = await json('message', 'diff', 'five', 'text.txt')
    assert.deepEqual([exit, error?.code], [2, 'FILE'])
    assert.match(error?.message ?? '', /^text\.txt: DECODE/)
  })
})

/** An envelope of another protocol around text that wants to be obeyed, in hex. */
function foreign(): string {
  const slot = Buffer.from(encodeCbor({ note: ESCAPE })).toString('hex')
  return `da6772696483d82a582401551220${'ab'.repeat(32)}${slot}40`
}
