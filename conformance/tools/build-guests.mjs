// Builds the WebAssembly of our example handlers from FOLDER/guest, byte for byte reproducibly.
//
//   node conformance/tools/build-guests.mjs [--check] [NAME ...]
//
// Without --check it writes FOLDER/NAME.wasm and says what descriptor.ts must name. With it, nothing
// in the repository is written: the rebuilt bytes must equal the committed ones. Another compiler version
// makes other bytes, so a check is made only with the recorded one, and says so when it is skipped.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Per guest: the compiler version behind the committed bytes, what is here, what to install, how to build. */
const guests = {
  'word-index': byClang('handlers/word-index', 'word-index.c'),
  tally: byClang('examples/15-state-handler', 'tally.c'),
  lz4: {
    folder: 'handlers/lz4',
    recorded: 'assemblyscript 0.28.20',
    found: () => {
      const manifest = join(guestFolder('lz4'), 'node_modules/assemblyscript/package.json')
      return existsSync(manifest) && `assemblyscript ${JSON.parse(readFileSync(manifest, 'utf8')).version}`
    },
    missing: 'AssemblyScript (npm ci --prefix handlers/lz4/guest)',
    prepare: (folder) => run('npm', ['ci'], folder),
    build: (folder, target) =>
      run(
        process.execPath,
        [
          'node_modules/assemblyscript/bin/asc.js',
          'assembly/index.ts',
          '--config',
          'asconfig.json',
          '--outFile',
          target,
        ],
        folder,
      ),
  },
}

/** A guest in C, in one file. */
function byClang(place, source) {
  return {
    folder: place,
    recorded: 'clang 22.1.8, lld 22.1.8',
    found: () => {
      const clang = versionOf('clang-22') ?? versionOf('clang')
      const lld = versionOf('wasm-ld-22') ?? versionOf('wasm-ld')
      return clang && lld && `clang ${clang}, lld ${lld}`
    },
    missing: 'clang and wasm-ld (Debian: apt-get install clang-22 lld-22)',
    prepare: () => undefined,
    build: (folder, target) =>
      run(versionOf('clang-22') ? 'clang-22' : 'clang', clangArguments(source, target), folder),
  }
}

const check = process.argv.includes('--check')
const named = process.argv.slice(2).filter((argument) => argument !== '--check')
const unknown = named.filter((name) => !Object.hasOwn(guests, name))
if (unknown.length > 0) {
  console.error(`build-guests: no guest ${unknown.join(', ')}; there are ${Object.keys(guests).join(', ')}`)
  process.exit(1)
}
const wanted = named.length > 0 ? named : Object.keys(guests)
// Each is tried, so that one run reports everything that is wrong.
const done = wanted.map((name) => (check ? checkGuest(name) : buildGuest(name)))
process.exit(done.every(Boolean) ? 0 : 1)

function buildGuest(name) {
  const guest = guests[name]
  if (!guest.found()) guest.prepare(guestFolder(name))
  const found = guest.found()
  if (!found) return fail(name, `not built: missing ${guest.missing}`)
  const bytes = compile(name)
  if (!bytes) return fail(name, 'not built: the compiler failed')
  writeFileSync(wasmFile(name), bytes)
  const hash = sha256(bytes)
  console.log(`${name}: ${bytes.length} bytes, sha-256 ${hash}, by ${found}`)
  if (found !== guest.recorded)
    console.log(`${name}: the recorded compiler is ${guest.recorded}; record the new one`)
  const file = join(root, guest.folder, 'descriptor.ts')
  if (!existsSync(file) || readFileSync(file, 'utf8').includes(hash)) return true
  return fail(name, `${guest.folder}/descriptor.ts must now say CODE_SHA256 = '${hash}'`)
}

function checkGuest(name) {
  const guest = guests[name]
  const found = guest.found()
  if (!found) return skip(name, `missing ${guest.missing}`)
  if (found !== guest.recorded)
    return skip(name, `found ${found}, the committed bytes are by ${guest.recorded}`)
  const bytes = compile(name)
  if (!bytes) return fail(name, 'the compiler failed')
  const committed = readFileSync(wasmFile(name))
  if (!committed.equals(bytes)) {
    return fail(name, `rebuilt sha-256 ${sha256(bytes)} differs from the committed ${sha256(committed)}`)
  }
  console.log(`${name}: same bytes, sha-256 ${sha256(bytes)}, by ${found}`)
  return true
}

/** Compiles into a folder of its own; the name of the output must not reach the bytes. */
function compile(name) {
  const scratch = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const target = join(scratch, `${name}.wasm`)
    return guests[name].build(guestFolder(name), target) ? readFileSync(target) : undefined
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Features every engine has had for years; no libc; a stack that ends at address 0, so overflow traps. */
function clangArguments(source, target) {
  const features = ['-mcpu=mvp', '-mbulk-memory', '-msign-ext', '-mmutable-globals']
  const linker = '-Wl,--no-entry,--strip-all,--stack-first,--max-memory=16777216,-z,stack-size=8192'
  const strict = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-nostdlib']
  return ['--target=wasm32', ...features, ...strict, '-Os', linker, '-o', target, source]
}

function versionOf(command) {
  const answer = spawnSync(command, ['--version'], { encoding: 'utf8' })
  return answer.status === 0 ? /\d+\.\d+\.\d+/.exec(answer.stdout)?.[0] : undefined
}

function run(command, args, folder) {
  return spawnSync(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

function guestFolder(name) {
  return join(root, guests[name].folder, 'guest')
}

function wasmFile(name) {
  return join(root, guests[name].folder, `${name}.wasm`)
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

function skip(name, why) {
  console.log(`${name}: skipped: ${why}`)
  return true
}

function fail(name, why) {
  console.error(`${name}: ${why}`)
  return false
}
