/**
 * Every key-value space and key the kernel writes into the store; nothing else builds one. Names begin with
 * a dot, which handlers and hosts cannot use.
 *
 *   .grid     "genesis"                  CID of the genesis block
 *   .policy   seq: uint64 BE             the signed records of that sequence number
 *   .tokens   id: CID                    complete bytes of a token, found by its id
 *   .adopted  principal: UTF-8           id of the adoption this node signed to it
 *   .keysets  CID of a key set           empty: it was admitted
 *   .keysets  thumbprint: 32 bytes       CID of the key set that speaks for the key
 *   .statements  principal: UTF-8        its key statement with the highest number
 *   .statements  principal ‖ 0           another one of the same number
 *   .replay   SHA-256 of iss ‖ 0 ‖ cti   the message that used them: id, exp, reply (spec/dispatch.md)
 *   .expiry   exp: uint64 BE ‖ that key  when the record may be dropped; 01 for a key of .spent
 *   .results  cache key: CID             receipt of a pure result
 *   .clock    "mark"                     the highest second this node has acted at
 *   .revoked  id: CID                    count of records about a token: what a commit looks at
 *   .revoked  id ‖ SHA-256 of issuer     the revocation record
 *   .revoked  that key ‖ id of a record  one that a later record of the same issuer has taken the place of
 *   .feed     principal: UTF-8           the newest heartbeat of a revoker
 *   .feed     principal ‖ 0              another one of the same number
 *   .feed     principal ‖ 1 ‖ id: CID    iat of a record it has signed: uint64 BE
 *   .feed     principal ‖ 2              how many of them
 *   .feed     ff ‖ until: uint64 BE ‖ id of a record   id of its token ‖ principal: when it may be dropped
 *   .spent    id: CID                    calls, fuel and bytes that a token with a total has spent
 *   .spent    id ‖ span: uint64 BE       the same in a span of a token with a rate
 *   .promises id: CID                    a promise of this node: what it promised, and how it ended
 *   .promises "o" ‖ exp: uint64 BE ‖ id  who pays for it, as long as it is not resolved
 *   .promises "u" ‖ uint64 BE ‖ id       when its record may be dropped
 *   .promises "w" ‖ wrapped id ‖ id      it passes on a promise of somebody else
 *   .audit    seq: uint64 BE             a page of sealed entries of the audit log
 *   .audit    "head"                     where the pages begin and end
 *   .audit    ff ‖ id of the message     an entry that is not sealed yet
 *   .trust    principal ‖ 0 ‖ protocol   counts of kept, broken, refused and expired
 *   .evidence SHA-256 of request id ‖ principal   the answer that was counted
 *   .assessed subject ‖ 0 ‖ issuer ‖ 0 ‖ protocol or nothing   the newest assessment
 */
import type { CID } from 'multiformats/cid'

import type { CryptoProvider } from '../promisebase/index.ts'
import type { Principal } from './interface.ts'

const utf8 = new TextEncoder()
const NOTHING = new Uint8Array(0)

export const SPACE = {
  grid: '.grid',
  policy: '.policy',
  tokens: '.tokens',
  adopted: '.adopted',
  keySets: '.keysets',
  statements: '.statements',
  replay: '.replay',
  expiry: '.expiry',
  results: '.results',
  clock: '.clock',
  revoked: '.revoked',
  feed: '.feed',
  spent: '.spent',
  promises: '.promises',
  audit: '.audit',
  trust: '.trust',
  evidence: '.evidence',
  assessed: '.assessed',
} as const

export const GENESIS_KEY = utf8.encode('genesis')
export const MARK_KEY = utf8.encode('mark')
/** Between the pages, whose numbers begin with a zero byte, and the entries that are not sealed. */
export const AUDIT_HEAD_KEY = utf8.encode('head')
const PENDING = 0xff

/** Spaces with a dot in front belong to the kernel. */
export function isKernelSpace(name: string): boolean {
  return name.startsWith('.')
}

export function idKey(id: CID): Uint8Array {
  return id.bytes
}

export function principalKey(principal: Principal): Uint8Array {
  return utf8.encode(principal)
}

/** Beside the statement of a principal, whose text holds no zero byte. */
export function conflictKey(principal: Principal): Uint8Array {
  return utf8.encode(`${principal}\0`)
}

/** Of the record about a token by one issuer; the marker of the token is at its {@link idKey}. */
export function revocationKey(
  crypto: Pick<CryptoProvider, 'sha256'>,
  token: CID,
  issuer: Principal,
): Uint8Array {
  return joined(token.bytes, crypto.sha256(utf8.encode(issuer)))
}

/** Of an earlier record about the same token by the same issuer. */
export function formerKey(key: Uint8Array, record: CID): Uint8Array {
  return joined(key, record.bytes)
}

/** Where the records of one issuer are listed. */
export function feedPrefix(issuer: Principal): Uint8Array {
  return utf8.encode(`${issuer}\x01`)
}

export function feedKey(issuer: Principal, record: CID): Uint8Array {
  return joined(feedPrefix(issuer), record.bytes)
}

export function feedCountKey(issuer: Principal): Uint8Array {
  return utf8.encode(`${issuer}\x02`)
}

/** No principal begins with this byte. */
export const RETENTION_PREFIX = Uint8Array.of(0xff)

/** Sorted by time; without a record, where those of a time begin. */
export function retentionKey(until: number, record?: CID): Uint8Array {
  return joined(RETENTION_PREFIX, uint64(until), record?.bytes ?? new Uint8Array(0))
}

/** Hashed, so that a key has one length whatever an issuer calls itself. */
export function replayKey(
  crypto: Pick<CryptoProvider, 'sha256'>,
  issuer: Principal,
  nonce: Uint8Array,
): Uint8Array {
  const name = utf8.encode(issuer)
  const bytes = new Uint8Array(name.length + 1 + nonce.length)
  bytes.set(name)
  bytes.set(nonce, name.length + 1)
  return crypto.sha256(bytes)
}

/** One answer to one request by one principal. */
export function evidenceKey(
  crypto: Pick<CryptoProvider, 'sha256'>,
  request: CID,
  principal: Principal,
): Uint8Array {
  return crypto.sha256(joined(request.bytes, utf8.encode(principal)))
}

/** Texts of principals hold no zero byte. Without a protocol: the beginning of all keys of a principal. */
export function trustKey(principal: Principal, protocol?: CID): Uint8Array {
  return joined(utf8.encode(`${principal}\0`), protocol?.bytes ?? NOTHING)
}

export function assessedKey(subject: Principal, issuer: Principal, protocol?: CID): Uint8Array {
  return joined(utf8.encode(`${subject}\0${issuer}\0`), protocol?.bytes ?? NOTHING)
}

export function expiryKey(expires: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + key.length)
  bytes.set(uint64(expires))
  bytes.set(key, 8)
  return bytes
}

/** What an entry of .expiry holds that is about a key of .spent. */
export const SPENT_ENTRY = Uint8Array.of(1)

/** The calls of a token in one span of its rate. */
export function spanKey(id: CID, span: number): Uint8Array {
  return joined(idKey(id), uint64(span))
}

/** Keys beside the records of promises, which begin with the 1 of a CID. */
const PROMISE_INDEX = { open: 0x6f, until: 0x75, wraps: 0x77 } as const

/** `"o"` or `"u"`, so that promises can be walked by time. */
export function promiseTimeKey(index: 'open' | 'until', seconds: number, id: CID): Uint8Array {
  return joined(promiseTimeBound(index, seconds), id.bytes)
}

/** What all keys of an earlier second are before. */
export function promiseTimeBound(index: 'open' | 'until', seconds: number): Uint8Array {
  return joined(Uint8Array.of(PROMISE_INDEX[index]), uint64(seconds))
}

/** The id in a key of {@link promiseTimeKey}. */
export function promiseTimeId(key: Uint8Array): Uint8Array {
  return key.slice(9)
}

export function promiseWrapKey(wrapped: CID, id: CID): Uint8Array {
  return joined(promiseWrapPrefix(wrapped), id.bytes)
}

export function promiseWrapPrefix(wrapped: CID): Uint8Array {
  return joined(Uint8Array.of(PROMISE_INDEX.wraps), wrapped.bytes)
}

/** The key a record of {@link expiryKey} stands for. */
export function expiredKey(bytes: Uint8Array): Uint8Array {
  return bytes.slice(8)
}

/** Big-endian, so that keys sort as numbers do. */
export function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  // By hand: a view would move these few bytes out of the heap.
  for (let at = 7, rest = value; at >= 0; at -= 1, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
  return bytes
}

export function readUint64(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** The entry of a message until it is sealed. */
export function pendingKey({ bytes }: CID): Uint8Array {
  return joined(pendingPrefix(), bytes)
}

/** What every {@link pendingKey} begins with. */
export function pendingPrefix(): Uint8Array {
  return Uint8Array.of(PENDING)
}

/** The pages of the audit log, and nothing else of its space. */
export function auditRange(): { readonly lt: Uint8Array } {
  return { lt: Uint8Array.of(1) }
}
