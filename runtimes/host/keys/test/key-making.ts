/** Keys from passphrases, each made once a process and as cheaply as is allowed: most tests are not about guessing. */
import { deriveKey } from '../encryption.ts'
import type { KeyMaking } from '../lock.ts'

const made = new Map<string, Promise<Uint8Array>>()

export const MAKING: KeyMaking = {
  cost: 2 ** 14,
  derive: (derivation, passphrase) => {
    const name = JSON.stringify([derivation.cost, derivation.salt, passphrase])
    const known = made.get(name) ?? deriveKey(derivation, passphrase)
    made.set(name, known)
    return known
  },
}
