/**
 * The shelf of a data folder: admitted modules as files, of which each proves that this host wrote it. What does not is
 * taken away, and its module admitted anew: files get damaged, and folders are copied together by people.
 *
 *     modules/key   32 random bytes, readable by the owner alone
 *     modules/NAME  HMAC-SHA-256(key, "promisegrid:modules/1" 00 NAME 00 entry) ‖ entry
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { nodeCrypto } from '../powers/crypto.ts'
import type { ModuleShelf } from '../../wasi/index.ts'

export interface ModuleFolderOptions {
  /** Bytes of all files together; those that were not used for longest go first. */
  readonly bytesMax: number
  /** How many files. */
  readonly filesMax?: number
}

const KEY = 'key'
const KEY_BYTES = 32
const MAC_BYTES = 32
const DOMAIN = 'promisegrid:modules/1\0'
/** A CID and numbers: nothing that means another folder. */
const NAME = /^[a-z0-9]{1,128}(\.[0-9]{1,8}){3}(\.[0-9a-f]{64})?$/
/** A file that is being written. */
const ASIDE = /^\.[0-9a-f]{12}$/
const FILES_MAX = 4_096
/** A rewritten module of the largest that are admitted is some 12 MiB at most. */
const FILE_BYTES_MAX = 32 * 1024 * 1024
/** When a file was used is written down to the hour: each time it would cost as much as reading it. */
const USED_MS = 3_600_000

/** The shelf in this folder, which is made when there is something to keep. */
export function openModuleFolder(folder: string, options: ModuleFolderOptions): ModuleShelf {
  return new ModuleFolder(folder, options)
}

class ModuleFolder implements ModuleShelf {
  readonly #folder: string
  readonly #options: ModuleFolderOptions
  #key: Promise<Buffer> | undefined
  /** One file at a time is put: two could each make room for one and leave too little for both. */
  #turn: Promise<void> = Promise.resolve()

  constructor(folder: string, options: ModuleFolderOptions) {
    this.#folder = folder
    this.#options = options
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    if (!NAME.test(name)) return undefined
    const path = join(this.#folder, name)
    const file = await readWhole(path)
    if (file === undefined) return undefined
    const { bytes, used } = file
    const entry = bytes.subarray(MAC_BYTES)
    const mac = macOf(await this.#ownKey(), name, entry)
    if (bytes.length < MAC_BYTES || !timingSafeEqual(mac, bytes.subarray(0, MAC_BYTES))) {
      await rm(path, { force: true })
      return undefined
    }
    const now = Date.now()
    if (Math.abs(now - used) > USED_MS) await utimes(path, now / 1_000, now / 1_000)
    return new Uint8Array(entry.buffer, entry.byteOffset, entry.length)
  }

  put(name: string, entry: Uint8Array): Promise<void> {
    const put = this.#turn.then(() => this.#put(name, entry))
    this.#turn = put.catch(() => undefined)
    return put
  }

  async #put(name: string, entry: Uint8Array): Promise<void> {
    const bytes = MAC_BYTES + entry.length
    if (!NAME.test(name) || bytes > Math.min(this.#options.bytesMax, FILE_BYTES_MAX)) return
    const mac = macOf(await this.#ownKey(), name, entry)
    await this.#makeRoom(name, bytes)
    const path = join(this.#folder, name)
    const aside = join(this.#folder, `.${Buffer.from(nodeCrypto.random(6)).toString('hex')}`)
    await writeFile(aside, Buffer.concat([mac, entry]), { mode: 0o600, flag: 'wx' })
    await rename(aside, path)
  }

  /**
   * Takes away what was not used for longest, and what a host that died has left half written. What else is in the folder
   * is not of this shelf: somebody may have had a folder of this name before.
   */
  async #makeRoom(name: string, bytes: number): Promise<void> {
    const { bytesMax, filesMax = FILES_MAX } = this.#options
    const files = (await this.#files()).filter((file) => file.name !== name)
    let left = files.reduce((sum, file) => sum + file.bytes, bytes)
    let count = files.length + 1
    for (const file of files) {
      if (NAME.test(file.name) && left <= bytesMax && count <= filesMax) continue
      await rm(join(this.#folder, file.name), { force: true })
      left -= file.bytes
      count -= 1
    }
  }

  /** The oldest first. */
  async #files(): Promise<readonly { name: string; bytes: number; used: number }[]> {
    const files = []
    for (const { name } of await readdir(this.#folder, { withFileTypes: true })) {
      if (!NAME.test(name) && !ASIDE.test(name)) continue
      const found = await lstat(join(this.#folder, name)).catch(() => undefined)
      if (found?.isFile()) files.push({ name, bytes: found.size, used: found.mtimeMs })
    }
    return files.sort((one, other) => one.used - other.used)
  }

  #ownKey(): Promise<Buffer> {
    return (this.#key ??= readOrMakeKey(this.#folder).catch((error: unknown) => {
      this.#key = undefined
      throw error
    }))
  }
}

function macOf(key: Buffer, name: string, entry: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${DOMAIN}${name}\0`).update(entry).digest()
}

interface Whole {
  readonly bytes: Buffer
  readonly used: number
  /** Whether it is of this user, and nobody else may read or write it. */
  readonly isOwn: boolean
}

/** Neither what is somewhere else, nor a pipe: to open one would wait for who writes into it. */
const PLAINLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Undefined where there is no file, and for one that no module can be. */
async function readWhole(path: string): Promise<Whole | undefined> {
  const file = await open(path, PLAINLY).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size > FILE_BYTES_MAX) return undefined
    // So many bytes and no more, whoever writes at its end meanwhile.
    const bytes = Buffer.alloc(found.size)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    const isOwn =
      process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0)
    return { bytes: bytes.subarray(0, bytesRead), used: found.mtimeMs, isOwn }
  } finally {
    await file.close()
  }
}

/** A key that another one may know, or of another length, is none: what was written with it is not believed any more. */
async function readOrMakeKey(folder: string): Promise<Buffer> {
  const path = join(folder, KEY)
  const known = await readWhole(path)
  if (known?.isOwn === true && known.bytes.length === KEY_BYTES) return known.bytes
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = Buffer.from(nodeCrypto.random(KEY_BYTES))
  await rm(path, { force: true })
  await writeFile(path, made, { mode: 0o600, flag: 'wx' })
  return made
}
