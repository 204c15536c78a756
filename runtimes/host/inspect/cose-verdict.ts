/** Whether the signatures of a bare COSE object hold, by the keys that were named or that its identifiers name. */
import { verifyCoseSign, verifyCoseSign1 } from '../../../kernel/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { broken, coseKeyFor, keyNamed, keysOfAll, signersText } from './signers.ts'
import type { CoseKey, CoseSign, CoseSign1, Result } from '../../../kernel/index.ts'
import type { Verdict } from './item.ts'
import type { OwnedKey, Signers } from './signers.ts'

const DETACHED: Verdict = { signature: 'open', because: 'what it signs is not in it' }
const UNKNOWN: Verdict = {
  signature: 'open',
  because: 'whose key it is, is not said, or not known here; name it with --key',
}

export function verdictOfSign1(sign1: CoseSign1, { named, known }: Signers): Verdict {
  if (sign1.payload === undefined) return DETACHED
  const [key, another] = named === undefined ? one(keyNamed(known, sign1.headers.kid)) : keysOfAll(named)
  if (key === undefined) return UNKNOWN
  if (another !== undefined)
    return broken({ code: 'KEY', detail: 'it has one signature, and several keys were named' })
  const cose = coseKeyFor(key)
  return verdict(cose.refused === undefined ? verifyCoseSign1(nodeCrypto, sign1, cose.ok) : cose, [key])
}

/** Every key that was named must have signed; without names, every signature must be by a key that is known. */
export function verdictOfSign(sign: CoseSign, { named, known }: Signers): Verdict {
  if (sign.payload === undefined) return DETACHED
  const found =
    named === undefined
      ? sign.signatures.flatMap(({ headers }) => one(keyNamed(known, headers.kid)))
      : keysOfAll(named)
  if (named === undefined && found.length < sign.signatures.length) return UNKNOWN
  const keys: CoseKey[] = []
  for (const each of found) {
    const key = coseKeyFor(each)
    if (key.refused !== undefined) return broken(key.refused)
    keys.push(key.ok)
  }
  return verdict(verifyCoseSign(nodeCrypto, sign, keys), found)
}

function one<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value]
}

function verdict(verified: Result<unknown>, keys: readonly OwnedKey[]): Verdict {
  return verified.refused === undefined
    ? { signature: 'holds', signer: signersText(keys) }
    : broken(verified.refused)
}
