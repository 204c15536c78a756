/** What others are to be handed, into a file or behind what a command has to tell. */
import { writeFile } from 'node:fs/promises'

import { HostError } from '../host-error.ts'
import { columns } from '../terminal/layout.ts'
import type { Report } from '../terminal/report.ts'
import type { Session } from './session.ts'

interface Told {
  readonly data: object
  readonly rows: readonly (readonly string[])[]
  readonly lines: readonly string[]
}

/** @throws {HostError} FILE */
export async function writeHandout(
  session: Session,
  { data, rows, lines }: Told,
  out: string | undefined,
): Promise<Report> {
  if (out === undefined) return { data, text: [...columns(rows), '', ...lines] }
  await writeFile(session.path(out), `${lines.join('\n')}\n`).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('FILE', `${out} cannot be written: ${error.code ?? error.message}`, { cause: error })
  })
  return { data: { ...data, file: session.path(out) }, text: columns([...rows, ['file', out]]) }
}
