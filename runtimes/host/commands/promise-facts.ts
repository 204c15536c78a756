/** A promise of a node, for people and for programs. */
import { instant } from '../terminal/units.ts'
import type { SignedPromise } from '../../../kernel/index.ts'

export function promiseFacts(promise: SignedPromise): object {
  const { id, issuer, audience, issuedAt, expires, request, protocol, wraps, conditions } = promise
  return {
    id: id.toString(),
    ...{ issuer, audience, issuedAt, expires },
    request: request.toString(),
    protocol: protocol.toString(),
    ...(wraps === undefined ? {} : { wraps: wraps.toString() }),
    ...(conditions === undefined ? {} : { conditions: conditions.map(String) }),
    bytes: Buffer.from(promise.bytes).toString('base64'),
  }
}

export function promiseRows(promise: SignedPromise): [string, string][] {
  const { issuer, audience, issuedAt, expires, request, protocol, wraps, conditions = [] } = promise
  return [
    ['promise', promise.id.toString()],
    ['by', issuer],
    ['to', audience],
    ['for', `message ${request.toString()}`],
    ['handler', protocol.toString()],
    ['made', instant(issuedAt)],
    ['until', instant(expires)],
    ...(wraps === undefined ? [] : [['wraps', wraps.toString()] as [string, string]]),
    ...conditions.map((each): [string, string] => ['after', each.toString()]),
  ]
}
