/**
 * Every key the store writes; nothing else builds one (spec/promisebase.md, "Keys").
 *
 *   key     = version / head / record / id / migration / block / entry / label
 *   version = %x00                               ; the format's name
 *   head    = %x01                               ; newest sequence number and the hash of its record
 *   record  = %x02 slot                          ; commit record of sequence number seq, slot = seq mod 8192
 *   id      = %x03 transaction                   ; the sequence number a transaction was committed under
 *   migration = %x04                             ; how far a migration has come; absent otherwise
 *   block   = %x10 multihash                     ; the bytes with that hash, under whichever codec
 *   entry   = %x20 length name bytes             ; an entry of the space `name`
 *   label   = %x30 name                          ; the CID a label points at
 *
 *   slot    = 2OCTET   ; big-endian, as every number of the store
 *   length  = 2OCTET   ; of name in bytes: no name and key can be mistaken for another name and key
 */
import { StoreError } from './errors.ts'
import { STORE_LIMITS } from './store-limits.ts'
import type { CID } from 'multiformats/cid'
import type { ByteRange, SpaceRange } from './interface.ts'

export const VERSION_KEY = Uint8Array.of(0x00)
export const HEAD_KEY = Uint8Array.of(0x01)
export const MIGRATION_KEY = Uint8Array.of(0x04)

const VERSION = 0x00
const HEAD = 0x01
const RECORD = 0x02
const ID = 0x03
const MIGRATION = 0x04
const BLOCK = 0x10
const ENTRY = 0x20
const LABEL = 0x30

/** First key included and first key after. */
export interface KeyBounds {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
}

export const RECORD_BOUNDS: KeyBounds = { gte: Uint8Array.of(RECORD), lt: Uint8Array.of(RECORD + 1) }

export function recordKey(sequence: number): Uint8Array {
  const slot = sequence % STORE_LIMITS.commitRecords
  return Uint8Array.of(RECORD, slot >>> 8, slot & 0xff)
}

export type KeyKind = 'version' | 'head' | 'record' | 'id' | 'migration' | 'block' | 'entry' | 'label'

const KINDS = new Map<number, KeyKind>([
  [VERSION, 'version'],
  [HEAD, 'head'],
  [RECORD, 'record'],
  [ID, 'id'],
  [MIGRATION, 'migration'],
  [BLOCK, 'block'],
  [ENTRY, 'entry'],
  [LABEL, 'label'],
])

/** What a key stands for; undefined for one the store never writes. */
export function kindOfKey(key: Uint8Array): KeyKind | undefined {
  return KINDS.get(key[0] ?? -1)
}

/** Whether the value under this key carries no checksum: a block is named by its hash, the version is for everyone. */
export function isPlainKey(key: Uint8Array): boolean {
  return key[0] === BLOCK || key[0] === VERSION
}

export function transactionKey(id: Uint8Array): Uint8Array {
  return tagged(ID, id)
}

export function blockKey(cid: CID): Uint8Array {
  return keyOfBlock(cid.multihash.bytes)
}

/** Of the block with this multihash, whatever its codec. */
export function keyOfBlock(multihash: Uint8Array): Uint8Array {
  return tagged(BLOCK, multihash)
}

/** Bounds of a scan over blocks, from those over their multihashes. */
export function blockBounds({ gte, lt }: ByteRange): KeyBounds {
  const end = Uint8Array.of(BLOCK + 1)
  return { gte: keyOfBlock(gte ?? NOTHING), lt: lt === undefined ? end : keyOfBlock(lt) }
}

export function multihashOf(key: Uint8Array): Uint8Array {
  return key.slice(1)
}

/** Whether the key of a write is a block's, and therefore says what its value is. */
export function isBlockKey(key: Uint8Array): boolean {
  return key[0] === BLOCK
}

/** @throws {StoreError} `LIMIT` when name or key are too long, or the name is empty. */
export function entryKey(space: string, key: Uint8Array): Uint8Array {
  if (key.length > STORE_LIMITS.keyBytes) throw tooLong('a key', key.length, STORE_LIMITS.keyBytes)
  return joined(spacePrefix(space), key)
}

/** The entries of all spaces. */
export const ENTRY_BOUNDS: KeyBounds = { gte: Uint8Array.of(ENTRY), lt: Uint8Array.of(ENTRY + 1) }

/** Space and key of an entry; undefined when the key is no entry's. */
export function partsOfEntryKey(
  key: Uint8Array,
): { readonly space: string; readonly key: Uint8Array } | undefined {
  const end = 3 + ((key[1] ?? 0) << 8) + (key[2] ?? 0)
  if (key[0] !== ENTRY || key.length < end) return undefined
  return { space: decoder.decode(key.subarray(3, end)), key: key.slice(end) }
}

/** The first key after those of a space. */
export function afterSpace(space: string): Uint8Array {
  return afterPrefix(spacePrefix(space))
}

/** The part of an entry's key that the caller gave. */
export function keyInSpace(space: string, key: Uint8Array): Uint8Array {
  return key.slice(spacePrefix(space).length)
}

/** Bounds of a scan in one space; they never leave it, whatever the range says. */
export function entryBounds(space: string, range: SpaceRange): KeyBounds {
  const whole = spacePrefix(space)
  for (const bound of [range.prefix, range.gte, range.lt]) {
    // One more than a key may have: the first key after the longest one.
    const most = STORE_LIMITS.keyBytes + 1
    if (bound && bound.length > most) throw tooLong('a bound of a range', bound.length, most)
  }
  const within = joined(whole, range.prefix ?? NOTHING)
  let gte = within
  let lt = afterPrefix(within)
  if (range.gte) gte = later(gte, joined(whole, range.gte))
  if (range.lt) lt = earlier(lt, joined(whole, range.lt))
  return { gte, lt }
}

/** @throws {StoreError} `LIMIT` when the name is empty or too long. */
export function labelKey(name: string): Uint8Array {
  return tagged(LABEL, nameBytes(name, 'label'))
}

export function isLabelKey(key: Uint8Array): boolean {
  return key[0] === LABEL
}

export function labelBounds(prefix: string): KeyBounds {
  if (prefix === '') return { gte: Uint8Array.of(LABEL), lt: Uint8Array.of(LABEL + 1) }
  const gte = labelKey(prefix)
  return { gte, lt: afterPrefix(gte) }
}

export function labelName(key: Uint8Array): string {
  return decoder.decode(key.subarray(1))
}

// ------------------------------------------------------------------------------------------------ parts

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Prefixes of the spaces used lately: every read and write needs one, and there are few. */
const prefixes = new Map<string, Uint8Array>()
const PREFIXES_MAX = 1_024

function spacePrefix(space: string): Uint8Array {
  const known = prefixes.get(space)
  if (known) return known
  const name = nameBytes(space, 'space')
  const prefix = new Uint8Array(3 + name.length)
  prefix[0] = ENTRY
  prefix[1] = name.length >>> 8
  prefix[2] = name.length & 0xff
  prefix.set(name, 3)
  if (prefixes.size >= PREFIXES_MAX) prefixes.clear()
  prefixes.set(space, prefix)
  return prefix
}

function nameBytes(name: string, what: string): Uint8Array {
  if (typeof name !== 'string') throw new TypeError(`the name of a ${what} must be a string`)
  if (name.length > STORE_LIMITS.nameBytes)
    throw tooLong(`the name of a ${what}`, name.length, STORE_LIMITS.nameBytes)
  // Half a surrogate pair would be encoded as U+FFFD: two names would share one key.
  if (/\p{Surrogate}/u.test(name)) throw new TypeError(`the name of a ${what} must be well-formed Unicode`)
  const bytes = encoder.encode(name)
  if (bytes.length === 0) throw new StoreError('LIMIT', `the name of a ${what} is empty`)
  if (bytes.length > STORE_LIMITS.nameBytes)
    throw tooLong(`the name of a ${what}`, bytes.length, STORE_LIMITS.nameBytes)
  return bytes
}

function tooLong(what: string, length: number, most: number): StoreError {
  return new StoreError('LIMIT', `${what} has ${length} bytes, ${most} are allowed`)
}

function tagged(tag: number, rest: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + rest.length)
  key[0] = tag
  key.set(rest, 1)
  return key
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length)
  bytes.set(head)
  bytes.set(tail, head.length)
  return bytes
}

/** The first key that does not begin with the prefix; ours begin with a tag below 0xff, so there is one. */
function afterPrefix(prefix: Uint8Array): Uint8Array {
  let length = prefix.length
  while (prefix[length - 1] === 0xff) length--
  const after = prefix.slice(0, length)
  after[length - 1]! += 1
  return after
}

function later(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) < 0 ? b : a
}

function earlier(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) < 0 ? a : b
}

/** Unsigned bytes, shorter first on a tie: the order of every backend. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
