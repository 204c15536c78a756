/** What `grid doctor` says of languages: what each needs for handlers and programs, what is here, and how to get the rest. */
import { LANGUAGE_NAMES } from '../author/language-names.ts'
import { LANGUAGES } from '../author/languages.ts'
import type { LanguageName } from '../author/language-names.ts'
import type { Language } from '../author/language.ts'

export interface LanguageFinding {
  readonly language: LanguageName
  readonly making: 'handlers' | 'programs'
  readonly needs: string
  readonly ready: boolean
  readonly tools: readonly ToolFinding[]
}

export type ToolFinding =
  | { readonly name: string; readonly here: true; readonly version: string; readonly path: string }
  | { readonly name: string; readonly here: false; readonly install: string }

const PACKAGE = 'installed by npm in the folder of the handler'
const NEEDS: Readonly<Record<LanguageName, { readonly handlers: string; readonly programs?: string }>> = {
  c: {
    handlers: 'a clang that writes WebAssembly, and its linker; no library',
    programs: 'the same, and the library of C for WASI with what compiled code calls',
  },
  rust: {
    handlers: 'a rustc with its library for WebAssembly, and a linker',
    programs: 'a rustc with its library for WASI, and a linker',
  },
  wat: { handlers: `wabt, ${PACKAGE}` },
  assemblyscript: { handlers: `the compiler of AssemblyScript, ${PACKAGE}` },
  js: { handlers: `componentize-qjs, ${PACKAGE}: it brings an engine and the linker of components` },
}

export async function languageFindings(folder: string): Promise<readonly LanguageFinding[]> {
  const asked = LANGUAGE_NAMES.map(async (language) => {
    const { handlers, programs } = NEEDS[language]
    const { program } = LANGUAGES[language]
    const ofHandlers = await findingOf(language, 'handlers', LANGUAGES[language], handlers, folder)
    if (program === undefined || programs === undefined) return [ofHandlers]
    return [ofHandlers, await findingOf(language, 'programs', program, programs, folder)]
  })
  return (await Promise.all(asked)).flat()
}

/** What is missing is told with the command that installs it. */
export function languageRows({ language, making, needs, ready, tools }: LanguageFinding): string[][] {
  const versions = tools.flatMap((tool) => (tool.here ? [`${tool.name} ${tool.version}`] : []))
  const rows = [[ready ? 'here' : 'missing', `${making} in ${language}`, ready ? versions.join(', ') : needs]]
  for (const tool of tools) if (!tool.here) rows.push(['', tool.name, tool.install])
  return rows
}

async function findingOf(
  language: LanguageName,
  making: LanguageFinding['making'],
  { tools }: Pick<Language, 'tools'>,
  needs: string,
  folder: string,
): Promise<LanguageFinding> {
  const found = (await tools(folder)).map(({ name, found, fix }): ToolFinding =>
    found === undefined
      ? { name, here: false, install: fix }
      : { name, here: true, version: found.version, path: found.path },
  )
  return { language, making, needs, ready: found.every(({ here }) => here), tools: found }
}
