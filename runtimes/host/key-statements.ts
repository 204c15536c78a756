/** What an identity of this host says about its keys, and such statements as text to hand on. */
import { signKeyStatement } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import { introduce } from './key-sets.ts'
import { readSignedLines, writeSignedLine } from './signed-lines.ts'
import type { KeyStatement, Signer } from '../../kernel/index.ts'
import type { HostParts } from './host-parts.ts'

/** Where to encrypt to a principal, and which principals come after and before it. */
export type KeyNews = Pick<KeyStatement, 'encryptionKeys' | 'successor' | 'predecessor'>

const PREFIX = 'grid-key-statement:'

/**
 * Signs the next statement of `signer` and accepts it here. What it does not say anew stays as the last one said.
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
    ...(encryptionKeys && { encryptionKeys }),
    ...(successor !== undefined && { successor }),
    ...(predecessor !== undefined && { predecessor }),
  })
  const accepted = await kernel.acceptKeyStatement(bytes)
  if (accepted.refused !== undefined) throw new HostError('DATA', accepted.refused.detail)
  return bytes
}

/** One line. */
export function writeStatement(bytes: Uint8Array): string {
  return writeSignedLine(PREFIX, bytes)
}

/** The statements of a text, a line each; undefined for text that has none. @throws {HostError} FILE */
export function readStatements(text: string): readonly Uint8Array[] | undefined {
  return readSignedLines(PREFIX, text)
}
