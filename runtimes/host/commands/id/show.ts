/** `grid id show`: who an identity or a principal is, as far as its name and public keys tell. */
import { coseKeyOf } from '../../../../kernel/index.ts'
import { diagnose, encodeCbor } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { hex } from '../../terminal/claims.ts'
import { columns } from '../../terminal/layout.ts'
import { bytes } from '../../terminal/units.ts'
import { identityFacts, identityHere, identityRows } from '../identity-facts.ts'
import { KEY_SET_MISSING, knownKeys } from '../known/keys.ts'
import { knownStatement, statementRows } from '../known/statement.ts'
import { isPrincipalText } from '../named.ts'
import { keysOf } from '../session.ts'
import type { Command } from 'commander'
import type { Principal } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

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
    .description('one identity or principal: its keys, and what it has said about them')
    .argument('<who>', 'the name of an identity here, a did:key, or the CID of a key set')
    .addHelpText('after', '\nExample:\n  grid id show alice')
    .action((who: string) => act((session) => show(session, who)))
}

async function show(session: Session, who: string): Promise<Report> {
  const identity = isPrincipalText(who) ? undefined : identityFacts(await identityHere(keysOf(session), who))
  const facts = identity ?? { principal: who }
  const keys = await keysOfPrincipal(session, facts.principal)
  const statement = await knownStatement(session, facts.principal)
  const rows = [
    ...(identity === undefined ? [['principal', who]] : identityRows(identity)),
    ...statementRows(statement),
    ...keys.flatMap((key) => [
      ...(keys.length === 1
        ? []
        : [
            ['', ''],
            ['key', key.algorithm],
          ]),
      ['thumbprint', key.thumbprint],
      ['COSE_Key', briefKey(key.coseKey)],
    ]),
  ]
  return { data: { ...facts, ...(statement === undefined ? {} : { statement }), keys }, text: columns(rows) }
}

/** @throws {HostError} USAGE for what is no principal, MISSING for a key set that is not here */
async function keysOfPrincipal(session: Session, principal: Principal): Promise<readonly KeyFacts[]> {
  const known = knownKeys(session)
  await known.learnKeySet(principal)
  const found = known.keys.lookUp(principal)
  if (found.refused?.code === 'MISSING')
    throw new HostError('MISSING', found.refused.detail, {
      fix: KEY_SET_MISSING,
    })
  if (found.refused !== undefined) throw new HostError('USAGE', found.refused.detail)
  return found.ok.keys.map(({ publicKey, kid }) => ({
    algorithm: publicKey.algorithm,
    thumbprint: hex(kid),
    coseKey: diagnose(encodeCbor(coseKeyOf(publicKey)), { width: Infinity }),
  }))
}

/** Keys of ML-DSA are longer than a page; --json has them whole. */
function briefKey(notation: string): string {
  return notation.replace(
    /h'([0-9a-f]{16})[0-9a-f]{128,}([0-9a-f]{4})'/g,
    (whole, head: string, tail: string) => `h'${head}…${tail}' / ${bytes((whole.length - 3) / 2)} /`,
  )
}
