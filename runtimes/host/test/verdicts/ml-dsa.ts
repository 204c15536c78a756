/** ML-DSA: contexts, pre-hashing, sizes, hints and the key of zeros; and the sets of others. */
import { sha512 } from '@noble/hashes/sha2.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'

import { mlDsaPublicKey, signMlDsa } from '../../../../promisebase/index.ts'
import { groupsOf, join, unhex, utf8, yes } from './case.ts'
import type { MlDsaAlgorithm } from '../../../../promisebase/index.ts'
import type { Case, ReadVectors } from './case.ts'

const SEED = new Uint8Array(32).fill(7)
const ZEROS = new Uint8Array(32)
const MESSAGE = utf8('alice promises bob')
/** Bytes of the hint at the end of a signature, and how many of them are places. */
const HINT = { 'ML-DSA-44': [84, 80], 'ML-DSA-65': [61, 55], 'ML-DSA-87': [83, 75] } as const

export function mlDsaCases(read: ReadVectors): readonly Case[] {
  const sets = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const
  return [...sets.flatMap((set) => [...made(set)]), ...preHashed(), ...wycheproof(read), ...acvp(read)]
}

function verdict(
  algorithm: MlDsaAlgorithm,
  name: string,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  accepted: boolean,
): Case {
  return {
    name: `${algorithm} ${name}`,
    expected: yes(accepted),
    answer: ({ crypto }) => crypto.verify({ algorithm, bytes: key }, message, signature),
  }
}

function* made(algorithm: MlDsaAlgorithm): Iterable<Case> {
  const key = mlDsaPublicKey(algorithm, SEED)
  const signature = signMlDsa(algorithm, SEED, MESSAGE, ZEROS)
  const refused = (name: string, signed: Uint8Array, as = key): Case =>
    verdict(algorithm, name, as, MESSAGE, signed, false)
  yield {
    name: `${algorithm} key of a seed`,
    expected: 'yes',
    answer: ({ crypto }) =>
      crypto.publicKey(algorithm, SEED).bytes.every((byte, index) => byte === key[index]),
  }
  yield verdict(algorithm, 'honest', key, MESSAGE, signature, true)
  yield verdict(algorithm, 'another message', key, utf8('more'), signature, false)
  yield refused('made with a context', signMlDsa(algorithm, SEED, MESSAGE, ZEROS, utf8('grid')))
  yield refused('a byte less', signature.subarray(1))
  yield refused('a byte more', join(signature, 0))
  yield refused('nothing', new Uint8Array(0))
  yield refused('zeros', new Uint8Array(signature.length))
  yield refused('key a byte short', signature, key.subarray(1))
  yield refused('key a byte long', signature, join(key, 0))
  yield refused('no key', signature, new Uint8Array(0))
  for (const [name, hint] of hints(algorithm, signature)) yield refused(name, hint)
  const zeroKey = join(key.subarray(0, 32), new Uint8Array(key.length - 32))
  yield {
    name: `${algorithm} key of zeros`,
    expected: 'no',
    answer: ({ crypto }) => crypto.admitKey({ algorithm, bytes: zeroKey }),
  }
}

/** Other encodings of the same hint, and of none. */
function* hints(algorithm: MlDsaAlgorithm, signature: Uint8Array): Iterable<readonly [string, Uint8Array]> {
  const [hintBytes, weightMax] = HINT[algorithm]
  const start = signature.length - hintBytes
  const ends = start + weightMax
  const changed = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const copy = Uint8Array.from(signature)
    change(copy)
    return copy
  }
  yield [
    'places exchanged',
    changed((bytes) => bytes.set([signature[start + 1] as number, signature[start] as number], start)),
  ]
  yield ['a place twice', changed((bytes) => bytes.set(signature.subarray(start, start + 1), start + 1))]
  yield ['a place after the last', changed((bytes) => bytes.fill(1, ends - 1, ends))]
  yield ['an end above the bound', changed((bytes) => bytes.fill(weightMax + 1, bytes.length - 1))]
  yield ['ends that go back', changed((bytes) => bytes.fill(0, ends + 1, ends + 2))]
  yield ['ends of 255', changed((bytes) => bytes.fill(255, ends))]
}

function* preHashed(): Iterable<Case> {
  const { publicKey, secretKey } = ml_dsa65.keygen(SEED)
  const signature = ml_dsa65.prehash(sha512).sign(MESSAGE, secretKey, { extraEntropy: false })
  yield verdict('ML-DSA-65', 'HashML-DSA', publicKey, MESSAGE, signature, false)
  yield verdict('ML-DSA-65', 'HashML-DSA of the hash', publicKey, sha512(MESSAGE), signature, false)
}

function* wycheproof(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly publicKey: string
    readonly tests: readonly {
      tcId: number
      msg: string
      sig: string
      ctx?: string
      result: string
      flags: string[]
    }[]
  }
  const file = 'mldsa_65_verify_test.json'
  for (const { publicKey, tests } of groupsOf<Group>(read, 'wycheproof-mldsa65', file)) {
    for (const { tcId, msg, sig, ctx = '', result, flags } of tests) {
      // FIPS 204 verifies under the key of zeros; here nobody is known by it. Contexts are others' business.
      const accepted = result === 'valid' && ctx === '' && !flags.includes('ZeroPublicKey')
      const name = `Wycheproof ${tcId}`
      yield verdict('ML-DSA-65', name, unhex(publicKey), unhex(msg), unhex(sig), accepted)
    }
  }
}

function* acvp(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly signatureInterface: string
    readonly preHash: string
    readonly tests: readonly {
      tcId: number
      pk: string
      message?: string
      context?: string
      signature: string
      testPassed: boolean
    }[]
  }
  for (const group of groupsOf<Group>(read, 'acvp-mldsa65', 'sigVer.json')) {
    const pure = group.signatureInterface === 'external' && group.preHash === 'pure'
    for (const { tcId, pk, message = '', context = '', signature, testPassed } of group.tests) {
      const accepted = pure && context === '' && testPassed
      yield verdict('ML-DSA-65', `ACVP ${tcId}`, unhex(pk), unhex(message), unhex(signature), accepted)
    }
  }
}
