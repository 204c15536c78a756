/** `grid handler build`: the source in a folder becomes a module beside it. */
import { bytes } from '../../terminal/units.ts'
import { withBuilt } from '../built.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addHandlerBuild(handler: Command, act: Act): void {
  handler
    .command('build')
    .description('build the handler of a folder')
    .argument('[folder]', 'where its handler.json is', '.')
    .addHelpText('after', '\nExample:\n  grid handler build greet')
    .action((folder: string) => act((session) => build(session, folder)))
}

function build(session: Session, folder: string): Promise<Report> {
  return withBuilt(session, folder, async ({ options, code: path }, code) => ({
    data: { name: options.name, code: path, bytes: code.length },
    text: [`${path}: ${bytes(code.length)}`],
  }))
}
