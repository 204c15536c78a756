/** Doing something with a handler in the making at every change of its source. */
import { changes } from '../author/changes.ts'
import { readProject } from '../author/project.ts'
import { HostError } from '../host-error.ts'
import { deliver, failureOf } from '../terminal/report.ts'
import { interruptible } from './interruptible.ts'
import type { Report } from '../terminal/report.ts'
import type { Session } from './session.ts'

/** Reports each time; what ends it is the person. */
export async function watched(
  session: Session,
  folder: string,
  round: () => Promise<Report>,
): Promise<Report> {
  const project = await readProject(session.path(folder))
  const rounds = async (signal: AbortSignal): Promise<never> => {
    for await (const _ of changes(project.folder, signal)) {
      const report = await round().catch((error: unknown) => ({
        data: {},
        text: [],
        failure: failureOf(error),
      }))
      deliver(session.terminal, report)
    }
    throw new HostError('INTERRUPTED', 'watching ended')
  }
  return interruptible(rounds)
}
