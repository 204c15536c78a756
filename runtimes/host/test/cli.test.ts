/** `grid` from the outside: what it does, what it prints, what it exits with. */
import assert from 'node:assert/strict'
import { exec } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'

import { createHost } from '../index.ts'
import { CLI, documentOf, grid, gridJson, gridProcess, temporaryFolder } from './grid.ts'
import type { Answer, Ran } from './grid.ts'

const WORD_INDEX = fileURLToPath(new URL('../../../handlers/word-index/word-index.wasm', import.meta.url))
/** A reactor that asks its host for state. */
const TALLY = fileURLToPath(new URL('../../../examples/15-state-handler/tally.wasm', import.meta.url))
const TEXT = 'the tide, the moon and the harbour\n'
/** Retitles the window of a terminal that obeys it. */
const ESCAPE = '\u001b]0;owned\u0007'

const shell = promisify(exec)
const folder = temporaryFolder()
const at = (...words: string[]): Promise<Ran> => grid(words, { cwd: folder })
const json = (...words: string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })
/** The same in a process of its own. */
const apart = async (...words: string[]): ReturnType<typeof gridJson> =>
  documentOf(await gridProcess([...words, '--json'], { cwd: folder }))

/** A command that has to succeed. */
async function done(...words: string[]): Promise<Answer['result']> {
  const { exit, ok, result, error } = await json(...words)
  assert.deepEqual([exit, ok, error], [0, true, undefined], words.join(' '))
  return result
}

before(async () => {
  writeFileSync(join(folder, 'text.txt'), TEXT)
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'large'), Buffer.alloc(33 * 1024 * 1024))
  mkdirSync(join(folder, 'directory'))
  mkdirSync(join(folder, 'occupied'))
  writeFileSync(join(folder, 'occupied/store'), '')
  await done('init', '--name', 'test')
  await done('id', 'new', 'alice')
  await done('id', 'new', 'bob', '--algorithm', 'p256')
  await done('deploy', WORD_INDEX, '--methods', 'run,top', '--name', 'word-index', '--memory', '16MiB')
  await done(
    'cap',
    'issue',
    '--to',
    'alice',
    '--handler',
    'word-index',
    '--fuel',
    '10_000_000',
    '--out',
    'alice.cap',
  )
  await done(...'cap delegate --cap alice.cap --to bob --methods top --expires 10m --out bob.cap'.split(' '))
})

/** A folder in which the compiled program is called `grid`. */
async function binWithGrid(): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'grid'), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, { mode: 0o755 })
  return bin
}

/** The commands of the help text, without what is said about them. */
function firstRound(help: string): string[] {
  const [, round = ''] = /A first round:\n((?: {2}.+\n)+)/.exec(help) ?? []
  return round
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {3,}/)[0] ?? '')
}

describe('the main path', () => {
  test('init under another name says that the grid keeps its own', async () => {
    const { stdout } = await at('init', '--name', 'other')
    assert.match(stdout.toString(), /^there is a grid here already, called "test"; nothing was founded/)
  })

  test('init again tells what is there and founds nothing', async () => {
    const first = await done('init')
    const second = await done('init', '--name', 'other')
    assert.deepEqual(second, first)
    assert.equal(first['name'], 'test')
    assert.equal(first['isNew'], false)
    assert.deepEqual(first['identities'], ['alice', 'bob', 'node', 'root'])
  })

  test('id lists and shows principals, never a secret', async () => {
    const { identities } = (await done('id', 'list')) as { identities: { name: string; principal: string }[] }
    assert.deepEqual(
      identities.map(({ name }) => name),
      ['alice', 'bob', 'node', 'root'],
    )
    const { keys, ...shown } = await done('id', 'show', 'bob')
    assert.deepEqual(shown, { ...identities[1], algorithm: 'ESP256' })
    const [{ coseKey = '', thumbprint = '' } = {}] = keys as { coseKey: string; thumbprint: string }[]
    assert.match(coseKey, /^\{1: 2, 3: -9, -1: 1, -2: h'[0-9a-f]{64}', -3: h'[0-9a-f]{64}'\}$/)
    assert.match(thumbprint, /^[0-9a-f]{64}$/)
    const byPrincipal = await done('id', 'show', shown['principal'] as string)
    assert.deepEqual(byPrincipal, { principal: shown['principal'], keys })
    assert.equal(
      (await at('id', 'export', 'bob', '--public')).stdout.toString(),
      `${shown['principal'] as string}\n`,
    )
    const { keys: secrets } = JSON.parse(
      readFileSync(join(folder, '.promisegrid/keys/bob.json'), 'utf8'),
    ) as { keys: { secret: string }[] }
    const secret = secrets[0]?.secret ?? ''
    assert.equal(secret.length, 43)
    for (const words of [['id', 'list'], ['id', 'show', 'bob'], ['init']])
      assert.ok(!(await at(...words)).stdout.includes(secret))
  })

  test('call writes the bytes of the result to stdout and nothing else', async () => {
    const { exit, stdout, stderr } = await grid(['call', 'echo', '--input', '-'], {
      cwd: folder,
      input: ESCAPE,
    })
    assert.deepEqual([exit, stdout.toString()], [0, ESCAPE])
    assert.match(stderr, /^kept: /)
  })

  test('a delegated capability is used by its holder, found by its key', async () => {
    const result = await done('call', 'word-index', 'top', '--input', 'text.txt', '--cap', 'bob.cap')
    const answer = JSON.parse(result['text'] as string) as { index: unknown[] }
    assert.deepEqual(answer.index[0], { word: 'the', count: 3, on: 1, lines: [1] })
    assert.ok((result['fuel'] as number) > 0)
  })

  test('content is put, passed by CID, got again, and written to a file', async () => {
    const { cid } = (await done('block', 'put', 'text.txt')) as { cid: string }
    const by = await done('call', 'word-index', 'top', '--input-cid', cid)
    assert.equal(by['status'], 'kept')
    assert.equal((await at('block', 'get', cid)).stdout.toString(), TEXT)
    assert.equal((await at('block', 'get', CID.parse(cid).toString(base58btc))).stdout.toString(), TEXT)
    await done('block', 'get', cid, '--out', 'again.txt')
    assert.equal(readFileSync(join(folder, 'again.txt'), 'utf8'), TEXT)
  })

  test('content larger than a block comes back as it was', async () => {
    const content = Buffer.alloc(3 * 1024 * 1024, 'harbour ')
    const put = await gridJson(['block', 'put', '-'], { cwd: folder, input: content })
    const { stdout } = await at('block', 'get', put.result['cid'] as string)
    assert.equal(Buffer.compare(stdout, content), 0)
  })

  test('the store handler keeps a value under a space and a method at a time', async () => {
    await done('call', 'store', 'put', '--space', 'notes/', '--arg', 'key=tea', '--arg', 'value=@text.txt')
    const { stdout } = await at('call', 'store', 'get', '--space', 'notes/', '--arg', 'key=tea', '--cbor')
    assert.equal(stdout.toString(), `h'${Buffer.from(TEXT).toString('hex')}'\n`)
  })

  test('a kept message is shown, verified, explained, and sent again for the same reply', async () => {
    await done(...'call word-index top --input text.txt --cap bob.cap --message m --reply r'.split(' '))
    const shown = await done('message', 'show', 'm')
    assert.equal(shown['signature'], 'verified')
    assert.equal((shown['claims'] as { method: string }).method, 'top')
    assert.match(shown['notation'] as string, /^\[\n {2}"grid",/)
    assert.equal((await done('message', 'verify', 'm'))['verified'], true)
    assert.equal((await done('cap', 'explain', 'm'))['wouldRun'], true)
    const sent = await done('message', 'send', 'm')
    assert.equal(sent['status'], 'kept')
    assert.equal((await done('message', 'show', 'r'))['signature'], 'verified')
  })

  test('cap show tells every link of a chain, without a data folder', async () => {
    const { result } = await gridJson(['cap', 'show', join(folder, 'bob.cap')])
    const chain = result['chain'] as { methods: string[]; caveats: unknown; id: string; parent: string }[]
    assert.deepEqual(
      chain.map(({ methods }) => methods),
      [['*'], ['top']],
    )
    assert.equal(chain[1]?.parent, chain[0]?.id)
    assert.deepEqual(chain[1]?.caveats, { budget: { fuel: 10_000_000 } })
  })

  test('cap explain makes the message a capability is for, and names each link and rule', async () => {
    const explained = await done('cap', 'explain', 'bob.cap')
    const checks = explained['checks'] as { link?: number; rule: string; pass: boolean }[]
    assert.deepEqual(new Set(checks.map(({ link }) => link)), new Set([undefined, 0, 1, 2]))
    assert.ok(checks.every(({ pass }) => pass))
    const refused = await json('cap', 'explain', 'bob.cap', '--method', 'run')
    assert.equal(refused.exit, 3)
    const { code, link, rule, fix } = refused.error ?? {}
    assert.deepEqual([code, link, rule], ['METHOD', 2, 'capability.md#methods'])
    assert.match(fix ?? '', /issuer of the named link/)
    const { stdout } = await at('cap', 'explain', 'bob.cap', '--method', 'run')
    assert.match(
      stdout.toString(),
      /link 2[\s\S]+FAIL {2}capability\.md#methods +METHOD: asked for "run", granted top/,
    )
  })

  test('cap explain takes the method the handler has when the capability grants every one', async () => {
    await done(...'cap issue --to alice --handler echo --out echo.cap'.split(' '))
    assert.equal((await done('cap', 'explain', 'echo.cap'))['method'], 'echo')
    assert.equal((await done('cap', 'explain', 'alice.cap'))['method'], 'run')
  })

  test('cap explain names the links of a refused chain, writes times as dates, and says who holds it', async () => {
    const { stdout, stderr } = await at('cap', 'explain', 'bob.cap', '--as', 'alice')
    const text = stdout.toString()
    assert.match(text, /^this node would refuse it: POP\n/)
    assert.match(text, /^[├└]─ link 2, alice → bob: handler word-index, top$/m)
    assert.match(text, /exp \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, now /)
    assert.match(stderr, /\nfix: it is held by bob: call with --as bob\n$/)
  })

  test('cap show keeps files apart', async () => {
    const { files } = (await done('cap', 'show', 'alice.cap', 'bob.cap')) as {
      files: { file: string; chain: unknown[] }[]
    }
    assert.deepEqual(
      files.map(({ file, chain }) => [file, chain.length]),
      [
        ['alice.cap', 1],
        ['bob.cap', 2],
      ],
    )
    const { stdout } = await at('cap', 'show', 'alice.cap', 'bob.cap')
    assert.match(stdout.toString(), /^alice\.cap\n {2}capability\n[\s\S]+\n\nbob\.cap\n {2}link 1 of 2\n/)
  })

  test('handler list names every handler with its CID and methods', async () => {
    const { handlers } = (await done('handler', 'list')) as {
      handlers: { name: string; protocol: string; methods: string[] }[]
    }
    const found = handlers.find(({ name }) => name === 'word-index')
    assert.deepEqual(found?.methods, ['run', 'top'])
    assert.equal((await done('call', found.protocol, 'top', '--input', 'text.txt'))['status'], 'kept')
  })

  test('call takes the one method a capability grants', async () => {
    const { stdout } = await at('call', 'word-index', '--input', 'text.txt', '--cap', 'bob.cap')
    assert.equal((JSON.parse(stdout.toString()) as { words: number }).words, 7)
  })

  test('clock accept says what time it is', async () => {
    const { now } = (await done('clock', 'accept')) as { now: number }
    assert.ok(now > 1_600_000_000)
  })

  test('capability files are open to their owner alone', { skip: process.platform === 'win32' }, () => {
    assert.equal(statSync(join(folder, 'alice.cap')).mode & 0o777, 0o600)
  })
})

describe('help', () => {
  test('begins with a round that works, line by line, in an empty folder', async () => {
    const cwd = join(folder, 'round')
    mkdirSync(cwd)
    const bin = await binWithGrid()
    const lines = firstRound((await at('--help')).stdout.toString())
    assert.ok(lines.length >= 6)
    for (const line of lines) await shell(line, { cwd, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } })
  })

  test('lists every command, examples and every exit code', async () => {
    const { exit, stdout } = await at('--help')
    assert.equal(exit, 0)
    const text = stdout.toString()
    for (const word of ['demo', 'init', 'id', 'deploy', 'call', 'cap', 'base', 'message', 'clock', '--json'])
      assert.match(text, new RegExp(`^ +${word}\\b`, 'm'))
    for (const exitCode of [0, 1, 2, 3, 4, 5, 6, 130])
      assert.match(text, new RegExp(`^ +${exitCode} {2}\\w`, 'm'))
    assert.ok(text.split('\n').every((line) => line.length <= 100))
  })

  test('of a command has an example', async () => {
    for (const words of [['call'], ['deploy'], ['cap', 'issue'], ['cap', 'delegate'], ['demo'], ['init']])
      assert.match((await at(...words, '--help')).stdout.toString(), /Examples?:\n {2}grid /)
  })

  test('is a document too with --json', async () => {
    assert.match((await json('call', '--help')).result['help'] as string, /Usage: grid call/)
  })
})

test('deploys a module with what it asks of its host', async () => {
  const words = 'deploy --entry reactor --methods vote,votes --effects --imports state'.split(' ')
  const deployed = await done(...words, TALLY)
  assert.deepEqual(deployed?.['imports'], ['state'])
})

describe('refuses by exit code and code', () => {
  const cases: readonly (readonly [title: string, exit: number, code: string, words: readonly string[]])[] = [
    ['no command', 2, 'USAGE', []],
    ['an unknown command', 2, 'USAGE', ['frobnicate']],
    ['an unknown option', 2, 'USAGE', ['call', 'echo', '--inputt', 'x']],
    ['a missing argument', 2, 'USAGE', ['deploy']],
    ['a secret that is to be exported', 2, 'USAGE', ['id', 'export', 'alice']],
    ['a principal that is none', 2, 'USAGE', ['id', 'show', 'did:key:z6Mk']],
    ['an option of the wrong kind', 2, 'USAGE', ['deploy', WORD_INDEX, '--fuel', 'much']],
    ['a reactor without methods', 2, 'USAGE', ['deploy', WORD_INDEX, '--entry', 'reactor']],
    ['two inputs at once', 2, 'USAGE', ['call', 'echo', '--input', 'text.txt', '--arg', 'a=b']],
    ['no method where there are several', 2, 'USAGE', ['call', 'word-index']],
    ['text that is no CID', 2, 'USAGE', ['block', 'get', 'bafy']],
    ['a file that is not there', 5, 'MISSING', ['deploy', 'nowhere.wasm']],
    ['a directory', 2, 'FILE', ['call', 'echo', '--input', 'directory']],
    ['an empty module', 2, 'FILE', ['deploy', 'empty']],
    ['a module that is too large', 2, 'FILE', ['deploy', 'large']],
    ['an input that is too large', 2, 'FILE', ['call', 'echo', '--input', 'large']],
    ['an endless input', 2, 'FILE', ['block', 'put', '/dev/zero']],
    ['a file that is no module', 3, 'ADMIT', ['deploy', 'text.txt']],
    [
      'a module without the functions it is to have',
      3,
      'ADMIT',
      ['deploy', WORD_INDEX, '--entry', 'reactor', '--methods', 'a'],
    ],
    [
      'a module that asks its host for what it is not to have',
      3,
      'ADMIT',
      ['deploy', TALLY, '--entry', 'reactor', '--methods', 'vote', '--effects', '--imports', 'block'],
    ],
    [
      'a pure handler that is to ask for state',
      3,
      'ADMIT',
      ['deploy', TALLY, '--entry', 'reactor', '--methods', 'vote', '--imports', 'state'],
    ],
    ['a name nobody can have', 2, 'NAME', ['id', 'new', '../x']],
    ['a name that is taken', 2, 'NAME', ['id', 'new', 'alice']],
    ['the name of a built-in handler', 2, 'NAME', ['deploy', WORD_INDEX, '--name', 'echo']],
    ['an identity that is not here', 5, 'MISSING', ['call', 'echo', '--as', 'carol']],
    ['a handler that is not here', 5, 'MISSING', ['call', 'eco']],
    [
      'a block that is not here',
      5,
      'MISSING',
      ['block', 'get', 'bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu'],
    ],
    [
      'input by a CID that is not here',
      5,
      'MISSING',
      ['call', 'echo', '--input-cid', 'bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu'],
    ],
    ['a file that is no capability', 2, 'FILE', ['cap', 'show', 'text.txt']],
    [
      'a method the handler lacks',
      3,
      'UNKNOWN_METHOD',
      ['call', 'word-index', 'bottom', '--input', 'text.txt'],
    ],
    [
      'a method that is not granted',
      3,
      'METHOD',
      ['call', 'word-index', 'run', '--input', 'text.txt', '--cap', 'bob.cap'],
    ],
    [
      'a capability that is another one’s',
      3,
      'POP',
      ['call', 'word-index', 'top', '--cap', 'bob.cap', '--as', 'alice'],
    ],
    [
      'more than was held',
      3,
      'EXCESS',
      ['cap', 'delegate', '--cap', 'bob.cap', '--to', 'alice', '--methods', 'run'],
    ],
    [
      'too little fuel',
      3,
      'BUDGET_FUEL',
      ['call', 'word-index', 'top', '--input', 'text.txt', '--cap', 'poor.cap'],
    ],
    [
      'a capability past its time',
      4,
      'EXPIRED',
      ['call', 'word-index', 'top', '--input', 'text.txt', '--cap', 'old.cap'],
    ],
    ['bytes that are no message', 3, 'DECODE', ['message', 'verify', 'text.txt']],
    ['a folder without a grid', 5, 'MISSING', ['call', 'echo', '--data', 'directory']],
    ['a data folder without a name', 2, 'USAGE', ['init', '--data', '']],
    ['a folder where none can be made', 6, 'DATA', ['init', '--data', '/proc/none']],
    ['keys where no folder can be made', 6, 'DATA', ['id', 'new', 'dora', '--data', '/proc/none']],
    ['a store that is a file', 6, 'DATA', ['init', '--data', 'occupied']],
    ['a data folder that is a file', 6, 'DATA', ['init', '--data', 'text.txt/x']],
  ]

  before(async () => {
    await done(...'cap issue --to alice --handler word-index --expires 1s --out old.cap'.split(' '))
    await sleep(1_000)
    await done(...'cap issue --to alice --handler word-index --fuel 1000 --out poor.cap'.split(' '))
  })

  for (const [title, exit, code, words] of cases) {
    test(
      title,
      { skip: words.some((word) => /^\/(dev|proc)\//.test(word) && !existsSync(dirname(word))) },
      async () => {
        const refused = await json(...words)
        assert.deepEqual([refused.exit, refused.ok, refused.error?.code], [exit, false, code])
      },
    )
  }

  test('in text: one line for what is wrong, one for what helps, nothing on stdout, no stack', async () => {
    for (const words of [
      ['deploy', 'directory'],
      ['call', 'echo', '--as', 'carol'],
      ['call', 'eco'],
    ]) {
      const { stdout, stderr } = await at(...words)
      assert.equal(stdout.length, 0)
      assert.match(stderr, /^grid: [A-Z_]+: .+\nfix: .+\n$/)
    }
  })

  test('a message with one bit changed', async () => {
    await done(...'call echo --input text.txt --message whole'.split(' '))
    const bytes = readFileSync(join(folder, 'whole'))
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1
    writeFileSync(join(folder, 'changed'), bytes)
    assert.equal((await json('message', 'verify', 'changed')).error?.code, 'SIG')
    const sent = await json('message', 'send', 'changed')
    assert.deepEqual([sent.exit, sent.error?.code, sent.result['signed']], [3, 'SIG', false])
  })

  test('a capability with one bit changed, naming its line', async () => {
    const text = readFileSync(join(folder, 'bob.cap'), 'utf8').trimEnd()
    const other = text.endsWith('A') ? 'E' : 'A'
    writeFileSync(join(folder, 'changed.cap'), `${text.slice(0, -1)}${other}\n`)
    const { exit, error } = await json('cap', 'show', 'changed.cap')
    assert.equal(exit, 2)
    assert.match(error?.message ?? '', /^changed\.cap: line 3 is no capability: /)
  })

  test('a data folder that somebody else has open', async () => {
    const other = join(folder, 'open')
    await using _host = await createHost({ data: other })
    const { exit, error } = await apart('call', 'echo', '--data', other, '--wait', '0')
    assert.deepEqual([exit, error?.code], [6, 'LOCKED'])
    assert.match(error?.fix ?? '', /--wait/)
  })

  test('a data folder that somebody closes in time is waited for', async () => {
    const results = await Promise.all(
      [1, 2, 3].map(() => apart('call', 'echo', '--arg', 'a=b', '--wait', '60s')),
    )
    assert.deepEqual(
      results.map(({ exit, error }) => [exit, error]),
      results.map(() => [0, undefined]),
    )
  })

  test('an output that is full, in one line', { skip: !existsSync('/dev/full') }, async () => {
    const run = shell(`"${process.execPath}" "${CLI}" id list > /dev/full`, { cwd: folder })
    await assert.rejects(run, (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 2)
      assert.match(error.stderr, /^grid: FILE: standard output cannot be written: ENOSPC\nfix: .+\n$/)
      return true
    })
  })

  test('a store that is damaged', async () => {
    const other = join(folder, 'damaged')
    await done('init', '--data', other)
    writeFileSync(join(other, 'store/level/CURRENT'), 'nothing\n')
    const { exit, error } = await json('call', 'echo', '--data', other)
    assert.deepEqual([exit, error?.code], [6, 'CORRUPT'])
    assert.match(error?.message ?? '', /damaged: CURRENT names no manifest/)
  })

  test('a key file that others can read', { skip: process.platform === 'win32' }, async () => {
    const other = join(folder, 'shared')
    await done('init', '--data', other)
    chmodSync(join(other, 'keys/root.json'), 0o640)
    const { exit, error } = await json('call', 'echo', '--data', other)
    assert.deepEqual([exit, error?.code], [6, 'KEY_FILE'])
    assert.match(error?.fix ?? '', /chmod 600/)
  })
})

describe('tells', () => {
  test('mistakes in the arguments in words of its own', async () => {
    const cases: readonly (readonly [words: readonly string[], message: RegExp])[] = [
      [['deploy'], /^<file> is missing$/],
      [
        ['block', 'get', 'x'],
        /^<cid> cannot be "x": it is a CID, version 1, in base32 or another usual base$/,
      ],
      [['call', 'echo', '--expires', 'soon'], /^--expires cannot be "soon": it is a time such as 90s/],
      [['call', 'echo', '--inputt', 'x'], /^there is no option --inputt \(Did you mean --input\?\)$/],
      [['frobnicate'], /^there is no command "frobnicate"$/],
      [['cap', 'issue'], /^--to <holder> is missing$/],
      [['id', 'list', 'x', 'y'], /^it takes 0, not 2 words$/],
      [['call', 'echo', '--out'], /^--out <file> needs a value$/],
      [['id', 'new', 'x', '--algorithm', 'RSA'], /^--algorithm cannot be "RSA": Allowed choices are/],
    ]
    for (const [words, message] of cases) {
      const { exit, error } = await json(...words)
      assert.equal(exit, 2)
      assert.match(error?.message ?? '', message)
    }
  })

  test('that --cbor shows a result in CBOR, and only then', async () => {
    await done('call', 'store', 'put', '--space', 'notes/', '--arg', 'key=sea', '--arg', 'value=@text.txt')
    const list = ['call', 'store', 'list', '--space', 'notes/', '--arg', 'prefix=', '--arg', 'limit:=9']
    assert.match((await at(...list)).stderr, /; --cbor shows it as text\n$/)
    assert.doesNotMatch((await at(...list, '--cbor')).stderr, /--cbor/)
    assert.doesNotMatch((await at('call', 'echo', '--input', 'text.txt')).stderr, /--cbor/)
  })

  test('the verdict on a message first, its notation in short, and whole with --full', async () => {
    await done(...'call word-index top --input text.txt --cap bob.cap --message long'.split(' '))
    const [short, full] = [await at('message', 'show', 'long'), await at('message', 'show', 'long', '--full')]
    assert.match(short.stdout.toString(), /^signature +holds\n[\s\S]+…/)
    assert.match(full.stdout.toString(), /^signature +holds\n/)
    assert.ok(!full.stdout.toString().includes('…') && full.stdout.length > short.stdout.length)
  })

  test('a failure in JSON without an empty result', async () => {
    assert.ok(!('result' in (await json('call', 'eco'))))
  })
})

describe('the terminal', () => {
  test('is shown control characters of others, and never sent them', async () => {
    for (const words of [
      ['id', 'show', ESCAPE],
      ['deploy', ESCAPE],
      ['call', ESCAPE],
      ['call', 'echo', ESCAPE],
      ['init', '--data', 'named', '--name', ESCAPE],
      [ESCAPE],
    ]) {
      const { stdout, stderr } = await at(...words)
      assert.ok(!`${stdout.toString()}${stderr}`.includes('\u001b'), words.join(' '))
    }
    await grid(['call', 'echo', ESCAPE, '--message', 'hostile'], { cwd: folder })
    const { stdout } = await at('message', 'show', 'hostile')
    assert.ok(!stdout.includes('\u001b') && stdout.includes('\\u001b'))
  })

  test('gets no colour where it is none', async () => {
    assert.ok(!(await at('cap', 'show', 'bob.cap')).stdout.includes('\u001b'))
  })
})

test('paths are those of the user when npm runs the command elsewhere', async () => {
  const cwd = tmpdir()
  const env = { INIT_CWD: folder, npm_package_json: join(cwd, 'package.json') }
  const { exit, stdout } = await grid(['call', 'echo', '--input', 'text.txt'], { cwd, env })
  assert.deepEqual([exit, stdout.toString()], [0, TEXT])
})

test('and those of the folder it is started in, where a script of npm went there', async () => {
  const env = { INIT_CWD: tmpdir(), npm_package_json: join(tmpdir(), 'package.json') }
  const { exit, stdout } = await grid(['call', 'echo', '--input', 'text.txt'], { cwd: folder, env })
  assert.deepEqual([exit, stdout.toString()], [0, TEXT])
})

test('--debug shows where a failure came from, and only then', async () => {
  assert.match((await at('call', 'eco', '--debug')).stderr, /\n {4}at /)
  assert.doesNotMatch((await at('call', 'eco')).stderr, /\n {4}at /)
})
