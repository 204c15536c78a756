/** `grid cap show`: everything a capability says, link by link. It needs no data folder. */
import { createKeyRing } from '../../../kernel/index.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { nodePowers } from '../node-powers.ts'
import { capabilityFacts, capabilityRows } from '../terminal/capability.ts'
import { columns, indent } from '../terminal/layout.ts'
import { chainNamed } from './named.ts'
import type { Command } from 'commander'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addShow(cap: Command, act: Act): void {
  cap
    .command('show')
    .description('everything a capability says, link by link')
    .argument('<file...>', 'a capability file, or the token itself')
    .addHelpText('after', '\nExample:\n  grid cap show bob.cap')
    .action((written: readonly string[]) => act((session) => show(session, written)))
}

async function show(session: Session, written: readonly string[]): Promise<Report> {
  const chain = await chainNamed(session, nodeCrypto, createKeyRing(nodeCrypto), written)
  const now = Math.floor(nodePowers().clock() / 1_000)
  const text = chain.flatMap((link, index) => [
    ...(index === 0 ? [] : ['']),
    session.terminal.paint.strong(chain.length === 1 ? 'capability' : `link ${index + 1} of ${chain.length}`),
    ...indent(columns(capabilityRows(link, now)), 2),
  ])
  return { data: { chain: chain.map(capabilityFacts) }, text }
}
