/** `grid id`: the identities of the data folder. Secrets stay in their files; nothing here prints one. */
import { HostError } from '../host-error.ts'
import { makeDataFolder } from '../make-folder.ts'
import { columns } from '../terminal/layout.ts'
import { algorithmOption } from './algorithm.ts'
import { identityFacts, identityHere } from './identity-facts.ts'
import { addIdExport } from './id-export.ts'
import { addIdImport } from './id-import.ts'
import { addIdProtection } from './id-protection.ts'
import { addIdRotate } from './id-rotate.ts'
import { addIdShow } from './id-show.ts'
import { keysOf } from './session.ts'
import type { Command } from 'commander'
import type { IdentityAlgorithm } from '../key-secrets.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface NewFlags {
  readonly algorithm?: IdentityAlgorithm
  readonly encrypt?: true
}

export function addId(grid: Command, act: Act): void {
  const id = grid.command('id').description('identities: who can sign here')
  id.command('new')
    .description('make an identity; its key file has mode 0600')
    .argument('<name>', 'lower-case letters, digits, dots, hyphens, underscores')
    .addOption(algorithmOption('ed25519'))
    .option('--encrypt', 'keep its key under a passphrase, as where other keys here are')
    .addHelpText(
      'after',
      '\nExamples:\n  grid id new alice\n  grid id new phone --algorithm hybrid\n  grid id new bob --encrypt',
    )
    .action((name: string, flags: NewFlags) => act((session) => make(session, name, flags)))
  id.command('list')
    .description('names and principals; no passphrase is needed')
    .action(() => act(list))
  addIdShow(id, act)
  addIdExport(id, act)
  addIdImport(id, act)
  addIdRotate(id, act)
  addIdProtection(id, act)
}

async function make(session: Session, name: string, flags: NewFlags): Promise<Report> {
  await makeDataFolder(session.data)
  const keys = keysOf(session, flags.encrypt)
  if ((await keys.look(name)) !== undefined)
    throw new HostError('NAME', `there is an identity ${name} already`, { fix: 'choose another name' })
  await keys.identity(name, flags.algorithm)
  const facts = identityFacts(await identityHere(keys, name))
  return { data: facts, text: columns(Object.entries(facts).map(([key, value]) => [key, String(value)])) }
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
            found.map(({ name, principal, algorithm, encrypted }) => [
              name,
              principal,
              encrypted ? `${algorithm}, encrypted` : algorithm,
            ]),
          ),
  }
}
