/** The links a message presents, as they stand in it: an explanation has them only when they were proved. */
import { readEnvelope, readMessageClaims, readToken } from '../../../kernel/index.ts'
import type { Capability } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'

/** By their index in the chain, 0 being the adoption; undefined for what is not in the message or cannot be read. */
export function presentedLinks(host: Host, message: Uint8Array): readonly (Capability | undefined)[] {
  const envelope = readEnvelope(message)
  if (envelope.refused !== undefined) return []
  const claims = readMessageClaims(envelope.ok.claims)
  if (claims.refused !== undefined) return []
  const links = claims.ok.capabilities.map((each) =>
    each instanceof Uint8Array ? readToken(host.crypto, host.keys, each).ok?.capability : undefined,
  )
  // What is named by its id alone is nearly always the adoption itself.
  const isDelegated = links[0] !== undefined && links[0].issuer !== host.node
  return isDelegated ? [undefined, ...links] : links
}
