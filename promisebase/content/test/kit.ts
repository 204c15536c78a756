/** What the tests of content share: stores, bytes that look random and are not, and readers. */
import { createCipheriv, createHash } from 'node:crypto'
import { createMemoryBackend } from '../../backend-memory.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { readContentStream } from '../read-stream.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../../interface.ts'
import type { BlockSource } from '../block-source.ts'
import type { ReadOptions } from '../read-stream.ts'

export const openStore = (): Promise<Store> =>
  createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })

/** Bytes without a pattern, the same ones for the same seed. */
export function randomBytes(seed: string, length: number): Uint8Array {
  const key = createHash('sha256').update(seed).digest()
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  return new Uint8Array(cipher.update(new Uint8Array(length)))
}

/** The bytes in pieces of the given lengths, again and again. */
export function* inPieces(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] as number
    yield bytes.subarray(at, at + length)
    at += length
  }
}

export async function readAll(source: BlockSource, cid: CID, options?: ReadOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of readContentStream(source, cid, options)) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}

export async function isBlockHere(store: Store, cid: CID): Promise<boolean> {
  using snapshot = store.snapshot()
  return await snapshot.hasBlock(cid)
}
