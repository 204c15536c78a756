/**
 * Runs `grid` from the outside. Most commands run in this process, which has loaded already what each of them
 * would load again; what is about processes - signals, two at a time, streams that break - has its own.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

import { runCli } from '../run-cli.ts'
import { MAKING } from '../keys/test/key-making.ts'

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
}

export interface ProcessOptions extends RunOptions {
  /** Ends the process without a warning after so many milliseconds. */
  readonly killAfterMs?: number
}

/** A folder that goes when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'promisegrid-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** One command in this process, with streams, environment and folder of its own. */
export async function grid(
  words: readonly string[],
  { cwd = tmpdir(), input = '', env = {} }: RunOptions = {},
): Promise<Ran> {
  const [out, err] = [collector(), collector()]
  const stdin = Readable.from([Buffer.from(input)], { objectMode: false })
  const streams = { stdin, stdout: out.stream, stderr: err.stream }
  const exit = await runCli(words, { ...streams, env, cwd: () => cwd, keyMaking: MAKING })
  return { exit, stdout: out.content(), stderr: err.content().toString() }
}

function collector(): { readonly stream: Writable; readonly content: () => Buffer } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, content: () => Buffer.concat(chunks) }
}

/** One command in a process of its own, the way a user starts it. */
export function gridProcess(words: readonly string[], options: ProcessOptions = {}): Promise<Ran> {
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

/** The one JSON document of a command, and its exit code. */
export function documentOf({ exit, stdout, stderr }: Ran): Answer & { readonly exit: number | null } {
  if (stdout.length === 0) throw new Error(`no document, but: ${stderr}`)
  return { exit, ...(JSON.parse(stdout.toString()) as Answer) }
}

export async function gridJson(
  words: readonly string[],
  options: RunOptions = {},
): Promise<ReturnType<typeof documentOf>> {
  return documentOf(await grid([...words, '--json'], options))
}
