/** `grid doctor`: what is here, what each language needs, and the words that install the rest. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { installCommand, rustCommand } from '../author/install-command.ts'
import { LANGUAGE_NAMES } from '../author/language-names.ts'
import { CLI, gridJson, temporaryFolder } from './grid.ts'
import type { LanguageFinding } from '../commands/doctor-languages.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

async function languagesIn(cwd: string): Promise<readonly LanguageFinding[]> {
  const { exit, result } = await gridJson(['doctor'], { cwd })
  assert.equal(exit, 0)
  return result['languages'] as readonly LanguageFinding[]
}

/** A folder of programs that do nothing: only whether they are there is asked. */
function machineWith(...names: readonly string[]): { readonly path: string; readonly isRoot: boolean } {
  const path = temporaryFolder()
  for (const name of names) writeFileSync(join(path, name), '', { mode: 0o755 })
  return { path, isRoot: true }
}

describe('the words that install something', () => {
  const clang = { apt: 'clang lld', brew: 'llvm lld' }

  test('are one command for the package manager that is here', () => {
    assert.equal(installCommand(clang, machineWith('apt-get')), 'apt-get install clang lld')
    assert.equal(installCommand(clang, machineWith('brew')), 'brew install llvm lld')
    const alice = { ...machineWith('apt-get', 'brew'), isRoot: false }
    assert.equal(installCommand(clang, alice), 'sudo apt-get install clang lld')
  })

  test('are those for systems that are known where none of them is', () => {
    const other = machineWith('pacman')
    assert.equal(
      installCommand(clang, other),
      'Debian and Ubuntu: apt-get install clang lld; macOS: brew install llvm lld',
    )
    assert.equal(
      installCommand({ apt: 'bubblewrap' }, other),
      'Debian and Ubuntu: apt-get install bubblewrap',
    )
    assert.equal(installCommand(clang, { ...other, path: '' }), installCommand(clang, other))
  })

  test('add a target where rustup manages the compiler', () => {
    assert.equal(
      rustCommand('wasm32-wasip1', machineWith('rustup', 'apt-get')),
      'rustup target add wasm32-wasip1',
    )
    assert.match(
      rustCommand('wasm32-wasip1', machineWith('apt-get')),
      /^apt-get install rustc libstd-rust-dev-wasm32/,
    )
  })
})

describe('a compiler that is here without what it needs', () => {
  test('is not said to be away, and how to mend that is no step of its own', () => {
    const { path } = machineWith('apt-get')
    // It answers where its libraries would lie, and there are none.
    writeFileSync(join(path, 'rustc'), '#!/bin/sh\necho /nowhere\n', { mode: 0o755 })
    const env = { PATH: path, RUSTC: '' }
    const run = (...words: string[]) =>
      spawnSync(process.execPath, [CLI, 'handler', ...words], { cwd: path, env, encoding: 'utf8' })
    const { stdout } = run('init', 'greet', '--lang', 'rust')
    const [, missing = '', next = ''] = /\nNot here yet:\n([^]*)\nNext:\n([^]*)$/.exec(stdout) ?? []
    assert.match(
      missing,
      /^ {2}the library of rustc for wasm32-unknown-unknown +(sudo )?apt-get install rustc/,
    )
    assert.deepEqual(next.trim().split(/\n */), ['cd greet', 'grid handler test', 'grid handler deploy'])
    assert.match(run('build', 'greet').stderr, /the library of rustc for wasm32-unknown-unknown is not here/)
  })
})

describe('grid doctor', () => {
  test('tells of this machine, and of each language what it needs', async () => {
    const { result } = await gridJson(['doctor'], { cwd: temporaryFolder() })
    const findings = result['findings'] as readonly { what: string; here: boolean; says: string }[]
    assert.ok(findings.some(({ what, here }) => what === 'Node' && here))
    assert.ok(findings.every(({ says }) => says.length > 0))
    const languages = result['languages'] as readonly LanguageFinding[]
    const made = (making: string) =>
      languages.filter((each) => each.making === making).map((each) => each.language)
    assert.deepEqual([made('handlers'), made('programs')], [[...LANGUAGE_NAMES], ['c', 'rust']])
    for (const { needs, ready, tools } of languages) {
      assert.ok(needs.length > 0 && tools.length > 0)
      assert.equal(
        ready,
        tools.every(({ here }) => here),
      )
      for (const tool of tools) assert.ok(tool.here ? tool.version && tool.path : tool.install)
    }
  })

  test('looks for packages where it is asked, and says how to install them there', async () => {
    const own = temporaryFolder()
    const wat = async () => (await languagesIn(own)).find(({ language }) => language === 'wat')
    assert.deepEqual((await wat())?.tools, [{ name: 'wabt', here: false, install: 'npm install wabt' }])
    mkdirSync(join(own, 'node_modules'))
    symlinkSync(join(root, 'node_modules/wabt'), join(own, 'node_modules/wabt'))
    assert.equal((await wat())?.ready, true)
  })

  test('shows the command for each tool that a language lacks', () => {
    const { path } = machineWith('apt-get')
    const env = { PATH: path, RUSTC: '' }
    const { stdout } = spawnSync(process.execPath, [CLI, 'doctor'], { cwd: path, env, encoding: 'utf8' })
    assert.match(stdout, /^missing +handlers in c +a clang that writes WebAssembly/m)
    assert.match(stdout, /^ +clang +(sudo )?apt-get install clang lld$/m)
    assert.match(stdout, /^missing +programs in c +.*library of C for WASI/m)
    assert.match(stdout, /^ +wasi-libc +(sudo )?apt-get install wasi-libc/m)
    assert.match(stdout, /^ +compiler-rt +(sudo )?apt-get install libclang-rt-dev-wasm32$/m)
    assert.match(stdout, /^ +componentize-qjs +npm install componentize-qjs$/m)
  })
})
