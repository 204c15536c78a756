/**
 * Identities of a host as files, `keys/NAME.json`, readable by their owner alone. The secret is written once,
 * when the identity is made, and is in no log, trace or message.
 */
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { createSigner } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import type { Signer } from '../../kernel/index.ts'
import type { CryptoProvider, SignatureAlgorithm } from '../../promisebase/index.ts'

const FORMAT = 1
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** Where a host finds its identities; one in memory and one in files share this shape. */
export interface Keys {
  /** The signer of this name, made when it is new. */
  identity(name: string, algorithm?: SignatureAlgorithm): Promise<Signer>
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
    names: async () => [...signers.keys()].sort(),
  }
}

/** Identities kept in `folder`, one file each, mode 0600. */
export function fileKeys(crypto: CryptoProvider, folder: string): Keys {
  return {
    identity: async (name, algorithm = 'Ed25519') => {
      const path = join(folder, `${checkedName(name)}.json`)
      return (await readKey(crypto, path)) ?? (await writeKey(crypto, folder, path, algorithm))
    },
    names: async () =>
      (await readdir(folder).catch(() => []))
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -5))
        .sort(),
  }
}

async function readKey(crypto: CryptoProvider, path: string): Promise<Signer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new HostError('KEY_FILE', `${path} cannot be read: ${error.code ?? 'unknown'}`)
  })
  if (text === undefined) return undefined
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new HostError('KEY_FILE', `${path} can be read by others; run chmod 600 on it`)
  return parseKey(crypto, path, text)
}

function parseKey(crypto: CryptoProvider, path: string, text: string): Signer {
  const wrong = new HostError('KEY_FILE', `${path} is not a key file of format ${FORMAT}`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw wrong
  }
  const { format, algorithm, secret } = (
    typeof parsed === 'object' && parsed !== null ? parsed : {}
  ) as Record<string, unknown>
  if (format !== FORMAT || (algorithm !== 'Ed25519' && algorithm !== 'ESP256') || typeof secret !== 'string')
    throw wrong
  const bytes = Buffer.from(secret, 'base64url')
  if (bytes.length !== 32) throw wrong
  return createSigner(crypto, algorithm, bytes)
}

async function writeKey(
  crypto: CryptoProvider,
  folder: string,
  path: string,
  algorithm: SignatureAlgorithm,
): Promise<Signer> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const secret = freshSecret(crypto, algorithm)
  const signer = createSigner(crypto, algorithm, secret)
  const fields = {
    format: FORMAT,
    algorithm,
    principal: signer.principal,
    secret: Buffer.from(secret).toString('base64url'),
  }
  // Exclusive: two processes making one name must not each believe in a key of their own.
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(fields, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return signer
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
    throw new HostError(
      'NAME',
      `${JSON.stringify(name)} is not a name: use lower-case letters, digits, dot, hyphen, underscore`,
    )
  return name
}
