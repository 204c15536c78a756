/** Building as part of a command: what a compiler says of the source is shown as it says it. */
import { buildProject } from '../author/build.ts'
import { CompilerError } from '../author/compile.ts'
import { readProject } from '../author/project.ts'
import { failureOf } from '../terminal/report.ts'
import { safeLine } from '../terminal/safe-text.ts'
import type { Project } from '../author/project.ts'
import type { Report } from '../terminal/report.ts'
import type { Session } from './session.ts'

/** Builds the handler of a folder and goes on with it; where it cannot be built, the report says why. */
export async function withBuilt(
  session: Session,
  folder: string,
  work: (project: Project, code: Uint8Array) => Promise<Report>,
): Promise<Report> {
  const project = await readProject(session.path(folder))
  try {
    const code = await session.terminal.progress('building', () => buildProject(project))
    return await work(project, code)
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error
    return {
      data: { compiler: error.lines },
      text: error.lines.map((line) => safeLine(line)),
      failure: failureOf(error),
    }
  }
}
