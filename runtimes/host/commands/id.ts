/** `grid id`: the identities of the data folder. Secrets stay in their files; nothing here prints one. */
import { Option } from 'commander'

import { HostError } from '../host-error.ts'
import { makeDataFolder } from '../make-folder.ts'
import { columns } from '../terminal/layout.ts'
import { keysOf } from './session.ts'
import type { Command } from 'commander'
import type { Signer } from '../../../kernel/index.ts'
import type { SignatureAlgorithm } from '../../../promisebase/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addId(grid: Command, act: Act): void {
  const id = grid.command('id').description('identities: who can sign here')
  id.command('new')
    .description('make an identity; its key file has mode 0600')
    .argument('<name>', 'lower-case letters, digits, dots, hyphens, underscores')
    .addOption(
      new Option('--algorithm <name>', 'algorithm of its key')
        .choices(['Ed25519', 'ESP256'])
        .default('Ed25519'),
    )
    .addHelpText('after', '\nExamples:\n  grid id new alice\n  grid id new phone --algorithm ESP256')
    .action((name: string, flags: { readonly algorithm: SignatureAlgorithm }) =>
      act((session) => make(session, name, flags.algorithm)),
    )
  id.command('list')
    .description('names and principals')
    .action(() => act(list))
  id.command('show')
    .description('the principal of one identity')
    .argument('<name>')
    .action((name: string) => act((session) => show(session, name)))
}

async function make(session: Session, name: string, algorithm: SignatureAlgorithm): Promise<Report> {
  await makeDataFolder(session.data)
  const keys = keysOf(session)
  if ((await keys.find(name)) !== undefined)
    throw new HostError('NAME', `there is an identity ${name} already`, { fix: 'choose another name' })
  return reportOf(name, await keys.identity(name, algorithm))
}

async function list(session: Session): Promise<Report> {
  const keys = keysOf(session)
  const found: { readonly name: string; readonly signer: Signer }[] = []
  for (const name of await keys.names()) {
    const signer = await keys.find(name)
    if (signer !== undefined) found.push({ name, signer })
  }
  return {
    data: { identities: found.map(({ name, signer }) => factsOf(name, signer)) },
    text:
      found.length === 0
        ? ['there are no identities here; `grid id new NAME` makes one']
        : columns(found.map(({ name, signer }) => [name, signer.principal, algorithmsOf(signer)])),
  }
}

async function show(session: Session, name: string): Promise<Report> {
  const signer = await keysOf(session).find(name)
  if (signer === undefined)
    throw new HostError('MISSING', `there is no identity ${JSON.stringify(name)} here`, {
      fix: '`grid id list` names those there are; `grid id new` makes one',
    })
  return reportOf(name, signer)
}

function reportOf(name: string, signer: Signer): Report {
  const facts = factsOf(name, signer)
  return { data: facts, text: columns(Object.entries(facts)) }
}

function factsOf(name: string, signer: Signer): Record<'name' | 'principal' | 'algorithm', string> {
  return { name, principal: signer.principal, algorithm: algorithmsOf(signer) }
}

function algorithmsOf({ keys }: Signer): string {
  return keys.map(({ publicKey }) => publicKey.algorithm).join(' + ')
}
