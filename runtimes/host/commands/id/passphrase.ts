/** `grid id passphrase`: another passphrase, in one step and for all keys that are under the old one. */
import { HostError } from '../../host-error.ts'
import { identityFacts, identityHere } from '../identity-facts.ts'
import { newPassphraseLock } from '../passphrase.ts'
import { keysOf } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface PassphraseFlags {
  readonly newPassphraseFile?: string
}

export function addIdPassphrase(id: Command, act: Act): void {
  id.command('passphrase')
    .description('change the passphrase of all keys here that are under one; both are asked for')
    .option('--new-passphrase-file <file>', 'the new passphrase, or - for standard input')
    .addHelpText(
      'after',
      '\nExamples:\n  grid id passphrase\n  grid id passphrase --passphrase-file old --new-passphrase-file new' +
        '\n\nAll keys of a folder have one passphrase. If the power goes half way, the same command again' +
        '\nfinishes it. Copies of the key files elsewhere keep the old passphrase.',
    )
    .action((flags: PassphraseFlags) => act((session) => change(session, flags)))
}

async function change(session: Session, { newPassphraseFile: file }: PassphraseFlags): Promise<Report> {
  const keys = keysOf(session)
  const next = newPassphraseLock(session.terminal, file === undefined ? undefined : session.path(file))
  if (file === '-' && session.passphraseFile === '-')
    throw new HostError('USAGE', 'standard input cannot be both passphrases', {
      fix: 'put one of them into a file',
    })
  const names = await keys.changePassphrase(next)
  const identities = []
  for (const name of names) identities.push(identityFacts(await identityHere(keys, name)))
  return {
    data: { identities },
    text: names.map((name) => `${name} is now under the new passphrase`),
  }
}
