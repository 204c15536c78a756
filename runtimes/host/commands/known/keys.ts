/**
 * Key sets for commands that only read: a did:key says its key, but the keys of a set have to be somewhere. Looked for
 * among the identities of the data folder, then in its store.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { createKeyRing } from '../../../../kernel/index.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import { keysOf, withHost } from '../session.ts'
import type { KeyRing, Principal, PrincipalKeys } from '../../../../kernel/index.ts'
import type { Session } from '../session.ts'

/** What helps where the keys of a principal are not here. */
export const KEY_SET_MISSING =
  'ask its owner for what `grid id export NAME --public` writes, and give that to `grid id import`'

/** Where keys are read from, and what finds those that are not there yet. */
export interface KnownKeys {
  readonly keys: KeyRing
  learnKeySet(principal: Principal): Promise<void>
}

/** What a data folder knows, if there is one; its store is opened only for a key set nobody here has. */
export function knownKeys(session: Session): KnownKeys {
  const keys = createKeyRing(nodeCrypto)
  return { keys, learnKeySet: (principal) => learn(session, keys, principal) }
}

/** The identities of the folder, as those who may have signed; one that cannot be read is nobody's signer. */
export async function principalsHere(session: Session): Promise<readonly PrincipalKeys[]> {
  const own = keysOf(session)
  const ring = createKeyRing(nodeCrypto)
  const found: PrincipalKeys[] = []
  for (const name of await own.names()) {
    const identity = await own.look(name).catch(() => undefined)
    if (identity?.keySet !== undefined) ring.learn(identity.keySet)
    const keys = identity && ring.lookUp(identity.principal).ok
    if (keys !== undefined) found.push(keys)
  }
  return found
}

async function learn(session: Session, keys: KeyRing, principal: Principal): Promise<void> {
  const isMissing = (): boolean => keys.lookUp(principal).refused?.code === 'MISSING'
  if (!isMissing()) return
  const own = keysOf(session)
  for (const name of await own.names()) {
    const identity = await own.look(name)
    if (identity?.principal === principal && identity.keySet !== undefined) keys.learn(identity.keySet)
  }
  if (!isMissing() || !existsSync(join(session.data, 'store'))) return
  await withHost(session, async (host) => {
    await host.learnKeySet(principal)
    const found = host.keys.lookUp(principal).ok?.keySet
    if (found !== undefined) keys.learn(found)
  })
}
