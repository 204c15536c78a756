// Lint: what types and formatting cannot see. Each rule says, in its message, what to do instead.
import { basename } from 'node:path'

import tseslint from 'typescript-eslint'

const layers = ['kernel/**/*.ts', 'promisebase/**/*.ts', 'runtimes/**/*.ts', 'handlers/**/*.ts']
const tests = ['**/test/**', '**/bench/**']
/** What holds types only: a contract, or the rooms of one. */
const contracts = ['**/interface.ts', '**/interface/*.ts']
/** Code that runs unchanged in a browser and is handed everything it may touch of the world. */
const powerless = {
  files: ['kernel/**/*.ts', 'promisebase/**/*.ts'],
  ignores: ['promisebase/{level,postgres}/**', ...tests],
}

const ambient = [
  ...[
    'Date',
    'performance',
    'Intl',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
  ],
  ...[
    'clearImmediate',
    'requestAnimationFrame',
    'crypto',
    'fetch',
    'WebSocket',
    'XMLHttpRequest',
    'EventSource',
  ],
  ...['process', 'console', 'Buffer', 'require', 'module', '__dirname', '__filename', 'global', 'globalThis'],
  ...['window', 'self', 'document', 'navigator', 'location', 'indexedDB', 'localStorage', 'sessionStorage'],
  ...['caches', 'Worker', 'SharedWorker', 'BroadcastChannel', 'WebAssembly'],
]

const kebabCase = {
  meta: {
    type: 'suggestion',
    docs: { description: 'File names are kebab-case' },
    messages: { name: '`{{name}}` is not kebab-case: small letters, digits and single hyphens' },
    schema: [],
  },
  create: (context) => ({
    Program(node) {
      const name = basename(context.filename)
      if (!/^\.?[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(name))
        context.report({ node, messageId: 'name', data: { name } })
    },
  }),
}

const noDefaultExport = ['ExportDefaultDeclaration', 'ExportSpecifier[exported.name="default"]'].map(
  (selector) => ({ selector, message: 'Export by name: one name per thing, the same at every import.' }),
)

const tsExtension = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
].map((kind) => ({
  selector: `${kind}[source.value=/^[.]{1,2}[/]/]:not([source.value=/[.](ts|json)$/])`,
  message: 'Name the source file: relative imports end in `.ts`.',
}))

const ownName = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
].map((kind) => ({
  selector: `${kind}[source.value=/^promisegrid([/]|$)/]`,
  message:
    'Inside a layer import the front door (`../kernel/index.ts`): the own name would slip past the layer rules.',
}))

const noAmbientSyntax = [
  { selector: 'ImportExpression', message: 'Nothing is loaded at run time here: take it from Powers.' },
  { selector: 'MetaProperty[meta.name="import"]', message: 'Where this file lies is none of its business.' },
]

const everywhere = [...noDefaultExport, ...tsExtension]

export default [
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      '.tmp/**',
      '.promisegrid/**',
      'conformance/peers/**',
      'conformance/vectors/**',
      '**/guest/**',
    ],
  },
  {
    files: ['**/*.ts', '**/*.mjs', '**/*.js', '**/*.cjs'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { local: { rules: { 'kebab-case': kebabCase } } },
    rules: {
      'local/kebab-case': 'error',
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-debugger': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'anywhere' }],
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      'no-restricted-syntax': ['error', ...everywhere],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: contracts,
    rules: {
      'no-restricted-syntax': [
        'error',
        ...everywhere,
        ...[
          'FunctionDeclaration',
          'ClassDeclaration',
          'VariableDeclaration:not([declare=true])',
          'TSEnumDeclaration',
        ].map((selector) => ({ selector, message: 'A contract holds types only.' })),
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['conformance/test/laws.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          name: 'fast-check',
          message: 'Take `fc` from conformance/test/laws.ts: it draws from a seed that is known.',
        },
      ],
    },
  },
  {
    files: layers,
    ignores: [...tests, ...contracts],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...ownName] },
  },
  {
    files: powerless.files,
    ignores: powerless.ignores,
    rules: {
      'no-restricted-globals': [
        'error',
        ...ambient.map((name) => ({
          name,
          message: 'Take it from Powers: nothing here reaches for the world.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take randomness from Powers.' },
        { object: 'AbortSignal', property: 'timeout', message: 'Take time from Powers.' },
      ],
    },
  },
  {
    files: powerless.files,
    ignores: [...powerless.ignores, ...contracts],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...ownName, ...noAmbientSyntax] },
  },
  {
    // A tool's configuration file is the one place where a tool asks for a default export.
    files: ['eslint.config.js', 'knip.config.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
]
