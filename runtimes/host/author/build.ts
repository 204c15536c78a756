/** Source becomes a module, where everything it takes is here. */
import { readFile } from 'node:fs/promises'

import { HostError } from '../host-error.ts'
import { LANGUAGES } from './languages.ts'
import type { Project } from './project.ts'

/** @throws {HostError} MISSING for a tool, with how to get it @throws {CompilerError} */
export async function buildProject(project: Project): Promise<Uint8Array> {
  const language = LANGUAGES[project.language]
  const { tools, build } = project.options.entry === 'program' ? (language.program ?? language) : language
  const needed = await tools(project.folder)
  const missing = needed.find(({ found }) => found === undefined)
  if (missing !== undefined)
    throw new HostError(
      'MISSING',
      `${missing.name} is not here, and ${project.language} is not built without it`,
      {
        fix: missing.fix === 'npm install' ? `npm install, in ${project.folder}` : missing.fix,
      },
    )
  await build(project, needed)
  return new Uint8Array(await readFile(project.code))
}
