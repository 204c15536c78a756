/**
 * The inputs of a program, loaded whole before it starts: it runs without waiting for anything. What they cost is
 * counted while they are read, and given to the run (spec/preview1.md, "Inputs").
 */
import { refuse } from '../../../kernel/index.ts'
import {
  cidKey,
  ContentError,
  isFolder,
  openContent,
  readContentStream,
  walkFolder,
} from '../../../promisebase/index.ts'
import { FILE_LIMITS } from '../files/limits.ts'
import { fuelOfBytes } from '../rewriter/fuel.ts'
import { PROGRAM_FUEL } from './limits.ts'
import type { CID } from 'multiformats/cid'
import type { RefusalCode, Result, RunCancel, RuntimeCall } from '../../../kernel/index.ts'
import type { Snapshot, WalkedEntry } from '../../../promisebase/index.ts'
import type { InputRoom } from './input-room.ts'
import type { Mount } from './request.ts'

/** A file or link by its path in a mount, or a folder, before what is in it. */
export type Loaded =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly bytes: Uint8Array
      readonly isExecutable: boolean
    }

/** What is found at one place: a folder and all in it, or a file, whose place is a name in a folder. */
export interface LoadedMount {
  readonly place: string
  readonly isFolder: boolean
  readonly entries: readonly Loaded[]
}

/** Why inputs cannot be loaded; thrown within this file alone. */
class Unloadable extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, detail: string) {
    super(detail)
    this.code = code
  }
}

export async function loadInputs(
  call: RuntimeCall,
  mounts: readonly Mount[],
  room: InputRoom,
  cancel: RunCancel,
): Promise<Result<readonly LoadedMount[]>> {
  const loader = new Loader(call, room, cancel)
  try {
    const loaded: LoadedMount[] = []
    for (const mount of mounts) loaded.push(await loader.mount(mount))
    return { ok: loaded }
  } catch (error) {
    if (error instanceof Unloadable) return refuse(error.code, error.message)
    if (!(error instanceof ContentError)) throw error
    const { absent } = loader
    return error.code === 'MISSING' && absent !== undefined
      ? refuse('MISSING', error.message, { missing: [absent.toString()] })
      : refuse(error.code, error.message)
  }
}

/** Fuel that inputs take before the program starts: the same whether they are here, or read anew. */
export function fuelOfInputs(mounts: readonly LoadedMount[]): number {
  return mounts
    .flatMap(({ entries }) => entries)
    .reduce((sum, entry) => sum + fuelOf(entry.kind === 'file' ? entry.bytes.length : 0), 0)
}

function fuelOf(bytes: number): number {
  return PROGRAM_FUEL.entry + fuelOfBytes(bytes)
}

class Loader {
  readonly #source: Pick<Snapshot, 'getBlock'>
  readonly #room: InputRoom
  readonly #cancel: RunCancel
  /** The same content under many names is in memory once. */
  readonly #known = new Map<string, Uint8Array>()
  #bytesLeft: number = FILE_LIMITS.inputBytes
  #entriesLeft: number = FILE_LIMITS.entries
  #fuelLeft: number
  /** The block that was asked for and is not here. */
  absent: CID | undefined

  constructor({ getBlock, budget }: RuntimeCall, room: InputRoom, cancel: RunCancel) {
    this.#room = room
    this.#cancel = cancel
    this.#fuelLeft = budget.fuel
    const find = async (cid: CID): Promise<Uint8Array | undefined> => {
      const block = await getBlock?.(cid)
      if (block === undefined) this.absent = cid
      return block
    }
    this.#source = { getBlock: find }
  }

  async mount({ place, cid }: Mount): Promise<LoadedMount> {
    if (await isFolder(this.#source, cid)) return { place, isFolder: true, entries: await this.#folder(cid) }
    const file = await this.#file(cid, '', await this.#sizeOf(cid))
    return { place, isFolder: false, entries: [{ ...file, isExecutable: false }] }
  }

  async #folder(cid: CID): Promise<Loaded[]> {
    const entries: Loaded[] = []
    for await (const entry of walkFolder(this.#source, cid, { entriesMax: this.#entriesLeft }))
      entries.push(await this.#entry(entry))
    return entries
  }

  async #entry(entry: WalkedEntry): Promise<Loaded> {
    const { kind, path } = entry
    if (kind === 'file')
      return { ...(await this.#file(entry.cid, path, entry.size)), isExecutable: entry.isExecutable }
    this.#count(0)
    return kind === 'link' ? { kind, path, target: entry.target } : { kind, path }
  }

  async #file(
    cid: CID,
    path: string,
    size: number,
  ): Promise<{ readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array }> {
    this.#count(size)
    const key = cidKey(cid)
    const known = this.#known.get(key)
    const bytes = known ?? (await this.#read(cid, size))
    if (bytes.length !== size) throw new Unloadable('SHAPE', `${JSON.stringify(path)} has not ${size} bytes`)
    this.#known.set(key, bytes)
    return { kind: 'file', path, bytes }
  }

  /** Counts what is to be read, before it is. */
  #count(bytes: number): void {
    this.#goOn()
    this.#bytesLeft -= bytes
    this.#entriesLeft -= 1
    this.#fuelLeft -= fuelOf(bytes)
    if (this.#bytesLeft < 0)
      throw new Unloadable('LIMIT', `inputs of more than ${FILE_LIMITS.inputBytes} bytes`)
    if (this.#entriesLeft < 0) throw new Unloadable('LIMIT', `more than ${FILE_LIMITS.entries} inputs`)
    if (this.#fuelLeft < 0) throw new Unloadable('BUDGET_FUEL', 'the inputs take more than is granted')
  }

  /** Asked for each piece: a file of a few megabytes may be cut into as many of them as it has bytes. */
  #goOn(): void {
    if (this.#cancel.aborted) throw new Unloadable('ABORTED', 'cancelled before it began')
  }

  async #read(cid: CID, size: number): Promise<Uint8Array> {
    if (!this.#room.take(size)) throw new Unloadable('BUSY', `no room for ${size} more bytes of inputs`)
    const bytes = new Uint8Array(size)
    let at = 0
    for await (const part of readContentStream(this.#source, cid)) {
      this.#goOn()
      if (part.length > size - at) throw new Unloadable('SHAPE', `${cid} has more than ${size} bytes`)
      bytes.set(part, at)
      at += part.length
    }
    return at === size ? bytes : bytes.subarray(0, at)
  }

  /** A file that no folder tells the length of tells it itself. */
  async #sizeOf(cid: CID): Promise<number> {
    const content = await openContent(this.#source, cid, this.#bytesLeft)
    if (content.refused !== undefined) throw new ContentError(content.refused.code, content.refused.detail)
    return content.ok.size
  }
}
