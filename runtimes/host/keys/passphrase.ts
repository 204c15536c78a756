/**
 * Another passphrase for the key files of a folder, all of them, because they have one. Nothing is written before
 * every file was opened and sealed anew, and each is then put in place by one rename. Where that ends half way,
 * what was done is undone; where the power goes, the same change run again finishes it.
 */
import { HostError } from '../host-error.ts'
import { replaceKeyText } from './disk.ts'
import { isPlain, keyFileText } from './file.ts'
import { namesIn, pathOf, readWhole, sealed, secretsIn, signerIn } from './folder.ts'
import type { EncryptedKeyFile } from './file.ts'
import type { Place } from './folder.ts'
import type { KeyLock } from './lock.ts'
import type { Secrets } from './secrets.ts'

interface EncryptedFile {
  readonly name: string
  readonly file: EncryptedKeyFile
  readonly text: string
}

interface Change {
  readonly path: string
  readonly from: string
  readonly to: string
}

/**
 * Opens what is encrypted with the lock of `place` and closes it with `next`; returns the names.
 * @throws {HostError} MISSING where nothing is encrypted, PASSPHRASE for a wrong one
 */
export async function changePassphrase(place: Place, next: KeyLock): Promise<readonly string[]> {
  const files = await encryptedFiles(place)
  if (files.length === 0)
    throw new HostError('MISSING', 'no key here is under a passphrase', {
      fix: '`grid id encrypt NAME` puts one under a passphrase',
    })
  const opened = await openAll(place, next, files)
  await next.prepare()
  const changes: Change[] = []
  for (const { name, file, text, secrets } of opened) {
    const signer = signerIn(place, name, secrets, file.principal)
    const again = await sealed(under(place, next), name, signer, secrets)
    changes.push({ path: pathOf(place, name), from: text, to: keyFileText(again) })
  }
  await apply(changes)
  return opened.map(({ name }) => name)
}

async function encryptedFiles(place: Place): Promise<readonly EncryptedFile[]> {
  const files: EncryptedFile[] = []
  for (const name of await namesIn(place.folder)) {
    const found = await readWhole(place, name)
    if (found !== undefined && !isPlain(found.file)) files.push({ name, file: found.file, text: found.text })
  }
  return files
}

/** Those that the old passphrase opens; the others have to open with the new one, from a change that was cut off. */
async function openAll(
  place: Place,
  next: KeyLock,
  files: readonly EncryptedFile[],
): Promise<readonly (EncryptedFile & { readonly secrets: Secrets })[]> {
  const opened: (EncryptedFile & { readonly secrets: Secrets })[] = []
  const left: (EncryptedFile & { readonly error: unknown })[] = []
  for (const each of files)
    try {
      opened.push({ ...each, secrets: await secretsIn(place, each.name, each.file) })
    } catch (error) {
      if (!isWrongPassphrase(error)) throw error
      left.push({ ...each, error })
    }
  const [first] = left
  if (first !== undefined && opened.length === 0) throw first.error
  if (first !== undefined) await next.prepare()
  for (const { name, file, error } of left)
    await secretsIn(under(place, next), name, file).catch((again: unknown) => {
      throw isWrongPassphrase(again) ? error : again
    })
  return opened
}

async function apply(changes: readonly Change[]): Promise<void> {
  const done: Change[] = []
  try {
    for (const change of changes) {
      await replaceKeyText(change.path, change.from, change.to)
      done.push(change)
    }
  } catch (error) {
    // As far as it goes: a folder that cannot be written any more cannot be set right either.
    for (const { path, from, to } of done) await replaceKeyText(path, to, from).catch(() => undefined)
    throw error
  }
}

function under(place: Place, lock: KeyLock): Place {
  return { ...place, protection: { lock, encryptsNew: true } }
}

function isWrongPassphrase(error: unknown): boolean {
  return error instanceof HostError && error.code === 'PASSPHRASE'
}
