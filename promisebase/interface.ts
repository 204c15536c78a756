/**
 * The contracts of the store, types only. A backend keeps ordered bytes; everything a user sees (blocks by
 * CID, key-value spaces, labels, transactions) is defined once, in `store.ts`, over that contract.
 */
import type { CID } from 'multiformats/cid'
import type { StoreError } from './errors.ts'

/** A value that explains itself instead of an exception: `ok`, or a refusal with a code from one table. */
export type Result<T, Code extends string = string> =
  | { readonly ok: T; readonly refused?: undefined }
  | { readonly refused: Refusal<Code>; readonly ok?: undefined }

/** Why something was refused. Codes are for ever, details are for people. */
export interface Refusal<Code extends string = string> {
  readonly code: Code
  readonly detail: string
}

// ---------------------------------------------------------------------------------------------- backend

/** Bounds of a scan over ordered bytes: keys are compared as unsigned bytes, shorter first on a tie. */
export interface ByteRange {
  /** First key included. */
  readonly gte?: Uint8Array
  /** First key after the range. */
  readonly lt?: Uint8Array
  readonly reverse?: boolean
  /** How many entries at most; unlimited without it. */
  readonly limit?: number
}

/**
 * What is answered survives: `flushed` a power cut; `buffered` the end of the process, since the system has it, and not
 * a power cut; `volatile` neither.
 */
export type Durability = 'flushed' | 'buffered' | 'volatile'

/** One write of an atomic batch. */
export type BackendWrite =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: Uint8Array }

/** A consistent view of ordered bytes at one moment. */
export interface BackendSnapshot {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** The same at once, from an engine that need not be waited for: a promise more for each read is a tenth of it. */
  getNow?(key: Uint8Array): Uint8Array | undefined
  range(range: ByteRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>
  /** The keys of a range alone, for an engine that can leave the values where they are; without it `range` is asked. */
  keys?(range: ByteRange): AsyncIterable<Uint8Array>
  /** Releases what the snapshot holds; reading afterwards throws. */
  close(): void
  /** Of a shared backend: the number of the newest batch it shows, known once the first read was answered. */
  readonly number?: number | undefined
}

/** Ordered bytes with atomic batches and snapshots: all that an engine must offer. */
export interface Backend {
  readonly name: string
  /** What a batch that is `durable` has here; `flushed` without it. */
  readonly durability?: Durability
  snapshot(): BackendSnapshot
  /**
   * Applies all writes or none. When the promise resolves and `durable` is set, the batch survives a power
   * cut.
   * @throws {StoreError} `IO`, `FULL` or `INDETERMINATE`; the backend then refuses all further writes.
   */
  batch(writes: readonly BackendWrite[], options: { readonly durable: boolean }): Promise<void>
  /**
   * Checks what lies below the keys, such as files with checksums, while it is in use; absent where there is no
   * such thing. Each damage, a `CORRUPT`, is handed to `onDamage`.
   */
  verify?(options: BackendVerifyOptions): Promise<BackendVerifyReport>
  /** Present when several processes may have the same store open and write to it. */
  readonly shared?: SharedBackend
  close(): Promise<void>
}

export interface BackendVerifyOptions {
  readonly signal?: AbortSignal
  readonly onDamage: (damage: StoreError) => void
}

/** How much was checked. */
export interface BackendVerifyReport {
  readonly files: number
  readonly bytes: number
}

/**
 * How several processes write to one store (spec/shared-backend.md). Batches are numbered from 1 without a gap, and a
 * snapshot shows everything that was committed before it by anyone.
 */
export interface SharedBackend {
  /**
   * Waits until nobody else writes, and keeps everybody else from it. `since` is the number of a batch; with it the
   * turn tells what was written after it. A failed turn leaves the backend usable: nothing is remembered between two.
   * @throws {StoreError} `CONFLICT` when another attempt may succeed, `IO`, `CLOSED`
   */
  takeTurn(since?: number): Promise<WriteTurn>
}

/** The right to write one batch. It ends with `commit` or `abandon`, or with its process. */
export interface WriteTurn {
  /** The number its batch will have. */
  readonly number: number
  /** What was written after `since`, oldest first; undefined without `since`, and when it is not known any more. */
  readonly changed: readonly ChangedKeys[] | undefined
  /** The newest value, by whomever it was written. */
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** The newest values of several keys, in their order. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>
  /** The newest entries of a range. */
  range(range: ByteRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>
  /**
   * Applies all writes or none, as {@link Backend.batch} does.
   * @throws {StoreError} `INDETERMINATE` when it may be there; `CONFLICT`, `IO` or `FULL` when it is not
   */
  commit(writes: readonly BackendWrite[], options: { readonly durable: boolean }): Promise<void>
  /** Ends the turn without a batch. */
  abandon(): Promise<void>
}

/** The keys that one batch has put or deleted. */
export interface ChangedKeys {
  readonly number: number
  readonly keys: readonly Uint8Array[]
  /** Those of them that are not there any more after it; without it, any of them may be gone. */
  readonly deleted?: readonly Uint8Array[] | undefined
}

// ------------------------------------------------------------------------------------------------ store

/** One entry of a key-value space. */
export interface SpaceEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Bounds of a scan inside one key-value space. */
export interface SpaceRange extends ByteRange {
  readonly prefix?: Uint8Array
}

/** One consistent, read-only view of the store. */
export interface Snapshot {
  /** Bytes of a block, its CID checked; undefined when it is not here. @throws {StoreError} `CORRUPT` */
  getBlock(cid: CID): Promise<Uint8Array | undefined>
  hasBlock(cid: CID): Promise<boolean>
  get(space: string, key: Uint8Array): Promise<Uint8Array | undefined>
  range(space: string, range?: SpaceRange): AsyncIterable<SpaceEntry>
  /** What a label points at now. */
  getLabel(name: string): Promise<CID | undefined>
  labels(prefix?: string): AsyncIterable<{ readonly name: string; readonly cid: CID }>
}

/** Reads and staged writes that commit together or not at all; reads see the own writes. */
export interface Transaction extends Snapshot {
  /** Answers "did it commit?" after an INDETERMINATE end: see {@link Store.committed}. */
  readonly id: string
  /** Stages a block and returns its CID (CIDv1, sha2-256). `codec` is a multicodec code, raw by default. */
  putBlock(bytes: Uint8Array, codec?: number): CID
  /**
   * Stages a block that must hash to `cid`, by sha2-256 or another hash the store was opened with.
   * @throws {StoreError} `HASH`
   */
  putBlockAs(cid: CID, bytes: Uint8Array): void
  put(space: string, key: Uint8Array, value: Uint8Array): void
  delete(space: string, key: Uint8Array): void
  /**
   * Moves a label by compare-and-swap: `expected` is what it must point at now, undefined for "must not
   * exist". A `next` of undefined removes it.
   * @throws {StoreError} `CONFLICT`
   */
  setLabel(name: string, expected: CID | undefined, next: CID | undefined): Promise<void>
}

export interface TransactOptions {
  /** How often a conflict is tried again before `CONFLICT` is thrown; 8 by default. */
  readonly retries?: number
  /**
   * `flushed`, the default: answered once a power cut cannot undo it. `buffered`: answered once others see it; a later
   * commit that is flushed makes it so too, and until then a power cut may undo it, with all that came after it. What a
   * backend cannot give is not given: see {@link Store.durability}.
   */
  readonly durability?: Exclude<Durability, 'volatile'>
  /** Short for `durability`: true is `flushed`, false is `buffered`. */
  readonly durable?: boolean
  readonly signal?: AbortSignal
  /** Who does this, for the history of the labels it moves. */
  readonly by?: string
}

/** A label that was moved. */
export interface LabelMove {
  /** The commit that moved it. */
  readonly sequence: number
  readonly transaction: string
  readonly by: string | undefined
  /** Undefined when the label did not exist. */
  readonly from: CID | undefined
  /** Undefined when it was removed. */
  readonly to: CID | undefined
}

/** Content-addressed, transactional; one writer process, or several over a shared backend. */
export interface Store {
  /** True when other processes may commit to it: what was read once may be out of date though nothing was written here. */
  readonly isShared?: boolean
  /** The most that a commit survives here: less than `flushed` in memory, and where a browser decides by itself. */
  readonly durability?: Durability
  /** A view that stays as it is now whatever is committed later. Close it, or use `using`. */
  snapshot(): OpenSnapshot
  /**
   * Runs `work` over a snapshot and commits its writes in one atomic batch. Serialisable: when something it
   * read has been changed by another commit, `work` runs again on the new state.
   * An exception inside `work` discards everything.
   * @throws {StoreError} `CONFLICT` after the last retry, with the `space` and `key`, or `label`, that was changed, `INDETERMINATE`, `IO`, `FULL`, `CLOSED`
   */
  transact<T>(work: (transaction: Transaction) => Promise<T> | T, options?: TransactOptions): Promise<T>
  /** Whether the transaction with this id is in the store. */
  committed(transactionId: string): Promise<boolean>
  /**
   * How a label was moved, the newest first, as far back as the store was opened to keep it (`labelHistory`).
   * @throws {StoreError} `CORRUPT`, `CLOSED`
   */
  labelHistory(name: string, options?: { readonly limit?: number }): AsyncIterable<LabelMove>
  /**
   * What this process commits from this call on, in order; leaving the loop ends it. Ends when the store is closed.
   * @throws {StoreError} `IO` once a write has failed, `CLOSED`; the reason of the signal
   */
  changes(options?: ChangesOptions): AsyncIterableIterator<StoreChange>
  /**
   * Scrubs: hashes every block again, compares every checksum, the chain of commits and the backend's files, all of
   * one moment and in bounded memory, while the store is in use. What links to what is not looked at.
   * @throws {StoreError} `IO`, `CLOSED`; damage is in the report
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A key in a space. */
export interface SpaceKey {
  readonly space: string
  readonly key: Uint8Array
}

/** What one commit wrote or removed: where, not what. To see it, take a snapshot. */
export interface CommitChange {
  readonly kind: 'commit'
  /** Position in the order of commits. Transactions that were written together have the same. */
  readonly sequence: number
  readonly labels: readonly string[]
  readonly entries: readonly SpaceKey[]
  /** As raw blocks: the store does not know how the bytes are to be read. */
  readonly blocks: readonly CID[]
}

/** Commits between these two, both included, that are not shown; a reader that was too slow, or came too late. */
export interface MissedChanges {
  readonly kind: 'missed'
  readonly from: number
  readonly to: number
}

export type StoreChange = CommitChange | MissedChanges

export interface ChangesOptions {
  /** Ends the iteration with its reason. */
  readonly signal?: AbortSignal
  /** First commit that is wanted; the next one by default. Those before this call are shown as missed. */
  readonly from?: number
  /** Only commits that change one of these labels, or something in one of these spaces. */
  readonly labels?: readonly string[]
  readonly spaces?: readonly string[]
  /** Keys of commits kept for this reader until it takes them; 65,536 by default and at most. */
  readonly keysMax?: number
}

export interface VerifyOptions {
  readonly signal?: AbortSignal
  /** Called every few hundred keys: how many were looked at so far, and their octets. */
  readonly onProgress?: (progress: { readonly keys: number; readonly bytes: number }) => void
}

/** What a scrub has seen. */
export interface VerifyReport {
  readonly blocks: number
  readonly entries: number
  readonly labels: number
  /** Commit records; the newest 8,192 are kept. */
  readonly commits: number
  readonly transactions: number
  /** Octets of all keys and values. */
  readonly bytes: number
  /** Blocks named by a hash that this store does not have. */
  readonly unchecked: number
  /** How many damages there are; zero is a whole store. */
  readonly damaged: number
  /** What is damaged, for people: the first 1,000. */
  readonly damages: readonly string[]
  /** What the backend checked below the keys, where it has anything there. */
  readonly files?: BackendVerifyReport
}

/** A block without its bytes: under which codec it is read, only those know who name it. */
export interface StoredBlock {
  readonly multihash: Uint8Array
  /** In bytes. */
  readonly size: number
}

export interface OpenSnapshot extends Snapshot {
  /** All blocks in the order of their multihashes; `range` bounds these. */
  blocks(range?: ByteRange): AsyncIterable<StoredBlock>
  /** The names of the spaces that have entries, shorter ones first. */
  spaces(): AsyncIterable<string>
  /** How many batches have ever been committed; each holds one transaction or more. */
  commits(): Promise<number>
  close(): void
  [Symbol.dispose](): void
}

// --------------------------------------------------------------------------------------------- hashes

/** The hashes blocks may be named by. Every hasher gives the same digest for the same code. */
export interface Hasher {
  /** Multihash codes of the hashes it has. */
  readonly hashes: readonly number[]
  /** The whole digest. @throws {RangeError} for a hash it does not have */
  digest(hash: number, bytes: Uint8Array): Uint8Array
}

// --------------------------------------------------------------------------------------------- crypto

/**
 * Signature algorithms by their fully specified names (RFC 9864, RFC 9964). PS256 is RSASSA-PSS with SHA-256,
 * MGF1 with SHA-256 and a salt of 32 bytes; ML-DSA is the pure variant of FIPS 204 with an empty context.
 */
export type SignatureAlgorithm = 'Ed25519' | 'ESP256' | 'PS256' | 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87'

/**
 * A public signature key. Its bytes, one encoding for every key:
 *
 *     Ed25519     the point, 32 bytes
 *     ESP256      the uncompressed point of P-256, 65 bytes
 *     PS256       the modulus, big-endian without leading zeros, 2048 to 4096 bits; e is always 65537
 *     ML-DSA-44   the encoded key, 1312 bytes; ML-DSA-65: 1952 bytes; ML-DSA-87: 2592 bytes
 */
export interface PublicKey {
  readonly algorithm: SignatureAlgorithm
  readonly bytes: Uint8Array
}

/**
 * Synchronous cryptography. Every provider gives the same verdict on every input: the checks that make it
 * so (canonical and not small-order points, S < L) belong to the contract, not to the engine behind it.
 *
 * A secret is what a key is made from: the 32-byte seed for Ed25519 and ML-DSA, the 32-byte scalar for ESP256,
 * the PKCS#8 DER of the RSA key for PS256. PS256 verifies everywhere and signs where the platform has RSA.
 */
export interface CryptoProvider {
  readonly name: string
  sha256(bytes: Uint8Array): Uint8Array
  sha512(bytes: Uint8Array): Uint8Array
  /**
   * Whether this is a key anyone may be known by: canonical, on the curve, neither small nor mixed order; a
   * modulus of an allowed size; an ML-DSA key that is not all zero, for which anyone can sign.
   */
  admitKey(key: PublicKey): boolean
  /**
   * Raw signatures: 64 bytes R‖S or r‖s, RSA as long as the modulus, ML-DSA as FIPS 204 encodes them. False for
   * anything malformed, also for a key not admitted. The message is lent, here and to `sign`: it is written over
   * when the call has returned.
   */
  verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean
  /**
   * ESP256 signatures are low-S; PS256 and ML-DSA signatures of one message differ every time.
   * @throws {TypeError} for a secret that is none, and for PS256 where the platform has no RSA
   */
  sign(algorithm: SignatureAlgorithm, secret: Uint8Array, message: Uint8Array): Uint8Array
  publicKey(algorithm: SignatureAlgorithm, secret: Uint8Array): PublicKey
  random(length: number): Uint8Array
}

/** How two parties come to a secret that only they know; X-Wing is X25519 and ML-KEM-768 in one. */
export type AgreementAlgorithm = 'X25519' | 'ML-KEM-768' | 'X-Wing'

/**
 * A public key to agree on a secret with.
 *
 *                  key    secret   ciphertext   entropy     bytes
 *     X25519         32       32           32        32     ciphertext: the sender's one-time public key
 *     ML-KEM-768   1184       64         1088        32     secret: d‖z of FIPS 203
 *     X-Wing       1216       32         1120        64     key and ciphertext: those of ML-KEM, then X25519
 *
 * A secret of ML-KEM-768 is also taken as FIPS 203 expands it, 2400 bytes: others may have kept no seed.
 */
export interface AgreementKey {
  readonly algorithm: AgreementAlgorithm
  readonly bytes: Uint8Array
}

/** A fresh secret of 32 bytes, and the ciphertext from which the holder of the key derives it. */
export interface Encapsulation {
  readonly ciphertext: Uint8Array
  readonly sharedSecret: Uint8Array
}

/**
 * Agreement on secrets, synchronous, with one result on every platform. A shared secret of X25519 alone is not
 * uniform: derive keys from it by {@link CipherProvider.deriveKey}, with both public keys in `info`.
 */
export interface AgreementProvider {
  readonly name: string
  /** Whether secrets may be sent to this key: size, canonical coordinates, not of small order. */
  admitKey(key: AgreementKey): boolean
  /** The public key of a secret. @throws {TypeError} for another size, and where expanded parts do not belong together */
  publicKey(algorithm: AgreementAlgorithm, secret: Uint8Array): AgreementKey
  /**
   * A secret for the holder of `key`; undefined for a key not admitted. `entropy` is drawn afresh; to give it
   * is to repeat a known run, and anyone who knows it knows the secret.
   */
  encapsulate(key: AgreementKey, entropy?: Uint8Array): Encapsulation | undefined
  /**
   * The secret in a ciphertext; undefined for another size, and where X25519 comes to zero. A ciphertext of
   * the right size that was changed gives another secret, by design of ML-KEM, and no refusal.
   * @throws {TypeError} as {@link publicKey} does
   */
  decapsulate(
    algorithm: AgreementAlgorithm,
    secret: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined
}

/**
 * Authenticated encryption with a tag of 16 bytes at the end.
 *
 *                          key   nonce   bytes
 *     ChaCha20-Poly1305     32      12
 *     XChaCha20-Poly1305    32      24    long enough to be drawn at random for every message
 *     AES-128-GCM           16      12
 *     AES-192-GCM           24      12
 *     AES-256-GCM           32      12
 */
export type CipherAlgorithm =
  'ChaCha20-Poly1305' | 'XChaCha20-Poly1305' | 'AES-128-GCM' | 'AES-192-GCM' | 'AES-256-GCM'

/** The hashes under HKDF and HMAC, by their names in multihash. */
export type KeyedHash = 'sha2-256' | 'sha2-384' | 'sha2-512'

/** What is sealed, under which key and number used once, and what is authenticated beside it. */
export interface Sealing {
  readonly algorithm: CipherAlgorithm
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly additional?: Uint8Array
}

/** Everything done with secret keys that two parties share: synchronous, with one result on every platform. */
export interface CipherProvider {
  readonly name: string
  /** Ciphertext‖tag. One nonce serves one message of a key. @throws {TypeError} for another size */
  seal(sealing: Sealing, plaintext: Uint8Array): Uint8Array
  /** The plaintext; undefined when anything differs from what was sealed. @throws {TypeError} for a key of another size */
  open(sealing: Sealing, sealed: Uint8Array): Uint8Array | undefined
  /**
   * HKDF (RFC 5869), with SHA-256 where no hash is named.
   * @throws {RangeError} for a length of 0 or above 255 digests: 8160 bytes with SHA-256
   */
  deriveKey(
    secret: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
    hash?: KeyedHash,
  ): Uint8Array
  /**
   * HMAC (RFC 2104) with a key of any length: the whole tag, or its first `tagBytes`.
   * @throws {RangeError} for fewer than 8 bytes or more than the hash has
   */
  mac(hash: KeyedHash, key: Uint8Array, message: Uint8Array, tagBytes?: number): Uint8Array
  /**
   * Whether this is the tag of {@link mac} with the same `tagBytes`, found in a time that does not depend on where
   * it differs. A tag of another length is another tag: nobody shortens one but the caller.
   * @throws {RangeError} as {@link mac} does
   */
  verifyMac(
    hash: KeyedHash,
    key: Uint8Array,
    message: Uint8Array,
    tag: Uint8Array,
    tagBytes?: number,
  ): boolean
}
