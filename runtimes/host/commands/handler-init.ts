/** `grid handler init`: a folder with the source of a small handler, ready to be built and tried. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Option } from 'commander'

import { LANGUAGE_NAMES } from '../author/language-names.ts'
import { LANGUAGES } from '../author/languages.ts'
import { checkHandlerName } from '../deploy.ts'
import { HostError } from '../host-error.ts'
import type { Command } from 'commander'
import type { LanguageName } from '../author/language-names.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface InitFlags {
  readonly lang: LanguageName
}

export function addHandlerInit(handler: Command, act: Act): void {
  handler
    .command('init')
    .description('begin a handler: source, description and vectors in a folder of its name')
    .argument('<name>', 'name of the handler, and of its folder')
    .addOption(
      new Option('--lang <language>', 'what it is written in').choices(LANGUAGE_NAMES).makeOptionMandatory(),
    )
    .addHelpText('after', '\nExample:\n  grid handler init greet --lang c && cd greet && grid handler test')
    .action((name: string, flags: InitFlags) => act((session) => init(session, name, flags)))
}

async function init(session: Session, name: string, { lang }: InitFlags): Promise<Report> {
  checkHandlerName(name)
  const folder = session.path(name)
  if ((await readdir(folder).catch(() => [])).length > 0)
    throw new HostError('NAME', `${name} is there already, and not empty`, { fix: 'choose another name' })
  const files = Object.entries(LANGUAGES[lang].template.files(name))
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  }
  const missing = (await LANGUAGES[lang].tools(folder)).filter(({ found }) => found === undefined)
  const steps = [`cd ${name}`, ...missing.map(({ fix }) => fix), 'grid handler test', 'grid handler deploy']
  return {
    data: {
      name,
      language: lang,
      files: files.map(([path]) => path),
      missing: missing.map(({ name }) => name),
    },
    text: [...files.map(([path]) => `${name}/${path}`), '', 'Next:', ...steps.map((step) => `  ${step}`)],
  }
}
