/**
 * Signatures on their way to another thread. Every byte is copied into one buffer: what is sent is then what was
 * given, whatever happens to it afterwards, and a small view does not drag the large buffer behind it along.
 */
import type { PublicKey, SignatureAlgorithm } from '../../../promisebase/index.ts'

/** What `CryptoProvider.verify` is asked. */
export interface SignatureItem {
  readonly key: PublicKey
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

export interface PackedItems {
  readonly algorithms: readonly SignatureAlgorithm[]
  /** Of key, message and signature, for one item after the other. */
  readonly lengths: readonly number[]
  readonly bytes: Uint8Array
}

/** An item's share of the room there is; the names and numbers beside its bytes count too. */
export function sizeOf({ key, message, signature }: SignatureItem): number {
  return 256 + key.bytes.length + message.length + signature.length
}

export function packItems(items: readonly SignatureItem[]): PackedItems {
  const parts = items.flatMap(({ key, message, signature }) => [key.bytes, message, signature])
  const lengths = parts.map(({ length }) => length)
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { algorithms: items.map(({ key }) => key.algorithm), lengths, bytes }
}

export function* unpackItems({ algorithms, lengths, bytes }: PackedItems): Iterable<SignatureItem> {
  let at = 0
  const next = (index: number): Uint8Array => bytes.subarray(at, (at += lengths[index] ?? 0))
  for (const [index, algorithm] of algorithms.entries()) {
    const key = { algorithm, bytes: next(3 * index) }
    yield { key, message: next(3 * index + 1), signature: next(3 * index + 2) }
  }
}
