/** The file of the demonstration, and which of the two handlers can do something with it. */
import { fileURLToPath } from 'node:url'

import { readInput } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import type { Session } from '../commands/session.ts'

/** A chapter of the specification: real text that is always in the package. */
const OWN_FILE = new URL('../../../../spec/message.md', import.meta.url)
/** What word-index and lz4 take at most. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024
const BYTES_MAX = 8 * 1024 * 1024

export interface DemoInput {
  readonly name: string
  readonly content: Uint8Array
  readonly isText: boolean
}

/** @throws {HostError} FILE or MISSING */
export async function demoInput(session: Session, file: string | undefined): Promise<DemoInput> {
  const path = file === undefined ? fileURLToPath(OWN_FILE) : session.path(file)
  const content = await readInput(path, { bytesMax: BYTES_MAX, as: 'the file of the demonstration' })
  const isText = content.length <= TEXT_BYTES_MAX && textOf(content) !== undefined
  return { name: file ?? 'spec/message.md', content, isText }
}
