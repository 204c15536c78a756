/** The claims of a message, request or reply (spec/message.md, "Claims of a message"). */
import { CODEC, decodeCbor, ENVELOPE_PROFILE } from '../../promisebase/index.ts'
import { resourceClaim } from '../capability/resource.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import * as claims from './claims.ts'
import { CLAIM } from './labels.ts'
import { readOutcome, writeOutcome } from './outcome.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { MessageClaims, TokenReference } from '../interface.ts'
import type { ClaimsOf, ClaimType } from './claims.ts'

const token = claims.bytes(1, LIMITS.tokenBytes)

const capabilitiesClaim: ClaimType<readonly TokenReference[]> = {
  says: 'a list of tokens (byte strings) and token ids',
  read: (value) =>
    Array.isArray(value) && value.length > 0
      ? readAll(value, (each) => token.read(each) ?? claims.id.read(each))
      : undefined,
  write: (list) => [...list],
}

const tableClaim: ClaimType<readonly (readonly TokenReference[])[]> = {
  says: `1 to ${LIMITS.tableChains} chains, each ${capabilitiesClaim.says}`,
  read: (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= LIMITS.tableChains
      ? readAll(value, capabilitiesClaim.read)
      : undefined,
  write: (table) => table.map((chain) => [...chain]),
}

/** In the order of their encoding, so that a written map need not be sorted. */
const MESSAGE_CLAIMS = {
  issuer: claims.required(CLAIM.iss, claims.text()),
  audience: claims.required(CLAIM.aud, claims.text()),
  expires: claims.required(CLAIM.exp, claims.uint),
  notBefore: claims.optional(CLAIM.nbf, claims.uint),
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  nonce: claims.required(CLAIM.cti, claims.bytes(16, 32)),
  method: claims.required(CLAIM.method, claims.text()),
  arguments: claims.optional(CLAIM.arguments, claims.value(LIMITS.inlineBytes)),
  capabilities: claims.optional(CLAIM.capabilities, capabilitiesClaim),
  replyTo: claims.optional(CLAIM.replyTo, claims.text()),
  inReplyTo: claims.optional(CLAIM.inReplyTo, claims.id),
  context: claims.optional(CLAIM.context, claims.cid('a context block', CODEC.dagCbor)),
  outcome: claims.optional(CLAIM.outcome, { says: 'an outcome', read: readOutcome, write: writeOutcome }),
  private: claims.optional(CLAIM.private, claims.flag),
  resource: claims.optional(CLAIM.resource, resourceClaim),
  table: claims.optional(CLAIM.table, tableClaim),
  future: claims.optional(CLAIM.future, claims.id),
}

type EncodedClaims = ClaimsOf<typeof MESSAGE_CLAIMS>

export function readMessageClaims(bytes: Uint8Array): Result<MessageClaims> {
  const decoded = decodeCbor(bytes, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  const read = claims.readClaims(MESSAGE_CLAIMS, decoded.ok)
  if (read.refused !== undefined) return read
  if (read.ok.future !== undefined && read.ok.arguments !== undefined)
    return refuse('SHAPE', 'a message has arguments, or names whose result they are: not both')
  return { ok: { capabilities: [], ...read.ok } }
}

/** The map of a message's claims, to be encoded. */
export function writeMessageClaims(message: MessageClaims): CborMap {
  // An empty list is left out.
  const encoded = message.capabilities.length === 0 ? { ...message, capabilities: undefined } : message
  return claims.writeClaims(MESSAGE_CLAIMS, encoded as EncodedClaims)
}

function readAll<T>(
  values: readonly CborValue[],
  read: (value: CborValue) => T | undefined,
): T[] | undefined {
  const all: T[] = []
  for (const value of values) {
    const item = read(value)
    if (item === undefined) return undefined
    all.push(item)
  }
  return all
}
