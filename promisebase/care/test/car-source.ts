import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC } from '../../cid.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../../interface.ts'

export function openMemoryStore(): Promise<Store> {
  return createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
}

/** Puts one dag-cbor block. */
export function putNode(store: Store, node: Parameters<typeof encodeDagCbor>[0]): Promise<CID> {
  return store.transact((transaction) => transaction.putBlock(encodeDagCbor(node), CODEC.dagCbor))
}

export function putText(store: Store, text: string): Promise<CID> {
  return store.transact((transaction) => transaction.putBlock(new TextEncoder().encode(text)))
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of chunks) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

/** The same bytes in pieces of these lengths, over and over. */
export function* inPieces(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!
    yield bytes.slice(at, at + length)
    at += length
  }
}
