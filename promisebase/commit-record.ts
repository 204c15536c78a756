/**
 * The chain of commits: each batch carries a record that names the one before by hash, so that a batch which
 * the engine lost is noticed when the store is opened (spec/promisebase.md, "Commit records").
 *
 *   record  = seq previous digest count *transaction
 *   head    = seq hash
 *   seq     = 8OCTET    ; 1 for the first batch
 *   previous, hash = 32OCTET    ; sha-256 of a record; zeros before the first
 *   digest  = 32OCTET   ; sha-256 of the writes, see digestOf
 *   count   = 2OCTET
 *   transaction = 16OCTET
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

export interface CommitRecord {
  readonly sequence: number
  readonly previous: Uint8Array
  readonly digest: Uint8Array
  readonly transactions: readonly Uint8Array[]
}

const TRANSACTION_ID_BYTES = 16
const HASH_BYTES = 32
const FIXED_BYTES = 8 + HASH_BYTES + HASH_BYTES + 2

/** The head of a store in which nothing was committed. */
export const GENESIS: Head = { sequence: 0, hash: new Uint8Array(HASH_BYTES) }

/** The writes that chain a group of transactions to the head, and the head they make. */
export function chain(
  head: Head,
  writes: readonly BackendWrite[],
  transactions: readonly Uint8Array[],
  sha256: Sha256,
): { readonly head: Head; readonly writes: BackendWrite[] } {
  const sequence = head.sequence + 1
  const record = encodeRecord({
    sequence,
    previous: head.hash,
    digest: digestOf(writes, sha256),
    transactions,
  })
  const next = { sequence, hash: sha256(record) }
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
export async function verifyTail(snapshot: BackendSnapshot, head: Head, sha256: Sha256): Promise<void> {
  const kept = Math.min(head.sequence, STORE_LIMITS.commitRecords)
  const records = new Map<number, Uint8Array>()
  for await (const [, bytes] of snapshot.range(RECORD_BOUNDS)) records.set(sequenceOf(bytes), bytes)
  if (records.size !== kept) throw broken(`${records.size} commit records instead of ${kept}`)
  let hash = head.hash
  for (let sequence = head.sequence; sequence > head.sequence - kept; sequence--) {
    const bytes = records.get(sequence)
    if (!bytes || compareBytes(sha256(bytes), hash) !== 0)
      throw broken(`commit ${sequence} is missing or changed`)
    const record = decodeRecord(bytes)
    for (const id of record.transactions) await verifyTransaction(snapshot, id, sequence)
    hash = record.previous
  }
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

function encodeRecord(record: CommitRecord): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + record.transactions.length * TRANSACTION_ID_BYTES)
  writeSequence(bytes, record.sequence)
  bytes.set(record.previous, 8)
  bytes.set(record.digest, 8 + HASH_BYTES)
  bytes[FIXED_BYTES - 2] = record.transactions.length >>> 8
  bytes[FIXED_BYTES - 1] = record.transactions.length & 0xff
  record.transactions.forEach((id, i) => bytes.set(id, FIXED_BYTES + i * TRANSACTION_ID_BYTES))
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
    digest: bytes.slice(8 + HASH_BYTES, 8 + 2 * HASH_BYTES),
    transactions: Array.from({ length: count }, (_, i) => {
      const at = FIXED_BYTES + i * TRANSACTION_ID_BYTES
      return bytes.slice(at, at + TRANSACTION_ID_BYTES)
    }),
  }
}

/**
 * The hash of all writes in their order, each as
 *   put = %x01 length key length value / block = %x02 length key / delete = %x00 length key
 * with lengths of four octets. The key of a block says what its bytes are, so they are not hashed again.
 */
function digestOf(writes: readonly BackendWrite[], sha256: Sha256): Uint8Array {
  let length = 0
  for (const write of writes)
    length += 5 + write.key.length + (hasOwnValue(write) ? 4 + write.value.length : 0)
  const bytes = new Uint8Array(length)
  let at = 0
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
  return sha256(bytes)
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
