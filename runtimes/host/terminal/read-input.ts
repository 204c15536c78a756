/** Reads a file a user named: its kind and size are looked at before its content. */
import { open } from 'node:fs/promises'

import { HostError } from '../host-error.ts'
import { bytes } from './units.ts'
import type { Surroundings } from './surroundings.ts'

export interface InputRule {
  readonly bytesMax: number
  /** Whether a file without content makes sense. */
  readonly mayBeEmpty?: boolean
  /** Why it may not be larger: `the argument of a call`. */
  readonly as: string
  /** What helps where there is none. */
  readonly fix?: string
}

const FIX = 'name a file that is here: a path is looked for from the folder you are in'

const CHUNK = 64 * 1024

/** An absolute path, or `-`. @throws {HostError} FILE or MISSING */
export async function readInput(
  { stdin }: Pick<Surroundings, 'stdin'>,
  path: string,
  rule: InputRule,
): Promise<Uint8Array> {
  return path === '-' ? withContent(path, rule, await readStdin(stdin, rule)) : readNamed(path, rule)
}

/** A file alone, by its absolute path. @throws {HostError} FILE or MISSING */
export async function readNamed(path: string, rule: InputRule): Promise<Uint8Array> {
  return withContent(path, rule, await readFile(path, rule))
}

function withContent(path: string, { mayBeEmpty }: InputRule, content: Uint8Array): Uint8Array {
  if (content.length > 0 || mayBeEmpty === true) return content
  throw new HostError('FILE', `${nameOf(path)} is empty`, { fix: 'name a file with content' })
}

async function readFile(path: string, rule: InputRule): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw openError(path, rule, error)
  })
  try {
    const stat = await file.stat()
    if (stat.isDirectory())
      throw new HostError('FILE', `${path} is a directory`, { fix: 'name a file in it' })
    if (stat.size > rule.bytesMax) throw tooLarge(path, rule, stat.size)
    // Not by its size alone: pipes and devices tell none, and a file can grow meanwhile.
    return await collect(path, rule, file.createReadStream({ autoClose: false, highWaterMark: CHUNK }))
  } finally {
    await file.close()
  }
}

function readStdin(stdin: Surroundings['stdin'], rule: InputRule): Promise<Uint8Array> {
  if (stdin.isTTY === true)
    throw new HostError('USAGE', 'standard input is a terminal', {
      fix: 'pipe content into it, or name a file',
    })
  return collect('-', rule, stdin)
}

async function collect(
  path: string,
  rule: InputRule,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of chunks) {
      length += chunk.length
      if (length > rule.bytesMax) throw tooLarge(path, rule)
      parts.push(chunk)
    }
  } catch (error) {
    throw error instanceof HostError ? error : openError(path, rule, error as NodeJS.ErrnoException)
  }
  return Uint8Array.from(Buffer.concat(parts))
}

function openError(path: string, rule: InputRule, error: NodeJS.ErrnoException): HostError {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    return new HostError('MISSING', `there is no file ${path}`, { cause: error, fix: rule.fix ?? FIX })
  if (error.code === 'EISDIR')
    return new HostError('FILE', `${path} is a directory`, { cause: error, fix: 'name a file in it' })
  return new HostError('FILE', `${nameOf(path)} cannot be read: ${error.code ?? error.message}`, {
    cause: error,
  })
}

function tooLarge(path: string, rule: InputRule, size?: number): HostError {
  const has = size === undefined ? 'has more' : `has ${bytes(size)}`
  return new HostError(
    'FILE',
    `${nameOf(path)} is too large: ${rule.as} has at most ${bytes(rule.bytesMax)}, it ${has}`,
  )
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path
}
