/**
 * What a folder holds, as values (spec/content.md, "Folders"), and which names it may have: those that mean one thing
 * in a file system, and never a place outside.
 */
import type { CID } from 'multiformats/cid'

/** A file: its content, and whether it is a program. */
export interface FileEntry {
  readonly name: string
  readonly kind: 'file'
  readonly cid: CID
  /** Bytes of content. */
  readonly size: number
  /** Whether it may be run as a program: all that is kept of its mode. */
  readonly isExecutable: boolean
}

/** A folder in a folder. */
export interface SubfolderEntry {
  readonly name: string
  readonly kind: 'folder'
  readonly cid: CID
  /** Bytes of all files in it, at any depth. */
  readonly size: number
}

/** A symbolic link: a text that nobody follows here. */
export interface LinkEntry {
  readonly name: string
  readonly kind: 'link'
  readonly target: string
}

/** What a name in a folder stands for. */
export type FolderEntry = FileEntry | SubfolderEntry | LinkEntry

/** Longest name in UTF-8 bytes: the bound of common file systems. */
const NAME_BYTES_MAX = 255
/** Longest target of a link, likewise. */
const TARGET_BYTES_MAX = 4_095

const encoder = new TextEncoder()
/** Half a surrogate pair has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** What is wrong with the name of an entry; undefined when nothing is. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return 'a name is text, and not empty'
  if (name === '.' || name === '..') return `${JSON.stringify(name)} is a place and no name`
  if (/[/\0]/.test(name)) return `${JSON.stringify(name)} has a slash or a NUL`
  return textFault(name, NAME_BYTES_MAX)
}

/** What is wrong with the target of a link; undefined when nothing is. */
export function targetFault(target: unknown): string | undefined {
  if (typeof target !== 'string' || target === '') return 'the target of a link is text, and not empty'
  if (target.includes('\0')) return 'the target of a link has a NUL'
  return textFault(target, TARGET_BYTES_MAX)
}

/** The order of names: that of their UTF-8 bytes. */
export function nameBytes(name: string): Uint8Array {
  return encoder.encode(name)
}

function textFault(text: string, most: number): string | undefined {
  if (LONE_SURROGATE.test(text)) return `${JSON.stringify(text)} is not well-formed`
  const { length } = encoder.encode(text)
  return length > most
    ? `${JSON.stringify(text.slice(0, 40))}… has ${length} bytes, ${most} are allowed`
    : undefined
}
