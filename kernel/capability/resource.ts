/**
 * Resources: what a capability is about, and when one lies inside another. Names belong to the principal
 * whose behaviour is promised, so the same name on two nodes is two resources.
 */
import { CODEC } from '../../promisebase/index.ts'
import { LIMITS } from '../limits.ts'
import * as claims from '../message/claims.ts'
import { startsWith } from '../message/equal-bytes.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Principal, Resource } from '../interface.ts'
import type { ClaimType } from '../message/claims.ts'

const name = claims.text()
const prefixBytes = claims.bytes(0, LIMITS.nameBytes)
const protocol = claims.cid('a protocol CID', CODEC.raw, CODEC.dagCbor)

/** `["node", owner]`, `["code", 42(cid)]`, `["space", owner, name, prefix]` or `["label", owner, prefix]`. */
export const resourceClaim: ClaimType<Resource> = {
  says: 'a resource: ["node", owner], ["code", cid], ["space", owner, name, prefix] or ["label", owner, prefix]',
  read: readResource,
  write: (resource) => {
    switch (resource.kind) {
      case 'node':
        return ['node', resource.owner]
      case 'code':
        return ['code', resource.protocol]
      case 'space':
        return ['space', resource.owner, resource.space, resource.prefix]
      case 'label':
        return ['label', resource.owner, resource.prefix]
    }
  },
}

/** Whether everything in `inner` is also in `outer`, on the node whose principal is `node`. */
export function covers(outer: Resource, inner: Resource, node: Principal): boolean {
  switch (outer.kind) {
    case 'node':
      return inner.kind === 'code' ? outer.owner === node : inner.owner === outer.owner
    case 'code':
      return inner.kind === 'code' && inner.protocol.equals(outer.protocol)
    case 'space':
      return (
        inner.kind === 'space' &&
        inner.owner === outer.owner &&
        inner.space === outer.space &&
        startsWith(inner.prefix, outer.prefix)
      )
    case 'label':
      return inner.kind === 'label' && inner.owner === outer.owner && isBelow(inner.prefix, outer.prefix)
  }
}

/** One line for people. */
export function describeResource(resource: Resource): string {
  switch (resource.kind) {
    case 'node':
      return `everything of ${resource.owner}`
    case 'code':
      return `handler ${resource.protocol.toString()}`
    case 'space':
      return `space ${JSON.stringify(resource.space)} keys ${hex(resource.prefix)}* of ${resource.owner}`
    case 'label':
      return `labels ${JSON.stringify(resource.prefix)} of ${resource.owner}`
  }
}

function readResource(value: CborValue): Resource | undefined {
  if (!Array.isArray(value)) return undefined
  const [kind, first = null, second = null, third = null] = value
  if (kind === 'code') {
    const read = value.length === 2 ? protocol.read(first) : undefined
    return read && { kind, protocol: read }
  }
  const owner = name.read(first)
  if (owner === undefined) return undefined
  if (kind === 'node') return value.length === 2 ? { kind, owner } : undefined
  if (kind === 'label')
    return value.length === 3 && isLabelPrefix(second) ? { kind, owner, prefix: second } : undefined
  if (kind !== 'space' || value.length !== 4) return undefined
  const [space, prefix] = [name.read(second), prefixBytes.read(third)]
  return space === undefined || prefix === undefined ? undefined : { kind, owner, space, prefix }
}

/** Labels are paths: `a/b` covers `a/b` and `a/b/c`, never `a/bc`. The empty prefix covers all. */
function isBelow(inner: string, outer: string): boolean {
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`)
}

/** One spelling per path: no empty, dot or percent-escaped segments, Unicode in NFC. */
function isLabelPrefix(value: CborValue): value is string {
  if (value === '') return true
  if (name.read(value) === undefined || typeof value !== 'string' || value.normalize('NFC') !== value)
    return false
  return value
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('%'))
}

/** Bytes for people. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
