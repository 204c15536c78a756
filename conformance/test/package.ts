/** The package as a user gets it: packed, and unpacked in an empty folder. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { manifest, root } from './repository.ts'

/** A subpath of the exports map that is code, with the name to import it by. */
export interface Door {
  readonly name: string
  /** Every file it leads to, by condition: `types`, `browser`, `default`. */
  readonly targets: Readonly<Record<string, string>>
}

export interface Run {
  readonly status: number
  readonly stdout: string
  /** Both streams, for a message. */
  readonly output: string
}

const execute = promisify(execFile)

/** What can be imported of the package, as package.json says. */
export function doors(): Door[] {
  return Object.entries(manifest.exports).flatMap(([subpath, targets]) =>
    typeof targets === 'string' ? [] : [{ name: manifest.name + subpath.slice(1), targets }],
  )
}

/** Runs a program to its end; a failure is a status, not an exception. */
export async function run(cwd: string, program: string, args: readonly string[]): Promise<Run> {
  try {
    const { stdout, stderr } = await execute(program, args, {
      cwd,
      env: clean(),
      maxBuffer: 32 * 1024 * 1024,
    })
    return { status: 0, stdout, output: stdout + stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    const status = typeof code === 'number' ? code : 1
    return { status, stdout, output: stdout + stderr || String(error) }
  }
}

/** An empty folder that is a module package, as a new project is. */
export function emptyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'promisegrid-consumer-'))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  )
  return folder
}

/** Packs this repository into a folder of `place` and returns where the tarball is and what it holds. */
export async function pack(place: string): Promise<{ readonly tarball: string; readonly files: string[] }> {
  const folder = mkdtempSync(join(place, 'pack-'))
  const packed = await run(root, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  if (packed.status !== 0) throw new Error(`npm pack failed: ${packed.output}`)
  const [report] = JSON.parse(packed.stdout) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ]
  return { tarball: join(folder, report.filename), files: report.files.map((file) => file.path) }
}

/**
 * Puts the tarball where npm would put it, and what it depends on beside it as links: npm would copy it, which takes
 * longer than everything that is asked here. What it does not depend on cannot be found from there.
 */
export async function unpack(tarball: string, project: string): Promise<void> {
  const place = join(project, 'node_modules', manifest.name)
  mkdirSync(place, { recursive: true })
  const unpacked = await run(place, 'tar', ['-xzf', tarball, '--strip-components=1'])
  if (unpacked.status !== 0) throw new Error(`tar failed: ${unpacked.output}`)
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link, 'junction')
  }
}

/** Without what an outer npm or test runner set: those would steer the inner ones. */
function clean(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(lifecycle|package|command|execpath|node_execpath|config_local_prefix)|NODE_TEST_CONTEXT|NODE_OPTIONS|INIT_CWD)/.test(
        name,
      ),
  )
  return Object.fromEntries(inherited)
}
