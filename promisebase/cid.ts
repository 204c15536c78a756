/**
 * CIDs: making, reading and naming them. What the library behind the `CID` class accepts is wider than what
 * we do (identity hashes of any size, truncated digests, CIDv0, several text forms), so everything that
 * comes from outside goes through {@link parseCid} or {@link checkCid}.
 *
 *   CIDv1 = varint(1) varint(codec) varint(hash) varint(length) digest
 *   text  = "b" base32-lower-case-without-padding(CIDv1)
 */
import { base32 } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import { Digest } from 'multiformats/hashes/digest'
import { bytesKey } from './bytes-key.ts'
import { digestBytes, IDENTITY, IDENTITY_BYTES_MAX, SHA2_256 } from './hash.ts'
import { ownBytes } from './own-bytes.ts'
import { knownCid, rememberCid } from './known-cids.ts'
import { readMultibase } from './multibase.ts'
import type { Result } from './interface.ts'
import type { Multibase } from './multibase.ts'

/** Multicodec codes of the blocks we write. */
export const CODEC = { raw: 0x55, cbor: 0x51, dagPb: 0x70, dagCbor: 0x71, gridCbor: 0x1027 } as const

const SHA2_256_ALONE: readonly number[] = [SHA2_256]

/** What is written here, and all that is read unless a rule names others. */
const BASE32_ALONE: readonly Multibase[] = [base32]

/** No CID that a rule can take is longer in any base, and longer texts are not decoded. */
const TEXT_MAX = 1_200

/** Which CIDs a field takes. */
export interface CidRule {
  /** Multicodec codes; any without it. */
  readonly codecs?: readonly number[]
  /** Multihash codes of `HASH`, each with its whole digest; sha2-256 alone without it. */
  readonly hashes?: readonly number[]
  /** Longest content of an identity CID, never more than 128 bytes; none is taken without it. */
  readonly identityBytes?: number
  /**
   * Bases that its text may be written in; base32 alone without it. For what people paste from elsewhere: where texts
   * of CIDs are compared or signed, a second base would be a second spelling.
   */
  readonly bases?: readonly Multibase[]
}

/** The numbers a binary CID is made of, and where its digest lies. */
export interface CidParts {
  readonly version: 0 | 1
  readonly codec: number
  readonly hash: number
  /** Offset of the multihash. */
  readonly multihashAt: number
  readonly digestAt: number
}

/**
 * CIDv1 of a digest, of SHA-256 unless another hash is named.
 * @throws {TypeError} when the digest is not whole @throws {RangeError} for a codec or hash that is none
 */
export function createCid(codec: number, digest: Uint8Array, hash: number = SHA2_256): CID {
  const bytes = encodeCid(codec, digest, hash)
  // What was named once is named again soon: by whoever reads it, and in what is said of it.
  return knownCid(bytes, 0, bytes.length) ?? rememberCid(cidOf(bytes, codec, hash))
}

/**
 * The same for a block that is being written: not looked for among the known ones and not remembered, since a thousand
 * blocks would take the places of all that are named again.
 */
export function createCidOnce(codec: number, digest: Uint8Array): CID {
  return cidOf(encodeCid(codec, digest, SHA2_256), codec, SHA2_256)
}

/** CID of a block: `codec` says how to read the bytes, the digest is theirs. */
export function hashBlock(sha256: (bytes: Uint8Array) => Uint8Array, codec: number, bytes: Uint8Array): CID {
  return createCid(codec, sha256(bytes))
}

/** Reads one CID, complete and nothing else, in binary or as text. Never throws. */
export function parseCid(input: Uint8Array | string, rule: CidRule = {}): Result<CID, 'CID'> {
  const bytes = typeof input === 'string' ? bytesOfText(input, rule) : input
  if (bytes === undefined) return refuse('text of a CID is "b" and lower-case base32 without padding')
  if (!(bytes instanceof Uint8Array)) return refuse('neither bytes nor text')
  const parts = readCid(bytes, 0, bytes.length)
  if (parts === undefined) return refuse('not a complete CID with minimal varints')
  const wrong = offends(parts, bytes.length, rule)
  return wrong === undefined ? { ok: build(new Uint8Array(bytes), parts) } : refuse(wrong)
}

/** Holds a CID that is already one, such as a link of a decoded block, against a rule. */
export function checkCid(cid: CID, rule: CidRule = {}): Result<CID, 'CID'> {
  const parts = readCid(cid.bytes, 0, cid.bytes.length)
  if (parts === undefined) return refuse('not a complete CID with minimal varints')
  const wrong = offends(parts, cid.bytes.length, rule)
  return wrong === undefined ? { ok: cid } : refuse(wrong)
}

/** Whether this is a CID, and not merely an object that says so. */
export function isCid(value: unknown): value is CID {
  return value instanceof CID
}

/** A short string, equal for equal CIDs and only for them: for `Map`s and `Set`s, not for people. */
export function cidKey(cid: CID): string {
  const { bytes } = cid
  return bytes.length <= 128 ? bytesKey(bytes) : cid.toString()
}

/** Splits the binary CID in bytes[start, end); undefined when it is malformed, cut or followed by more. */
export function readCid(bytes: Uint8Array, start: number, end: number): CidParts | undefined {
  if (end <= start) return undefined
  if (bytes[start] === SHA2_256) return readCidV0(bytes, start, end)
  if (bytes[start] !== 1) return undefined
  const codec = readVarint(bytes, start + 1, end)
  if (codec === undefined) return undefined
  const multihashAt = start + 1 + varintLength(codec)
  const hash = readVarint(bytes, multihashAt, end)
  if (hash === undefined) return undefined
  const lengthAt = multihashAt + varintLength(hash)
  const length = readVarint(bytes, lengthAt, end)
  if (length === undefined) return undefined
  const digestAt = lengthAt + varintLength(length)
  return digestAt + length === end ? { version: 1, codec, hash, multihashAt, digestAt } : undefined
}

/** The CID in bytes[start, end), which has been read before; undefined when it is malformed. Shared and frozen. */
export function cidAt(bytes: Uint8Array, start: number, end: number): CID | undefined {
  const known = knownCid(bytes, start, end)
  if (known !== undefined) return known
  const own = ownBytes(bytes.subarray(start, end))
  const parts = readCid(own, 0, own.length)
  return parts === undefined ? undefined : rememberCid(build(own, parts))
}

/** The old form of IPFS: a bare sha2-256 multihash, dag-pb understood. */
function readCidV0(bytes: Uint8Array, start: number, end: number): CidParts | undefined {
  if (end - start !== 34 || bytes[start + 1] !== 32) return undefined
  return { version: 0, codec: 0x70, hash: SHA2_256, multihashAt: start, digestAt: start + 2 }
}

function offends(parts: CidParts, end: number, rule: CidRule): string | undefined {
  if (parts.version !== 1) return 'CIDv0 is not read'
  if (parts.hash === IDENTITY) {
    const most = Math.min(rule.identityBytes ?? -1, IDENTITY_BYTES_MAX)
    if (end - parts.digestAt > most) return `an identity hash of ${end - parts.digestAt} bytes`
  } else {
    if (!(rule.hashes ?? SHA2_256_ALONE).includes(parts.hash))
      return `hash 0x${parts.hash.toString(16)} is not accepted`
    if (digestBytes(parts.hash) !== end - parts.digestAt) return `a digest of ${end - parts.digestAt} bytes`
  }
  if (rule.codecs?.includes(parts.codec) === false)
    return `codec 0x${parts.codec.toString(16)} is not accepted`
  return undefined
}

function encodeCid(codec: number, digest: Uint8Array, hash: number): Uint8Array {
  const length = digestBytes(hash)
  if (length === undefined) throw new RangeError(`hash ${hash} is not known`)
  if (digest.length !== length) throw new TypeError(`digest must have ${length} bytes`)
  if (!Number.isSafeInteger(codec) || codec < 0) throw new RangeError(`${codec} is no multicodec code`)
  const multihashAt = 1 + varintLength(codec)
  const digestAt = multihashAt + varintLength(hash) + 1
  const bytes = new Uint8Array(digestAt + length)
  bytes[0] = 1
  writeVarint(bytes, 1, codec)
  writeVarint(bytes, multihashAt, hash)
  bytes[digestAt - 1] = length
  bytes.set(digest, digestAt)
  return bytes
}

function cidOf(bytes: Uint8Array, codec: number, hash: number): CID {
  const multihashAt = 1 + varintLength(codec)
  const digestAt = multihashAt + varintLength(hash) + 1
  return build(bytes, { version: 1, codec, hash, multihashAt, digestAt })
}

function build(bytes: Uint8Array, parts: CidParts): CID {
  const multihash = bytes.subarray(parts.multihashAt)
  const digest = bytes.subarray(parts.digestAt)
  return new CID(parts.version, parts.codec, new Digest(parts.hash, digest.length, digest, multihash), bytes)
}

function bytesOfText(text: string, { bases = BASE32_ALONE }: CidRule): Uint8Array | undefined {
  return text.length > TEXT_MAX ? undefined : readMultibase(text, bases)
}

/** Unsigned LEB128, minimal and safe as a number; undefined otherwise. */
function readVarint(bytes: Uint8Array, start: number, end: number): number | undefined {
  let value = 0
  let weight = 1
  for (let at = start; at < end && at < start + 8; at++) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * weight
    if (byte < 0x80) return (byte === 0 && at > start) || !Number.isSafeInteger(value) ? undefined : value
    weight *= 128
  }
  return undefined
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 128; rest /= 128) length += 1
  return length
}

function writeVarint(bytes: Uint8Array, start: number, value: number): void {
  let at = start
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80
  bytes[at] = rest
}

function refuse(detail: string): { readonly refused: { readonly code: 'CID'; readonly detail: string } } {
  return { refused: { code: 'CID', detail } }
}
