/**
 * The `cnf` claim of others (RFC 8747): the key that whoever presents a token must have. Members that are not
 * known are left alone, as RFC 8747 asks; two keys are refused, because nobody could say which one counts.
 */
import { refuse } from '../errors.ts'
import { coseKeyFrom } from './key.ts'
import { encodeCbor } from '../../promisebase/index.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseKey } from './key.ts'

export interface Confirmation {
  readonly key?: CoseKey
  /** A COSE_Encrypt0 or COSE_Encrypt with a COSE_Key inside, encoded without its tag. */
  readonly encryptedKey?: Uint8Array
  readonly kid?: Uint8Array
  /** COSE Key Thumbprint with SHA-256 (RFC 9679). */
  readonly thumbprint?: Uint8Array
}

const METHOD = { key: 1, encryptedKey: 2, kid: 3, thumbprint: 5 } as const

export function readConfirmation(value: CborValue | undefined): Result<Confirmation> {
  if (!(value instanceof Map)) return refuse('SHAPE', 'cnf is a map')
  const methods: readonly CborValue[] = Object.values(METHOD)
  if (![...value.keys()].some((label) => methods.includes(label)))
    return refuse('KEY', 'cnf names no key in a way that is known here')
  if (value.has(METHOD.key) && value.has(METHOD.encryptedKey))
    return refuse('SHAPE', 'cnf has a key and an encrypted key, and at most one of them may be there')
  const key = value.has(METHOD.key) ? coseKeyFrom(value.get(METHOD.key)) : undefined
  if (key?.refused !== undefined) return key
  const [encrypted, kid, thumbprint] = [METHOD.encryptedKey, METHOD.kid, METHOD.thumbprint].map((label) =>
    value.get(label),
  )
  if (encrypted !== undefined && !Array.isArray(encrypted))
    return refuse('SHAPE', 'an encrypted key is an untagged COSE object')
  if (!isBytesOrAbsent(kid) || !isBytesOrAbsent(thumbprint))
    return refuse('SHAPE', 'kid and thumbprint are byte strings')
  return {
    ok: {
      ...(key && { key: key.ok }),
      ...(encrypted && { encryptedKey: encodeCbor(encrypted) }),
      ...(kid && { kid }),
      ...(thumbprint && { thumbprint }),
    },
  }
}

function isBytesOrAbsent(value: CborValue | undefined): value is Uint8Array | undefined {
  return value === undefined || value instanceof Uint8Array
}
