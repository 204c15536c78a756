/** `grid id show`: who an identity or a principal is, as far as its name and public keys tell. */
import { coseKeyOf, createKeyRing } from '../../../kernel/index.ts'
import { diagnose, encodeCbor } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { columns, WIDTH } from '../terminal/layout.ts'
import { identityFacts, identityHere } from './identity-facts.ts'
import { keysOf } from './session.ts'
import type { Command } from 'commander'
import type { Principal } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

/** One public key, as a reader of messages meets it. */
interface KeyFacts {
  readonly algorithm: string
  /** RFC 9679, in hexadecimal: what `kid` is. */
  readonly thumbprint: string
  /** In diagnostic notation. */
  readonly coseKey: string
}

export function addIdShow(id: Command, act: Act): void {
  id.command('show')
    .description('one identity or principal: its keys, their thumbprints and COSE_Keys')
    .argument('<who>', 'the name of an identity here, or a did:key')
    .addHelpText('after', '\nExample:\n  grid id show alice')
    .action((who: string) => act((session) => show(session, who)))
}

async function show(session: Session, who: string): Promise<Report> {
  const facts = who.startsWith('did:')
    ? { principal: who }
    : identityFacts(await identityHere(keysOf(session), who))
  const keys = keysOfPrincipal(facts.principal)
  const rows = [
    ...Object.entries(facts).map(([name, value]) => [name, String(value)]),
    ...keys.flatMap((key) => [
      ['thumbprint', key.thumbprint],
      ['COSE_Key', key.coseKey],
    ]),
  ]
  return { data: { ...facts, keys }, text: columns(rows) }
}

/** @throws {HostError} USAGE for what is no principal */
function keysOfPrincipal(principal: Principal): readonly KeyFacts[] {
  const key = createKeyRing(nodeCrypto).read(principal)
  if (key.refused !== undefined) throw new HostError('USAGE', key.refused.detail)
  const { publicKey, kid } = key.ok
  return [
    {
      algorithm: publicKey.algorithm,
      thumbprint: Buffer.from(kid).toString('hex'),
      coseKey: diagnose(encodeCbor(coseKeyOf(publicKey)), { width: 2 * WIDTH }),
    },
  ]
}
