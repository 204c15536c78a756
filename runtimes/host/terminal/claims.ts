/** The claims of a message for people, a row each, and for programs. */
import { describeResource } from '../../../kernel/index.ts'
import { safeLine } from './safe-text.ts'
import { bytes, count, instant } from './units.ts'
import type { MessageClaims, Outcome, Resource, Value } from '../../../kernel/index.ts'

export function claimRows(claims: MessageClaims): string[][] {
  const { resource, context, notBefore, replyTo, inReplyTo, outcome } = claims
  return [
    ['from', claims.issuer],
    ['to', claims.audience],
    ['method', JSON.stringify(claims.method)],
    ...(resource === undefined ? [] : [['on', describeResource(resource)]]),
    ...(claims.arguments === undefined ? [] : [['arguments', describeValue(claims.arguments)]]),
    ...(context === undefined ? [] : [['context', context.toString()]]),
    ['issued', instant(claims.issuedAt)],
    ...(notBefore === undefined ? [] : [['not before', instant(notBefore)]]),
    ['expires', instant(claims.expires)],
    ['nonce', hex(claims.nonce)],
    ...(claims.capabilities.length === 0 ? [] : [['capabilities', describeTokens(claims.capabilities)]]),
    ...(replyTo === undefined ? [] : [['reply to', replyTo]]),
    ...(inReplyTo === undefined ? [] : [['in reply to', inReplyTo.toString()]]),
    ...(claims.private === true ? [['private', 'yes']] : []),
    ...(outcome === undefined ? [] : [['outcome', describeOutcome(outcome)]]),
  ].map(([name = '', value = '']) => [name, safeLine(value)])
}

/** The same as JSON: bytes in hexadecimal, CIDs as text. */
export function claimFacts(claims: MessageClaims): object {
  return JSON.parse(JSON.stringify(claims, (_name, value: unknown) => plain(value))) as object
}

export function resourceFacts(resource: Resource): object {
  return JSON.parse(JSON.stringify(resource, (_name, value: unknown) => plain(value))) as object
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value)
  // A CID turns itself into an object of links before it comes here.
  if (typeof value === 'object' && value !== null && '/' in value) return value['/']
  return value
}

function describeValue(value: Value): string {
  return 'cid' in value ? value.cid.toString() : `${bytes(value.bytes.length)} inside the message`
}

function describeTokens(tokens: MessageClaims['capabilities']): string {
  return tokens
    .map((token) => (token instanceof Uint8Array ? `a token of ${bytes(token.length)}` : token.toString()))
    .join(', ')
}

function describeOutcome(outcome: Outcome): string {
  if (outcome.status === 'deferred') return `deferred: a promise of ${bytes(outcome.promise.length)}`
  if (outcome.status !== 'kept') return `${outcome.status}: ${outcome.code}`
  return `kept: ${outcome.result.cid.toString()}, ${count(outcome.fuel)} fuel`
}

export function hex(content: Uint8Array): string {
  return Buffer.from(content).toString('hex')
}
