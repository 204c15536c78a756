/** `grid id export`: the public part of an identity, for others. The secret stays in its file. */
import { HostError } from '../host-error.ts'
import { identityHere } from './identity-facts.ts'
import { keysOf } from './session.ts'
import type { Command } from 'commander'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addIdExport(id: Command, act: Act): void {
  id.command('export')
    .description('the public part of an identity, to give to others')
    .argument('<name>')
    .option('--public', 'say that it is the public part you want; secrets are not exported')
    .addHelpText('after', '\nExample:\n  grid id export alice --public')
    .action((name: string, flags: { readonly public?: true }) =>
      act((session) => exportPublic(session, name, flags.public === true)),
    )
}

async function exportPublic(session: Session, name: string, isPublic: boolean): Promise<Report> {
  if (!isPublic)
    throw new HostError('USAGE', 'secrets are not exported', {
      fix: 'add --public for the public part; a copy of the key file is what moves an identity',
    })
  const { principal } = await identityHere(keysOf(session), name)
  return { data: { name, principal }, text: [principal] }
}
