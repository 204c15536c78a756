/** `grid call --lend`: the chains of a message's table, by hand, and the codes drawn of a capability. */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Answer } from './grid.ts'

const folder = temporaryFolder()
const run = (words: readonly string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })
let protocol = ''

async function done(...words: readonly string[]): Promise<Answer['result']> {
  const { exit, ok, result, error } = await run(words)
  assert.deepEqual([exit, ok, error], [0, true, undefined], words.join(' '))
  return result
}

const issue = (to: string, handler: string, out: string): Promise<unknown> =>
  done('cap', 'issue', '--to', to, '--handler', handler, '--out', out)
const batch = (calls: unknown, ...more: readonly string[]): readonly string[] => [
  ...['call', 'batch', 'each', '--cap', 'batch.cap', '--input-json', JSON.stringify(calls), '--cbor'],
  ...more,
]
const echo = (capability: number): unknown => ({
  ...{ capability, protocol: { '/': protocol }, method: 'echo' },
  input: { '/': { bytes: 'aGVsbG8' } },
})

before(async () => {
  await done('init')
  await done('id', 'new', 'alice')
  await done('id', 'new', 'bob')
  await issue('alice', 'batch', 'batch.cap')
  await issue('alice', 'echo', 'echo.cap')
  await issue('bob', 'echo', 'bob.cap')
  const { handlers } = await done('handler', 'list')
  const named = (handlers as { name: string; protocol: string }[]).find(({ name }) => name === 'echo')
  protocol = named?.protocol ?? ''
})

describe('a call that lends', () => {
  test('lets the handler use each chain that is lent, by its number', async () => {
    await done('cap', 'import', 'echo.cap', '--name', 'loud')
    const { stdout } = await grid(batch([echo(0), echo(1)], '--lend', 'echo.cap', '--lend', 'loud'), {
      cwd: folder,
    })
    assert.equal(stdout.toString().trim(), "[h'68656c6c6f', h'68656c6c6f']")
  })

  test('is written in the specification with the echo of this package', () => {
    const text = readFileSync(new URL('../../../../spec/protocols.md', import.meta.url), 'utf8')
    assert.ok(text.includes(`"protocol": { "/": "${protocol}" }`))
  })

  test('lends nothing more, and nothing that its sender does not hold', async () => {
    writeFileSync(join(folder, 'calls.json'), JSON.stringify([echo(0), echo(1), echo(2)]))
    const words = [...batch([], '--lend', 'echo.cap', '--lend', 'bob.cap'), '--input-json', '@calls.json']
    const { stdout } = await grid(words, { cwd: folder })
    assert.equal(stdout.toString().trim(), `[h'68656c6c6f', "POP", "SHAPE"]`)
  })

  test('is refused for input given twice, and for a chain that is not here', async () => {
    const twice = await run(batch([], '--arg', 'a=b'))
    assert.deepEqual([twice.exit, twice.error?.code], [2, 'USAGE'])
    const nowhere = await run(batch([], '--lend', 'nowhere.cap'))
    assert.deepEqual([nowhere.exit, nowhere.error?.code], [5, 'MISSING'])
    const wrong = await run(['call', 'batch', 'all', '--cap', 'batch.cap', '--input-json', '['])
    assert.deepEqual([wrong.exit, wrong.error?.code], [2, 'USAGE'])
  })
})

describe('a capability as a QR code', () => {
  test('is drawn on the terminal, and into a file for its owner alone', async () => {
    const { characters, modules } = await done('cap', 'export', 'echo.cap', '--qr-svg', 'echo.svg')
    const svg = join(folder, 'echo.svg')
    assert.match(readFileSync(svg, 'utf8'), new RegExp(`viewBox="0 0 ${String(modules)} ${String(modules)}"`))
    assert.equal(statSync(svg).mode & 0o777, 0o600)
    const { stdout } = await grid(['cap', 'export', 'echo.cap', '--qr'], { cwd: folder })
    const lines = stdout.toString().trimEnd().split('\n')
    assert.equal(lines.length, Math.ceil((modules as number) / 2))
    assert.ok(lines.every((line) => line.length === modules))
    const { capability } = await done('cap', 'export', 'echo.cap', '--qr')
    assert.equal((capability as string).length, characters)
  })

  test('is refused for a chain that no code holds, and with other ways to write it', async () => {
    await done('id', 'new', 'hanna', '--algorithm', 'hybrid')
    await done('cap', 'delegate', '--cap', 'echo.cap', '--to', 'hanna', '--out', 'hanna.cap')
    await done('cap', 'delegate', '--cap', 'hanna.cap', '--to', 'bob', '--out', 'long.cap')
    for (const way of [['--qr'], ['--qr-svg', 'long.svg']]) {
      const long = await run(['cap', 'export', 'long.cap', ...way])
      assert.deepEqual([long.exit, long.error?.code], [2, 'FILE'])
    }
    for (const way of [['--qr-text'], ['--qr-svg', 'x.svg'], ['--out', 'x.cap']]) {
      const both = await run(['cap', 'export', 'echo.cap', '--qr', ...way])
      assert.deepEqual([both.exit, both.error?.code], [2, 'USAGE'])
    }
  })
})
