/** `grid handler init`: a folder with the source of a small handler, ready to be built and tried. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Option } from 'commander'

import { LANGUAGE_NAMES } from '../../author/language-names.ts'
import { LANGUAGES } from '../../author/languages.ts'
import { checkHandlerName } from '../../deploy.ts'
import { HostError } from '../../host-error.ts'
import { columns } from '../../terminal/layout.ts'
import type { Command } from 'commander'
import type { LanguageName } from '../../author/language-names.ts'
import type { Language } from '../../author/language.ts'
import type { Tool } from '../../author/toolchain.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

/** In the folder of the handler, for what its package.json names. */
const INSTALL = 'npm install'

interface InitFlags {
  readonly lang: LanguageName
  readonly program?: true
}

export function addHandlerInit(handler: Command, act: Act): void {
  handler
    .command('init')
    .description('begin a handler: source, description and vectors in a folder of its name')
    .argument('<name>', 'name of the handler, and of its folder')
    .addOption(
      new Option('--lang <language>', 'what it is written in').choices(LANGUAGE_NAMES).makeOptionMandatory(),
    )
    .option('--program', 'a program of WASI preview 1: arguments, streams and folders, in C or Rust')
    .addHelpText(
      'after',
      '\nExamples:\n  grid handler init greet --lang c && cd greet && grid handler test' +
        '\n  grid handler init number --lang rust --program',
    )
    .action((name: string, flags: InitFlags) => act((session) => init(session, name, flags)))
}

async function init(session: Session, name: string, { lang, program }: InitFlags): Promise<Report> {
  checkHandlerName(name)
  const { template, tools } = kindOf(lang, program === true)
  const folder = session.path(name)
  if ((await readdir(folder).catch(() => [])).length > 0)
    throw new HostError('NAME', `${name} is there already, and not empty`, { fix: 'choose another name' })
  const files = Object.entries(template.files(name))
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  }
  const missing = (await tools(folder)).filter(({ found }) => found === undefined)
  const installs = missing.some(({ fix }) => fix === INSTALL) ? [INSTALL] : []
  const steps = [`cd ${name}`, ...installs, 'grid handler test', 'grid handler deploy']
  return {
    data: {
      name,
      language: lang,
      files: files.map(([path]) => path),
      missing: missing.map(({ name }) => name),
    },
    text: [
      ...files.map(([path]) => `${name}/${path}`),
      ...missingLines(missing),
      ...['', 'Next:', ...steps.map((step) => `  ${step}`)],
    ],
  }
}

/** What is of the machine, and may be said in more words than a command: packages are a step of their own. */
function missingLines(missing: readonly Tool[]): readonly string[] {
  const rows = missing.filter(({ fix }) => fix !== INSTALL).map(({ name, fix }) => [`  ${name}`, fix])
  return rows.length === 0 ? [] : ['', 'Not here yet:', ...columns(rows)]
}

/** @throws {HostError} USAGE for a program in a language that has no template of one */
function kindOf(lang: LanguageName, isProgram: boolean): Language {
  if (!isProgram) return LANGUAGES[lang]
  const { program } = LANGUAGES[lang]
  if (program !== undefined) return program
  const others = LANGUAGE_NAMES.filter((each) => LANGUAGES[each].program !== undefined)
  throw new HostError('USAGE', `no program is begun in ${lang}`, { fix: `use one of: ${others.join(', ')}` })
}
