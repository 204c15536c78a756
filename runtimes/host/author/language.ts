/** A language as the commands see it. */
import type { Project } from './project.ts'
import type { Template } from './templates/template.ts'
import type { Tool } from './toolchain.ts'

export interface Language {
  readonly template: Template
  /** What it needs in this folder, found or not. */
  readonly tools: (folder: string) => Promise<readonly Tool[]>
  /** The same for a program of WASI preview 1, in the languages that have more for it than for any module. */
  readonly program?: Omit<Language, 'program'>
  /** Builds the module to where the project says. @throws {CompilerError} */
  readonly build: (project: Project, tools: readonly Tool[]) => Promise<void>
}
