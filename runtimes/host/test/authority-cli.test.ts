/** `grid audit`, `grid cap graph` and `grid cap explain` from the outside: who did what, who may, and why not. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { createHost } from '../index.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Answer, Ran } from './grid.ts'

const folder = temporaryFolder()
const at = (...words: string[]): Promise<Ran> => grid(words, { cwd: folder })
const json = (...words: string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })

/** A command that has to succeed. */
async function done(...words: string[]): Promise<Answer['result']> {
  const { exit, result, error } = await json(...words)
  assert.deepEqual([exit, error], [0, undefined], words.join(' '))
  return result
}

interface Entry {
  readonly method: string
  readonly chain: readonly string[]
  readonly outcome: { readonly status: string; readonly code?: string }
}

const entriesOf = async (...words: string[]): Promise<readonly Entry[]> =>
  (await done('audit', ...words))['entries'] as Entry[]

before(async () => {
  await done('init', '--name', 'test')
  for (const name of ['alice', 'bob']) await done('id', 'new', name)
  await done(...'cap issue --to alice --handler echo --fuel 1000 --out alice.cap'.split(' '))
  await done(...'cap delegate --cap alice.cap --to bob --expires 10m --out bob.cap'.split(' '))
  writeFileSync(join(folder, 'text'), 'hello')
  for (const cap of ['alice', 'bob']) await done(...`call echo --input text --cap ${cap}.cap`.split(' '))
  await done(...'call store put --space notes/ --arg key=tea --arg value=cup'.split(' '))
  assert.equal(
    (await json(...'call store get --space notes/ --arg key=tea --cap bob.cap'.split(' '))).exit,
    3,
  )
})

describe('grid audit', () => {
  test('lists what was done, the newest last, and what was refused', async () => {
    const entries = await entriesOf()
    assert.deepEqual(
      entries.map(({ method, outcome }) => [method, outcome.code ?? outcome.status]),
      [
        ['echo', 'kept'],
        ['echo', 'kept'],
        ['put', 'kept'],
        ['get', 'RESOURCE'],
      ],
    )
    const { stdout } = await at('audit')
    const lines = stdout.toString().trimEnd().split('\n')
    assert.equal(lines.length, 4)
    assert.match(
      lines[1] ?? '',
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC {2}bob +echo echo +kept, \d+ fuel +under baf/,
    )
  })

  test('finds what one sender, one handler and one token did', async () => {
    const [own = '', passed = ''] = ((await done('cap', 'show', 'bob.cap'))['chain'] as { id: string }[]).map(
      ({ id }) => id,
    )
    assert.equal((await entriesOf('--by', 'alice')).length, 1)
    assert.equal((await entriesOf('--by', 'bob')).length, 2)
    assert.equal((await entriesOf('--handler', 'store')).length, 2)
    assert.equal((await entriesOf('--token', own)).length, 3)
    assert.equal((await entriesOf('--token', passed)).length, 2)
    assert.equal((await entriesOf('--token', passed, '--by', 'alice')).length, 0)
    assert.equal((await entriesOf('--since', '1h')).length, 4)
    assert.equal((await done('audit', '--limit', '1'))['isCut'], true)
    assert.deepEqual(
      (await entriesOf('--limit', '1')).map(({ method }) => method),
      ['get'],
    )
  })

  for (const words of [
    '--token nonsense',
    '--by nobody',
    '--by bearer',
    '--since soon',
    '--limit -1',
    'verify --checkpoint 1',
  ])
    test(`takes no ${words}`, async () => {
      const { exit, error } = await json('audit', ...words.split(' '))
      assert.ok(exit === 2 || exit === 5, `${exit}`)
      assert.ok((error?.fix ?? '').length > 0)
    })

  test('verify says that the log is whole, from a checkpoint on as well', async () => {
    const { holds, entries, checkpoint } = await done('audit', 'verify')
    assert.deepEqual([holds, entries], [true, 4])
    assert.match(checkpoint as string, /^\d+:[0-9a-f]{64}$/)
    assert.equal((await done('audit', 'verify', '--checkpoint', checkpoint as string))['holds'], true)
    const other = `${(checkpoint as string).slice(0, -1)}${(checkpoint as string).endsWith('0') ? '1' : '0'}`
    const { exit, error } = await json('audit', 'verify', '--checkpoint', other)
    assert.deepEqual([exit, error?.code], [6, 'CORRUPT'])
  })

  test('verify names what was done to the log', async () => {
    const copy = temporaryFolder()
    await gridJson(['init'], { cwd: copy })
    await gridJson('call store put --space notes/ --arg key=tea --arg value=cup'.split(' '), { cwd: copy })
    {
      await using host = await createHost({ data: join(copy, '.promisegrid') })
      await host.store.transact((transaction) => transaction.delete('.audit', new Uint8Array(8)))
    }
    const { exit, stdout, stderr } = await grid(['audit', 'verify'], { cwd: copy })
    assert.equal(exit, 6)
    assert.match(stdout.toString(), /^page 0 missing: /)
    assert.match(stderr, /^grid: CORRUPT: the audit log is not what was sealed/)
    await rm(copy, { recursive: true })
  })
})

describe('grid cap graph', () => {
  test('draws what is kept and what is in files, as lines', async () => {
    const { stdout } = await at('cap', 'graph', 'bob.cap')
    const text = stdout.toString()
    assert.match(text, /^node\n└─ root: everything of node: every method/)
    assert.match(text, /^ {3}└─ alice: handler echo/m)
    assert.match(text, /^ {6}└─ bob: handler echo/m)
  })

  test('is data with --json, and without the bytes of a token', async () => {
    await done(...'cap issue --to bearer --handler echo --out bearer.cap'.split(' '))
    const graph = await done('cap', 'graph', 'bearer.cap')
    assert.equal((graph['edges'] as object[]).length, 2)
    const { stdout } = await at('cap', 'show', 'bearer.cap')
    const id = /id +(\S+)/.exec(stdout.toString())?.[1] ?? 'none'
    assert.ok(JSON.stringify(graph).includes(id))
    assert.doesNotMatch(JSON.stringify(graph), /grid-capability:|bytes|nonce/)
  })

  test('says what restricts a token in the words of `grid cap show`', async () => {
    await done(
      ...'cap issue --to bearer --handler echo --calls 1 --rate 3/1m --final --out few.cap'.split(' '),
    )
    const shown = (await at('cap', 'show', 'few.cap')).stdout.toString()
    const drawn = (await at('cap', 'graph', 'few.cap')).stdout.toString().replace(/\s+/g, ' ')
    assert.match(shown, /^ *restricted +at most 1 call in all$/m)
    for (const words of ['at most 1 call in all', 'at most 3 calls every 60 s', 'not to be delegated'])
      assert.ok(shown.includes(words) && drawn.includes(words), words)
  })

  test('is a picture for Graphviz or for a browser', async () => {
    const dot = (await at('cap', 'graph', '--dot', 'bob.cap')).stdout.toString()
    assert.match(dot, /^digraph capabilities \{\n[\s\S]+n0 -> n1 \[[\s\S]+\}\n$/)
    const svg = (await at('cap', 'graph', '--svg', 'bob.cap')).stdout.toString()
    assert.match(svg, /^<svg [\s\S]+<\/svg>\n$/)
    assert.match(svg, /3\. alice → bob: handler echo/)
  })

  test('takes neither two pictures at once, nor a file that is not there', async () => {
    assert.equal((await json('cap', 'graph', '--dot', '--svg')).exit, 2)
    assert.equal((await json('cap', 'graph', 'nobody.cap')).exit, 5)
  })
})

describe('grid cap explain', () => {
  test('says what a capability grants, to whom and through whom', async () => {
    const { stdout } = await at('cap', 'explain', 'bob.cap')
    const text = stdout.toString()
    assert.match(text, /^every rule holds: this node would run it\n\ngrants +handler echo: every method\n/)
    assert.match(text, /^within +until .*; at most 1000 fuel each call$/m)
    assert.match(text, /^to +bob$/m)
    assert.match(text, /^through +node → root → alice$/m)
    assert.match(text, /^└─ link 2, alice → bob/m)
  })

  test('draws the fix below the rule that fails', async () => {
    const { stdout, exit } = await at('cap', 'explain', 'bob.cap', '--as', 'alice')
    assert.equal(exit, 3)
    assert.match(
      stdout.toString(),
      /└─ FAIL {2}capability\.md#possession +POP: held by bob, sent by alice\n +fix: sign with/,
    )
    const { tree } = (await json('cap', 'explain', 'bob.cap', '--as', 'alice')).result as {
      tree: { links: { rules: { pass: boolean; fix?: string }[] }[] }
    }
    const last = tree.links[2]?.rules.at(-1)
    assert.deepEqual([last?.pass, typeof last?.fix], [false, 'string'])
  })

  test('of a capability whose holder is elsewhere explains the chain alone', async () => {
    const elsewhere = temporaryFolder()
    await gridJson(['init'], { cwd: elsewhere })
    const { principal } = (await gridJson(['id', 'new', 'carol'], { cwd: elsewhere })).result as {
      principal: string
    }
    await done(...`cap issue --to ${principal} --handler echo --out carol.cap`.split(' '))
    const explained = await done('cap', 'explain', 'carol.cap')
    assert.deepEqual([explained['to'], explained['wouldRun']], [principal, true])
    assert.equal('message' in explained, false)
    // Another grid promises nothing of it.
    const { exit, error } = await gridJson(['cap', 'explain', join(folder, 'carol.cap')], { cwd: elsewhere })
    assert.deepEqual([exit, error?.code], [3, 'CHAIN'])
  })
})
