/** Questions about content and folders, answered by a store in memory. */
import {
  ContentError,
  createChunker,
  createMemoryBackend,
  createStore,
  parseCid,
  readContentStream,
  readFolder,
  writeContent,
  writeFolder,
} from 'promisegrid/promisebase'
import { crypto } from './grid-node.ts'
import { hex, unhex } from './json.ts'
import type { CID } from 'multiformats/cid'
import type { FolderEntry, Store } from 'promisegrid/promisebase'
import type { Answer, ContentPiece, Json, Questions } from '../vectors.ts'

type Asked = 'content' | 'content-read' | 'folder'

export const CONTENT_ANSWERS: { readonly [Name in Asked]: (question: Questions[Name]) => Promise<Answer> } = {
  content: answerContent,
  'content-read': answerRead,
  folder: answerFolder,
}

async function answerContent({ pieces, sizes, unixfs }: Questions['content']): Promise<Answer> {
  await using store = await openStore([])
  const chunks: number[] = []
  const chunker = createChunker(sizes)
  const counting = {
    push: (piece: Uint8Array) => counted(chunks, chunker.push(piece)),
    end: () =>
      counted(
        chunks,
        [chunker.end()].filter((chunk) => chunk !== undefined),
      )[0],
  }
  const format = unixfs === undefined ? { chunker: counting } : ({ format: 'unixfs', unixfs } as const)
  const source = pieces.map(octetsOf)
  const { cid, size } = await writeContent(store, source, format)
  if (unixfs !== undefined)
    for (let left = size; left > 0; left -= unixfs.chunkBytes) chunks.push(Math.min(left, unixfs.chunkBytes))
  return { ok: { cid: cid.toString(), size, chunks } }
}

function counted(lengths: number[], chunks: Uint8Array[]): Uint8Array[] {
  lengths.push(...chunks.map(({ length }) => length))
  return chunks
}

async function answerRead({ cid, blocks, ...range }: Questions['content-read']): Promise<Answer> {
  await using store = await openStore(blocks)
  return await answering(async () => {
    let octets = ''
    for await (const piece of readContentStream(store, cidOf(cid), range)) octets += hex(piece)
    return { octets }
  })
}

/** Writing what was read gives the same folder. */
async function answerFolder({ cid, blocks }: Questions['folder']): Promise<Answer> {
  await using store = await openStore(blocks)
  return await answering(async () => {
    const entries: FolderEntry[] = []
    for await (const entry of readFolder(store, cidOf(cid))) entries.push(entry)
    const again = await writeFolder(store, entries.toReversed())
    if (again.cid.toString() !== cid) throw new Error(`written as ${again.cid.toString()}`)
    return { entries: entries.map(entryJson) }
  })
}

function entryJson(entry: FolderEntry): Json {
  const { name, kind } = entry
  if (kind === 'link') return { name, kind, target: entry.target }
  const content = { name, kind, cid: entry.cid.toString(), size: entry.size }
  return kind === 'file' && entry.isExecutable ? { ...content, executable: true } : content
}

async function answering(work: () => Promise<Json>): Promise<Answer> {
  try {
    return { ok: await work() }
  } catch (error) {
    if (error instanceof ContentError) return { refused: { code: error.code } }
    throw error
  }
}

async function openStore(blocks: Questions['folder']['blocks']): Promise<Store> {
  const store = await createStore({ backend: createMemoryBackend(), crypto })
  await store.transact((transaction) => {
    for (const { cid, bytes } of blocks) transaction.putBlockAs(cidOf(cid), unhex(bytes))
  })
  return store
}

function cidOf(text: string): CID {
  const cid = parseCid(text)
  if (cid.refused !== undefined) throw new Error(`${text}: ${cid.refused.detail}`)
  return cid.ok
}

function octetsOf(piece: ContentPiece): Uint8Array {
  if ('octets' in piece) return unhex(piece.octets)
  return 'zeros' in piece ? new Uint8Array(piece.zeros) : randomOctets(piece)
}

/** sha-256(seed 0) sha-256(seed 1) …, the count in four octets. */
function randomOctets({ random, length }: { readonly random: string; readonly length: number }): Uint8Array {
  const octets = new Uint8Array(Math.ceil(length / 32) * 32)
  const seed = new TextEncoder().encode(random)
  const counted = new Uint8Array(seed.length + 4)
  counted.set(seed)
  for (let at = 0; at < octets.length; at += 32) {
    new DataView(counted.buffer).setUint32(seed.length, at / 32)
    octets.set(crypto.sha256(counted), at)
  }
  return octets.subarray(0, length)
}
