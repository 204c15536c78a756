/** What a program said that was run in this process. */
import type { Says } from '../run-vectors.ts'

export interface Heard {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export async function heard(run: (says: Says) => Promise<number>): Promise<Heard> {
  let [stdout, stderr] = ['', '']
  const log = (line: string): void => void (stdout += `${line}\n`)
  const error = (line: string): void => void (stderr += `${line}\n`)
  return { status: await run({ log, error }), stdout, stderr }
}
