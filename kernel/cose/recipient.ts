/**
 * COSE_recipient (RFC 9052 section 5.1): whom a key is sent to. Reading is bounded in number and depth, before
 * anything costs more than its length.
 */
import { refuse } from '../errors.ts'
import { COSE_LIMITS } from './limits.ts'
import { readDetachable, splitParts } from './read.ts'
import { RECIPIENT_ALGORITHMS } from './recipient-algorithms.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseReading } from './item.ts'

export interface CoseRecipient {
  readonly headers: CoseHeaders
  readonly algorithm: number
  /** The wrapped key; empty where the key is shared or derived. */
  readonly wrapped: Uint8Array
  readonly recipients: readonly CoseRecipient[]
}

const NOTHING = new Uint8Array(0)

export function readRecipients(
  value: CborValue | undefined,
  reading: CoseReading,
  depth = 1,
): Result<CoseRecipient[]> {
  if (!Array.isArray(value) || value.length === 0)
    return refuse('SHAPE', 'recipients are an array of at least one')
  if (value.length > COSE_LIMITS.recipients)
    return refuse('LIMIT', `there are at most ${COSE_LIMITS.recipients} recipients`)
  if (depth > COSE_LIMITS.recipientDepth)
    return refuse('LIMIT', `recipients of recipients go ${COSE_LIMITS.recipientDepth} deep at most`)
  const recipients: CoseRecipient[] = []
  for (const each of value) {
    const recipient = readRecipient(each, reading, depth)
    if (recipient.refused !== undefined) return recipient
    recipients.push(recipient.ok)
  }
  if (countOf(recipients) > COSE_LIMITS.recipients)
    return refuse('LIMIT', `there are at most ${COSE_LIMITS.recipients} recipients`)
  return standsAlone(recipients)
    ? { ok: recipients }
    : refuse('SHAPE', 'a recipient whose key is shared or derived directly is the only one')
}

function readRecipient(value: CborValue, reading: CoseReading, depth: number): Result<CoseRecipient> {
  const hasOwn = Array.isArray(value) && value.length === 4
  const parts = splitParts('COSE_recipient', value, hasOwn ? 2 : 1, reading)
  if (parts.refused !== undefined) return parts
  const { headers, rest } = parts.ok
  if (headers.algorithm === undefined) return refuse('ALG', 'a recipient names no algorithm')
  const wrapped = readDetachable(rest[0], 'wrapped key')
  if (wrapped.refused !== undefined) return wrapped
  if (wrapped.ok !== undefined && wrapped.ok.length > COSE_LIMITS.wrappedKeyBytes)
    return refuse('LIMIT', `a wrapped key has at most ${COSE_LIMITS.wrappedKeyBytes} bytes`)
  const recipients = hasOwn ? readRecipients(rest[1], reading, depth + 1) : { ok: [] }
  if (recipients.refused !== undefined) return recipients
  return {
    ok: {
      headers,
      algorithm: headers.algorithm,
      wrapped: wrapped.ok ?? NOTHING,
      recipients: recipients.ok,
    },
  }
}

/** On all levels: each of them may cost an agreement. */
function countOf(recipients: readonly CoseRecipient[]): number {
  return recipients.reduce((count, each) => count + 1 + countOf(each.recipients), 0)
}

/** RFC 9053 sections 6.1 and 6.3.1: two direct keys cannot both be the key of one content. */
function standsAlone(recipients: readonly CoseRecipient[]): boolean {
  const isDirect = ({ algorithm }: CoseRecipient): boolean => {
    const known = RECIPIENT_ALGORITHMS.get(algorithm)
    return known !== undefined && known.wrap === undefined
  }
  return recipients.length === 1 || !recipients.some(isDirect)
}
