/** Runs the compiled `grid` as a process of its own, the way a user does. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('../cli.js', import.meta.url))

export interface Ran {
  readonly exit: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** Ends the process without a warning after so many milliseconds. */
  readonly killAfterMs?: number
}

/** A folder that goes when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'promisegrid-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function grid(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => void out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => void err.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const { killAfterMs } = options
  const killer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => {
      clearTimeout(killer)
      resolve({ exit, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() })
    })
  })
}

export interface Answer {
  readonly ok: boolean
  readonly result: Readonly<Record<string, unknown>>
  readonly error?: {
    readonly exit: string
    readonly code: string
    readonly message: string
    readonly fix?: string
    readonly link?: number
    readonly rule?: string
  }
}

/** The one JSON document of a command. */
export async function gridJson(
  words: readonly string[],
  options: RunOptions = {},
): Promise<Answer & { readonly exit: number | null }> {
  const { exit, stdout, stderr } = await grid([...words, '--json'], options)
  if (stdout.length === 0) throw new Error(`no document, but: ${stderr}`)
  return { exit, ...(JSON.parse(stdout.toString()) as Answer) }
}
