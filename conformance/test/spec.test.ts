/** The specification and the code name the same rules, labels, limits, kinds and files. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { CLAIM, LIMITS, nativeCode, REFUSALS } from 'promisegrid/kernel'
import { builtinHandlers } from 'promisegrid/handlers'
import { readVectors } from '../vectors.ts'
import { missing } from './proofs.ts'
import { files, read, root } from './repository.ts'

const sources = files().filter((path) => /^kernel\/(?!test|bench).*\.ts$/.test(path))

describe('every rule', () => {
  test('that the kernel names is a heading of the specification', () => {
    const rules = sources.flatMap((path) => rulesIn(read(path)))
    assert.ok(new Set(rules).size > 30, 'the rules are not found in the sources any more')
    assert.deepEqual(withoutHeading(rules), [])
  })

  test('of attenuation is a heading of the specification', () => {
    const [excess = ''] = read('kernel/capability/attenuate.ts').match(/readonly rule:[^;]*?readonly/) ?? []
    const kinds = [...excess.matchAll(/'([a-z]+)'/g)]
    const rules = kinds.map(([, kind]) => `capability.md#attenuation-${kind}`)
    assert.equal(new Set(rules).size, 11)
    assert.deepEqual(withoutHeading(rules), [])
  })

  test('that the kernel names refuses in some vector, but for one that only passes and one a host decides', () => {
    const refusing = new Set(readVectors().flatMap(rulesOfVectors))
    const silent = [...new Set(sources.flatMap((path) => rulesIn(read(path))))].filter(
      (rule) => !refusing.has(rule),
    )
    // What the ledger of a node says is not in a vector; tests of the kernel have such nodes.
    assert.deepEqual(silent.sort(), ['capability.md#attenuation', 'trust.md#standing'])
  })

  test('that a vector names is a heading of the specification', () => {
    assert.deepEqual(withoutHeading(readVectors().flatMap(rulesOfVectors)), [])
  })

  test('without a heading is found', () => {
    assert.deepEqual(withoutHeading(['message.md#grid', 'message.md#no-such-rule']), [
      'message.md#no-such-rule',
    ])
    const source = `const rule = decisionRule('validate', 'message.md')\n rule('grid', 'GRID') noted(\n context,\n 'claims'`
    assert.deepEqual(rulesIn(source), ['message.md#grid', 'message.md#claims'])
  })
})

describe('message.md', () => {
  test('assigns the labels of the code', () => {
    const rows = tableUnder('spec/message.md', 'Claims').map(([label, name]) => [name, Number(label)])
    assert.deepEqual(rows, Object.entries(CLAIM))
  })

  test('states the limits of the code', () => {
    const rows = tableUnder('spec/message.md', 'Limits').map(([name, value]) => [name, Number(value)])
    assert.deepEqual(rows, Object.entries(LIMITS))
  })

  test('says of every limit what it bounds and where that is proved', () => {
    for (const [name, , bounds = '', proof = ''] of tableUnder('spec/message.md', 'Limits')) {
      assert.ok(bounds.length > 0, name)
      assert.equal(missing(proof), undefined, name)
    }
  })

  test('says which claims each kind of object has, as the code does', () => {
    const kinds = ['message', 'capability', 'receipt', 'policy', 'key statement']
    const laterKinds = ['promise', 'revocation', 'heartbeat', 'assessment']
    const said = tableUnder('spec/message.md', 'Claims', 1)
    const paths = ['message/message-claims', 'capability/token', 'cache/receipt', 'grid/policy']
    const later = [
      'message/key-statement',
      'promise/promise',
      'revocation/revocation',
      'revocation/heartbeat',
      'trust/assessment',
    ]
    const inCode = [...paths, ...later].map((path) => claimsIn(read(`kernel/${path}.ts`)))
    for (const [column, kind] of [...kinds, ...laterKinds].entries()) {
      const rows = said.filter((cells) => (cells[column + 1] ?? '') !== '')
      const inProse = Object.fromEntries(rows.map((cells) => [cells[0], cells[column + 1]]))
      assert.deepEqual(sortedByName(inProse), sortedByName(inCode[column] ?? {}), kind)
    }
  })

  test('names the types of signed objects', async () => {
    const labels = (await import(pathToFileURL(join(root, 'dist/kernel/message/labels.js')).href)) as {
      OBJECT_TYPE: Record<string, string>
    }
    const rows = tableUnder('spec/message.md', 'Signed objects').map(([kind, typ]) => [kind, typ])
    const inCode = Object.entries(labels.OBJECT_TYPE)
    const words = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    assert.deepEqual(
      rows,
      inCode.map(([kind, typ]) => [words(kind), typ]),
    )
  })
})

describe('message.cddl', () => {
  const grammar = read('spec/message.cddl').replace(/;.*$/gm, '')
  const rules = [...grammar.matchAll(/^([a-z0-9-]+) =/gm)].map(([, name]) => name ?? '')

  test('has the labels of the code', () => {
    const labels = [...grammar.matchAll(/^([a-z-]+) = (-?\d+)$/gm)]
    const inGrammar = labels.map(([, name, value]) => [camelCase(name ?? ''), Number(value)])
    assert.deepEqual(inGrammar, Object.entries(CLAIM))
  })

  test('defines each rule once, and every rule it uses', () => {
    assert.deepEqual(
      rules.filter((name, index) => rules.indexOf(name) !== index),
      [],
    )
    const prelude = ['any', 'bool', 'bstr', 'false', 'null', 'true', 'tstr', 'uint']
    const words = grammar
      .replace(/"[^"]*"|h'[^']*'/g, '')
      .replace(/[a-z0-9-]+:/g, '')
      .match(/(?<![.\w-])[a-z][a-z0-9-]*/g)
    assert.deepEqual(
      [...new Set(words)].filter((word) => !rules.includes(word) && !prelude.includes(word)),
      [],
    )
  })

  test('has a rule for each kind of signed object and block', () => {
    for (const name of [
      'message',
      'capability',
      'receipt',
      'policy',
      'genesis',
      'descriptor',
      'unsigned-refusal',
    ])
      assert.ok(rules.includes(name), name)
  })
})

describe('the other pages', () => {
  test('dispatch.md draws every code that a message can meet, and no other', () => {
    const picture = /```\n([\s\S]*?)```/.exec(read('spec/dispatch.md'))?.[1] ?? ''
    const drawn = new Set(picture.match(/\b[A-Z][A-Z_]{2,}\b/g))
    for (const code of drawn) assert.ok(code in REFUSALS, code)
    // CRIT is met by COSE of others alone: a message with crit has a label too many, and is of the wrong SHAPE.
    const elsewhere = ['INTERNAL', 'CRIT']
    const missing = Object.keys(REFUSALS).filter((code) => !drawn.has(code) && !elsewhere.includes(code))
    assert.deepEqual(missing, [])
  })

  test('protocols.md describes the built-in handlers', () => {
    const text = read('spec/protocols.md')
    for (const handler of builtinHandlers) {
      const section = text.split(`\n## ${handler.name.replace(/^./, (letter) => letter.toUpperCase())}\n`)[1]
      assert.ok(section !== undefined, handler.name)
      assert.ok(section.includes(`\`${new TextDecoder().decode(nativeCode(handler))}\``))
      const methods = `| methods | ${handler.methods.map((method) => `\`${method}\``).join(', ')} |`
      assert.ok(section.includes(methods), methods)
      const yes = (is: boolean): string => (is ? 'yes' : 'no')
      assert.ok(section.includes(`| pure, public | ${yes(handler.pure)}, ${yes(handler.public)} |`))
      const memory = handler.limits.memoryBytes?.toLocaleString('en-US')
      assert.ok(section.includes(`| limits | memoryBytes ${memory} |`))
    }
  })

  test('glossary.md has each word once, in order, and names files that are there', () => {
    const rows = tableUnder('spec/glossary.md', 'Glossary')
    const words = rows.map(([word]) => (word ?? '').toLowerCase())
    assert.deepEqual(words, [...new Set(words)].sort(new Intl.Collator('en').compare))
    const named = rows.flatMap(([, , where]) => (where ?? '').split(', '))
    assert.deepEqual(
      named.filter((path) => !existsSync(join(root, path))),
      [],
    )
  })
})

/** Rules a source names: `chapter.md#anchor`. */
function rulesIn(source: string): string[] {
  const makers = [...source.matchAll(/const (\w+) = decisionRule\('\w+', '([\w.-]+)'\)/g)]
  return makers.flatMap(([, name = '', chapter = '']) => {
    const direct = source.matchAll(new RegExp(`\\b${name}\\(\\s*'([a-z-]+)'`, 'g'))
    // Where results are noted, the one maker of the file is behind the helper.
    const noted = makers.length === 1 ? source.matchAll(/\bnoted\(\s*context,\s*'([a-z-]+)'/g) : []
    return [...direct, ...noted].map(([, anchor]) => `${chapter}#${anchor}`)
  })
}

function rulesOfVectors({ vectors }: ReturnType<typeof readVectors>[number]): string[] {
  return vectors.flatMap((vector) =>
    vector.op === 'dispatch'
      ? vector.steps.flatMap(({ decision }) => decision?.rule ?? [])
      : (vector.rule ?? []),
  )
}

function withoutHeading(rules: readonly string[]): string[] {
  return [...new Set(rules)].filter((rule) => {
    const [page = '', anchor = ''] = rule.split('#')
    return !anchorsOf(read(`spec/${page}`)).includes(anchor)
  })
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}

/** The rows of the n-th table below a heading, without head, code marks and links. */
function tableUnder(page: string, heading: string, index = 0): string[][] {
  const section = read(page).split(new RegExp(`^#+ ${heading}$`, 'm'))[1] ?? ''
  const table = (section.match(/(?:^\|.*\|$\n?)+/gm) ?? [])[index] ?? ''
  const rows = table.trim().split('\n').slice(2)
  return rows.map((row) => row.slice(1, -1).split('|').map(plain))
}

function plain(cell: string): string {
  return cell
    .replaceAll('`', '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
}

/** The claims of a table in the code: r for required, o for optional. */
function claimsIn(source: string): Record<string, string> {
  const rows = [...source.matchAll(/claims\.(required|optional)\(\s*CLAIM\.(\w+)/g)]
  return Object.fromEntries(rows.map(([, kind, name = '']) => [name, kind === 'required' ? 'r' : 'o']))
}

function sortedByName(record: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}
