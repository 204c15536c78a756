/** Taking back: a promise of an identity of this host, or any that is claimed at this node; and records as text. */
import { signRevocation } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { introduce } from '../keys/sets.ts'
import { checkRevokeTerms } from '../misuse/terms.ts'
import { readSignedLines, writeSignedLine } from '../signed-lines.ts'
import type { CID } from 'multiformats/cid'
import type { Capability, KeptRevocation, Result, Signer } from '../../../kernel/index.ts'
import type { HostParts } from '../host-parts.ts'

export interface RevokeTerms {
  /** What is taken back, or its id alone. */
  readonly token: Capability | CID
  /** Who takes it back: its issuer, or the issuer of one above it. This node by default, which is above all here. */
  readonly by?: Signer
}

export const REVOCATION_PREFIX = 'grid-revocation:'

/**
 * Takes back a capability, and keeps the record here; its bytes tell other nodes. Nothing undoes it. What the same
 * one has taken back before has its record: that is what comes back, and no other is made.
 * @throws {HostError} DATA for what this node refuses
 */
export async function revoke(host: HostParts, terms: RevokeTerms): Promise<KeptRevocation> {
  checkRevokeTerms(terms)
  const { token, by } = terms
  const { kernel } = host
  const id = 'id' in token ? token.id : token
  const kept =
    by === undefined || by.principal === kernel.node
      ? await kernel.revoke(id)
      : await revokeAs(host, await introduce(host, by), id)
  if (kept.refused !== undefined) throw new HostError('DATA', kept.refused.detail)
  return kept.ok
}

async function revokeAs(host: HostParts, by: Signer, revoked: CID): Promise<Result<KeptRevocation>> {
  const { kernel, crypto } = host
  const before = (await kernel.revocations(revoked)).find(({ issuer }) => issuer === by.principal)
  if (before !== undefined) return { ok: before }
  const record = signRevocation(crypto, by, { grid: kernel.grid, issuedAt: host.now(), revoked })
  return kernel.acceptRevocation(record.bytes)
}

/** One line. */
export function writeRevocation(bytes: Uint8Array): string {
  return writeSignedLine(REVOCATION_PREFIX, bytes)
}

/** The records of a text, a line each; undefined for text that has none. @throws {HostError} FILE */
export function readRevocations(text: string): readonly Uint8Array[] | undefined {
  return readSignedLines(REVOCATION_PREFIX, text)
}
