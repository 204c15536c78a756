/** The key files of one folder: read, opened, and made ready to be written. What is to change is for file-keys.ts. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { HostError } from '../host-error.ts'
import { readKeyText } from './disk.ts'
import { decodeSecrets, encodeSecrets, isPlain, parseKeyFile } from './file.ts'
import { encryptionKeyOf, signerOf } from './secrets.ts'
import { checkedName, isName, noIdentity } from './keys.ts'
import type { Principal, Signer } from '../../../kernel/index.ts'
import type { CryptoProvider } from '../../../promisebase/index.ts'
import type { EncryptedKeyFile, KeyFile } from './file.ts'
import type { KeyLock } from './lock.ts'
import type { Secrets } from './secrets.ts'

/** Where the keys of a host are, and what opens them. */
export interface Place {
  readonly crypto: CryptoProvider
  readonly folder: string
  readonly protection: KeyProtection | undefined
}

/** How a host protects its key files. */
export interface KeyProtection {
  readonly lock: KeyLock
  /** Encrypt every new file; without it, as soon as one that is there is encrypted. */
  readonly encryptsNew: boolean
}

/** A key file, and the text it was read from: what takes its place has to know what that was. */
export interface Found {
  readonly file: KeyFile
  readonly text: string
}

export async function existing(place: Place, name: string): Promise<Found> {
  const found = await readWhole(place, name)
  if (found !== undefined) return found
  throw noIdentity(name)
}

export async function read(place: Place, name: string): Promise<KeyFile | undefined> {
  return (await readWhole(place, name))?.file
}

export async function readWhole(place: Place, name: string): Promise<Found | undefined> {
  const path = pathOf(place, name)
  const text = await readKeyText(path)
  if (text === undefined) return undefined
  const file = parseKeyFile(text)
  if (file === undefined) throw notAKey(path)
  return { file, text }
}

export async function secretsIn(place: Place, name: string, file: KeyFile): Promise<Secrets> {
  if (isPlain(file)) return file
  const opened = decodeSecrets(await lockOf(place, name).open(file.encrypted, file.principal))
  if (opened === undefined) throw notAKey(pathOf(place, name))
  if (!isSameKey(publicEncryptionKey(opened), file))
    throw new HostError('KEY_FILE', `${pathOf(place, name)} names another encryption key than it holds`, {
      fix: 'restore it from a copy; do not use what it named',
    })
  return opened
}

/** What stands in the clear is not authenticated: whoever changed it wants content to be encrypted to himself. */
function isSameKey(
  { encryptionKey: one }: Pick<EncryptedKeyFile, 'encryptionKey'>,
  { encryptionKey: other }: Pick<EncryptedKeyFile, 'encryptionKey'>,
): boolean {
  return one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0
}

export async function sealed(
  place: Place,
  name: string,
  { principal, keySet }: Signer,
  secrets: Secrets,
): Promise<EncryptedKeyFile> {
  const encrypted = await lockOf(place, name).seal(encodeSecrets(secrets), principal)
  return { principal, ...(keySet && { keySet }), ...publicEncryptionKey(secrets), encrypted }
}

function publicEncryptionKey({ encryption }: Secrets): Pick<EncryptedKeyFile, 'encryptionKey'> {
  return encryption === undefined ? {} : { encryptionKey: encryptionKeyOf(encryption).bytes }
}

/**
 * Opens an encrypted identity of the folder; false when there is none. The passphrase of a new file is thereby
 * the one of the others: no host could use identities under several, and a mistyped one would lose a key for ever.
 */
export async function openEncrypted(place: Place): Promise<boolean> {
  for (const name of await namesIn(place.folder)) {
    const file = await read(place, name)
    if (file === undefined || isPlain(file)) continue
    await secretsIn(place, name, file)
    return true
  }
  return false
}

export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => []))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .filter((name) => isName(name))
    .sort()
}

export function signerIn(place: Place, name: string, { secrets }: Secrets, principal: Principal): Signer {
  const signer = signerIfAny(place, secrets)
  if (signer === undefined) throw notAKey(pathOf(place, name))
  // A damaged secret would otherwise speak as somebody whom nobody knows.
  if (signer.principal !== principal)
    throw new HostError('KEY_FILE', `${pathOf(place, name)} names another principal than its secret is of`)
  return signer
}

/** What an error of cryptography says may be about the secret: nobody is told. */
function signerIfAny({ crypto }: Place, secrets: Secrets['secrets']): Signer | undefined {
  try {
    return signerOf(crypto, secrets)
  } catch {
    return undefined
  }
}

function lockOf({ protection }: Place, name: string): KeyLock {
  if (protection !== undefined) return protection.lock
  throw new HostError('PASSPHRASE', `the identity ${name} is encrypted, and there is no passphrase`, {
    fix: 'give the passphrase its key file was encrypted with',
  })
}

export function pathOf({ folder }: Place, name: string): string {
  return join(folder, `${checkedName(name)}.json`)
}

export function notAKey(path: string): HostError {
  return new HostError('KEY_FILE', `${path} is not a key file of format 1, 2 or 3`, {
    fix: 'restore it from a copy; it cannot be made again',
  })
}
