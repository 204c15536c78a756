/** `grid encrypt` and `decrypt`: content for a name, a principal or the file somebody handed over. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { createHost } from '../index.ts'
import { CLI, grid, gridJson, gridProcess, temporaryFolder } from './grid.ts'
import type { Answer, Ran, RunOptions } from './grid.ts'

const folder = temporaryFolder()
const letter = Buffer.from([0, 1, 2, 0xff, ...Buffer.from('a letter\n')])
const json = (words: string, options: RunOptions = {}): ReturnType<typeof gridJson> =>
  gridJson(words.split(' '), { cwd: folder, ...options })
const raw = (words: string, options: RunOptions = {}): Promise<Ran> =>
  grid(words.split(' '), { cwd: folder, ...options })

/** A command that has to succeed. */
async function done(words: string, options: RunOptions = {}): Promise<Answer['result']> {
  const { exit, ok, result, error } = await json(words, options)
  assert.deepEqual([exit, ok, error], [0, true, undefined], words)
  return result
}

async function refused(words: string, exit: number, code: string, options: RunOptions = {}): Promise<string> {
  const found = await json(words, options)
  assert.deepEqual([found.exit, found.error?.code], [exit, code], words)
  return found.error?.fix ?? ''
}

before(async () => {
  writeFileSync(join(folder, 'letter'), letter)
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'pass'), 'correct horse')
  await done('init')
  await done('init --data there')
  await done('id new alice --algorithm hybrid')
  await done('id new bob')
  await done('id new carol --no-encryption-key')
  await done('id announce alice --out alice.keys')
})

describe('an announcement', () => {
  test('is one statement, however often it is asked for, and shown with the identity', async () => {
    const { seq, encryptionKey } = await done('id announce alice')
    assert.equal(seq, 1)
    const shown = await done('id show alice')
    assert.deepEqual(shown['encryptionKey'], encryptionKey)
    const statement = shown['statement'] as Record<string, unknown>
    assert.deepEqual([statement['seq'], statement['encryptionKeys']], [1, [encryptionKey]])
    const listed = (await done('id list'))['identities'] as Record<string, unknown>[]
    assert.deepEqual(
      listed.map(({ name, encryptionKey: key }) => [name, key !== undefined]),
      [
        ['alice', true],
        ['bob', true],
        ['carol', false],
        ['node', false],
        ['root', false],
      ],
    )
  })

  test('gives a key to whoever has none, also under a passphrase', async () => {
    await done('id new dave --no-encryption-key --data den --passphrase-file pass')
    await done('init --data den --passphrase-file pass')
    await refused('id announce dave --data den', 6, 'PASSPHRASE')
    await done('id announce dave --data den --passphrase-file pass')
    const { encrypted, encryptionKey } = await done('id show dave --data den')
    assert.ok(encrypted === true && encryptionKey !== undefined)
    await done('encrypt letter --to dave --data den --passphrase-file pass --out dave.sealed')
    await refused('decrypt dave.sealed --as dave --data den', 6, 'PASSPHRASE')
    const { base64 } = await done('decrypt dave.sealed --as dave --data den --passphrase-file pass')
    assert.deepEqual(Buffer.from(base64 as string, 'base64'), letter)
  })

  test('is for one grid, by one who is here', async () => {
    await refused('id announce nobody', 5, 'MISSING')
    await refused('id import alice.keys --data there', 3, 'GRID')
    await refused('id announce alice --out nowhere/file', 2, 'FILE')
    await refused('id announce alice --data nowhere', 5, 'MISSING')
  })
})

describe('content', () => {
  test('goes from a file to a file, for its owner alone, and back again as it was', async () => {
    await done('encrypt letter --to alice -o letter.sealed')
    await done('decrypt letter.sealed --as alice -o opened')
    assert.deepEqual(readFileSync(join(folder, 'opened')), letter)
    if (process.platform !== 'win32')
      for (const name of ['letter.sealed', 'opened'])
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  })

  test('goes from standard input to standard output, with nothing else on it', async () => {
    const sealed = await raw('encrypt --to alice', { input: letter })
    assert.equal(sealed.exit, 0)
    const opened = await raw('decrypt --as alice -', { input: sealed.stdout })
    assert.deepEqual([opened.exit, opened.stdout], [0, letter])
    const again = await raw('encrypt --to alice --out -', { input: letter })
    assert.deepEqual((await raw('decrypt --as alice --out -', { input: again.stdout })).stdout, letter)
  })

  test('may be empty, and is another every time', async () => {
    const encrypt = (): Promise<Ran> => gridProcess(['encrypt', 'empty', '--to', 'alice'], { cwd: folder })
    const [one, other] = await Promise.all([encrypt(), encrypt()])
    assert.notDeepEqual(one.stdout, other.stdout)
    const opened = await raw('decrypt --as alice', { input: one.stdout })
    assert.deepEqual([opened.exit, opened.stdout.length], [0, 0])
  })

  test('is for a principal, for the file it handed over, and for several at once', async () => {
    const { principal } = await done('id show alice')
    await done('id announce bob')
    for (const to of [`--to ${principal as string}`, '--to alice.keys', '--to bob --to alice']) {
      const { stdout } = await raw(`encrypt letter ${to}`)
      assert.deepEqual((await raw('decrypt --as alice', { input: stdout })).stdout, letter, to)
    }
  })

  test('at its largest passes, and a byte more does not', async () => {
    const large = Buffer.alloc(16 * 1024 * 1024, 7)
    const sealed = await raw('encrypt --to alice', { input: large })
    assert.equal(sealed.exit, 0)
    const opened = await raw('decrypt --as alice', { input: sealed.stdout })
    assert.ok(opened.stdout.equals(large))
    const more = await raw('encrypt --to alice', { input: Buffer.concat([large, Buffer.of(0)]) })
    assert.deepEqual([more.exit, more.stdout.length], [2, 0])
    assert.match(
      more.stderr,
      /^grid: FILE: standard input is too large: content to encrypt has at most 16\.0 MiB/,
    )
    const sealedMore = await raw('decrypt --as alice', { input: Buffer.alloc(16 * 1024 * 1024 + 65 * 1024) })
    assert.equal(sealedMore.exit, 2)
  })
})

describe('encryption is refused', () => {
  test('to one who has announced nothing, has no key, or is not known', async () => {
    assert.match(await refused('encrypt letter --to carol', 5, 'MISSING'), /id announce/)
    await refused('encrypt letter --to nobody', 5, 'MISSING')
    await refused('encrypt letter --to ./nobody.keys', 5, 'MISSING')
    const stranger = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
    await refused(`encrypt letter --to ${stranger}`, 5, 'MISSING')
    await refused('encrypt letter --to did:key:z6Mk', 3, 'KEY')
    await refused('encrypt letter', 2, 'USAGE')
    await refused('encrypt letter --to alice --to alice', 3, 'KEY')
    await refused('encrypt nothing --to alice', 5, 'MISSING')
  })

  test('by a file that is none, of several, of another grid, or that somebody has changed', async () => {
    writeFileSync(join(folder, 'text'), 'hello')
    await refused('encrypt letter --to text', 2, 'FILE')
    await refused('encrypt letter --to alice.keys --data there', 3, 'GRID')
    // By the word of the user that it is the newest, and no longer than this once.
    await done('encrypt letter --to alice.keys --other-grid --data there --out from-there')
    assert.deepEqual((await raw('decrypt from-there --as alice')).stdout, letter)
    await done('init --data elsewhere')
    const { principal } = await done('id show alice')
    await done('encrypt letter --to alice.keys --other-grid --data elsewhere --out from-elsewhere')
    await refused(`encrypt letter --to ${principal as string} --other-grid --data elsewhere`, 5, 'MISSING')
    const text = readFileSync(join(folder, 'alice.keys'), 'utf8')
    const [keySet = '', statement = ''] = text.split('\n')
    const at = statement.length - 9
    const changed = `${statement.slice(0, at)}${statement[at] === 'A' ? 'B' : 'A'}${statement.slice(at + 1)}`
    writeFileSync(join(folder, 'changed'), `${keySet}\n${changed}\n`)
    await refused('encrypt letter --to changed', 3, 'SIG')
    await refused('encrypt letter --to changed --other-grid --data there', 3, 'SIG')
    writeFileSync(join(folder, 'only-keys'), `${keySet}\n`)
    await refused('encrypt letter --to only-keys', 2, 'USAGE')
    await done('id announce bob --out bob.keys')
    writeFileSync(join(folder, 'both'), text + readFileSync(join(folder, 'bob.keys'), 'utf8'))
    await refused('encrypt letter --to both', 2, 'USAGE')
  })

  test('by a statement that a newer one has replaced', async () => {
    await done('id new erin')
    await done('id announce erin --out erin.keys')
    await using host = await createHost({ data: join(folder, '.promisegrid') })
    await host.stateKeys(await host.identity('erin'), {})
    await host.close()
    await refused('encrypt letter --to erin.keys', 3, 'CHAIN')
    await done('encrypt letter --to erin --out erin.sealed')
  })

  test('to one who has withdrawn, who still opens what was encrypted before, and may announce again', async () => {
    await done('id new grace')
    await done('id announce grace --out grace.keys')
    await done('encrypt letter --to grace --out before')
    const { seq, encryptionKey } = await done('id announce grace --withdraw --out grace.withdrawn')
    assert.deepEqual([seq, encryptionKey], [2, undefined])
    await refused('encrypt letter --to grace', 5, 'MISSING')
    await refused('encrypt letter --to grace.withdrawn', 5, 'MISSING')
    await refused('encrypt letter --to grace.keys', 3, 'CHAIN')
    assert.deepEqual((await raw('decrypt before --as grace')).stdout, letter)
    assert.equal((await done('id announce grace'))['seq'], 3)
    await done('encrypt letter --to grace --out after')
  })

  test('to one who is followed by another, whom it names', async () => {
    await done('id new frank')
    await done('id announce frank')
    const { successor } = (await done('id rotate frank --out frank.rotation')) as {
      successor: { principal: string }
    }
    const { error } = await json('encrypt letter --to frank')
    assert.equal(error?.code, 'CHAIN')
    assert.ok(error?.message.endsWith(successor.principal))
    // What follows has a key of its own, and has said so in the same step.
    await done(`encrypt letter --to ${successor.principal} --out frank.sealed`)
    const opened = await raw('decrypt frank.sealed --as frank-2')
    assert.deepEqual(opened.stdout, letter)
    const { statement } = (await done('id show frank')) as { statement: Record<string, unknown> }
    assert.deepEqual([statement['successor'], statement['isFollowed']], [successor.principal, true])
    const text = (await raw('id show frank-2')).stdout.toString()
    assert.match(text, /^predecessor +did:key:z6Mk\w+$/m)
  })
})

describe('decryption is refused', () => {
  test('to others, to whoever has no key, and to nobody', async () => {
    await done('encrypt letter --to alice --out for-alice')
    assert.match(await refused('decrypt for-alice --as bob', 3, 'KEY'), /--as/)
    assert.match(await refused('decrypt for-alice --as carol', 5, 'MISSING'), /id announce carol/)
    await refused('decrypt for-alice --as nobody', 5, 'MISSING')
    await refused('decrypt for-alice', 2, 'USAGE')
    await refused('decrypt nothing --as alice', 5, 'MISSING')
  })

  test('of what was changed, cut off, or is something else', async () => {
    await done('encrypt letter --to alice --out whole')
    const whole = readFileSync(join(folder, 'whole'))
    const cases: readonly (readonly [Buffer, number, RegExp])[] = [
      [Buffer.from(whole.with(70, (whole[70] ?? 0) ^ 1)), 3, /^SIG$/],
      [Buffer.from(whole.with(-1, (whole.at(-1) ?? 0) ^ 1)), 3, /^SIG$/],
      [Buffer.from(whole.with(12, (whole[12] ?? 0) ^ 1)), 3, /^(SIG|SHAPE|ALG|CANON|DECODE)$/],
      [whole.subarray(0, -1), 3, /^DECODE$/],
      [Buffer.concat([whole, Buffer.of(0)]), 3, /^DECODE$/],
      [letter, 3, /^(DECODE|SHAPE)$/],
      [Buffer.alloc(0), 2, /^FILE$/],
    ]
    for (const [content, exit, code] of cases) {
      const found = await raw('decrypt --as alice', { input: content })
      assert.deepEqual([found.exit, found.stdout.length], [exit, 0])
      assert.match(/^grid: ([A-Z_]+): /.exec(found.stderr)?.[1] ?? '', code)
    }
    await refused('decrypt whole --as alice --out nowhere/file', 2, 'FILE')
  })
})

const hasTerminals = process.platform === 'linux' && existsSync('/usr/bin/script')

describe('on a screen', { skip: hasTerminals ? false : 'there is no program to make a terminal' }, () => {
  test('nothing is encrypted to it but by --out -', async () => {
    const without = await onTerminal('encrypt letter --to alice')
    assert.equal(without.exit, 2)
    assert.match(
      without.screen,
      /^grid: USAGE: encrypted content is no text, and standard output is a screen/,
    )
    const asked = await onTerminal('encrypt letter --to alice --out -')
    assert.equal(asked.exit, 0)
    assert.match(asked.screen, /promisegrid-encrypted\+cose/)
  })

  test('what was opened is shown when it is text, and never obeyed', async () => {
    writeFileSync(join(folder, 'loud'), 'title \u001b]0;owned\u0007\n')
    await done('encrypt loud --to alice --out loud.sealed')
    const { screen } = await onTerminal('decrypt loud.sealed --as alice')
    assert.match(screen, /title \\u\{1b\}\]0;owned\\u\{7\}/)
    await done('encrypt letter --to alice --out letter.sealed')
    assert.match((await onTerminal('decrypt letter.sealed --as alice')).screen, /13 bytes that are not text/)
  })
})

/** Runs `grid` with a screen for its output. */
function onTerminal(words: string): Promise<{ readonly exit: number | null; readonly screen: string }> {
  const child = spawn('/usr/bin/script', ['-qec', `"${process.execPath}" "${CLI}" ${words}`, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'dumb', SHELL: '/bin/sh' },
  })
  let screen = ''
  child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString('latin1')))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve({ exit, screen }))
  })
}
