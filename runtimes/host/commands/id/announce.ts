/** `grid id announce`: says which key to encrypt to somebody with, in a statement that others verify. */
import { handoutLines, handoutOf } from '../../keys/handout.ts'
import { encryptionKeyFacts, identityHere, keyText } from '../identity-facts.ts'
import { identityNamed } from '../named.ts'
import { keysOf, withHost } from '../session.ts'
import { writeHandout } from '../write-handout.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface AnnounceFlags {
  readonly withdraw?: true
  readonly out?: string
}

export function addIdAnnounce(id: Command, act: Act): void {
  id.command('announce')
    .description('say which key to encrypt to somebody with: a signed statement, kept here and written out')
    .argument('<name>', 'an identity here; it is given an encryption key if it has none')
    .option('--out <file>', 'write it there, for `grid encrypt --to FILE` and `grid id import` elsewhere')
    .option('--withdraw', 'say that nothing is to be encrypted to it any more; its key stays, for what was')
    .addHelpText(
      'after',
      '\nExample:\n  grid id announce alice --out alice.keys' +
        '\n\nIt is for this grid; others take it by `grid encrypt --other-grid`. Said again, the same statement\nis written.',
    )
    .action((name: string, flags: AnnounceFlags) => act((session) => announce(session, name, flags)))
}

function announce(session: Session, name: string, { out, withdraw }: AnnounceFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const signer = await identityNamed(host, name)
    const bytes =
      withdraw === true ? await host.stateKeys(signer, { encryptionKeys: [] }) : await host.announce(name)
    const { principal, encryptionKey } = await identityHere(keysOf(session), name)
    const statement = await host.keyStatement(principal)
    const lines = handoutLines(handoutOf([signer], [bytes]))
    const facts = withdraw === true ? undefined : encryptionKey && encryptionKeyFacts(encryptionKey)
    const data = {
      name,
      principal,
      seq: statement?.seq,
      ...(facts && { encryptionKey: facts }),
      statements: lines,
    }
    const rows = [
      [name, principal],
      ['encryption', facts === undefined ? 'withdrawn' : keyText(facts)],
      ['statement', `number ${statement?.seq ?? 0}`],
    ]
    return writeHandout(session, { data, rows, lines }, out)
  })
}
