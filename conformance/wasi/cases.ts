/**
 * A folder laid out like the public test suite of WASI: NAME.wasm, and beside it NAME.json with what the program is
 * given and how it must end. What is not said there is nothing: no arguments, no folders, exit code 0.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

import { stageContent, stageFolder } from 'promisegrid/promisebase'
import type { CID } from 'multiformats/cid'
import type { FolderEntry, PutBlock } from 'promisegrid/promisebase'

/** One program of the folder. */
export interface WasiCase {
  readonly name: string
  readonly code: Uint8Array<ArrayBuffer>
  readonly given: WasiSpecification
}

export interface WasiSpecification {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: string
  /** Folders beside the program, which it finds under the same name and may write. */
  readonly dirs: readonly string[]
  /** A folder beside the program that it finds as `/`. */
  readonly root: string | undefined
  readonly exitCode: number
  /** Not looked at when it is not said. */
  readonly stdout: string | undefined
  readonly stderr: string | undefined
}

/** @throws {Error} when the folder cannot be read, or a specification is none */
export function readCases(folder: string): WasiCase[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.wasm'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.wasm'.length),
      code: new Uint8Array(readFileSync(join(folder, file))),
      given: readSpecification(join(folder, `${file.slice(0, -'.wasm'.length)}.json`)),
    }))
}

function readSpecification(path: string): WasiSpecification {
  const json = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {}
  const text = (key: string): string | undefined => (typeof json[key] === 'string' ? json[key] : undefined)
  const texts = (key: string): string[] => (Array.isArray(json[key]) ? json[key].map(String) : [])
  return {
    args: texts('args'),
    env: (json['env'] ?? {}) as Record<string, string>,
    stdin: text('stdin') ?? '',
    dirs: texts('dirs'),
    root: text('root'),
    exitCode: Number(json['exit_code'] ?? 0),
    stdout: text('stdout'),
    stderr: text('stderr'),
  }
}

/** A folder of this machine as content: its CID, and its blocks by the text of theirs. */
export function contentOfFolder(path: string, put: PutBlock): CID {
  return folderAt(path, put).cid
}

function folderAt(path: string, put: PutBlock): { readonly cid: CID; readonly size: number } {
  return stageFolder(
    readdirSync(path).map((name) => entryAt(join(path, name), name, put)),
    put,
  )
}

function entryAt(path: string, name: string, put: PutBlock): FolderEntry {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return { name, kind: 'link', target: readlinkSync(path) }
  if (stat.isDirectory()) return { name, kind: 'folder', ...folderAt(path, put) }
  return { name, kind: 'file', ...stageContent(readFileSync(path), put), isExecutable: false }
}
