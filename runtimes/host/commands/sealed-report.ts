/** Bytes that go where somebody has said: into a file for its owner alone, or to standard output. */
import { writeFile } from 'node:fs/promises'

import { HostError } from '../host-error.ts'
import { contentReport } from './block.ts'
import type { Report } from '../terminal/report.ts'
import type { Session } from './session.ts'

/** @throws {HostError} FILE */
export async function sealedReport(
  session: Session,
  facts: object,
  content: Uint8Array,
  out: string | undefined,
  line: string,
): Promise<Report> {
  if (out === undefined || out === '-')
    return { ...(await contentReport(session, facts, content, undefined, [line])), isRaw: out === '-' }
  const file = session.path(out)
  // What was secret on its way here is no less so on this disk.
  await writeFile(file, content, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('FILE', `${out} cannot be written: ${error.code ?? error.message}`, { cause: error })
  })
  return { data: { ...facts, bytes: content.length, file }, text: [line, `written to ${out}`] }
}
