/** `grid id encrypt` and `grid id decrypt`: a passphrase on the secret of an identity, and off again. */
import { identityFacts, identityHere } from '../identity-facts.ts'
import { keysOf } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addIdProtection(id: Command, act: Act): void {
  id.command('encrypt')
    .description(
      'put the key files of identities under a passphrase, one for all of a folder (for content: `grid encrypt`)',
    )
    .argument('<names...>')
    .addHelpText(
      'after',
      '\nExamples:\n  grid id encrypt alice\n  grid id encrypt node root --passphrase-file ~/.grid-passphrase' +
        '\n\nWhoever forgets the passphrase has lost the keys: nothing here can bring them back.',
    )
    .action((names: string[]) => act((session) => protect(session, names, 'encrypt')))
  id.command('decrypt')
    .description('take the passphrase off the key files of identities')
    .argument('<names...>')
    .addHelpText('after', '\nExample:\n  grid id decrypt alice')
    .action((names: string[]) => act((session) => protect(session, names, 'decrypt')))
}

async function protect(
  session: Session,
  names: readonly string[],
  change: 'encrypt' | 'decrypt',
): Promise<Report> {
  const keys = keysOf(session)
  // All there before the first is changed.
  for (const name of names) await identityHere(keys, name)
  const changed: boolean[] = []
  for (const name of names) changed.push(await keys[change](name))
  const identities = []
  for (const name of names) identities.push(identityFacts(await identityHere(keys, name)))
  return {
    data: { identities: identities.map((facts, index) => ({ ...facts, changed: changed[index] })) },
    text: names.map((name, index) => `${name} ${changed[index] ? 'is now' : 'was already'} ${change}ed`),
  }
}
