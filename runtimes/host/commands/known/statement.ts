/** What a principal has said about its keys, as far as this folder knows; read without any key of the folder. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { createKeyRing, storedStatement, successorOf } from '../../../../kernel/index.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import { openStore } from '../../data-folder/store.ts'
import { instant } from '../../terminal/units.ts'
import { gridFolder } from '../grid-folder.ts'
import { encryptionKeyFacts, keyText } from '../identity-facts.ts'
import { isLocked, nameFolder, openFolder } from '../open-host.ts'
import type { KeptStatement, KeyRing, Principal } from '../../../../kernel/index.ts'
import type { CryptoProvider, Snapshot, Store } from '../../../../promisebase/index.ts'
import type { EncryptionKeyFacts } from '../identity-facts.ts'
import type { Session } from '../session.ts'

export interface StatementFacts {
  readonly seq: number
  readonly issuedAt: number
  readonly encryptionKeys: readonly EncryptionKeyFacts[]
  readonly successor?: Principal
  /** Whether the successor says the same. */
  readonly isFollowed?: boolean
  readonly predecessor?: Principal
  /** Whether the predecessor says the same. */
  readonly isFollower?: boolean
  /** Whether it has said something else under the same number. */
  readonly isContradicted: boolean
}

interface Reader {
  readonly crypto: CryptoProvider
  readonly keys: KeyRing
}

/** Undefined where nothing is known; `busy` where another process has the folder open for longer than we wait. */
export async function knownStatement(
  session: Session,
  principal: Principal,
): Promise<StatementFacts | 'busy' | undefined> {
  if (!existsSync(join(session.data, 'store'))) return undefined
  const store = await storeOf(session).catch((error: unknown) => {
    if (isLocked(error)) return undefined
    throw nameFolder(session, error)
  })
  if (store === undefined) return 'busy'
  const snapshot = store.snapshot()
  try {
    const reader = { crypto: nodeCrypto, keys: createKeyRing(nodeCrypto) }
    const statement = await storedStatement(reader, snapshot, principal)
    return statement && (await factsOf(reader, snapshot, statement))
  } finally {
    snapshot.close()
    await store.close()
  }
}

async function storeOf(session: Session): Promise<Store> {
  const folder = await gridFolder(session)
  return openFolder(session, () => openStore(nodeCrypto, folder))
}

export function statementRows(said: StatementFacts | 'busy' | undefined): string[][] {
  if (said === undefined) return []
  if (said === 'busy') return [['statement', 'not looked for: another process has the folder open']]
  const { seq, issuedAt, encryptionKeys, successor, predecessor, isContradicted } = said
  const named = (other: Principal, isMutual?: boolean): string =>
    isMutual === true ? other : `${other}, who does not say so`
  const contradiction = isContradicted ? '; contradicted by another of that number' : ''
  return [
    ['statement', `number ${seq}, of ${instant(issuedAt)}${contradiction}`],
    ...encryptionKeys.map((key) => ['encrypt with', keyText(key)]),
    ...(successor === undefined ? [] : [['successor', named(successor, said.isFollowed)]]),
    ...(predecessor === undefined ? [] : [['predecessor', named(predecessor, said.isFollower)]]),
  ]
}

async function factsOf(
  reader: Reader,
  snapshot: Snapshot,
  statement: KeptStatement,
): Promise<StatementFacts> {
  const { issuer, seq, issuedAt, encryptionKeys = [], successor, predecessor, contradicted } = statement
  const follows = async (next: Principal, before: Principal): Promise<boolean> =>
    (await successorOf(reader, snapshot, before)) === next
  return {
    seq,
    issuedAt,
    encryptionKeys: encryptionKeys.map(encryptionKeyFacts),
    ...(successor === undefined ? {} : { successor, isFollowed: await follows(successor, issuer) }),
    ...(predecessor === undefined ? {} : { predecessor, isFollower: await follows(issuer, predecessor) }),
    isContradicted: contradicted !== undefined,
  }
}
