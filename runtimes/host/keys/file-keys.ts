/**
 * Identities of a host as files, `keys/NAME.json`, readable by their owner alone and encrypted where the host has
 * a passphrase. The secret is written once, when the identity is made, and is in no log, trace or message.
 */
import { createKeyRing } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { createKeyText, replaceKeyText } from './disk.ts'
import { isPlain, keyFileText } from './file.ts'
import {
  existing,
  namesIn,
  notAKey,
  openEncrypted,
  pathOf,
  read,
  sealed,
  secretsIn,
  signerIn,
} from './folder.ts'
import { changePassphrase } from './passphrase.ts'
import { freshEncryptionSecret, freshSecrets, signerOf } from './secrets.ts'
import { publicPart } from './keys.ts'
import { nodeAgreement } from '../powers/agreement.ts'
import type { Signer } from '../../../kernel/index.ts'
import type { AgreementKey, CryptoProvider } from '../../../promisebase/index.ts'
import type { EncryptedKeyFile } from './file.ts'
import type { KeyProtection, Place } from './folder.ts'
import type { KeyLock } from './lock.ts'
import type { Secrets } from './secrets.ts'
import type { Identity, Keys } from './keys.ts'

/** Identities in files, whose protection can be changed. */
export interface FileKeys extends Keys {
  /** Asks for the passphrase if the identity of this name needs one, or would when it is made. */
  unlock(name: string): Promise<void>
  /** Puts the secret of an identity under the passphrase; false when it was. @throws {HostError} MISSING */
  encrypt(name: string): Promise<boolean>
  /** Takes the passphrase off again; false when there was none. @throws {HostError} MISSING */
  decrypt(name: string): Promise<boolean>
  /** Puts all that is under the passphrase under that of another lock; returns the names. @throws {HostError} */
  changePassphrase(next: KeyLock): Promise<readonly string[]>
}

/**
 * Identities kept in `folder`, one file each, mode 0600. Those of one folder that are encrypted have one passphrase.
 */
export function fileKeys(crypto: CryptoProvider, folder: string, protection?: KeyProtection): FileKeys {
  const place: Place = { crypto, folder, protection }
  return {
    identity: async (name, algorithm = 'Ed25519', making) => {
      const known = await find(place, name)
      if (known !== undefined) return known
      await make(place, name, freshSecrets(crypto, algorithm, making))
      // Read back: another process may have made this name in the same moment, and its key is the one kept.
      const made = await find(place, name)
      if (made === undefined)
        throw new HostError('KEY_FILE', `${pathOf(place, name)} is gone as soon as written`)
      return made
    },
    find: (name) => find(place, name),
    encryptionSecret: (name) => encryptionSecret(place, name),
    addEncryptionKey: (name) => addEncryptionKey(place, name),
    look: (name) => look(place, name),
    names: () => namesIn(folder),
    unlock: (name) => unlock(place, name),
    encrypt: (name) => encrypt(place, name),
    decrypt: (name) => decrypt(place, name),
    changePassphrase: (next) => changePassphrase(place, next),
  }
}

async function find(place: Place, name: string): Promise<Signer | undefined> {
  const file = await read(place, name)
  return file && signerIn(place, name, await secretsIn(place, name, file), file.principal)
}

async function encryptionSecret(place: Place, name: string): Promise<Secrets['encryption']> {
  const file = await read(place, name)
  if (file === undefined) return undefined
  const secrets = await secretsIn(place, name, file)
  signerIn(place, name, secrets, file.principal)
  return secrets.encryption
}

/** Protected as the others of the file are. */
async function addEncryptionKey(place: Place, name: string): Promise<boolean> {
  const { file, text } = await existing(place, name)
  const opened = await secretsIn(place, name, file)
  const signer = signerIn(place, name, opened, file.principal)
  if (opened.encryption !== undefined) return false
  const secrets = { ...opened, encryption: freshEncryptionSecret(place.crypto) }
  const { principal } = signer
  const grown = isPlain(file) ? { principal, ...secrets } : await sealed(place, name, signer, secrets)
  await replaceKeyText(pathOf(place, name), text, keyFileText(grown))
  return true
}

async function look(place: Place, name: string): Promise<Identity | undefined> {
  const file = await read(place, name)
  if (file === undefined) return undefined
  if (!isPlain(file)) return lookAt(place, name, file)
  const signer = signerIn(place, name, file, file.principal)
  return { name, ...publicPart(signer, file.encryption), isEncrypted: false }
}

/** A principal says its keys, with the key set it is the CID of. */
function lookAt(place: Place, name: string, file: EncryptedKeyFile): Identity {
  const { principal, keySet } = file
  const ring = createKeyRing(place.crypto)
  if (keySet !== undefined) ring.learn(keySet)
  const found = ring.lookUp(principal).ok
  // Nothing in a file is left unread: a set beside a did:key would be.
  if (found === undefined || (found.keySet === undefined) !== (keySet === undefined))
    throw notAKey(pathOf(place, name))
  const publicKeys = found.keys.map(({ publicKey }) => publicKey)
  const encryptionKey = encryptionKeyIn(file)
  if (encryptionKey !== undefined && !nodeAgreement.admitKey(encryptionKey))
    throw notAKey(pathOf(place, name))
  return {
    name,
    principal,
    publicKeys,
    ...(keySet && { keySet }),
    ...(encryptionKey && { encryptionKey }),
    isEncrypted: true,
  }
}

function encryptionKeyIn({ encryptionKey }: EncryptedKeyFile): AgreementKey | undefined {
  return encryptionKey && { algorithm: 'X-Wing', bytes: encryptionKey }
}

async function unlock(place: Place, name: string): Promise<void> {
  const file = await read(place, name)
  if (file !== undefined) await secretsIn(place, name, file)
  else if (!(await openEncrypted(place)) && place.protection?.encryptsNew === true)
    await place.protection.lock.prepare()
}

async function encrypt(place: Place, name: string): Promise<boolean> {
  const { file, text } = await existing(place, name)
  if (!isPlain(file)) {
    // Whoever asks wants to know that this passphrase opens it.
    await secretsIn(place, name, file)
    return false
  }
  const signer = signerIn(place, name, file, file.principal)
  await openEncrypted(place)
  await replaceKeyText(pathOf(place, name), text, keyFileText(await sealed(place, name, signer, file)))
  return true
}

async function decrypt(place: Place, name: string): Promise<boolean> {
  const { file, text } = await existing(place, name)
  const { principal } = file
  if (isPlain(file)) return false
  const secrets = await secretsIn(place, name, file)
  signerIn(place, name, secrets, principal)
  await replaceKeyText(pathOf(place, name), text, keyFileText({ principal, ...secrets }))
  return true
}

async function make(place: Place, name: string, secrets: Secrets): Promise<void> {
  const signer = signerOf(place.crypto, secrets.secrets)
  const encrypts = (await openEncrypted(place)) || place.protection?.encryptsNew === true
  const { principal } = signer
  const file = encrypts ? await sealed(place, name, signer, secrets) : { principal, ...secrets }
  await createKeyText(pathOf(place, name), keyFileText(file))
}
