/**
 * The passphrase of a host's key files, asked for once, and the keys made from it. Making a key costs 128 MiB and
 * half a second on purpose; so each is made once a process, and files that are encrypted beside others share
 * their salt with them. Their nonces and subjects differ.
 */
import { COST, decryptSecret, deriveKey, encryptSecret, freshDerivation } from './encryption.ts'
import { HostError } from '../host-error.ts'
import type { Derivation, EncryptedSecret } from './encryption.ts'

/** Where the passphrase comes from; `isNew` when no file is there yet that it has to open. */
export type AskPassphrase = (use: { readonly isNew: boolean }) => Promise<string>

export interface KeyLock {
  /** Asks now for a new passphrase, unless one was asked for: before work that would be lost without it. */
  prepare(): Promise<void>
  seal(secret: Uint8Array, subject: string): Promise<EncryptedSecret>
  /** @throws {HostError} `PASSPHRASE` for another passphrase or subject, or changed fields */
  open(fields: EncryptedSecret, subject: string): Promise<Uint8Array>
}

/** What the making of keys costs, and who makes them. */
export interface KeyMaking {
  readonly cost: number
  readonly derive: (derivation: Derivation, passphrase: string) => Promise<Uint8Array>
}

/** @throws {RangeError} for a cost out of bounds, when it seals */
export function createKeyLock(
  ask: AskPassphrase,
  { cost = COST, derive = deriveKey }: Partial<KeyMaking> = {},
): KeyLock {
  let asked: Promise<string> | undefined
  let own: Derivation | undefined
  const keys = new Map<string, Promise<Uint8Array>>()
  const passphraseFor = (isNew: boolean): Promise<string> => (asked ??= passphraseOf(ask, isNew))
  const keyOf = (derivation: Derivation, isNew: boolean): Promise<Uint8Array> => {
    const name = `${derivation.cost} ${derivation.salt}`
    const known = keys.get(name)
    if (known !== undefined) return known
    const made = passphraseFor(isNew).then((passphrase) => derive(derivation, passphrase))
    keys.set(name, made)
    return made
  }
  return {
    prepare: async () => void (await passphraseFor(true)),
    seal: async (secret, subject) => {
      own ??= freshDerivation(cost)
      const derivation = own
      return encryptSecret(secret, subject, derivation, await keyOf(derivation, true))
    },
    open: async (fields, subject) => {
      const { cost: found, salt } = fields
      const secret = decryptSecret(fields, subject, await keyOf(fields, false))
      if (secret === undefined) throw wrongPassphrase(subject)
      // What was cheap to guess once is not made cheap again.
      if (found >= cost) own ??= { cost: found, salt }
      return secret
    },
  }
}

async function passphraseOf(ask: AskPassphrase, isNew: boolean): Promise<string> {
  const passphrase = await ask({ isNew })
  if (typeof passphrase !== 'string') throw new TypeError('passphrase must be a string')
  if (passphrase === '') throw new HostError('PASSPHRASE', 'the passphrase is empty')
  return passphrase
}

/** Authenticated encryption cannot tell the one from the other, and a guesser learns nothing. */
function wrongPassphrase(subject: string): HostError {
  return new HostError('PASSPHRASE', `the key of ${subject}: wrong passphrase, or its file was changed`, {
    fix: 'give the passphrase it was encrypted with; bring the file back from a copy if that is right',
  })
}
