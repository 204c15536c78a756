/**
 * Identities of a host as files, `keys/NAME.json`, readable by their owner alone. The secret is written once,
 * when the identity is made, and is in no log, trace or message.
 */
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { createSigner } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import type { FileHandle } from 'node:fs/promises'
import type { Signer } from '../../kernel/index.ts'
import type { CryptoProvider, SignatureAlgorithm } from '../../promisebase/index.ts'

const FORMAT = 1
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
/** Ten times what a key file has: anything larger is something else. */
const FILE_BYTES_MAX = 4_096

/** Where a host finds its identities; one in memory and one in files share this shape. */
export interface Keys {
  /** The signer of this name, made when it is new. */
  identity(name: string, algorithm?: SignatureAlgorithm): Promise<Signer>
  /** The signer of this name; undefined when there is none. */
  find(name: string): Promise<Signer | undefined>
  names(): Promise<readonly string[]>
}

/** Identities that end with the process. */
export function memoryKeys(crypto: CryptoProvider): Keys {
  const signers = new Map<string, Signer>()
  return {
    identity: async (name, algorithm = 'Ed25519') => {
      const known = signers.get(checkedName(name))
      if (known !== undefined) return known
      const signer = createSigner(crypto, algorithm, freshSecret(crypto, algorithm))
      signers.set(name, signer)
      return signer
    },
    find: async (name) => signers.get(checkedName(name)),
    names: async () => [...signers.keys()].sort(),
  }
}

/** Identities kept in `folder`, one file each, mode 0600. */
export function fileKeys(crypto: CryptoProvider, folder: string): Keys {
  const pathOf = (name: string): string => join(folder, `${checkedName(name)}.json`)
  const find = (name: string): Promise<Signer | undefined> => readKey(crypto, pathOf(name))
  return {
    identity: async (name, algorithm = 'Ed25519') => {
      const known = await find(name)
      if (known !== undefined) return known
      await writeKey(crypto, folder, pathOf(name), algorithm)
      // Read back: another process may have made this name in the same moment, and its key is the one kept.
      const made = await find(name)
      if (made === undefined) throw new HostError('KEY_FILE', `${pathOf(name)} is gone as soon as written`)
      return made
    },
    find,
    names: async () =>
      (await readdir(folder).catch(() => []))
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -5))
        .filter((name) => NAME.test(name))
        .sort(),
  }
}

async function readKey(crypto: CryptoProvider, path: string): Promise<Signer | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new HostError('KEY_FILE', `${path} cannot be read: ${error.code ?? 'unknown'}`, { cause: error })
  })
  if (file === undefined) return undefined
  try {
    // Looked at through the open file, so that it is the same one that is read.
    await checkFile(file, path)
    return parseKey(crypto, path, await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

async function checkFile(file: FileHandle, path: string): Promise<void> {
  const stat = await file.stat()
  if (!stat.isFile() || stat.size > FILE_BYTES_MAX) throw notAKey(path)
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)
    throw new HostError('KEY_FILE', `${path} is open to others than its owner`, {
      fix: `run: chmod 600 ${path}; make a new identity if others may have read it`,
    })
}

function parseKey(crypto: CryptoProvider, path: string, text: string): Signer {
  const { format, algorithm, principal, secret } = fieldsOf(text)
  if (format !== FORMAT || (algorithm !== 'Ed25519' && algorithm !== 'ESP256') || typeof secret !== 'string')
    throw notAKey(path)
  const bytes = Buffer.from(secret, 'base64url')
  if (bytes.length !== 32 || (algorithm === 'ESP256' && !isScalar(crypto, bytes))) throw notAKey(path)
  const signer = createSigner(crypto, algorithm, bytes)
  // A damaged secret would otherwise speak as somebody whom nobody knows.
  if (signer.principal !== principal)
    throw new HostError('KEY_FILE', `${path} names another principal than its secret is of`)
  return signer
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function notAKey(path: string): HostError {
  return new HostError('KEY_FILE', `${path} is not a key file of format ${FORMAT}`, {
    fix: 'restore it from a copy; it cannot be made again',
  })
}

/** Writes a new key aside and gives it its name at the end: a file of this name is always complete. */
async function writeKey(
  crypto: CryptoProvider,
  folder: string,
  path: string,
  algorithm: SignatureAlgorithm,
): Promise<void> {
  const aside = `${path}.${Buffer.from(crypto.random(6)).toString('hex')}`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeSecret(crypto, aside, algorithm)
    await nameOnce(aside, path)
    await rm(aside, { force: true })
    await flush(folder)
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new HostError('KEY_FILE', `${path} cannot be written: ${code}`, { cause: error })
  }
}

async function writeSecret(
  crypto: CryptoProvider,
  path: string,
  algorithm: SignatureAlgorithm,
): Promise<void> {
  const secret = freshSecret(crypto, algorithm)
  const fields = {
    format: FORMAT,
    algorithm,
    principal: createSigner(crypto, algorithm, secret).principal,
    secret: Buffer.from(secret).toString('base64url'),
  }
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(fields, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Exclusive where the file system has links: two processes must not each believe in a key of their own. */
async function nameOnce(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(code)) throw error
    await rename(aside, path)
  }
}

/** A name is safe from a power cut once its folder is. Windows cannot, and need not, flush a folder. */
async function flush(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function freshSecret(crypto: CryptoProvider, algorithm: SignatureAlgorithm): Uint8Array {
  for (;;) {
    const secret = crypto.random(32)
    // Of 2^32 random P-256 scalars about one is out of range.
    if (algorithm === 'Ed25519' || isScalar(crypto, secret)) return secret
  }
}

function isScalar(crypto: CryptoProvider, secret: Uint8Array): boolean {
  try {
    crypto.publicKey('ESP256', secret)
    return true
  } catch {
    return false
  }
}

function checkedName(name: string): string {
  if (!NAME.test(name))
    throw new HostError('NAME', `${JSON.stringify(name)} cannot be a name`, {
      fix: 'use 1 to 64 lower-case letters, digits, dots, hyphens and underscores, a letter or digit first',
    })
  return name
}
