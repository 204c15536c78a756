/**
 * Profiles: which well-formed, deterministic CBOR a reader is willing to take, and how much of it. A scan
 * refuses everything outside the profile before a single value is made.
 */

export interface CborProfile {
  readonly name: string
  /** Bytes of the whole input. */
  readonly maxBytes: number
  /** How many arrays, maps and tags may enclose an item; at most {@link CBOR_DEPTH_MAX}. */
  readonly depth: number
  /** Data items in all: keys, values, tags and what they enclose each count. */
  readonly items: number
  readonly tags: ReadonlySet<number> | 'any'
  /** `core`: the shortest form that keeps the value (RFC 8949 4.2.1); `binary64`: 64 bits, finite (DAG-CBOR). */
  readonly floats: 'none' | 'core' | 'binary64'
  /** `any` is every item: RFC 8949 lets a map be a key of a map. */
  readonly keys: 'any' | 'text' | 'int-or-text'
  /** Whether the byte string under tag 42 must begin with 00, as IPLD demands, or may be the bare CID. */
  readonly cid: 'prefixed' | 'either'
  /** `plain`: false, true and null only. */
  readonly simple: 'plain' | 'any'
  /** What the whole must be: any item without it, else tag 1735551332 over an array that begins with a link. */
  readonly form?: 'grid-envelope'
}

/** Decoding recurses as deep as a profile allows, so no profile may allow more than any stack bears. */
export const CBOR_DEPTH_MAX = 512

/** Longest bignum in bytes: turning one into a bigint costs more than its length. */
export const BIGNUM_BYTES_MAX = 1024

const BLOCK_BYTES_MAX = 2 * 1024 * 1024
const BLOCK_ITEMS_MAX = 256 * 1024
const BLOCK_DEPTH_MAX = 128

/** Our messages and tokens: integer or text keys, no floats, only links and the two COSE signatures as tags. */
export const ENVELOPE_PROFILE: CborProfile = {
  name: 'envelope',
  maxBytes: 64 * 1024,
  depth: 32,
  items: 4096,
  tags: new Set([18, 42, 98]),
  floats: 'none',
  keys: 'int-or-text',
  cid: 'prefixed',
  simple: 'plain',
}

/** Blocks of codec dag-cbor (0x71): text keys, links, finite 64-bit floats. */
export const DAG_CBOR_PROFILE: CborProfile = {
  name: 'dag-cbor',
  maxBytes: BLOCK_BYTES_MAX,
  depth: BLOCK_DEPTH_MAX,
  items: BLOCK_ITEMS_MAX,
  tags: new Set([42]),
  floats: 'binary64',
  keys: 'text',
  cid: 'prefixed',
  simple: 'plain',
}

/** Any deterministic CBOR of RFC 8949 4.2.1, within bounds: what others have written and we only look at. */
export const CORE_PROFILE: CborProfile = {
  name: 'core',
  maxBytes: BLOCK_BYTES_MAX,
  depth: BLOCK_DEPTH_MAX,
  items: BLOCK_ITEMS_MAX,
  tags: 'any',
  floats: 'core',
  keys: 'any',
  cid: 'either',
  simple: 'any',
}

/**
 * Blocks of codec grid-cbor (0x1027): a tagged grid envelope, its slots any deterministic CBOR. It is kept and
 * encoded again without knowing the protocol that its first slot names.
 */
export const GRID_CBOR_PROFILE: CborProfile = {
  ...CORE_PROFILE,
  name: 'grid-cbor',
  cid: 'prefixed',
  form: 'grid-envelope',
}

/** Messages of others, which a named view reads: the rules of core within the bounds of a message. */
export const FOREIGN_PROFILE: CborProfile = {
  ...CORE_PROFILE,
  name: 'foreign',
  maxBytes: ENVELOPE_PROFILE.maxBytes,
  depth: ENVELOPE_PROFILE.depth,
  items: ENVELOPE_PROFILE.items,
}
