/** Every way in which an object may be opened: for each kind, each key that an honest one of it is for. */
import {
  openCoseEncrypt,
  openCoseEncrypt0,
  readCoseEncrypt,
  readCoseEncrypt0,
  readCoseMac,
  readCoseMac0,
  readCoseSign,
  readCoseSign1,
  verifyCoseMac,
  verifyCoseMac0,
  verifyCoseSign,
  verifyCoseSign1,
} from 'promisegrid/kernel'
import { coseKeys } from './cose-keys.ts'
import { DETACHED, EXTERNAL } from './cose-objects.ts'
import { Finding } from './target.ts'
import type { CoseKey, CoseKind, CoseReading, Result } from 'promisegrid/kernel'
import type { Counting } from './counting.ts'

export const KINDS = ['Sign1', 'Sign', 'Mac0', 'Mac', 'Encrypt0', 'Encrypt'] as const satisfies CoseKind[]

export interface Opened {
  readonly content: Uint8Array
  /** Identifiers of the keys that were found to have signed. */
  readonly signers: readonly Uint8Array[]
}

export interface Attempts {
  readonly read: Result<unknown>
  readonly opened: readonly Result<Opened>[]
}

type Open = (bytes: Uint8Array, reading: CoseReading, work: Counting) => Attempts

const { ed25519, p256, x25519, mac, aesMac, seal, partial, shared, wrapping } = coseKeys
const SIGNERS = [ed25519, p256]
const RECIPIENTS = [x25519, shared, wrapping]

const OPENERS: Record<CoseKind, Open> = {
  Sign1: (bytes, reading, work) =>
    attempts(readCoseSign1(bytes, reading), SIGNERS, (sign1, key) =>
      within(bytes, work, 1, () => verifyCoseSign1(work.crypto, sign1, key, binding(sign1.payload))),
    ),
  Sign: (bytes, reading, work) =>
    attempts(readCoseSign(bytes, reading), [ed25519, p256, SIGNERS], (sign, keys) => {
      const wanted = [keys].flat()
      return within(bytes, work, wanted.length * sign.signatures.length, () =>
        verifyCoseSign(work.crypto, sign, wanted, binding(sign.payload)),
      )
    }),
  Mac0: (bytes, reading) =>
    attempts(readCoseMac0(bytes, reading), [mac, aesMac], (mac0, key) =>
      verifyCoseMac0(mac0, key, binding(mac0.payload)),
    ),
  Mac: (bytes, reading) =>
    attempts(readCoseMac(bytes, reading), RECIPIENTS, (sent, key) =>
      verifyCoseMac(sent, { key }, binding(sent.payload)),
    ),
  Encrypt0: (bytes, reading) =>
    attempts(readCoseEncrypt0(bytes, reading), [seal, partial], (sealed, key) =>
      openCoseEncrypt0(sealed, key, binding(sealed.ciphertext)),
    ),
  Encrypt: (bytes, reading) =>
    attempts(readCoseEncrypt(bytes, reading), RECIPIENTS, (sealed, key) =>
      openCoseEncrypt(sealed, { key }, binding(sealed.ciphertext)),
    ),
}

export function openEveryWay(
  kind: CoseKind,
  bytes: Uint8Array,
  reading: CoseReading,
  work: Counting,
): Attempts {
  return OPENERS[kind](bytes, reading, work)
}

function attempts<T, K extends CoseKey | readonly CoseKey[]>(
  read: Result<T>,
  keys: readonly K[],
  open: (value: T, key: K) => Result<Uint8Array>,
): Attempts {
  if (read.refused !== undefined) return { read, opened: [] }
  const value = read.ok
  const opened = keys.map((key): Result<Opened> => {
    const { ok, refused } = open(value, key)
    if (refused !== undefined) return { refused }
    return { ok: { content: ok, signers: [key].flat().flatMap(({ kid }) => kid ?? []) } }
  })
  return { read, opened }
}

/** Runs what may verify so many signatures, and holds it to that. */
function within<T>(bytes: Uint8Array, work: Counting, most: number, verify: () => T): T {
  work.taken()
  const result = verify()
  const { length: verified } = work.taken()
  if (verified > most) throw new Finding(`${verified} signatures verified, ${most} would do`, bytes)
  return result
}

function binding(payload: Uint8Array | undefined) {
  return payload === undefined ? { externalAad: EXTERNAL, detached: DETACHED } : { externalAad: EXTERNAL }
}
