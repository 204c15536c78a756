/** The rules of eslint.config.js bite: each is broken once in a miniature of this repository. */
import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { test } from 'node:test'

import { run } from './package.ts'
import { root } from './repository.ts'

/** Planted: the rule, the file that breaks it, and what the file says. */
const planted: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['local/kebab-case', 'kernel/CamelCase.ts', 'export const a = 1'],
  ['no-restricted-syntax', 'handlers/default.ts', 'export default 1'],
  ['no-restricted-syntax', 'handlers/as-default.ts', 'const a = 1\nexport { a as default }'],
  ['no-restricted-syntax', 'handlers/extension.ts', "import './sound.js'"],
  ['no-restricted-syntax', 'handlers/no-extension.ts', "export * from './sound'"],
  ['no-restricted-syntax', 'handlers/own-name.ts', "import 'promisegrid/kernel'"],
  ['no-restricted-syntax', 'kernel/lazy.ts', "export const load = () => import('./sound.ts')"],
  ['no-restricted-syntax', 'promisebase/place.ts', 'export const here = import.meta.url'],
  ['no-restricted-syntax', 'kernel/interface.ts', 'export const value = 1'],
  ['no-restricted-syntax', 'kernel/interface/values.ts', 'export const value = 1'],
  ['no-eval', 'runtimes/eval.ts', "eval('1')"],
  ['no-new-func', 'runtimes/function.ts', "export const made = new Function('return 1')"],
  ['no-warning-comments', 'runtimes/comment.ts', `// ${'TO'}${'DO'}: later\nexport const a = 1`],
  ['eqeqeq', 'conformance/tools/equal.mjs', 'export const same = (a, b) => a == b'],
  ['no-restricted-imports', 'kernel/test/luck.test.ts', "import fc from 'fast-check'\nfc.constant(1)"],
  ['no-restricted-properties', 'kernel/random.ts', 'export const luck = Math.random()'],
  ['@typescript-eslint/no-explicit-any', 'handlers/any.ts', 'export const a = (b: any) => [b]'],
  [
    '@typescript-eslint/consistent-type-imports',
    'handlers/type.ts',
    "import { Sound } from './sound.ts'\nexport const a: Sound = 1",
  ],
  ['@typescript-eslint/no-floating-promises', 'handlers/floating.ts', 'Promise.resolve(1)'],
  [
    '@typescript-eslint/no-misused-promises',
    'handlers/misused.ts',
    'export const a = async () => 1\nif (a()) a',
  ],
  ['@typescript-eslint/no-unused-vars', 'handlers/unused.ts', 'const a = 1\nexport {}'],
  ...[
    'Date',
    'fetch',
    'process',
    'console',
    'setTimeout',
    'crypto',
    'Buffer',
    'performance',
    'navigator',
    'window',
  ]
    .concat(['self', 'indexedDB', 'globalThis', 'WebAssembly'])
    .flatMap((name) =>
      ['kernel', 'promisebase'].map(
        (layer) =>
          ['no-restricted-globals', `${layer}/${name.toLowerCase()}.ts`, `export const a = ${name}`] as const,
      ),
    ),
]

/** Files that break nothing, though each is close to a rule. */
const sound: readonly (readonly [file: string, text: string])[] = [
  ['handlers/sound.ts', 'export type Sound = number\nexport const sound = (a: Sound) => [a]'],
  [
    'kernel/sound.ts',
    "import type { Sound } from '../handlers/sound.ts'\nexport const sound = (a: Sound) => [a]",
  ],
  ['promisebase/level/files.ts', 'export const now = () => Date.now()\nexport const here = import.meta.url'],
  ['runtimes/host/powers.ts', 'export const clock = () => Date.now()'],
  [
    'kernel/test/sound.test.ts',
    "import { test } from 'node:test'\ntest('a claim', async () => { await import('promisegrid/kernel'); Date.now() })",
  ],
]

interface FileReport {
  readonly filePath: string
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[]
}

const reports = await lint()

for (const [rule, file] of planted) {
  test(`${rule} finds ${file}`, () => {
    const found = reports.get(file) ?? []
    assert.ok(found.includes(rule), `found: ${found.join() || 'nothing'}`)
  })
}

test('nothing is found in files that keep the rules', () => {
  for (const [file] of sound) assert.deepEqual(reports.get(file), [], file)
})

/** The rules each file broke, by its path. */
async function lint(): Promise<Map<string, readonly string[]>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'promisegrid-lint-')))
  try {
    plant(folder)
    const tool = join(root, 'node_modules/eslint/bin/eslint.js')
    const { stdout, output } = await run(folder, process.execPath, [tool, '--format', 'json', '.'])
    assert.match(stdout, /^\[/, output)
    return new Map(
      (JSON.parse(stdout) as FileReport[]).map(({ filePath, messages }) => [
        relative(folder, filePath).split(sep).join('/'),
        messages.map(({ ruleId, message }) => ruleId ?? message),
      ]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function plant(folder: string): void {
  for (const [, path, text] of planted) write(folder, path, text)
  for (const [path, text] of sound) write(folder, path, text)
  for (const file of ['eslint.config.js', 'tsconfig.json']) copyFileSync(join(root, file), join(folder, file))
  write(folder, 'package.json', '{ "type": "module" }')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
}

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), `${text}\n`)
}
