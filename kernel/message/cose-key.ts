/**
 * COSE_Keys (RFC 9052 section 7): a public key with its one algorithm, as holders and key sets name it. Exactly kty,
 * alg and the public parameters of the type; whatever else could stand there is refused.
 *
 *   Ed25519   {1: 1, 3: −19, −1: 6, −2: x}             read with alg −8 too, in a key set
 *   P-256     {1: 2, 3: −9, −1: 1, −2: x, −3: y}       read with alg −7 too, in a key set
 *   RSA       {1: 3, 3: −37, −1: n, −2: h'010001'}     RFC 8230, only in a key set
 *   ML-DSA    {1: 7, 3: −48 / −49 / −50, −1: pub}      RFC 9964, only in a key set
 */
import { encodeCbor } from '../../promisebase/index.ts'
import type {
  CborMap,
  CborValue,
  CryptoProvider,
  PublicKey,
  SignatureAlgorithm,
} from '../../promisebase/index.ts'

/** COSE identifiers of signature algorithms (RFC 9864, RFC 8230, RFC 9964). */
export const COSE_ALGORITHM = {
  Ed25519: -19,
  ESP256: -9,
  PS256: -37,
  'ML-DSA-44': -48,
  'ML-DSA-65': -49,
  'ML-DSA-87': -50,
} as const satisfies Record<SignatureAlgorithm, number>

/** Older names of two of them (RFC 9053): read where the COSE_Key of a key set says so, never written. */
export const POLYMORPHIC_ALGORITHM = { EdDSA: -8, ES256: -7 } as const

const KTY = { OKP: 1, EC2: 2, RSA: 3, AKP: 7 } as const
const ED25519 = 6
const P256 = 1
/** 65537, the only exponent. */
const RSA_EXPONENT = Uint8Array.of(1, 0, 1)

const BY_NUMBER: ReadonlyMap<CborValue | undefined, SignatureAlgorithm> = new Map([
  ...Object.entries(COSE_ALGORITHM).map(([name, alg]): [number, SignatureAlgorithm] => [
    alg,
    name as SignatureAlgorithm,
  ]),
  [POLYMORPHIC_ALGORITHM.EdDSA, 'Ed25519'],
  [POLYMORPHIC_ALGORITHM.ES256, 'ESP256'],
])

/** A public key and the number its COSE_Key gives its algorithm. */
export interface NumberedKey {
  readonly publicKey: PublicKey
  readonly coseAlgorithm: number
}

/** The COSE_Key of a public key with its one algorithm. */
export function coseKeyOf(key: PublicKey): CborMap {
  return new Map<number, CborValue>([...publicParameters(key), [3, COSE_ALGORITHM[key.algorithm]]])
}

/**
 * The key of a COSE_Key; undefined for any other parameter or type. Whether the key is one that anybody may be
 * known by, and the point on its curve, is for `admitKey` to say.
 */
export function numberedKey(value: CborValue): NumberedKey | undefined {
  if (!(value instanceof Map)) return undefined
  const alg = value.get(3)
  const algorithm = BY_NUMBER.get(alg)
  const bytes = algorithm === undefined ? undefined : keyBytes(algorithm, value)
  if (algorithm === undefined || bytes === undefined) return undefined
  return { publicKey: { algorithm, bytes }, coseAlgorithm: alg as number }
}

/** RFC 9679: SHA-256 over the deterministic COSE_Key of the required parameters alone. */
export function thumbprint(crypto: Pick<CryptoProvider, 'sha256'>, key: PublicKey): Uint8Array {
  const required = publicParameters(key)
  // ML-DSA keys of two parameter sets differ in length only; RFC 9964 makes alg a required parameter of AKP.
  if (required[0]?.[1] === KTY.AKP) required.push([3, COSE_ALGORITHM[key.algorithm]])
  return crypto.sha256(encodeCbor(new Map(required)))
}

function publicParameters({ algorithm, bytes }: PublicKey): [number, CborValue][] {
  switch (algorithm) {
    case 'Ed25519':
      return [
        [1, KTY.OKP],
        [-1, ED25519],
        [-2, bytes],
      ]
    case 'ESP256':
      return [
        [1, KTY.EC2],
        [-1, P256],
        [-2, bytes.subarray(1, 33)],
        [-3, bytes.subarray(33, 65)],
      ]
    case 'PS256':
      return [
        [1, KTY.RSA],
        [-1, bytes],
        [-2, RSA_EXPONENT],
      ]
    default:
      return [
        [1, KTY.AKP],
        [-1, bytes],
      ]
  }
}

function keyBytes(algorithm: SignatureAlgorithm, map: CborMap): Uint8Array | undefined {
  const [kty, first, second, third] = [map.get(1), map.get(-1), map.get(-2), map.get(-3)]
  const is = (size: number, type: number): boolean => map.size === size && kty === type
  switch (algorithm) {
    case 'Ed25519':
      return is(4, KTY.OKP) && first === ED25519 && isBytes(second, 32) ? second : undefined
    case 'ESP256':
      return is(5, KTY.EC2) && first === P256 && isBytes(second, 32) && isBytes(third, 32)
        ? Uint8Array.of(4, ...second, ...third)
        : undefined
    case 'PS256':
      return is(4, KTY.RSA) && isBytes(second, 3) && isExponent(second) ? bytesOf(first) : undefined
    default:
      return is(3, KTY.AKP) ? bytesOf(first) : undefined
  }
}

function isExponent(bytes: Uint8Array): boolean {
  return bytes.every((byte, index) => byte === RSA_EXPONENT[index])
}

function bytesOf(value: CborValue | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined
}

function isBytes(value: CborValue | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}
