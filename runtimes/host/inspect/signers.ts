/** Keys that something may have been signed with: those the user named, or those of principals known here. */
import { coseKeyFrom, coseKeyOf, verifySignature } from '../../../kernel/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import type { CoseKey, PrincipalKeys, ReadSignature, Refusal, Result } from '../../../kernel/index.ts'
import type { PublicKey } from '../../../promisebase/index.ts'
import type { Verdict } from './item.ts'

export interface Signers {
  /** The user says that these have signed, all of them. */
  readonly named?: readonly PrincipalKeys[]
  /** Whom a key identifier may name. */
  readonly known?: readonly PrincipalKeys[]
}

/** One key, and whose it is. */
export interface OwnedKey {
  readonly principal: string
  readonly publicKey: PublicKey
}

/** Every key of every principal. */
export function keysOfAll(signers: readonly PrincipalKeys[] = []): readonly OwnedKey[] {
  return signers.flatMap(({ principal, keys }) => keys.map(({ publicKey }) => ({ principal, publicKey })))
}

/** The key that an identifier names. */
export function keyNamed(
  known: readonly PrincipalKeys[] = [],
  kid: Uint8Array | undefined,
): OwnedKey | undefined {
  if (kid === undefined) return undefined
  for (const { principal, keys } of known) {
    const key = keys.find((each) => Buffer.compare(each.kid, kid) === 0)
    if (key !== undefined) return { principal, publicKey: key.publicKey }
  }
  return undefined
}

/**
 * As COSE takes it, under whatever algorithm its type allows: -8 and -19 are one key. Without an identifier,
 * because whoever named the key knows better than a header of somebody else's.
 */
export function coseKeyFor({ publicKey }: OwnedKey): Result<CoseKey> {
  const read = coseKeyFrom(coseKeyOf(publicKey))
  if (read.refused !== undefined) return read
  const { material, algorithm } = read.ok
  return { ok: { material, ...(material.type === 'AKP' && algorithm !== undefined ? { algorithm } : {}) } }
}

/** Principals, each once. */
export function signersText(keys: readonly OwnedKey[]): string {
  return [...new Set(keys.map(({ principal }) => principal))].join(', ')
}

/** Who made a signature of a grid among some principals: its key identifiers say which keys, all of one of them. */
export function verdictAmong(
  { named, known = [] }: Signers,
  signature: ReadSignature & { readonly payload: Uint8Array },
  because: string,
): Verdict {
  const signer = (named ?? known).find(({ keys }) => isNamed(keys, signature))
  if (signer !== undefined) {
    const verified = verifySignature(nodeCrypto, signature, signature.payload, signer)
    return verified.refused === undefined
      ? { signature: 'holds', signer: signer.principal }
      : { signature: 'broken', refused: verified.refused }
  }
  return named === undefined
    ? { signature: 'open', because }
    : broken({ code: 'KEY', detail: 'it names other keys than those of who was named' })
}

export function broken(refused: Refusal): Verdict {
  return { signature: 'broken', refused }
}

function isNamed(keys: PrincipalKeys['keys'], { parts }: ReadSignature): boolean {
  return (
    keys.length === parts.length &&
    keys.every(({ kid }, at) => Buffer.compare(kid, parts[at]?.kid ?? new Uint8Array(0)) === 0)
  )
}
