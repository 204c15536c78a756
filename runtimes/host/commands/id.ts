/** `grid id`: the identities of the data folder. Secrets stay in their files; nothing here prints one. */
import { InvalidArgumentError } from 'commander'

import { HostError } from '../host-error.ts'
import { makeDataFolder } from '../make-folder.ts'
import { columns } from '../terminal/layout.ts'
import { identityFacts, identityHere } from './identity-facts.ts'
import { addIdExport } from './id-export.ts'
import { addIdProtection } from './id-protection.ts'
import { addIdShow } from './id-show.ts'
import { keysOf } from './session.ts'
import type { Command } from 'commander'
import type { SignatureAlgorithm } from '../../../promisebase/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface NewFlags {
  readonly algorithm: SignatureAlgorithm
  readonly encrypt?: true
}

/** What users call the algorithms of an identity, and what they are. */
const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  ed25519: 'Ed25519',
  p256: 'ESP256',
  esp256: 'ESP256',
}

export function addId(grid: Command, act: Act): void {
  const id = grid.command('id').description('identities: who can sign here')
  id.command('new')
    .description('make an identity; its key file has mode 0600')
    .argument('<name>', 'lower-case letters, digits, dots, hyphens, underscores')
    .option('--algorithm <name>', 'algorithm of its key: ed25519 or p256', algorithmValue, 'Ed25519')
    .option('--encrypt', 'keep its key under a passphrase, as where other keys here are')
    .addHelpText(
      'after',
      '\nExamples:\n  grid id new alice\n  grid id new phone --algorithm p256\n  grid id new bob --encrypt',
    )
    .action((name: string, flags: NewFlags) => act((session) => make(session, name, flags)))
  id.command('list')
    .description('names and principals; no passphrase is needed')
    .action(() => act(list))
  addIdShow(id, act)
  addIdExport(id, act)
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

function algorithmValue(text: string): SignatureAlgorithm {
  const algorithm = ALGORITHMS[text.toLowerCase()]
  if (algorithm !== undefined) return algorithm
  throw new InvalidArgumentError('Allowed choices are ed25519, p256.')
}
