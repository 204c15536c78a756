// Who may import whom. The layers, from the floor up:
//
//   promisebase        no sibling
//   kernel             promisebase/index.ts
//   runtimes/X         kernel/index.ts, promisebase/index.ts; never another runtime, never a handler
//   handlers/X         kernel/index.ts, promisebase/index.ts; never a runtime, never another handler
//   runtimes/host      every layer by its index.ts: the composition root
//   examples, conformance   the package by its public names
//
// Tests and benches live in <folder>/test and <folder>/bench. They may use node: modules, development
// dependencies, the conformance suites and, by its front door, any layer.
// conformance/test/walls.test.ts plants a violation of every rule and expects it to be found.

const layer = '^(kernel|promisebase|runtimes|handlers|examples|conformance)/'
const proof = '/(test|bench)/'
const frontDoors = '^(kernel|promisebase)/index[.]ts$'
/** Everything that is not one of our own files. */
const foreign = '(^|/)node_modules/'

/** Pure JavaScript that kernel and promisebase may import; they run in browsers unchanged. */
const purePackages = '(^|/)node_modules/(@noble/(ciphers|curves|hashes|post-quantum)|multiformats)/'

/** Packages that are heavy, native or of one platform, and the only place that may import each. */
const keptApart = [
  ['(level|classic-level|browser-level|abstract-level)', '^promisebase/level/'],
  ['pg', '^promisebase/postgres/'],
  ['commander', '^runtimes/host/'],
  ['qr', '^runtimes/host/'],
]

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    rule('no-cycles', 'Two files that need each other are one file, or three.', {}, { circular: true }),
    rule(
      'promisebase-is-the-floor',
      'The store knows nothing of what is built on it.',
      { path: '^promisebase/', pathNot: proof },
      { path: layer, pathNot: '^promisebase/' },
    ),
    rule(
      'kernel-sees-only-the-store',
      'The kernel imports promisebase/index.ts; everything else is handed to it as Powers.',
      { path: '^kernel/', pathNot: proof },
      { path: layer, pathNot: ['^kernel/', '^promisebase/index[.]ts$'] },
    ),
    rule(
      'runtimes-implement-the-kernel',
      'A runtime sees the two contracts and its own files, never another runtime or a handler.',
      { path: '^runtimes/(?!host/)([^/]+)/', pathNot: proof },
      { path: layer, pathNot: ['^runtimes/$1/', frontDoors] },
    ),
    rule(
      'handlers-see-contracts',
      'A handler sees the two contracts and its own files, never a runtime or another handler.',
      { path: '^handlers/([^/]+)/', pathNot: proof },
      { path: layer, pathNot: ['^handlers/$1/', '^handlers/(?!index[.])[^/]+[.]ts$', frontDoors] },
    ),
    rule(
      'handlers-see-contracts',
      'The table of handlers, and what handlers share, see the two contracts and handlers alone.',
      { path: '^handlers/[^/]+[.]ts$' },
      { path: layer, pathNot: ['^handlers/([^/]+/(index|descriptor)|[^/]+)[.]ts$', frontDoors] },
    ),
    rule(
      'handlers-see-contracts',
      'Only the host reads the table of handlers.',
      { path: '^handlers/', pathNot: proof },
      { path: '^handlers/index[.]ts$' },
    ),
    rule(
      'host-composes-front-doors',
      'The composition root wires layers by their index.ts; what is behind a front door may change.',
      { path: '^runtimes/host/', pathNot: proof },
      {
        path: layer,
        pathNot: [
          '^runtimes/host/',
          '^(kernel|promisebase|promisebase/(level|postgres)|handlers|runtimes/[^/]+)/index[.]ts$',
        ],
      },
    ),
    rule(
      'outside-uses-public-names',
      'Examples and conformance import the package by name, as any user must.',
      { path: '^(examples|conformance)/' },
      { path: '^(kernel|promisebase|runtimes|handlers)/' },
    ),
    rule(
      'outside-uses-public-names',
      'A test reaches into its own layer; into another one only by the front door.',
      { path: '^(kernel|promisebase|runtimes|handlers)/.*\\b(?:test|bench)/' },
      { path: '^(kernel|promisebase|runtimes|handlers)/', pathNot: ['^$1/', '/index[.]ts$'] },
    ),
    rule(
      'outside-uses-public-names',
      'Inside a layer the own name would slip past every other wall.',
      { path: '^(kernel|promisebase|runtimes|handlers)/', pathNot: proof },
      { path: '^(dist|promisegrid)(/|$)' },
    ),
    rule(
      'stages-do-not-call-stages',
      'Only dispatch.ts knows the order of stages.',
      { path: '^kernel/stages/', pathNot: proof },
      { path: ['^kernel/stages/', '^kernel/(dispatch|create-kernel|kernel|index)[.]ts$'] },
    ),
    rule(
      'contracts-are-types',
      'A contract imports types alone, so that importing it loads nothing.',
      { path: '(^|/)interface([.]ts$|/)' },
      { dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'no-ambient-authority',
      'Kernel and promisebase reach for nothing of Node: clock, randomness, disk and peers are arguments.',
      { path: '^(kernel|promisebase)/', pathNot: [proof, '^promisebase/(level|postgres)/'] },
      { dependencyTypes: ['core'] },
    ),
    rule(
      'no-ambient-authority',
      'Kernel and promisebase import pure JavaScript from a list: see purePackages in this file.',
      { path: '^(kernel|promisebase)/', pathNot: [proof, '^promisebase/(level|postgres)/'] },
      { path: foreign, pathNot: purePackages },
    ),
    ...keptApart.map(([name, place]) =>
      rule(
        'optional-peer-in-one-file',
        'What is heavy, native or of one platform is imported in one place, behind one subpath.',
        { path: layer, pathNot: [place, proof] },
        { path: `(^|/)node_modules/${name}/` },
      ),
    ),
    rule(
      'optional-peer-in-one-file',
      'A new optional peer gets its one place in keptApart first.',
      { path: layer, pathNot: [proof, ...keptApart.map(([, place]) => place)] },
      { dependencyTypes: ['npm-peer', 'npm-optional'] },
    ),
    rule(
      'no-test-code-in-product',
      'What users install must not need a test.',
      { path: layer, pathNot: proof },
      { path: proof, pathNot: foreign },
    ),
    rule(
      'no-test-code-in-product',
      'Suites take `test` as an argument; product code has no runner.',
      { path: layer, pathNot: proof },
      { path: '^(node:)?test(/reporters)?$', dependencyTypes: ['core'] },
    ),
    rule(
      'no-orphans',
      'A file nobody imports, and which imports nothing, is forgotten.',
      { orphan: true, pathNot: [proof, '^examples/', '(^|/)index[.]ts$'] },
      {},
    ),
    rule(
      'no-dev-deps',
      'What users install must not need what only developers have.',
      { path: layer, pathNot: proof },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm', 'npm-peer'] },
    ),
    rule(
      'not-unlisted',
      'Every package is listed in package.json.',
      {},
      {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'],
        // An optional peer is listed; the tool takes its entry in peerDependenciesMeta for a list it does not know.
        dependencyTypesNot: ['npm-peer'],
        pathNot: '^(dist|promisegrid)(/|$)',
      },
    ),
    rule(
      'not-unlisted',
      'Every import leads somewhere.',
      {},
      { couldNotResolve: true, pathNot: '^promisegrid(/|$)' },
    ),
  ],
  options: {
    exclude: { path: ['^conformance/(peers|tools)/', '(^|/)guest/'] },
    doNotFollow: { path: ['node_modules', '^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'],
    },
  },
}
