/**
 * The walls between the layers hold: a miniature of this repository is built, one violation of every rule is
 * planted in it, and one run of dependency-cruiser with our own configuration must find each, and no more.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { root } from './repository.ts'

/** A tree that keeps every rule. */
const sound: Record<string, string> = {
  'package.json': JSON.stringify({
    name: 'promisegrid',
    type: 'module',
    exports: { './kernel': './dist/kernel/index.js' },
    dependencies: { level: '1.0.0', commander: '1.0.0', multiformats: '1.0.0' },
    devDependencies: { 'fast-check': '1.0.0' },
    peerDependencies: { pg: '1.0.0' },
  }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, noEmit: true },
  }),
  ...stubPackage('level'),
  ...stubPackage('commander'),
  ...stubPackage('multiformats'),
  ...stubPackage('fast-check'),
  ...stubPackage('pg'),
  ...stubPackage('unlisted'),
  'dist/kernel/index.js': 'export const kernel = 1',
  // The other half of the planted cycle: dependency-cruiser reports a cycle once, at its first file.
  'kernel/pong.ts': "import './ping.ts'",
  'promisebase/index.ts': "export { cid } from './cid.ts'\nexport type * from './interface.ts'",
  'promisebase/interface.ts': 'export type Store = object',
  'promisebase/cid.ts': "import { value } from 'multiformats'\nexport const cid = value",
  'promisebase/level/index.ts': "import 'node:fs'\nimport 'level'\nimport '../index.ts'",
  'kernel/index.ts': "export { dispatch } from './dispatch.ts'",
  'kernel/interface.ts': "import type { Store } from '../promisebase/index.ts'\nexport type Powers = Store",
  'kernel/dispatch.ts':
    "import { one } from './stages/1-one.ts'\nimport type { Powers } from './interface.ts'\n" +
    'export const dispatch = (powers: Powers) => [one, powers]',
  'kernel/stages/1-one.ts': "import { cid } from '../../promisebase/index.ts'\nexport const one = cid",
  'kernel/test/dispatch.test.ts':
    "import 'node:test'\nimport 'fast-check'\nimport '../dispatch.ts'\nimport '../../runtimes/native/index.ts'",
  'runtimes/native/index.ts': "import '../../kernel/index.ts'\nexport { native } from './native.ts'",
  'runtimes/native/native.ts': "import '../../promisebase/index.ts'\nexport const native = 1",
  'runtimes/host/index.ts':
    "import '../../kernel/index.ts'\nimport '../../promisebase/level/index.ts'\n" +
    "import '../native/index.ts'\nimport '../../handlers/index.ts'\nimport 'commander'",
  'handlers/index.ts': "export { echo } from './echo/index.ts'",
  'handlers/echo/index.ts': "import '../../kernel/index.ts'\nexport const echo = 1",
  'examples/01-hello/index.ts': "import { kernel } from 'promisegrid/kernel'\nexport const hello = kernel",
  'conformance/index.ts': "export { suite } from './suite.ts'",
  'conformance/suite.ts': "import { kernel } from 'promisegrid/kernel'\nexport const suite = kernel",
}

/** Planted: the rule, the file that breaks it, and what the file says. */
const planted: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['no-cycles', 'kernel/ping.ts', "import './pong.ts'"],
  ['promisebase-is-the-floor', 'promisebase/upward.ts', "import '../kernel/index.ts'"],
  ['kernel-sees-only-the-store', 'kernel/sideways.ts', "import '../runtimes/native/index.ts'"],
  ['kernel-sees-only-the-store', 'kernel/behind-the-door.ts', "import '../promisebase/cid.ts'"],
  ['runtimes-implement-the-kernel', 'runtimes/wasi/neighbour.ts', "import '../native/index.ts'"],
  ['runtimes-implement-the-kernel', 'runtimes/wasi/handler.ts', "import '../../handlers/echo/index.ts'"],
  ['runtimes-implement-the-kernel', 'runtimes/wasi/inside.ts', "import '../../kernel/dispatch.ts'"],
  ['handlers-see-contracts', 'handlers/store/runtime.ts', "import '../../runtimes/native/index.ts'"],
  ['handlers-see-contracts', 'handlers/store/neighbour.ts', "import '../echo/index.ts'"],
  ['handlers-see-contracts', 'handlers/store/table.ts', "import '../index.ts'"],
  ['handlers-see-contracts', 'handlers/shared.ts', "import '../kernel/dispatch.ts'"],
  ['host-composes-front-doors', 'runtimes/host/deep.ts', "import '../../kernel/dispatch.ts'"],
  ['host-composes-front-doors', 'runtimes/host/one-handler.ts', "import '../../handlers/echo/index.ts'"],
  ['outside-uses-public-names', 'examples/02-deep/index.ts', "import '../../kernel/index.ts'"],
  ['outside-uses-public-names', 'conformance/deep.ts', "import '../promisebase/index.ts'"],
  ['outside-uses-public-names', 'runtimes/native/own-name.ts', "import 'promisegrid/kernel'"],
  ['outside-uses-public-names', 'kernel/test/deep.test.ts', "import '../../promisebase/cid.ts'"],
  ['stages-do-not-call-stages', 'kernel/stages/2-two.ts', "import './1-one.ts'"],
  ['stages-do-not-call-stages', 'kernel/stages/3-three.ts', "import '../index.ts'"],
  ['contracts-are-types', 'runtimes/wasi/interface.ts', "import { dispatch } from '../../kernel/index.ts'"],
  ['contracts-are-types', 'kernel/interface/loads.ts', "import { dispatch } from '../dispatch.ts'"],
  ['no-ambient-authority', 'kernel/clock.ts', "import 'node:perf_hooks'"],
  ['no-ambient-authority', 'promisebase/disk.ts', "import 'fs'"],
  ['no-ambient-authority', 'kernel/parser.ts', "import 'commander'"],
  ['optional-peer-in-one-file', 'runtimes/host/raw-store.ts', "import 'level'"],
  ['optional-peer-in-one-file', 'handlers/store/arguments.ts', "import 'commander'"],
  ['optional-peer-in-one-file', 'runtimes/wasi/postgres.ts', "import 'pg'"],
  ['no-test-code-in-product', 'kernel/tested.ts', "import './test/dispatch.test.ts'"],
  ['no-test-code-in-product', 'conformance/runner.ts', "import 'node:test'"],
  ['no-orphans', 'handlers/echo/forgotten.ts', 'export const forgotten = 1'],
  ['no-dev-deps', 'runtimes/wasi/oracle.ts', "import 'fast-check'"],
  ['not-unlisted', 'runtimes/wasi/unlisted.ts', "import 'unlisted'"],
  ['not-unlisted', 'runtimes/wasi/nowhere.ts', "import './nothing-here.ts'"],
]

interface Rule {
  readonly name: string
}
interface Violation {
  readonly from: string
  readonly rule: Rule
}

const violations = cruise()

for (const name of ruleNames()) {
  test(`the rule ${name} finds what breaks it`, () => {
    const plants = planted.filter(([rule]) => rule === name)
    assert.ok(plants.length > 0, `no violation of ${name} is planted here: add one`)
    for (const [, file] of plants) {
      const found = violations.filter((violation) => violation.from === file)
      assert.ok(
        found.some((violation) => violation.rule.name === name),
        `${file} should break ${name}; found: ${found.map((violation) => violation.rule.name).join() || 'nothing'}`,
      )
    }
  })
}

test('nothing is found in a tree that keeps the rules', () => {
  const strays = violations.filter((violation) => violation.from in sound)
  assert.deepEqual(strays, [])
})

test('no other rule than the expected fifteen exists', () => {
  assert.equal(ruleNames().length, 15)
})

function ruleNames(): string[] {
  const config = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
    forbidden: Rule[]
  }
  return [...new Set(config.forbidden.map((rule) => rule.name))]
}

function cruise(): Violation[] {
  const folder = mkdtempSync(join(tmpdir(), 'promisegrid-walls-'))
  try {
    plant(folder)
    const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
    const layers = ['kernel', 'promisebase', 'runtimes', 'handlers', 'examples', 'conformance']
    const output = execFileSync(process.execPath, [tool, '--output-type', 'json', ...layers], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    return (JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function plant(folder: string): void {
  for (const [path, text] of Object.entries(sound)) write(folder, path, text)
  for (const [, path, text] of planted) write(folder, path, text)
  copyFileSync(join(root, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'))
}

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), `${text}\n`)
}

function stubPackage(name: string): Record<string, string> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
    [`node_modules/${name}/index.js`]: 'export const value = 1',
  }
}
