// Makes the components that the tests run, from the sources beside this file. `node build.mjs` writes them to
// `built/`; they are checked in, so that the tests need none of these tools. Needs clang-22 and wasi-libc.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { componentEmbed, componentNew, parse, preview1AdapterCommandPath } from '@bytecodealliance/jco'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const WIT = [...['handler', 'host'].map((name) => here(`../../../../spec/wit/${name}.wit`)), here('shelf.wit')]
const SMALL = ['-Oz', '-Wl,--strip-all']
const WITHOUT_LIBRARY = ['--target=wasm32', '-ffreestanding', '-nostdlib', '-mbulk-memory', '-Wl,--no-entry']
const WITH_LIBRARY = ['--target=wasm32-wasi', '--sysroot=/usr', '-Wno-deprecated']
/** Programs in C that tests and examples run as modules of preview 1 too: their folder, their name, and where they go. */
const ADAPTED = [
  ...['content', 'descriptors', 'library', 'names', 'process'].map((name) => ['conformance/test/wasi', name, `components/${name}`]),
  ['examples/16-program', 'pages', 'pages.component'],
]
const AS_ADAPTED = [...WITH_LIBRARY, '-std=c17', '-D_POSIX_C_SOURCE=200809L', '-DADAPTED']

const scratch = await mkdtemp(join(tmpdir(), 'component-guests-'))
try {
  for (const name of ['echo', 'misbehaving', 'opens', 'shapes', 'untidy']) await write(name, await parse(await readFile(here(`${name}.wat`), 'utf8')))
  await write('reverse', await handler(await compile('reverse', WITHOUT_LIBRARY), 'handler'))
  await write('shelf', await handler(await compile('shelf', WITHOUT_LIBRARY), 'shelf'))
  await write('asking', await handler(await compile('asking', WITHOUT_LIBRARY), 'stateful'))
  await write('shared', await parse(await readFile(here('shared.wat'), 'utf8')))
  // Rust with its library is built beforehand: `words.rs` for wasm32-wasip1, named by its path.
  if (process.env.WORDS !== undefined) await write('words', await program(await readFile(process.env.WORDS)))
  await write('count-lines', await program(await compile('count-lines', WITH_LIBRARY)))
  await write('files', await command(await compile('files', WITHOUT_LIBRARY)))
  for (const [folder, name, target] of ADAPTED) {
    const core = await compile(name, AS_ADAPTED, here(`../../../../${folder}/guest/`))
    await write(name, await program(core), here(`../../../../${folder}/${target}.wasm`))
  }
} finally {
  await rm(scratch, { recursive: true })
}

async function compile(name, flags, cwd = here('.')) {
  const target = join(scratch, `${name}.wasm`)
  // Where the source is: the path of it must not reach the bytes.
  execFileSync('clang-22', [...flags, ...SMALL, '-o', target, `${name}.c`], { cwd, stdio: 'inherit' })
  return readFile(target)
}

/** A core module that exports what a world asks for. */
async function handler(core, world) {
  const embedded = await componentEmbed({ binary: core, dummy: false, witSource: await wit(), world })
  return componentNew(embedded)
}

/** A program that calls the functions of WASI 0.2 itself, with the definitions that come with the tool. */
async function command(core) {
  const packages = await Promise.all(['cli', 'clocks', 'filesystem', 'io', 'random', 'sockets'].map(wasiPackage))
  const world = 'package promisegrid:guests; world command { include wasi:cli/command@0.2.12; }'
  const witSource = [world, ...packages].join('\n')
  return componentNew(await componentEmbed({ binary: core, dummy: false, witSource, world: 'command' }))
}

/** As one of several in one text. */
async function wasiPackage(name) {
  const path = here(`node_modules/@bytecodealliance/jco/lib/wit/builtin/0.2.12/wasi-${name}/package.wit`)
  const [head, ...body] = (await readFile(path, 'utf8')).split(';')
  return `${head} { ${body.join(';')} }`
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

async function write(name, bytes, target = here(`built/${name}.wasm`)) {
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, bytes)
  console.log(`${name}: ${bytes.length} bytes`)
}
