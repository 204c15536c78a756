/**
 * One entry of the audit log: who used which authority for what, and how it ended. Tokens by their ids, never a
 * token, arguments or a result (spec/audit.md, "Entry").
 *
 *   entry = [time, id, iss, protocol_cid, method, resource / null, [+ id], [* lent], status, code / null, fuel / null]
 *   lent  = [protocol_cid, method, [+ id]]
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor, isCid } from '../../promisebase/index.ts'
import { readResource, resourceClaim } from '../capability/resource.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput, CborValue } from '../../promisebase/index.ts'
import type { Capability, Message, Outcome, Principal, Resource } from '../interface.ts'

/** A chain that the message lent its handler, as it was used to call another one. */
export interface LentUse {
  readonly protocol: CID
  readonly method: string
  /** Ids, from the adoption to the link that was used. */
  readonly chain: readonly CID[]
}

export interface AuditedOutcome {
  readonly status: Outcome['status']
  readonly code?: string
  readonly fuel?: number
}

/** One use of authority. */
export interface AuditEntry {
  /** Seconds since 1970: the time of the decision. */
  readonly time: number
  readonly message: CID
  readonly sender: Principal
  readonly protocol: CID
  readonly method: string
  readonly resource: Resource
  /** Ids of the chain, from the adoption to the link the sender holds. */
  readonly chain: readonly CID[]
  readonly lent: readonly LentUse[]
  readonly outcome: AuditedOutcome
}

/** What is written down of a decided message. */
export interface Used {
  readonly message: Pick<Message, 'id' | 'protocol' | 'claims'>
  readonly chain: readonly Pick<Capability, 'id'>[]
  readonly now: number
}

const STATUSES: readonly string[] = ['kept', 'refused', 'expired', 'broken', 'deferred', 'already-seen']

export function writeEntry(used: Used, lent: readonly LentUse[], outcome: AuditedOutcome): Uint8Array {
  return encodeCbor(entryOf(used, lent, outcome))
}

/** An entry before it is encoded. */
export function entryOf(
  { message, chain, now }: Used,
  lent: readonly LentUse[],
  { status, code, fuel }: AuditedOutcome,
): CborInput {
  const { issuer, method, resource } = message.claims
  return [
    now,
    message.id,
    issuer,
    message.protocol,
    method,
    resource === undefined ? null : resourceClaim.write(resource),
    chain.map(({ id }) => id),
    lent.map((use) => [use.protocol, use.method, [...use.chain]]),
    status,
    code ?? null,
    fuel ?? null,
  ]
}

/** Undefined for bytes that are no entry. */
export function readEntry(bytes: Uint8Array): AuditEntry | undefined {
  const { ok: value } = decodeCbor(bytes, DAG_CBOR_PROFILE)
  if (!Array.isArray(value) || value.length !== 11) return undefined
  const [time, message, sender, protocol, method, written, ids, uses, ...end] = value
  const resource = written === null && isCid(protocol) ? codeOf(protocol) : readResource(written ?? null)
  const [chain, lent, outcome] = [readIds(ids), readLent(uses), readOutcome(end)]
  if (typeof time !== 'number' || typeof sender !== 'string' || typeof method !== 'string') return undefined
  if (!isCid(message) || !isCid(protocol)) return undefined
  if (resource === undefined || chain === undefined || lent === undefined || outcome === undefined)
    return undefined
  return { time, message, sender, protocol, method, resource, chain, lent, outcome }
}

function codeOf(protocol: CID): Resource {
  return { kind: 'code', protocol }
}

function readIds(value: CborValue | undefined): readonly CID[] | undefined {
  return Array.isArray(value) && value.every(isCid) ? value : undefined
}

function readLent(value: CborValue | undefined): readonly LentUse[] | undefined {
  if (!Array.isArray(value)) return undefined
  const lent: LentUse[] = []
  for (const use of value) {
    const [protocol, method, ids] = Array.isArray(use) ? use : []
    const chain = readIds(ids)
    if (!isCid(protocol) || typeof method !== 'string' || chain === undefined) return undefined
    lent.push({ protocol, method, chain })
  }
  return lent
}

function readOutcome([status, code, fuel]: readonly CborValue[]): AuditedOutcome | undefined {
  if (typeof status !== 'string' || !STATUSES.includes(status)) return undefined
  if ((code !== null && typeof code !== 'string') || (fuel !== null && typeof fuel !== 'number'))
    return undefined
  return {
    status: status as Outcome['status'],
    ...(code === null ? {} : { code }),
    ...(fuel === null ? {} : { fuel }),
  }
}
