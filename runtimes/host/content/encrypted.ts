/**
 * Content for principals: encrypted to the keys that their statements name, and opened with those of identities
 * here. It says nothing about who encrypted it (spec/cose.md#encryption).
 */
import { COSE_LIMITS, decryptWith, encryptTo, refuse } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { noIdentity } from '../keys/keys.ts'
import { nodeAgreement } from '../powers/agreement.ts'
import { nodeCipher } from '../powers/cipher.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import type { EncryptionPowers, KeptStatement, Kernel, Principal, Result } from '../../../kernel/index.ts'
import type { AgreementKey } from '../../../promisebase/index.ts'
import type { Keys } from '../keys/keys.ts'

const POWERS: EncryptionPowers = { crypto: nodeCrypto, agreement: nodeAgreement, cipher: nodeCipher }

/**
 * Encrypts to each of these principals. Refused with CHAIN for one who names a successor or contradicts himself,
 * LIMIT for too much content, KEY for one named twice.
 * @throws {HostError} MISSING without a statement that names a key, USAGE for nobody or too many
 */
export async function encryptFor(
  kernel: Pick<Kernel, 'keyStatement'>,
  to: readonly Principal[],
  content: Uint8Array,
): Promise<Result<Uint8Array>> {
  checkCount(to)
  const keys: AgreementKey[] = []
  for (const principal of to) {
    const key = recipientKey(principal, await kernel.keyStatement(principal))
    if (key.refused !== undefined) return key
    keys.push(key.ok)
  }
  return encryptToKeys(keys, content)
}

/** The same by keys that were found already. @throws {HostError} USAGE for none or too many */
export function encryptToKeys(keys: readonly AgreementKey[], content: Uint8Array): Result<Uint8Array> {
  checkCount(keys)
  return encryptTo(POWERS, keys, content)
}

function checkCount({ length }: readonly unknown[]): void {
  if (length === 0 || length > COSE_LIMITS.recipients)
    throw new HostError('USAGE', `content is encrypted to 1 to ${COSE_LIMITS.recipients} principals`)
}

/** Opens what was encrypted to an identity. @throws {HostError} MISSING for nobody, or one without a key */
export async function decryptAs(
  identities: Pick<Keys, 'look' | 'encryptionSecret'>,
  name: string,
  content: Uint8Array,
): Promise<Result<Uint8Array>> {
  // Looked at first: no passphrase is asked for what cannot be opened anyway.
  const identity = await identities.look(name)
  if (identity === undefined) throw noIdentity(name)
  const secret = identity.encryptionKey && (await identities.encryptionSecret(name))
  if (secret === undefined)
    throw new HostError('MISSING', `${name} has no encryption key, so nothing was encrypted to it`, {
      fix: `\`grid id announce ${name}\` makes one, for what is to come`,
    })
  return decryptWith(POWERS, secret, content)
}

/**
 * The key that a statement names. Nobody is taken at half a word: who is followed by another may have lost his
 * keys to a thief. @throws {HostError} MISSING without a statement, and for one without an X-Wing key
 */
export function recipientKey(
  principal: Principal,
  said: Omit<KeptStatement, 'bytes'> | undefined,
): Result<AgreementKey> {
  if (said === undefined)
    throw new HostError('MISSING', `no key statement of ${principal} is here`, {
      fix: '`grid id announce NAME` says it for an identity here; from others you need the file it writes with --out',
    })
  const { successor, contradicted, encryptionKeys = [] } = said
  if (contradicted !== undefined)
    return refuse('CHAIN', `two statements of ${principal} have the number ${said.seq}, and say two things`)
  if (successor !== undefined) return refuse('CHAIN', `${principal} names a successor: ${successor}`)
  const key = encryptionKeys.find(({ algorithm }) => algorithm === 'X-Wing')
  if (key !== undefined) return { ok: key }
  throw new HostError('MISSING', `the statement of ${principal} names no X-Wing key to encrypt to`, {
    fix: 'ask its owner to run `grid id announce NAME --out FILE`, and give that: --to FILE',
  })
}
