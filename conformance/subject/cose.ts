/** How our implementation answers what the vectors ask about COSE. */
import {
  decryptWith,
  openCoseEncrypt,
  openCoseEncrypt0,
  readCoseEncrypt,
  readCoseEncrypt0,
  readCoseKey,
  readCoseMac0,
  readCoseSign,
  readCoseSign1,
  thumbprintOf,
  verifyCoseMac0,
  verifyCoseSign,
  verifyCoseSign1,
} from 'promisegrid/kernel'
import { nobleAgreement, nobleCipher } from 'promisegrid/promisebase'
import { crypto } from './grid-node.ts'
import { hex, unhex } from './json.ts'
import type { CoseBinding, CoseKey, Result } from 'promisegrid/kernel'
import type { Answer, CoseQuestion, Questions } from '../vectors.ts'

type CoseOp = Extract<keyof Questions, `cose-${string}`>

export const COSE_ANSWERS: {
  readonly [Name in Exclude<CoseOp, 'cose-key'>]: (question: Questions[Name]) => Answer
} = {
  'cose-verify': (question) => withKeys(question, (keys, binding) => verify(question, keys, binding)),
  'cose-open': (question) => withKeys(question, (keys, binding) => open(question, keys, binding)),
  'cose-thumbprint': ({ input, rules }) => {
    const key = readCoseKey(unhex(input), { rules })
    return key.refused === undefined
      ? { ok: { thumbprint: hex(thumbprintOf(crypto, key.ok)) } }
      : { refused: { code: key.refused.code } }
  },
  'cose-decrypt': ({ secret, input, externalAad }) => {
    const powers = { crypto, agreement: nobleAgreement, cipher: nobleCipher }
    const own = { algorithm: 'X-Wing', secret: unhex(secret) } as const
    return contentOf(decryptWith(powers, own, unhex(input), bindingOf({ externalAad })))
  },
}

/** Keys that cannot be read are a mistake of the question. */
function withKeys(
  { keys, detached, externalAad }: CoseQuestion<string>,
  work: (keys: readonly CoseKey[], binding: CoseBinding) => Result<Uint8Array>,
): Answer {
  const read = keys.map((key) => {
    const { ok, refused } = readCoseKey(unhex(key), { rules: 'foreign' })
    if (refused !== undefined) throw new Error(refused.detail)
    return ok
  })
  return contentOf(work(read, bindingOf({ detached, externalAad })))
}

function verify(
  { kind, rules, input }: Questions['cose-verify'],
  keys: readonly CoseKey[],
  binding: CoseBinding,
): Result<Uint8Array> {
  const bytes = unhex(input)
  if (kind === 'Sign') {
    const sign = readCoseSign(bytes, { rules })
    return sign.refused === undefined ? verifyCoseSign(crypto, sign.ok, keys, binding) : sign
  }
  if (kind === 'Sign1') {
    const sign1 = readCoseSign1(bytes, { rules })
    return sign1.refused === undefined ? verifyCoseSign1(crypto, sign1.ok, only(keys), binding) : sign1
  }
  const mac = readCoseMac0(bytes, { rules })
  return mac.refused === undefined ? verifyCoseMac0(mac.ok, only(keys), binding) : mac
}

function open(
  { kind, rules, input }: Questions['cose-open'],
  keys: readonly CoseKey[],
  binding: CoseBinding,
): Result<Uint8Array> {
  const bytes = unhex(input)
  if (kind === 'Encrypt0') {
    const sealed = readCoseEncrypt0(bytes, { rules })
    return sealed.refused === undefined ? openCoseEncrypt0(sealed.ok, only(keys), binding) : sealed
  }
  const sealed = readCoseEncrypt(bytes, { rules })
  return sealed.refused === undefined ? openCoseEncrypt(sealed.ok, { key: only(keys) }, binding) : sealed
}

function only(keys: readonly CoseKey[]): CoseKey {
  const [key] = keys
  if (key === undefined || keys.length > 1) throw new Error('this kind of object is asked with one key')
  return key
}

function bindingOf(given: { detached?: string | undefined; externalAad?: string | undefined }): CoseBinding {
  return {
    ...(given.detached === undefined ? {} : { detached: unhex(given.detached) }),
    ...(given.externalAad === undefined ? {} : { externalAad: unhex(given.externalAad) }),
  }
}

function contentOf(result: Result<Uint8Array>): Answer {
  return result.refused === undefined
    ? { ok: { content: hex(result.ok) } }
    : { refused: { code: result.refused.code } }
}
