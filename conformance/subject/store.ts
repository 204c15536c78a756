/** Questions about streams, keys of typed spaces and backups, answered by a store in memory. */
import {
  appendToStream,
  ContentError,
  createMemoryBackend,
  createSpace,
  createStore,
  KEY,
  openStreamHead,
  parseCid,
  restore,
  StoreError,
  streamEntries,
  streamHead,
  VALUE,
} from 'promisegrid/promisebase'
import { crypto } from './grid-node.ts'
import { hex, unhex } from './json.ts'
import type { KeyCodec, Store } from 'promisegrid/promisebase'
import type { Answer, Json, KeyType, Questions } from '../vectors.ts'

type Asked = 'stream' | 'stream-read' | 'space-key' | 'space-key-read' | 'backup'

export const STORE_ANSWERS: { readonly [Name in Asked]: (question: Questions[Name]) => Promise<Answer> } = {
  stream: answerStream,
  'stream-read': answerStreamRead,
  'space-key': answerKey,
  'space-key-read': answerKeyRead,
  backup: answerBackup,
}

const SPACE = 'keys'

async function answerStream({ entries }: Questions['stream']): Promise<Answer> {
  await using store = await openStore()
  await Promise.all(entries.map((entry) => appendToStream(store, 'stream', unhex(entry))))
  using snapshot = store.snapshot()
  const head = await streamHead(snapshot, 'stream')
  return head === undefined
    ? { refused: { code: 'MISSING' } }
    : { ok: { head: head.cid.toString(), length: head.length, size: head.size } }
}

async function answerStreamRead({ cid, blocks }: Questions['stream-read']): Promise<Answer> {
  await using store = await openStore()
  await store.transact((transaction) => {
    for (const { cid: name, bytes } of blocks) transaction.putBlockAs(parseCid(name).ok!, unhex(bytes))
  })
  return await answering(async () => {
    const entries: string[] = []
    const head = await openStreamHead(store, parseCid(cid).ok!)
    for await (const entry of streamEntries(store, head)) entries.push(entry.cid.toString())
    return { entries }
  })
}

async function answerKey({ type, key }: Questions['space-key']): Promise<Answer> {
  await using store = await openStore()
  const space = createSpace(SPACE, { key: codecOf(type), value: VALUE.bytes })
  await store.transact((transaction) => space.put(transaction, keyOf(type, key), new Uint8Array(0)))
  using snapshot = store.snapshot()
  let octets = ''
  for await (const entry of snapshot.range(SPACE)) octets = hex(entry.key)
  return { ok: { octets } }
}

async function answerKeyRead({ type, octets }: Questions['space-key-read']): Promise<Answer> {
  await using store = await openStore()
  const space = createSpace(SPACE, { key: codecOf(type), value: VALUE.bytes })
  await store.transact((transaction) => transaction.put(SPACE, unhex(octets), new Uint8Array(0)))
  using snapshot = store.snapshot()
  return await answering(async () => {
    let found: Json = null
    for await (const { key } of space.range(snapshot)) found = jsonOf(type, key)
    return { key: found }
  })
}

async function answerBackup({ input, root }: Questions['backup']): Promise<Answer> {
  const backend = createMemoryBackend()
  const options = { crypto, ...(root !== undefined && { root: parseCid(root).ok! }) }
  const restored = await restore([unhex(input)], backend, options)
  if (restored.refused !== undefined) return { refused: { code: restored.refused.code } }
  // What was restored is a store.
  await using _store = await createStore({ backend, crypto })
  return { ok: { ...restored.ok, root: restored.ok.root.toString() } }
}

function codecOf(type: KeyType): KeyCodec<unknown> {
  const codec = typeof type === 'string' ? KEY[type] : KEY.tuple(...type.map(codecOf))
  return codec as KeyCodec<unknown>
}

/** Octets are written in hex, bigints in decimal. */
function keyOf(type: KeyType, key: Json): unknown {
  if (typeof type !== 'string') return type.map((each, at) => keyOf(each, (key as readonly Json[])[at]!))
  if (type === 'bytes') return unhex(key as string)
  return type === 'bigint' ? BigInt(key as string) : key
}

function jsonOf(type: KeyType, key: unknown): Json {
  if (typeof type !== 'string') return type.map((each, at) => jsonOf(each, (key as readonly unknown[])[at]))
  if (type === 'bytes') return hex(key as Uint8Array)
  return type === 'bigint' ? String(key) : (key as Json)
}

async function answering(work: () => Promise<Json>): Promise<Answer> {
  try {
    return { ok: await work() }
  } catch (error) {
    if (error instanceof ContentError || error instanceof StoreError) return { refused: { code: error.code } }
    throw error
  }
}

function openStore(): Promise<Store> {
  return createStore({ backend: createMemoryBackend(), crypto })
}
