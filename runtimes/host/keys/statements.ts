/** What an identity of this host says about its keys. */
import { signKeyStatement } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { introduce } from './sets.ts'
import { noIdentity } from './keys.ts'
import type { KeptStatement, KeyStatement, Signer } from '../../../kernel/index.ts'
import type { AgreementKey } from '../../../promisebase/index.ts'
import type { HostParts } from '../host-parts.ts'

/** Where to encrypt to a principal, and which principals come after and before it. */
export type KeyNews = Pick<KeyStatement, 'encryptionKeys' | 'successor' | 'predecessor'>

/**
 * Signs the next statement of `signer` and accepts it here. What it does not say anew stays as the last one said;
 * an empty list of encryption keys withdraws them.
 * @throws {HostError} DATA for what this node refuses
 */
export async function stateKeys(host: HostParts, signer: Signer, news: KeyNews): Promise<Uint8Array> {
  const { kernel, crypto } = host
  await introduce(host, signer)
  const { seq = 0, ...last } = (await kernel.keyStatement(signer.principal)) ?? {}
  const { encryptionKeys, successor, predecessor } = { ...last, ...news }
  const { bytes } = signKeyStatement(crypto, signer, {
    grid: kernel.grid,
    issuedAt: host.now(),
    seq: seq + 1,
    ...(encryptionKeys && encryptionKeys.length > 0 && { encryptionKeys }),
    ...(successor !== undefined && { successor }),
    ...(predecessor !== undefined && { predecessor }),
  })
  const accepted = await kernel.acceptKeyStatement(bytes)
  if (accepted.refused !== undefined) throw new HostError('DATA', accepted.refused.detail)
  return bytes
}

/**
 * Says which key to encrypt to an identity of this host with; makes one where it has none. What is said already
 * is not said again: the statement in force is the answer then. @throws {HostError} MISSING, DATA
 */
export async function announce(host: HostParts, name: string): Promise<Uint8Array> {
  const { kernel, identities } = host
  await identities.addEncryptionKey(name)
  const key = (await identities.look(name))?.encryptionKey
  const signer = await identities.find(name)
  if (key === undefined || signer === undefined) throw noIdentity(name)
  const said = await kernel.keyStatement(signer.principal)
  if (said?.contradicted === undefined && names(said, key)) return said.bytes
  const others = said?.encryptionKeys?.filter(({ algorithm }) => algorithm !== key.algorithm) ?? []
  return stateKeys(host, signer, { encryptionKeys: [...others, key] })
}

function names(said: KeptStatement | undefined, { algorithm, bytes }: AgreementKey): said is KeptStatement {
  return (
    said?.encryptionKeys?.some(
      (key) => key.algorithm === algorithm && Buffer.compare(key.bytes, bytes) === 0,
    ) === true
  )
}
