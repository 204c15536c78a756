// What nothing uses: files, exports, dependencies. Everything hangs on the front doors of package.json.
import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

/** `./dist/kernel/index.js` is made from `kernel/index.ts`. */
const source = (built) => built.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '.ts')

const targets = Object.values(manifest.exports)
  .flatMap((target) => (typeof target === 'object' ? Object.values(target) : []))
  .concat(Object.values(manifest.bin))
const doors = targets.filter((target) => target.endsWith('.js')).map(source)

export default {
  entry: [
    ...new Set(doors),
    // Started by their address, in a process or worker of their own.
    'runtimes/**/*-{child,worker}.ts',
    '{kernel,promisebase,runtimes,handlers,conformance}/**/test/**/*.test.ts',
    // Programs that tests start in a process of their own.
    'promisebase/test/{crash-writer,damage-prober,indexeddb-page,open-racer,postgres-citizen,postgres-racer}.ts',
    'runtimes/wasi/test/{engines/engine,worker/worker}-page.ts',
    'runtimes/host/isolation/test/hostile-page.ts',
    'promisebase/test/faults/{life,run}.ts',
    'runtimes/host/isolation/test/soak/run.ts',
    'runtimes/wasi/test/wast/run.ts',
    '{kernel,promisebase,runtimes,handlers}/**/bench/*.bench.ts',
    'examples/*/*.ts',
    'conformance/{adapter,run,run-sets,run-wasi,once/worker}.ts',
    // Programs by themselves: npm run bench:gigabyte, bench:blocks.
    'promisebase/bench/{gigabyte,blocks}.ts',
    'promisebase/bench/blocks/ours.ts',
    // Used from dist/ by conformance/tools/bench.mjs and the peers.
    'conformance/bench-{blocks,kit,run}.ts',
    // A page of a test imports it in place of `node:assert`.
    'conformance/test/browser-assert.ts',
    'conformance/tools/*.mjs',
  ],
  project: [
    '{kernel,promisebase,runtimes,handlers,examples,conformance}/**/*.{ts,mjs}',
    '!**/guest/**',
    '!conformance/peers/**',
  ],
  // Run by their file in node_modules: see conformance/tools/check.mjs.
  ignoreDependencies: ['typescript-native', '@arethetypeswrong/cli', 'dependency-cruiser', 'publint'],
  // An optional peer is imported where it is asked for, and a development dependency for the tests.
  rules: { optionalPeerDependencies: 'off' },
  ignoreExportsUsedInFile: { interface: true, type: true },
}
