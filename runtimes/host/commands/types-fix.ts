/** What helps where arguments are not of the types of a method: the words for SHAPE speak of messages. */
import { readEnvelope, readMessageClaims } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { loadTypes } from '../types/load-types.ts'
import { descriptorOf } from './named.ts'
import type { CID } from 'multiformats/cid'
import type { Host } from '../interface.ts'

/** By `named` the user finds the handler: a folder, a name or a CID. */
export function typesFix(named: string): string {
  return `see what it takes with \`grid handler types ${named}\`; spec/types.md says how values are written`
}

/** Undefined where the handler of this message states no types. */
export async function typesFixOf(host: Host, message: Uint8Array): Promise<string | undefined> {
  const envelope = readEnvelope(message)
  if (envelope.refused !== undefined) return undefined
  const { ok: claims } = readMessageClaims(envelope.ok.claims)
  const { protocol } = envelope.ok
  if (claims === undefined || !(await hasTypes(host, protocol, claims.method))) return undefined
  const { name } = await descriptorOf(host, protocol)
  return typesFix(name ?? protocol.toString())
}

export async function hasTypes(host: Host, protocol: CID, method: string): Promise<boolean> {
  try {
    return (await loadTypes(host, protocol)).has(method)
  } catch (error) {
    if (error instanceof HostError) return false
    throw error
  }
}
