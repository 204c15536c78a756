/** The file of the demonstration, and which of the two handlers can do something with it. */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

import { readInput } from '../terminal/read-input.ts'
import { safeLine, textOf } from '../terminal/safe-text.ts'
import type { Session } from '../commands/session.ts'

/** A chapter of the specification: real text that is always in the package. */
const OWN_FILE = new URL('../../../../spec/message.md', import.meta.url)
/** What word-index and lz4 take at most. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024
const BYTES_MAX = 8 * 1024 * 1024
const NAME_MAX = 40

export interface DemoInput {
  /** For people; safe to show. */
  readonly name: string
  readonly content: Uint8Array
  readonly isText: boolean
}

/** @throws {HostError} FILE or MISSING */
export async function demoInput(session: Session, file: string | undefined): Promise<DemoInput> {
  const path = file === undefined ? fileURLToPath(OWN_FILE) : session.path(file)
  const content = await readInput(session.terminal, path, {
    bytesMax: BYTES_MAX,
    as: 'the file of the demonstration',
  })
  const isText = content.length <= TEXT_BYTES_MAX && textOf(content) !== undefined
  return { name: file === undefined ? 'spec/message.md' : shortName(file), content, isText }
}

/** The name alone, cut in the middle where a line has no room for it. */
function shortName(file: string): string {
  const name = file === '-' ? 'standard input' : safeLine(basename(file))
  return name.length <= NAME_MAX ? name : `${name.slice(0, NAME_MAX - 12)}…${name.slice(-11)}`
}
