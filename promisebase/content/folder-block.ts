/**
 * Folder blocks (spec/content.md, "Folders"). A dag-cbor block is one exactly if it is a map with these two keys.
 *
 *   page    { "dir": 1, "entries": [0*128 entry] }
 *   index   { "dir": 1, "pages": [1*1024 [name, CID]] }        ; the first name in each page or index below
 *   entry   [name, "file", CID, size] / [name, "file", CID, size, true]      ; true: executable
 *           [name, "folder", CID, size] / [name, "link", target]
 *
 * Names ascend through all pages; all pages and indexes but the last of their level are full.
 */
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { checkCid, CODEC, isCid } from '../cid.ts'
import { compareBytes } from '../keys.ts'
import { shape } from './content-error.ts'
import { nameBytes, nameFault, targetFault } from './folder-entry.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput, CborMap, CborValue } from '../cbor/value.ts'
import type { FolderEntry } from './folder-entry.ts'

/** With names and targets as long as they may be, a page is still a block. */
export const PAGE_ENTRIES_MAX = 128
export const INDEX_PAGES_MAX = 1_024

/** A part of a large folder, and the first name in it. */
export interface PageLink {
  readonly name: string
  readonly cid: CID
}

export type FolderBlock =
  | { readonly entries: readonly FolderEntry[]; readonly pages?: undefined }
  | { readonly pages: readonly PageLink[]; readonly entries?: undefined }

export function encodePage(entries: readonly FolderEntry[]): Uint8Array {
  return encodeDagCbor({ dir: 1, entries: entries.map(itemOf) })
}

export function encodeIndex(pages: readonly PageLink[]): Uint8Array {
  return encodeDagCbor({ dir: 1, pages: pages.map(({ name, cid }) => [name, cid]) })
}

/** Whether a dag-cbor block is a folder, of this version or another one. */
export function isFolderBlock(bytes: Uint8Array): boolean {
  return folderMap(bytes) !== undefined
}

/** @throws {ContentError} `SHAPE` */
export function readFolderBlock(cid: CID, bytes: Uint8Array): FolderBlock {
  const map = cid.code === CODEC.dagCbor ? folderMap(bytes) : undefined
  if (map === undefined) throw shape('not a folder')
  if (map.get('dir') !== 1) throw shape('a folder of another version')
  const pages = map.get('pages')
  const block = pages === undefined ? { entries: entriesOf(map) } : { pages: pagesOf(pages) }
  checkOrder((block.entries ?? block.pages).map(({ name }) => name))
  return block
}

/** First byte of a map with two entries. */
const MAP_OF_TWO = 0xa2

function folderMap(bytes: Uint8Array): CborMap | undefined {
  if (bytes[0] !== MAP_OF_TWO) return undefined
  const value = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!(value instanceof Map) || !value.has('dir')) return undefined
  return value.has('entries') || value.has('pages') ? value : undefined
}

function itemOf(entry: FolderEntry): CborInput {
  const { name, kind } = entry
  if (kind === 'link') return [name, kind, entry.target]
  const item = [name, kind, entry.cid, entry.size]
  return kind === 'file' && entry.isExecutable ? [...item, true] : item
}

function entriesOf(map: CborMap): FolderEntry[] {
  const items = map.get('entries')
  if (!Array.isArray(items) || items.length > PAGE_ENTRIES_MAX)
    throw shape('a folder without its list of entries')
  return items.map(readItem)
}

function readItem(item: CborValue): FolderEntry {
  if (!Array.isArray(item)) throw shape('an entry of a folder is no list')
  const [name, kind, what, size, executable] = item
  const fault = nameFault(name)
  if (fault !== undefined) throw shape(fault)
  if (kind === 'link' && item.length === 3) return { name: name as string, kind, target: targetOf(what) }
  if (!isContent(what) || !isCount(size)) throw shape(`${JSON.stringify(name)} has no content and size`)
  const named = { name: name as string, cid: what, size }
  if (kind === 'folder' && item.length === 4 && what.code === CODEC.dagCbor) return { ...named, kind }
  const isExecutable = item.length === 5 && executable === true
  if (kind !== 'file' || !(item.length === 4 || isExecutable))
    throw shape(`${JSON.stringify(name)} is neither file, folder nor link`)
  return { ...named, kind, isExecutable }
}

function targetOf(value: CborValue | undefined): string {
  const fault = targetFault(value)
  if (fault !== undefined) throw shape(fault)
  return value as string
}

function pagesOf(items: CborValue): PageLink[] {
  if (!Array.isArray(items) || items.length === 0 || items.length > INDEX_PAGES_MAX)
    throw shape('a folder without its list of pages')
  return items.map((item) => {
    const [name, cid, ...more] = Array.isArray(item) ? item : []
    const fault = nameFault(name)
    if (fault !== undefined) throw shape(fault)
    if (more.length > 0 || !isContent(cid) || cid.code !== CODEC.dagCbor)
      throw shape('a page that is no block')
    return { name: name as string, cid }
  })
}

function isContent(value: CborValue | undefined): value is CID {
  return isCid(value) && checkCid(value).refused === undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function checkOrder(names: readonly string[]): void {
  const keys = names.map(nameBytes)
  for (let index = 1; index < keys.length; index++)
    if (compareBytes(keys[index - 1]!, keys[index]!) >= 0)
      throw shape(`${JSON.stringify(names[index])} is not in order`)
}
