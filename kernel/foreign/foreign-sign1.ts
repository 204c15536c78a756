/** A COSE_Sign1 of others: its header names the algorithm, and may name the key. */
import { CborTagged, decodeCbor, encodeCbor, FOREIGN_PROFILE } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import type { CborMap, CborValue, PublicKey, SignatureAlgorithm } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { ForeignSignature } from './view.ts'

const COSE_SIGN1 = 18
const HEADER = { alg: 1, kid: 4 } as const
const NOTHING = new Uint8Array(0)

/** EdDSA and ES256 leave the curve to the key; the numbers of RFC 9864 name it. */
const ALGORITHM = new Map<unknown, SignatureAlgorithm>([
  [-8, 'Ed25519'],
  [-19, 'Ed25519'],
  [-7, 'ESP256'],
  [-9, 'ESP256'],
  [-37, 'PS256'],
  [-48, 'ML-DSA-44'],
  [-49, 'ML-DSA-65'],
  [-50, 'ML-DSA-87'],
])

export interface ForeignSign1 {
  readonly kid?: Uint8Array
  /** Absent when detached. */
  readonly payload?: Uint8Array
  /** The signature over a payload, by a key that must be of the algorithm in the header. */
  over(payload: Uint8Array, key: PublicKey): Result<ForeignSignature>
}

export function readForeignSign1(bytes: Uint8Array): Result<ForeignSign1> {
  const decoded = decodeCbor(bytes, FOREIGN_PROFILE)
  if (decoded.refused !== undefined) return decoded
  const isSign1 = decoded.ok instanceof CborTagged && decoded.ok.tag === COSE_SIGN1
  const parts = isSign1 ? (decoded.ok.value as CborValue) : undefined
  if (!Array.isArray(parts) || parts.length !== 4)
    return refuse('SHAPE', 'a COSE_Sign1 is tag 18 over four elements')
  const [protectedBytes, unprotected, payload, signature] = parts
  if (!(protectedBytes instanceof Uint8Array) || !(unprotected instanceof Map))
    return refuse('SHAPE', 'COSE headers are a byte string and a map')
  if (!(signature instanceof Uint8Array)) return refuse('SHAPE', 'a COSE signature is a byte string')
  if (payload !== null && !(payload instanceof Uint8Array))
    return refuse('SHAPE', 'a COSE payload is a byte string or nil')
  const header = readHeader(protectedBytes, unprotected)
  if (header.refused !== undefined) return header
  const { algorithm, kid } = header.ok
  const over = (content: Uint8Array, key: PublicKey): Result<ForeignSignature> =>
    key.algorithm === algorithm
      ? { ok: { key, signature, signed: encodeCbor(['Signature1', protectedBytes, NOTHING, content]) } }
      : refuse('ALG', `the header says ${algorithm}, the key is of ${key.algorithm}`)
  return { ok: { over, ...(kid && { kid }), ...(payload === null ? {} : { payload }) } }
}

/** A label that nobody here understands could change what was meant: the two that are known, and no other. */
function readHeader(
  protectedBytes: Uint8Array,
  unprotected: CborMap,
): Result<{ readonly algorithm: SignatureAlgorithm; readonly kid?: Uint8Array }> {
  const decoded = decodeCbor(protectedBytes, FOREIGN_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!(decoded.ok instanceof Map)) return refuse('SHAPE', 'a protected header is a map')
  const algorithm = ALGORITHM.get(decoded.ok.get(HEADER.alg))
  if (algorithm === undefined) return refuse('ALG', 'the protected header names no algorithm known here')
  const labels = [...decoded.ok.keys(), ...unprotected.keys()]
  const isKnown = labels.every((label) => label === HEADER.alg || label === HEADER.kid)
  if (!isKnown || new Set(labels).size !== labels.length)
    return refuse('SHAPE', 'the headers hold a label that is not alg or kid, or one twice')
  const kid = decoded.ok.get(HEADER.kid) ?? unprotected.get(HEADER.kid)
  if (kid === undefined) return { ok: { algorithm } }
  return kid instanceof Uint8Array ? { ok: { algorithm, kid } } : refuse('SHAPE', 'kid is a byte string')
}
