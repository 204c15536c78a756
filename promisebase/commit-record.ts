/**
 * The chain of commits: each batch carries a record whose hash covers the hash before, so that a batch which
 * the engine lost is noticed when the store is opened (spec/promisebase.md, "Commit records").
 *
 *   record  = seq previous hash count *transaction
 *   head    = seq hash
 *   seq     = 8OCTET    ; 1 for the first batch
 *   hash    = 32OCTET   ; sha-256 of: seq previous count *transaction *write
 *   previous = hash     ; of the record before, zeros before the first
 *   count   = 2OCTET
 *   transaction = 16OCTET
 *   write   = %x01 octets octets / %x02 octets / %x00 octets   ; put, put of a block, delete
 *   octets  = 4OCTET *OCTET                                    ; length, then key, or value and its checksum
 *
 * The key of a block says what its bytes are, so they are not hashed again.
 */
import { StoreError } from './errors.ts'
import { compareBytes, HEAD_KEY, isBlockKey, RECORD_BOUNDS, recordKey, transactionKey } from './keys.ts'
import { STORE_LIMITS } from './store-limits.ts'
import type { BackendSnapshot, BackendWrite, CryptoProvider } from './interface.ts'

export type Sha256 = CryptoProvider['sha256']

/** The newest batch of a store. */
export interface Head {
  readonly sequence: number
  readonly hash: Uint8Array
}

interface CommitRecord {
  readonly sequence: number
  readonly previous: Uint8Array
  readonly hash: Uint8Array
  readonly transactions: readonly Uint8Array[]
}

const TRANSACTION_ID_BYTES = 16
const HASH_BYTES = 32
const FIXED_BYTES = 8 + HASH_BYTES + HASH_BYTES + 2

/** The head of a store in which nothing was committed. */
export const GENESIS: Head = { sequence: 0, hash: new Uint8Array(HASH_BYTES) }

/** The writes that chain a group of transactions, their values sealed, to the head; not sealed themselves. */
export function chain(
  head: Head,
  writes: readonly BackendWrite[],
  transactions: readonly Uint8Array[],
  sha256: Sha256,
): { readonly head: Head; readonly writes: BackendWrite[] } {
  const sequence = head.sequence + 1
  const hash = hashBatch({ sequence, previous: head.hash, transactions, writes }, sha256)
  const record = encodeRecord({ sequence, previous: head.hash, hash, transactions })
  const next = { sequence, hash }
  const position = encodeSequence(sequence)
  return {
    head: next,
    writes: [
      { type: 'put', key: HEAD_KEY, value: encodeHead(next) },
      { type: 'put', key: recordKey(sequence), value: record },
      ...transactions.map((id): BackendWrite => ({ type: 'put', key: transactionKey(id), value: position })),
    ],
  }
}

/**
 * Checks the records kept against the head, each against the next, and each transaction against its record.
 * @throws {StoreError} `CORRUPT`
 */
export async function verifyTail(snapshot: BackendSnapshot, head: Head): Promise<void> {
  const kept = Math.min(head.sequence, STORE_LIMITS.commitRecords)
  const records = new Map<number, CommitRecord>()
  for await (const [, bytes] of snapshot.range(RECORD_BOUNDS)) {
    const record = decodeRecord(bytes)
    records.set(record.sequence, record)
  }
  if (records.size !== kept) throw broken(`${records.size} commit records instead of ${kept}`)
  let { sequence, hash } = head
  for (; sequence > head.sequence - kept; sequence--) {
    const record = records.get(sequence)
    if (!record || compareBytes(record.hash, hash) !== 0)
      throw broken(`commit ${sequence} is missing or changed`)
    for (const id of record.transactions) await verifyTransaction(snapshot, id, sequence)
    hash = record.previous
  }
  if (sequence === 0 && compareBytes(hash, GENESIS.hash) !== 0) throw broken('the first commit is changed')
}

async function verifyTransaction(snapshot: BackendSnapshot, id: Uint8Array, sequence: number): Promise<void> {
  const position = await snapshot.get(transactionKey(id))
  if (!position || position.length !== 8 || sequenceOf(position) !== sequence) {
    throw broken(`a transaction of commit ${sequence} is missing`)
  }
}

export function encodeHead(head: Head): Uint8Array {
  const bytes = new Uint8Array(8 + HASH_BYTES)
  writeSequence(bytes, head.sequence)
  bytes.set(head.hash, 8)
  return bytes
}

/** @throws {StoreError} `CORRUPT` */
export function decodeHead(bytes: Uint8Array | undefined): Head {
  if (bytes?.length !== 8 + HASH_BYTES) throw broken('the head is missing or changed')
  return { sequence: sequenceOf(bytes), hash: bytes.slice(8) }
}

/** The commit a transaction is in, as its id key says. @throws {StoreError} `CORRUPT` */
export function decodeSequence(position: Uint8Array | undefined): number {
  if (position?.length !== 8) throw broken('a transaction is missing')
  return sequenceOf(position)
}

function encodeRecord(record: CommitRecord): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + record.transactions.length * TRANSACTION_ID_BYTES)
  writeSequence(bytes, record.sequence)
  bytes.set(record.previous, 8)
  bytes.set(record.hash, 8 + HASH_BYTES)
  writeTransactions(bytes, FIXED_BYTES - 2, record.transactions)
  return bytes
}

/** @throws {StoreError} `CORRUPT` */
function decodeRecord(bytes: Uint8Array): CommitRecord {
  const count = (bytes[FIXED_BYTES - 2] ?? 0) * 256 + (bytes[FIXED_BYTES - 1] ?? 0)
  if (bytes.length !== FIXED_BYTES + count * TRANSACTION_ID_BYTES)
    throw broken('a commit record has a wrong length')
  return {
    sequence: sequenceOf(bytes),
    previous: bytes.slice(8, 8 + HASH_BYTES),
    hash: bytes.slice(8 + HASH_BYTES, 8 + 2 * HASH_BYTES),
    transactions: Array.from({ length: count }, (_, i) => {
      const at = FIXED_BYTES + i * TRANSACTION_ID_BYTES
      return bytes.slice(at, at + TRANSACTION_ID_BYTES)
    }),
  }
}

interface Batch {
  readonly sequence: number
  readonly previous: Uint8Array
  readonly transactions: readonly Uint8Array[]
  readonly writes: readonly BackendWrite[]
}

function hashBatch({ sequence, previous, transactions, writes }: Batch, sha256: Sha256): Uint8Array {
  let length = 8 + HASH_BYTES + 2 + transactions.length * TRANSACTION_ID_BYTES
  for (const write of writes)
    length += 5 + write.key.length + (hasOwnValue(write) ? 4 + write.value.length : 0)
  const bytes = length <= scratch.length ? scratch : new Uint8Array(length)
  writeSequence(bytes, sequence)
  bytes.set(previous, 8)
  let at = writeTransactions(bytes, 8 + HASH_BYTES, transactions)
  const append = (part: Uint8Array) => {
    writeUint32(bytes, at, part.length)
    bytes.set(part, at + 4)
    at += 4 + part.length
  }
  for (const write of writes) {
    bytes[at++] = write.type === 'delete' ? 0 : hasOwnValue(write) ? 1 : 2
    append(write.key)
    if (hasOwnValue(write)) append(write.value)
  }
  return sha256(bytes.subarray(0, length))
}

/** Room for the writes of a small batch: a new array for each would cost more than hashing it. */
const scratch = new Uint8Array(16 * 1024)

/** Writes `count *transaction` and answers where it ends. */
function writeTransactions(bytes: Uint8Array, start: number, transactions: readonly Uint8Array[]): number {
  bytes[start] = transactions.length >>> 8
  bytes[start + 1] = transactions.length & 0xff
  let at = start + 2
  for (const id of transactions) {
    bytes.set(id, at)
    at += TRANSACTION_ID_BYTES
  }
  return at
}

function hasOwnValue(write: BackendWrite): write is BackendWrite & { type: 'put' } {
  return write.type === 'put' && !isBlockKey(write.key)
}

function encodeSequence(sequence: number): Uint8Array {
  const bytes = new Uint8Array(8)
  writeSequence(bytes, sequence)
  return bytes
}

function writeSequence(bytes: Uint8Array, sequence: number): void {
  writeUint32(bytes, 0, Math.floor(sequence / 2 ** 32))
  writeUint32(bytes, 4, sequence >>> 0)
}

function sequenceOf(bytes: Uint8Array): number {
  if (bytes.length < 8) throw broken('a sequence number is cut short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  return view.getUint32(0) * 2 ** 32 + view.getUint32(4)
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function broken(detail: string): StoreError {
  return new StoreError('CORRUPT', detail)
}
