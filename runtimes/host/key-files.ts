/**
 * Identities of a host as files, `keys/NAME.json`, readable by their owner alone and encrypted where the host has
 * a passphrase. The secret is written once, when the identity is made, and is in no log, trace or message.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { createKeyRing } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import { createKeyText, readKeyText, replaceKeyText } from './key-disk.ts'
import { decodeSecrets, encodeSecrets, isPlain, keyFileText, parseKeyFile } from './key-file.ts'
import { freshSecrets, signerOf } from './key-secrets.ts'
import { checkedName, isName, publicPart } from './keys.ts'
import type { Principal, Signer } from '../../kernel/index.ts'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { EncryptedKeyFile, KeyFile } from './key-file.ts'
import type { KeyLock } from './key-lock.ts'
import type { SecretKey } from './key-secrets.ts'
import type { Identity, Keys } from './keys.ts'

/** Identities in files, whose protection can be changed. */
export interface FileKeys extends Keys {
  /** Asks for the passphrase if the identity of this name needs one, or would when it is made. */
  unlock(name: string): Promise<void>
  /** Puts the secret of an identity under the passphrase; false when it was. @throws {HostError} MISSING */
  encrypt(name: string): Promise<boolean>
  /** Takes the passphrase off again; false when there was none. @throws {HostError} MISSING */
  decrypt(name: string): Promise<boolean>
}

/** How a host protects its key files. */
export interface KeyProtection {
  readonly lock: KeyLock
  /** Encrypt every new file; without it, as soon as one that is there is encrypted. */
  readonly encryptsNew: boolean
}

/**
 * Identities kept in `folder`, one file each, mode 0600. Those of one folder that are encrypted have one passphrase.
 */
export function fileKeys(crypto: CryptoProvider, folder: string, protection?: KeyProtection): FileKeys {
  const place: Place = { crypto, folder, protection }
  return {
    identity: async (name, algorithm = 'Ed25519') => {
      const known = await find(place, name)
      if (known !== undefined) return known
      await make(place, name, freshSecrets(crypto, algorithm))
      // Read back: another process may have made this name in the same moment, and its key is the one kept.
      const made = await find(place, name)
      if (made === undefined)
        throw new HostError('KEY_FILE', `${pathOf(place, name)} is gone as soon as written`)
      return made
    },
    find: (name) => find(place, name),
    look: (name) => look(place, name),
    names: () => namesIn(folder),
    unlock: (name) => unlock(place, name),
    encrypt: (name) => encrypt(place, name),
    decrypt: (name) => decrypt(place, name),
  }
}

/** What the functions below work with. */
interface Place {
  readonly crypto: CryptoProvider
  readonly folder: string
  readonly protection: KeyProtection | undefined
}

async function find(place: Place, name: string): Promise<Signer | undefined> {
  const file = await read(place, name)
  return file && signerIn(place, name, await secretsIn(place, name, file), file.principal)
}

async function look(place: Place, name: string): Promise<Identity | undefined> {
  const file = await read(place, name)
  if (file === undefined) return undefined
  if (!isPlain(file)) return lookAt(place, name, file)
  return { name, ...publicPart(signerIn(place, name, file.secrets, file.principal)), isEncrypted: false }
}

/** A principal says its keys, with the key set it is the CID of. */
function lookAt({ crypto, folder }: Place, name: string, file: EncryptedKeyFile): Identity {
  const { principal, keySet } = file
  const ring = createKeyRing(crypto)
  if (keySet !== undefined) ring.learn(keySet)
  const found = ring.lookUp(principal).ok
  // Nothing in a file is left unread: a set beside a did:key would be.
  if (found === undefined || (found.keySet === undefined) !== (keySet === undefined))
    throw notAKey(join(folder, `${name}.json`))
  const publicKeys = found.keys.map(({ publicKey }) => publicKey)
  return { name, principal, publicKeys, ...(keySet && { keySet }), isEncrypted: true }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => []))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .filter((name) => isName(name))
    .sort()
}

async function unlock(place: Place, name: string): Promise<void> {
  const file = await read(place, name)
  if (file !== undefined) await secretsIn(place, name, file)
  else if (!(await openEncrypted(place)) && place.protection?.encryptsNew === true)
    await place.protection.lock.prepare()
}

async function encrypt(place: Place, name: string): Promise<boolean> {
  const file = await existing(place, name)
  if (!isPlain(file)) {
    // Whoever asks wants to know that this passphrase opens it.
    await secretsIn(place, name, file)
    return false
  }
  const signer = signerIn(place, name, file.secrets, file.principal)
  await openEncrypted(place)
  await replaceKeyText(pathOf(place, name), keyFileText(await sealed(place, name, signer, file.secrets)))
  return true
}

async function decrypt(place: Place, name: string): Promise<boolean> {
  const file = await existing(place, name)
  const { principal } = file
  if (isPlain(file)) return false
  const secrets = await secretsIn(place, name, file)
  signerIn(place, name, secrets, principal)
  await replaceKeyText(pathOf(place, name), keyFileText({ principal, secrets }))
  return true
}

async function make(place: Place, name: string, secrets: readonly SecretKey[]): Promise<void> {
  const signer = signerOf(place.crypto, secrets)
  const encrypts = (await openEncrypted(place)) || place.protection?.encryptsNew === true
  const { principal } = signer
  const file = encrypts ? await sealed(place, name, signer, secrets) : { principal, secrets }
  await createKeyText(pathOf(place, name), keyFileText(file))
}

async function sealed(
  place: Place,
  name: string,
  { principal, keySet }: Signer,
  secrets: readonly SecretKey[],
): Promise<EncryptedKeyFile> {
  const encrypted = await lockOf(place, name).seal(encodeSecrets(secrets), principal)
  return { principal, ...(keySet && { keySet }), encrypted }
}

/**
 * Opens an encrypted identity of the folder; false when there is none. The passphrase of a new file is thereby
 * the one of the others: no host could use identities under several, and a mistyped one would lose a key for ever.
 */
async function openEncrypted(place: Place): Promise<boolean> {
  for (const name of await namesIn(place.folder)) {
    const file = await read(place, name)
    if (file === undefined || isPlain(file)) continue
    await secretsIn(place, name, file)
    return true
  }
  return false
}

async function existing(place: Place, name: string): Promise<KeyFile> {
  const file = await read(place, name)
  if (file !== undefined) return file
  throw new HostError('MISSING', `there is no identity ${JSON.stringify(name)} here`)
}

async function read(place: Place, name: string): Promise<KeyFile | undefined> {
  const path = pathOf(place, name)
  const text = await readKeyText(path)
  if (text === undefined) return undefined
  const file = parseKeyFile(text)
  if (file === undefined) throw notAKey(path)
  return file
}

async function secretsIn(place: Place, name: string, file: KeyFile): Promise<readonly SecretKey[]> {
  if (isPlain(file)) return file.secrets
  const opened = decodeSecrets(await lockOf(place, name).open(file.encrypted, file.principal))
  if (opened === undefined) throw notAKey(pathOf(place, name))
  return opened
}

function signerIn(place: Place, name: string, secrets: readonly SecretKey[], principal: Principal): Signer {
  const signer = signerIfAny(place, secrets)
  if (signer === undefined) throw notAKey(pathOf(place, name))
  // A damaged secret would otherwise speak as somebody whom nobody knows.
  if (signer.principal !== principal)
    throw new HostError('KEY_FILE', `${pathOf(place, name)} names another principal than its secret is of`)
  return signer
}

/** What an error of cryptography says may be about the secret: nobody is told. */
function signerIfAny({ crypto }: Place, secrets: readonly SecretKey[]): Signer | undefined {
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

function pathOf({ folder }: Place, name: string): string {
  return join(folder, `${checkedName(name)}.json`)
}

function notAKey(path: string): HostError {
  return new HostError('KEY_FILE', `${path} is not a key file of format 1 or 2`, {
    fix: 'restore it from a copy; it cannot be made again',
  })
}
