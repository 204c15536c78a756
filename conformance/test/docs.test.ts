/** Prose and code say the same: error tables, the first example, folder lists, links. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { files, read, root } from './repository.ts'

interface RefusalRow {
  readonly stage: string
  readonly public: string
  readonly retryable: boolean
}
type Rows = Readonly<Record<string, readonly string[]>>

/** Where people and build machines keep their checkouts, and this checkout itself. */
const machinePath = new RegExp(
  [String.raw`(?<![\w.~:@-])/(home|Users|root)/[a-z]`, ...ownPlaces().map((place) => literally(place))].join(
    '|',
  ),
)
const pages = files().filter((path) => path.endsWith('.md'))

describe('spec/errors.md', () => {
  test('has the codes of REFUSALS with their stage, public code and retry, and no others', async () => {
    const { REFUSALS } = (await built('kernel/errors.js')) as { REFUSALS: Record<string, RefusalRow> }
    const inCode = Object.entries(REFUSALS).map(
      ([code, row]) => [code, [row.stage, row.public, row.retryable ? 'yes' : 'no']] as const,
    )
    const inProse = Object.entries(table('spec/errors.md', '1. Refusals'))
    assert.deepEqual(
      Object.fromEntries(inProse.map(([code, cells]) => [code, cells.slice(0, 3)])),
      Object.fromEntries(inCode),
    )
    assert.deepEqual(
      inProse.map(([code]) => code),
      inCode.map(([code]) => code),
      'the same codes, in another order',
    )
  })

  test('explains every refusal and what helps', () => {
    for (const [code, cells] of Object.entries(table('spec/errors.md', '1. Refusals'))) {
      assert.ok(cells.length === 5 && cells.slice(3).every((cell) => cell.length > 0), code)
    }
  })

  test('has the codes of STORE_ERRORS, and no others', async () => {
    const { STORE_ERRORS } = (await built('promisebase/errors.js')) as {
      STORE_ERRORS: Record<string, string>
    }
    const inProse = table('spec/errors.md', '2. Errors of the store')
    assert.deepEqual(Object.keys(inProse), Object.keys(STORE_ERRORS))
  })

  test('has the codes of HOST_ERRORS, and no others', async () => {
    const { HOST_ERRORS } = (await built('runtimes/host/host-error.js')) as {
      HOST_ERRORS: Record<string, string>
    }
    const inProse = table('spec/errors.md', '4. Errors of the host')
    assert.deepEqual(Object.keys(inProse), Object.keys(HOST_ERRORS))
    assert.ok(
      Object.values(inProse).every((cells) => cells.length === 2 && cells.every((cell) => cell.length > 0)),
    )
  })

  test('tells strangers only codes of the table, or DENIED', () => {
    const publics = new Set(Object.values(table('spec/errors.md', '1. Refusals')).map((cells) => cells[1]))
    for (const code of publics) {
      const known = code === 'DENIED' || code! in table('spec/errors.md', '1. Refusals')
      assert.ok(known, `${code} is sent to strangers, but is no code`)
    }
  })
})

describe('the README', () => {
  test('begins with the code of the first example', () => {
    assert.equal(firstCode(read('README.md')), read(firstExample()).trim())
  })

  test('of any folder lists what is in the folder', () => {
    const wrong = pages
      .filter((page) => posix.basename(page) === 'README.md')
      .flatMap((page) => listFaults(page, read(page)))
    assert.deepEqual(wrong, [])
  })

  test('list that has gone stale is found', () => {
    const text = '| file | what |\n| --- | --- |\n| `docs.test.ts` | |\n| `gone.ts` | |\n'
    const faults = listFaults('conformance/test/README.md', text)
    assert.ok(faults.includes('conformance/test/README.md lists gone.ts, which is not there'))
    assert.ok(faults.includes('conformance/test/README.md does not list walls.test.ts'))
  })

  test('code that differs from its example is found', () => {
    assert.equal(
      firstCode('# x\n\n```sh\nnpm test\n```\n\n```ts\nconst a = 1\n```\n\n```ts\nb\n```'),
      'const a = 1',
    )
    assert.equal(firstCode('no code at all'), undefined)
  })
})

describe('every page', () => {
  test('has only links that lead somewhere', () => {
    assert.deepEqual(
      pages.flatMap((page) => deadLinks(page, read(page))),
      [],
    )
  })

  test('has a dead link found', () => {
    const text =
      '[a](nowhere.md) [b](CHANGELOG.md#x) [c](https://example.com) `[d](no.md)`\n```\n[e](no.md)\n```'
    assert.deepEqual(deadLinks('CHANGELOG.md', text), [
      'CHANGELOG.md → nowhere.md',
      'CHANGELOG.md → CHANGELOG.md#x',
    ])
  })
})

test('no file of the repository holds a path of somebody\u2019s machine', () => {
  assert.deepEqual(
    files().filter((path) => machinePath.test(readFileSync(join(root, path), 'latin1'))),
    [],
  )
})

test('a path of somebody\u2019s machine is found', () => {
  for (const place of ['home', 'Users', 'root']) assert.match(`see /${place}/alice/x.ts`, machinePath)
  for (const place of ownPlaces()) assert.match(`${place}package.json`, machinePath)
  for (const fine of ['https://example.com/home/x', 'src/root/x', './home/x', '/tmp/x'])
    assert.doesNotMatch(fine, machinePath)
})

/** This checkout, unless it lies where any program keeps things for a while. */
function ownPlaces(): string[] {
  return [root, homedir()]
    .filter((place) => place.length > 5 && !place.startsWith(tmpdir()))
    .map((place) => `${place}/`)
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** A module of the build, so that the page is compared with what runs. */
function built(path: string): Promise<unknown> {
  return import(pathToFileURL(join(root, 'dist', path)).href)
}

/** The rows of the first table below a heading, by the code in their first cell. */
function table(page: string, heading: string): Rows {
  const section = read(page).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0]
  assert.ok(section !== undefined, `${page} has no section "${heading}"`)
  return Object.fromEntries(
    tables(section)[0]?.rows.map(([code = '', ...cells]) => [plain(code), cells.map(plain)]) ?? [],
  )
}

/** The tables of a page: the first cell of the head in small letters, and the cells of each row. */
function tables(text: string): { readonly head: string; readonly rows: readonly (readonly string[])[] }[] {
  const blocks = text.match(/(?:^\|.*\|[ ]*$\n?)+/gm) ?? []
  return blocks.map((block) => {
    const [head = [], , ...rows] = block
      .trim()
      .split('\n')
      .map((line) =>
        line
          .slice(1, line.lastIndexOf('|'))
          .split('|')
          .map((cell) => cell.trim()),
      )
    return { head: plain(head[0] ?? '').toLowerCase(), rows }
  })
}

/** The first block of TypeScript on a page. */
function firstCode(text: string): string | undefined {
  return /^```ts\n([\s\S]*?)^```/m.exec(text)?.[1]?.trim()
}

function firstExample(): string {
  const folder = readdirSync(join(root, 'examples')).find((name) => name.startsWith('01-'))
  return `examples/${folder}/index.ts`
}

/**
 * A table whose first head cell is `file`, `folder` or `example` lists the folder of its README: `file` all
 * of it, the others its folders. A row may name several, and a path stands for its first part.
 */
function listFaults(page: string, text: string): string[] {
  const folder = dirname(page)
  return tables(text)
    .filter(({ head }) => ['file', 'folder', 'example'].includes(head))
    .flatMap(({ head, rows }) => {
      const listed = new Set(rows.flatMap(([cell = '']) => names(cell)))
      const there = entries(folder, head === 'file')
      const gone = [...listed].filter(
        (name) => !there.includes(name) && !existsSync(join(root, folder, name)),
      )
      const unlisted = there.filter((name) => !listed.has(name))
      return [
        ...gone.map((name) => `${page} lists ${name}, which is not there`),
        ...unlisted.map((name) => `${page} does not list ${name}`),
      ]
    })
}

/** What a cell names: its code spans, or without any its words; `x/y.ts` stands for `x`. */
function names(cell: string): string[] {
  const spans = [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
  const named = spans.length > 0 ? spans : cell.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').split(/[\s,]+/)
  return named.map((name) => name.replace(/^\.\//, '').split('/')[0] ?? '').filter((name) => name !== '')
}

function plain(cell: string): string {
  return cell.replaceAll('`', '')
}

/** What a reader sees in a folder, without what every folder has. */
function entries(folder: string, withFiles: boolean): string[] {
  const inside = files(folder).map((path) => posix.relative(folder, path))
  const folders = inside.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? '')
  const plain = withFiles ? inside.filter((path) => !path.includes('/') && path !== 'README.md') : []
  return [...new Set([...plain, ...folders])].filter((name) => !/^(test|bench|\..*)$/.test(name))
}

/** Relative links of a page that lead to no file, or to no heading of a page. */
function deadLinks(page: string, text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1] ?? '')
  return targets
    .filter((target) => !/^[a-z]+:/i.test(target) && !leadsSomewhere(page, target))
    .map((target) => `${page} → ${target}`)
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#', 2)
  const file = path === '' ? page : posix.join(dirname(page), path)
  if (!existsSync(join(root, file))) return false
  if (anchor === undefined || !file.endsWith('.md') || !statSync(join(root, file)).isFile()) return true
  return anchors(read(file)).includes(anchor)
}

/** Headings as anchors, the way code hosts make them: small letters, hyphens for spaces, no punctuation. */
function anchors(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map((match) => match[1] ?? '')
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
