/** Whom content is for, as a user names them: a principal, an identity here, or the file somebody handed over. */
import { createKeyRing, readKeyStatement } from '../../../kernel/index.ts'
import { recipientKey } from '../content/encrypted.ts'
import { HostError } from '../host-error.ts'
import { acceptHandout, readHandout } from '../keys/handout.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { readInput } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import { isPrincipalText, principalNamed } from './named.ts'
import type { KeyStatement, Principal, Result } from '../../../kernel/index.ts'
import type { AgreementKey } from '../../../promisebase/index.ts'
import type { Host } from '../interface.ts'
import type { Handout } from '../keys/handout.ts'
import type { Session } from './session.ts'

export interface Recipient {
  readonly principal: Principal
  readonly key: AgreementKey
}

const HANDOUT_BYTES_MAX = 64 * 1024

/** With `anyGrid`, a file of another grid counts too; nothing of it is kept, because it is worth nothing here. */
export async function recipientNamed(
  session: Session,
  host: Host,
  text: string,
  anyGrid: boolean,
): Promise<Result<Recipient>> {
  const named = await principalHere(host, text)
  if (named?.refused !== undefined) return named
  if (named !== undefined) return recipientOf(named.ok, await host.keyStatement(named.ok))
  const handout = readHandout(textOf(await handoutFile(session, text)) ?? '')
  if (handout === undefined)
    throw new HostError('FILE', `${text} holds no key statement`, {
      fix: 'ask for what `grid id announce NAME --out FILE` writes',
    })
  // Taken in, so that nothing older counts from now on.
  const accepted = await acceptHandout(host, handout)
  if (accepted.refused?.code === 'GRID' && anyGrid) return recipientElsewhere(text, handout)
  if (accepted.refused !== undefined) return accepted
  const principal = onlyOne(text, accepted.ok)
  return recipientOf(principal, await host.keyStatement(principal))
}

async function principalHere(host: Host, text: string): Promise<Result<Principal> | undefined> {
  if (!isPrincipalText(text))
    return (await host.identities()).includes(text) ? { ok: await principalNamed(host, text) } : undefined
  const found = host.keys.lookUp(text)
  // The name of a key set that is not here is a name all the same.
  return found.refused === undefined || found.refused.code === 'MISSING' ? { ok: text } : found
}

/** By the newest of its statements: which one is the newest in that grid, nobody here knows. */
function recipientElsewhere(file: string, { keySets, statements }: Handout): Result<Recipient> {
  const keys = createKeyRing(nodeCrypto)
  for (const block of keySets) {
    const learnt = keys.learn(block)
    if (learnt.refused !== undefined) return learnt
  }
  const said: KeyStatement[] = []
  for (const bytes of statements) {
    const statement = readKeyStatement(nodeCrypto, keys, bytes)
    if (statement.refused !== undefined) return statement
    said.push(statement.ok)
  }
  const principal = onlyOne(
    file,
    said.map(({ issuer }) => issuer),
  )
  const [newest] = said.sort((one, other) => other.seq - one.seq)
  return recipientOf(principal, newest)
}

function recipientOf(principal: Principal, said: Parameters<typeof recipientKey>[1]): Result<Recipient> {
  const key = recipientKey(principal, said)
  return key.refused === undefined ? { ok: { principal, key: key.ok } } : key
}

function onlyOne(file: string, issuers: readonly Principal[]): Principal {
  const [issuer, another] = new Set(issuers)
  if (issuer !== undefined && another === undefined) return issuer
  throw new HostError('USAGE', `${file} has statements of ${issuer === undefined ? 'nobody' : 'several'}`, {
    fix: 'take it in with `grid id import`, and name one principal with --to',
  })
}

async function handoutFile(session: Session, written: string): Promise<Uint8Array> {
  const rule = { bytesMax: HANDOUT_BYTES_MAX, as: 'a file of key statements' }
  return readInput(session.terminal, session.path(written), rule).catch((error: unknown) => {
    if (!(error instanceof HostError) || error.code !== 'MISSING') throw error
    throw new HostError('MISSING', `there is neither an identity nor a file ${JSON.stringify(written)}`, {
      cause: error,
      fix: '`grid id list` names the identities here; others are named by their principal, or by a file',
    })
  })
}
