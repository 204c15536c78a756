/** `grid handler deploy`: builds the handler of a folder and puts it into the store, as its description says. */
import { columns } from '../../terminal/layout.ts'
import { bytes } from '../../terminal/units.ts'
import { withBuilt } from '../built.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addHandlerDeploy(handler: Command, act: Act): void {
  handler
    .command('deploy')
    .description('build the handler of a folder, and deploy it under its name')
    .argument('[folder]', 'where its handler.json is', '.')
    .addHelpText('after', '\nExample:\n  grid handler deploy greet && grid call greet greet --input name.txt')
    .action((folder: string) => act((session) => deploy(session, folder)))
}

function deploy(session: Session, folder: string): Promise<Report> {
  return withBuilt(session, folder, ({ options }, code) =>
    withHost(session, async (host) => {
      const protocol = (await host.deploy(code, options)).toString()
      const { name, methods } = options
      return {
        data: { protocol, name, methods, bytes: code.length },
        text: columns([
          ['protocol', protocol, 'call it by this, or by its name'],
          ['name', name, bytes(code.length)],
          ['methods', methods.join(', ')],
        ]),
      }
    }),
  )
}
