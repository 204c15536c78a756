/** `grid cap export`, `import`, `list` and `forget`: a capability handed on as text and kept under a name. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Answer, RunOptions } from './grid.ts'

const folder = temporaryFolder()
const run = (words: readonly string[], options: RunOptions = {}): ReturnType<typeof gridJson> =>
  gridJson(words, { cwd: folder, ...options })

async function done(words: string | readonly string[], options: RunOptions = {}): Promise<Answer['result']> {
  const given = typeof words === 'string' ? words.split(' ') : words
  const { exit, ok, result, error } = await run(given, options)
  assert.deepEqual([exit, ok, error], [0, true, undefined], given.join(' '))
  return result
}

async function refused(words: string | readonly string[], exit: number, code: string): Promise<string> {
  const found = await run(typeof words === 'string' ? words.split(' ') : words)
  assert.deepEqual([found.exit, found.error?.code], [exit, code])
  return found.error?.message ?? ''
}

before(async () => {
  await done('init')
  await done('id new alice')
  await done('id new bob')
  await done('cap issue --to alice --handler echo --out alice.cap')
  await done('cap delegate --cap alice.cap --to bob --methods echo --out bob.cap')
})

describe('a capability on a command line', () => {
  test('goes out as one line, comes in under a name, and is presented by it', async () => {
    const { capability, characters } = await done('cap export bob.cap --qr-text')
    const line = (capability as string).trimEnd()
    assert.deepEqual([line.startsWith('GRID-CAP:'), line.length], [true, characters])
    await done(['cap', 'import', line, '--name', 'echo-me'])
    const { text } = await done('call echo --input - --cap echo-me', { input: 'hello' })
    assert.equal(text, 'hello')
    const { capabilities } = await done('cap list')
    assert.deepEqual(
      (capabilities as Record<string, unknown>[]).map(({ name, links }) => [name, links]),
      [['echo-me', 2]],
    )
    const shown = await done('cap show echo-me')
    assert.equal((shown['chain'] as object[]).length, 2)
    assert.equal((await done('cap explain echo-me'))['wouldRun'], true)
  })

  test('is the same file again after it went through a line', async () => {
    await done('cap export bob.cap --qr-text --out bob.qr')
    await done('cap export bob.qr --out again.cap')
    const written = (file: string): string => readFileSync(join(folder, file), 'utf8')
    assert.equal(written('again.cap'), written('bob.cap'))
    const { stdout } = await grid(['cap', 'export', 'bob.cap', '--qr-text'], { cwd: folder })
    assert.equal(stdout.toString(), written('bob.qr'))
  })

  test('is kept for its owner alone', async () => {
    await done('cap import alice.cap --name owned')
    const path = join(folder, '.promisegrid', 'caps')
    assert.equal(statSync(path).mode & 0o777, 0o700)
    assert.equal(statSync(join(path, 'owned.cap')).mode & 0o777, 0o600)
  })

  test('means the name before a file of that name, and ./ means the file', async () => {
    await done('cap import alice.cap --name both')
    writeFileSync(join(folder, 'both'), 'no capability\n')
    assert.equal(((await done('cap show both'))['chain'] as object[]).length, 1)
    assert.match(await refused('cap show ./both', 2, 'FILE'), /does not begin/)
  })

  test('never takes the name of another, and is forgotten once', async () => {
    await done('cap import alice.cap --name once')
    await refused('cap import bob.cap --name once', 2, 'NAME')
    assert.equal(((await done('cap show once'))['chain'] as object[]).length, 1)
    await done('cap forget once')
    await refused('cap forget once', 5, 'MISSING')
    await refused('cap show once', 5, 'MISSING')
    await done('cap import bob.cap --name once')
  })

  test('is not kept under a name that leads elsewhere', async () => {
    for (const name of ['../outside', 'a/b', '.hidden', 'Alice', 'x'.repeat(65)])
      await refused(['cap', 'import', 'alice.cap', '--name', name], 2, 'NAME')
    await refused('cap forget ../keys/alice', 2, 'NAME')
    assert.ok(!existsSync(join(folder, '.promisegrid', 'outside.cap')))
  })

  test('is not kept when a character of its line is wrong', async () => {
    const { capability } = await done('cap export alice.cap --qr-text')
    const line = (capability as string).trimEnd()
    const mistyped = line.slice(0, -3) + (line.endsWith('000') ? '111' : '000')
    assert.match(await refused(['cap', 'import', mistyped, '--name', 'mistyped'], 2, 'FILE'), /check value/)
    await refused('cap show mistyped', 5, 'MISSING')
  })

  test('is not kept when its tokens are no chain', async () => {
    const lines = readFileSync(join(folder, 'bob.cap'), 'utf8').trimEnd().split('\n')
    writeFileSync(join(folder, 'turned.cap'), [lines[2], lines[1]].join('\n'))
    assert.match(await refused('cap import turned.cap --name turned', 2, 'FILE'), /does not narrow/)
    await refused('cap import nothing.cap --name nothing', 5, 'MISSING')
    writeFileSync(join(folder, 'empty.cap'), '')
    await refused('cap import empty.cap --name empty', 2, 'FILE')
  })

  test('with a hybrid in its chain is handed on as a file, and no QR code', async () => {
    await done('id new phone --algorithm hybrid')
    await done('cap issue --to phone --handler echo --out phone.cap')
    await done('cap delegate --cap phone.cap --to bob --out far.cap')
    assert.match(await refused('cap export far.cap --qr-text', 2, 'FILE'), /a QR code holds 4296/)
    await done('cap import far.cap --name far')
    assert.equal((await done('call echo --input - --cap far', { input: 'far' }))['text'], 'far')
  })

  test('that was damaged on the disk does not hide the others', async () => {
    await done('cap import alice.cap --name damaged')
    const path = join(folder, '.promisegrid', 'caps', 'damaged.cap')
    chmodSync(path, 0o600)
    writeFileSync(path, 'grid-capability:AAAA\n')
    const { capabilities } = await done('cap list')
    const found = capabilities as { readonly name: string; readonly error?: string }[]
    assert.deepEqual(
      found.filter(({ error }) => error !== undefined).map(({ name }) => name),
      ['damaged'],
    )
    assert.ok(found.length > 1)
  })
})
