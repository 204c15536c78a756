// Makes the components that the tests run, from the sources beside this file. `node build.mjs` writes them to
// `built/`; they are checked in, so that the tests need none of these tools. Needs clang-22 and wasi-libc.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { componentEmbed, componentNew, parse, preview1AdapterCommandPath } from '@bytecodealliance/jco'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const WIT = [...['handler', 'host'].map((name) => here(`../../../../spec/wit/${name}.wit`)), here('shelf.wit')]
const SMALL = ['-Oz', '-Wl,--strip-all']
const WITHOUT_LIBRARY = ['--target=wasm32', '-ffreestanding', '-nostdlib', '-mbulk-memory', '-Wl,--no-entry']
const WITH_LIBRARY = ['--target=wasm32-wasi', '--sysroot=/usr']

await mkdir(here('built/'), { recursive: true })
const scratch = await mkdtemp(join(tmpdir(), 'component-guests-'))
try {
  for (const name of ['echo', 'misbehaving', 'shapes', 'untidy']) await write(name, await parse(await readFile(here(`${name}.wat`), 'utf8')))
  await write('reverse', await handler(await compile('reverse', WITHOUT_LIBRARY), 'handler'))
  await write('shelf', await handler(await compile('shelf', WITHOUT_LIBRARY), 'shelf'))
  await write('asking', await handler(await compile('asking', WITHOUT_LIBRARY), 'stateful'))
  await write('shared', await parse(await readFile(here('shared.wat'), 'utf8')))
  // Rust with its library is built beforehand: `words.rs` for wasm32-wasip1, named by its path.
  if (process.env.WORDS !== undefined) await write('words', await program(await readFile(process.env.WORDS)))
  await write('count-lines', await program(await compile('count-lines', WITH_LIBRARY)))
} finally {
  await rm(scratch, { recursive: true })
}

async function compile(name, flags) {
  const target = join(scratch, `${name}.wasm`)
  execFileSync('clang-22', [...flags, ...SMALL, '-o', target, here(`${name}.c`)], { stdio: 'inherit' })
  return readFile(target)
}

/** A core module that exports what a world asks for. */
async function handler(core, world) {
  const embedded = await componentEmbed({ binary: core, dummy: false, witSource: await wit(), world })
  return componentNew(embedded)
}

/** All files of one package as one: the name of the package stands in each. */
async function wit() {
  const [first, ...others] = await Promise.all(WIT.map((file) => readFile(file, 'utf8')))
  return [first, ...others.map((text) => text.replace(/^package .*$/m, ''))].join('\n')
}

/** A program of preview 1, with the adapter that makes its imports those of 0.2. */
async function program(core) {
  return componentNew(core, [['wasi_snapshot_preview1', await readFile(preview1AdapterCommandPath())]])
}

async function write(name, bytes) {
  await writeFile(here(`built/${name}.wasm`), bytes)
  console.log(`${name}: ${bytes.length} bytes`)
}
