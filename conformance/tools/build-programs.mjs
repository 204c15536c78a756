// Builds the C programs that tests and examples run as programs of WASI preview 1, from the `guest` folder beside each.
//
//   node conformance/tools/build-programs.mjs [--check]
//
// With --check nothing is written: the rebuilt bytes must equal the committed ones. Another compiler or library makes
// other bytes, so a check is made only with the recorded ones, and says so when it is skipped.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = [
  'conformance/test/wasi',
  'examples/16-program',
  'runtimes/wasi/bench',
  'runtimes/wasi/test/programs',
]

const recorded = '22.1.8'
/** Debian: apt-get install clang-22 lld-22 wasi-libc libclang-rt-22-dev-wasm32 */
const library = '/usr/lib/wasm32-wasi/libc.a'
const flags = [
  ...['--target=wasm32-wasi', '-Wno-deprecated', '-std=c17', '-D_POSIX_C_SOURCE=200809L', '-Os'],
  ...['-mcpu=mvp', '-mbulk-memory', '-msign-ext', '-mmutable-globals', '-Wall', '-Wextra', '-Werror'],
  '-Wl,--strip-all,--stack-first,-z,stack-size=65536,--max-memory=4194304',
]

const isCheck = process.argv.includes('--check')
const found = /\d+\.\d+\.\d+/.exec(
  spawnSync('clang-22', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)?.[0]
if (found !== recorded || !existsSync(library)) {
  console.log(
    `build-programs: skipped: needs clang ${recorded} and wasi-libc, found ${found ?? 'no clang-22'}`,
  )
  process.exit(isCheck ? 0 : 1)
}
const wrong = folders.flatMap((folder) => sourcesOf(folder).filter((name) => !build(folder, name)))
if (wrong.length > 0)
  console.error(`build-programs: ${wrong.join(', ')}: not what is committed, or not compiled`)
process.exit(wrong.length > 0 ? 1 : 0)

function sourcesOf(folder) {
  const files = readdirSync(join(root, folder, 'guest')).filter((file) => file.endsWith('.c'))
  return files.map((file) => file.slice(0, -'.c'.length))
}

/** The name of the output and the folder must not reach the bytes: each is compiled where its source is. */
function build(folder, name) {
  const scratch = mkdtempSync(join(tmpdir(), 'program-'))
  const target = join(scratch, 'out.wasm')
  const committed = join(root, folder, `${name}.wasm`)
  try {
    const cwd = join(root, folder, 'guest')
    const { status } = spawnSync('clang-22', [...flags, '-o', target, `${name}.c`], { cwd, stdio: 'inherit' })
    if (status !== 0) return false
    const bytes = readFileSync(target)
    if (isCheck) return readFileSync(committed).equals(bytes)
    writeFileSync(committed, bytes)
    console.log(`${folder}/${name}.wasm: ${bytes.length} bytes`)
    return true
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
