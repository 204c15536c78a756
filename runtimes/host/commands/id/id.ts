/** `grid id`: the identities of the data folder. Secrets stay in their files; nothing here prints one. */
import { HostError } from '../../host-error.ts'
import { makeDataFolder } from '../../data-folder/make.ts'
import { columns } from '../../terminal/layout.ts'
import { algorithmOption } from '../algorithm.ts'
import { identityFacts, identityHere, identityRows } from '../identity-facts.ts'
import { addIdAnnounce } from './announce.ts'
import { addIdExport } from './export.ts'
import { addIdImport } from './import.ts'
import { addIdPassphrase } from './passphrase.ts'
import { addIdProtection } from './protection.ts'
import { addIdRotate } from './rotate.ts'
import { addIdShow } from './show.ts'
import { keysOf } from '../session.ts'
import type { Command } from 'commander'
import type { IdentityAlgorithm } from '../../keys/secrets.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface NewFlags {
  readonly algorithm?: IdentityAlgorithm
  readonly encrypt?: true
  readonly encryptionKey: boolean
}

export function addId(grid: Command, act: Act): void {
  const id = grid.command('id').description('identities: who can sign here, and open what was encrypted')
  id.command('new')
    .description('make an identity; its key file has mode 0600')
    .argument('<name>', 'lower-case letters, digits, dots, hyphens, underscores')
    .addOption(algorithmOption('ed25519'))
    .option('--encrypt', 'keep its keys under a passphrase, as where other keys here are')
    .option('--no-encryption-key', 'only keys to sign with, and none that others can encrypt to')
    .addHelpText(
      'after',
      '\nExamples:\n  grid id new alice\n  grid id new phone --algorithm hybrid\n  grid id new bob --encrypt' +
        '\n\nIts encryption key is X-Wing: X25519 and ML-KEM-768 together. Others may use it once `grid id' +
        '\nannounce` has said which it is.',
    )
    .action((name: string, flags: NewFlags) => act((session) => make(session, name, flags)))
  id.command('list')
    .description('names, principals, what they sign with and what is encrypted to; no passphrase is needed')
    .action(() => act(list))
  addIdShow(id, act)
  addIdAnnounce(id, act)
  addIdExport(id, act)
  addIdImport(id, act)
  addIdRotate(id, act)
  addIdProtection(id, act)
  addIdPassphrase(id, act)
}

async function make(session: Session, name: string, flags: NewFlags): Promise<Report> {
  await makeDataFolder(session.data)
  const keys = keysOf(session, flags.encrypt)
  if ((await keys.look(name)) !== undefined)
    throw new HostError('NAME', `there is an identity ${name} already`, { fix: 'choose another name' })
  await keys.identity(name, flags.algorithm, { hasEncryptionKey: flags.encryptionKey })
  const facts = identityFacts(await identityHere(keys, name))
  return { data: facts, text: columns(identityRows(facts)) }
}

async function list(session: Session): Promise<Report> {
  const keys = keysOf(session)
  const found: ReturnType<typeof identityFacts>[] = []
  for (const name of await keys.names()) found.push(identityFacts(await identityHere(keys, name)))
  return {
    data: { identities: found },
    text:
      found.length === 0
        ? ['there are no identities here; `grid id new NAME` makes one']
        : columns(
            found.map(({ name, principal, algorithm, encrypted, encryptionKey }) => [
              name,
              principal,
              algorithm,
              [encryptionKey?.algorithm ?? '', encrypted ? 'under a passphrase' : '']
                .filter((text) => text !== '')
                .join(', '),
            ]),
          ),
  }
}
