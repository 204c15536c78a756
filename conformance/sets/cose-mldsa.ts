/** The examples of ML-DSA for COSE (RFC 9964): a key, what is signed with it, and the same in JOSE. */
import {
  coseSigner,
  readCoseKey,
  readCoseSign1,
  signCoseSign1,
  sigStructure,
  thumbprintOf,
  verifyCoseSign1,
} from 'promisegrid/kernel'
import { sameBytes, unbase64, unhex, utf8 } from './bytes.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, verdict, wrong } from './set.ts'
import type { CoseKey, CoseSign1 } from 'promisegrid/kernel'
import type { CryptoProvider, MlDsaAlgorithm } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

interface InCose {
  readonly priv: string
  readonly key: string
  readonly sign1: string
  readonly raw_to_be_signed: string
  readonly raw_signature: string
  readonly raw_public_key: string
}

interface InJose {
  readonly priv: string
  readonly jws: string
  readonly raw_to_be_signed: string
  readonly raw_signature: string
  readonly raw_public_key: string
}

const ALGORITHMS = new Map<number, MlDsaAlgorithm>([
  [-48, 'ML-DSA-44'],
  [-49, 'ML-DSA-65'],
  [-50, 'ML-DSA-87'],
])
const FOREIGN = { rules: 'foreign' } as const
const NOTHING = new Uint8Array(0)

export const coseMlDsa = adapterOf(
  'cose-mldsa',
  {
    files: /ML_DSA_\d+\.cose\.json$/i,
    cases: (set, file) => [
      { name: '', judge: () => byEach(({ crypto }) => judgeCose(crypto, set.json(file) as InCose)) },
    ],
  },
  {
    files: /ML_DSA_\d+\.jose\.json$/i,
    cases: (set, file) => [
      { name: '', judge: () => byEach(({ crypto }) => judgeJose(crypto, file, set.json(file) as InJose)) },
    ],
  },
)

function judgeCose(crypto: CryptoProvider, vector: InCose): Verdict {
  const key = readCoseKey(unhex(vector.key), FOREIGN)
  if (key.refused !== undefined) return wrong(`the key is refused: ${key.refused.detail}`)
  const read = readCoseSign1(unhex(vector.sign1), FOREIGN)
  if (read.refused !== undefined) return wrong(`the object is refused: ${read.refused.detail}`)
  const algorithm = ALGORITHMS.get(key.ok.algorithm ?? 0)
  if (algorithm === undefined) return wrong(`an algorithm that is not ML-DSA: ${key.ok.algorithm}`)
  const raw = { algorithm, ...vector }
  return all(
    judgeRaw(crypto, raw),
    judgeKey(crypto, key.ok, read.ok, unhex(vector.raw_public_key)),
    judgeObject(crypto, key.ok, read.ok, unhex(vector.raw_to_be_signed)),
    judgeOwn(crypto, key.ok, unhex(vector.priv)),
  )
}

/** Seed, public key, signed bytes and signature, whatever they are wrapped in. */
function judgeRaw(
  crypto: CryptoProvider,
  vector: { readonly algorithm: MlDsaAlgorithm } & Omit<InCose, 'key' | 'sign1'>,
): Verdict {
  const { algorithm } = vector
  const [bytes, message, signature] = [
    vector.raw_public_key,
    vector.raw_to_be_signed,
    vector.raw_signature,
  ].map(unhex) as [Uint8Array, Uint8Array, Uint8Array]
  const made = crypto.publicKey(algorithm, unhex(vector.priv))
  return all(
    verdict(sameBytes(made.bytes, bytes), 'the seed makes another public key'),
    verdict(crypto.verify({ algorithm, bytes }, message, signature), 'the raw signature does not verify'),
    ...flipped(signature).map((other) =>
      verdict(!crypto.verify({ algorithm, bytes }, message, other), 'a flipped signature verifies'),
    ),
    ...flipped(message).map((other) =>
      verdict(!crypto.verify({ algorithm, bytes }, other, signature), 'another message verifies'),
    ),
  )
}

function judgeKey(crypto: CryptoProvider, key: CoseKey, { headers }: CoseSign1, bytes: Uint8Array): Verdict {
  const thumbprint = thumbprintOf(crypto, key)
  return all(
    verdict(
      key.material.type === 'AKP' && sameBytes(key.material.pub, bytes),
      'the key has another public part',
    ),
    verdict(sameBytes(key.kid, thumbprint), 'kid of the key is not its thumbprint'),
    verdict(sameBytes(headers.kid, thumbprint), 'kid of the object is not the thumbprint of the key'),
  )
}

function judgeObject(crypto: CryptoProvider, key: CoseKey, sign1: CoseSign1, said: Uint8Array): Verdict {
  const payload = sign1.payload ?? NOTHING
  const verified = verifyCoseSign1(crypto, sign1, key)
  const changed = verifyCoseSign1(crypto, { ...sign1, payload: Uint8Array.of(...payload, 0) }, key)
  const signed = sigStructure('Signature1', sign1.headers.protectedBytes, undefined, NOTHING, payload)
  return all(
    verdict(sameBytes(signed, said), 'the signed bytes are others'),
    verdict(verified.refused === undefined, `does not verify: ${verified.refused?.detail}`),
    verdict(changed.refused?.code === 'SIG', 'verifies over another payload'),
  )
}

/** What we sign with the same seed, the same key verifies. */
function judgeOwn(crypto: CryptoProvider, key: CoseKey, priv: Uint8Array): Verdict {
  if (key.material.type !== 'AKP') return wrong('the key is no AKP key')
  const signer = coseSigner(crypto, { ...key, material: { ...key.material, priv } })
  if (signer.refused !== undefined) return wrong(`no signer: ${signer.refused.detail}`)
  const read = readCoseSign1(signCoseSign1(signer.ok, utf8('our own')))
  if (read.refused !== undefined) return wrong(`our own object is refused: ${read.refused.detail}`)
  return verdict(verifyCoseSign1(crypto, read.ok, key).refused === undefined, 'our own does not verify')
}

/** JOSE itself is not spoken here; the key, the signed bytes and the signature in it are the same algorithm. */
function judgeJose(crypto: CryptoProvider, file: string, vector: InJose): Verdict {
  const level = /ML_DSA_(\d+)/i.exec(file)?.[1]
  const algorithm = `ML-DSA-${level}` as MlDsaAlgorithm
  const [header, payload, signature] = vector.jws.split('.')
  return all(
    judgeRaw(crypto, { ...vector, algorithm }),
    verdict(
      sameBytes(utf8(`${header}.${payload}`), unhex(vector.raw_to_be_signed)),
      'the signed bytes are not those of the JWS',
    ),
    verdict(
      sameBytes(unbase64(signature ?? ''), unhex(vector.raw_signature)),
      'the JWS has another signature',
    ),
  )
}

/** The first bit, one in the middle, the last one. */
function flipped(bytes: Uint8Array): Uint8Array[] {
  return [0, bytes.length >> 1, bytes.length - 1].map((at) =>
    bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
  )
}
