/**
 * Principals: who speaks. A principal of one key is written `did:key:…`; its key identifier is the COSE Key
 * Thumbprint of RFC 9679. Key sets come with their own chapter; until then they are refused by name.
 */
import { p256 } from '@noble/curves/nist.js'
import { base58btc } from 'multiformats/bases/base58'

import { BoundedMap, encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import type {
  CborMap,
  CborValue,
  CryptoProvider,
  PublicKey,
  SignatureAlgorithm,
} from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal, Signer } from '../interface.ts'

/** COSE identifiers of signature algorithms (RFC 9864, RFC 8230, RFC 9964). */
export const COSE_ALGORITHM = {
  Ed25519: -19,
  ESP256: -9,
  PS256: -37,
  'ML-DSA-44': -48,
  'ML-DSA-65': -49,
  'ML-DSA-87': -50,
} as const satisfies Record<SignatureAlgorithm, number>

/** The algorithms of a principal that is one key. */
type DidKeyAlgorithm = Extract<SignatureAlgorithm, 'Ed25519' | 'ESP256'>

const DID_KEY = 'did:key:'
/** A did:key text is at most this long: longer ones are not even decoded. */
const DID_KEY_TEXT_MAX = 128
const MULTICODEC: Record<DidKeyAlgorithm, readonly [number, number]> = {
  Ed25519: [0xed, 0x01],
  ESP256: [0x80, 0x24],
}

/** Everything the kernel derives from a principal's text. */
export interface PrincipalKey {
  readonly principal: Principal
  readonly publicKey: PublicKey
  readonly coseAlgorithm: number
  /** RFC 9679 thumbprint, SHA-256: what kid must be. */
  readonly kid: Uint8Array
}

/** Reads principals and remembers them, because admitting a key costs more than verifying with it. */
export interface KeyRing {
  read(principal: Principal): Result<PrincipalKey>
  /**
   * The name of the principal of a COSE_Key that holds exactly kty, alg and the public parameters of its type.
   * The key is not admitted yet: that costs more than a signature, and a stranger's token may name many.
   */
  nameOf(key: CborValue): Result<Principal>
  /** The principal of such a COSE_Key, admitted. */
  fromCoseKey(key: CborValue): Result<PrincipalKey>
}

export function createKeyRing(crypto: CryptoProvider, entriesMax = 4_096): KeyRing {
  const known = new BoundedMap<Principal, PrincipalKey>(entriesMax)
  const read = (principal: Principal): Result<PrincipalKey> => {
    const remembered = known.get(principal)
    if (remembered !== undefined) return { ok: remembered }
    const publicKey = parseDidKey(principal)
    if (publicKey === undefined)
      return refuse('KEY', `${describe(principal)} is not the did:key of an Ed25519 or P-256 key`)
    if (!crypto.admitKey(publicKey))
      return refuse('KEY', `${describe(principal)} names a key that is not admitted`)
    const key = {
      principal,
      publicKey,
      coseAlgorithm: COSE_ALGORITHM[publicKey.algorithm],
      kid: thumbprint(crypto, publicKey),
    }
    known.set(principal, key)
    return { ok: key }
  }
  const fromCoseKey = (value: CborValue): Result<PrincipalKey> => {
    const name = nameOfCoseKey(value)
    return name.refused === undefined ? read(name.ok) : name
  }
  return { read, nameOf: nameOfCoseKey, fromCoseKey }
}

/** The did:key text of a public key. @throws {TypeError} for a key of an algorithm that has none */
export function principalOf(key: PublicKey): Principal {
  const algorithm = didKeyAlgorithm(key)
  const point = algorithm === 'ESP256' ? p256.Point.fromBytes(key.bytes).toBytes(true) : key.bytes
  return DID_KEY + base58btc.encode(Uint8Array.of(...MULTICODEC[algorithm], ...point))
}

function didKeyAlgorithm({ algorithm }: PublicKey): DidKeyAlgorithm {
  if (algorithm === 'Ed25519' || algorithm === 'ESP256') return algorithm
  throw new TypeError(`a ${algorithm} key is no principal of its own`)
}

/** A signer over a secret that stays inside it. */
export function createSigner(
  crypto: CryptoProvider,
  algorithm: SignatureAlgorithm,
  secret: Uint8Array,
): Signer {
  if (secret.length !== 32) throw new RangeError('secret must be 32 bytes')
  const kept = secret.slice()
  const publicKey = crypto.publicKey(algorithm, kept)
  return {
    principal: principalOf(publicKey),
    publicKey,
    sign: (bytes) => crypto.sign(algorithm, kept, bytes),
  }
}

/** The COSE_Key of a public key with its one algorithm (WIRE: kty, alg and public parameters, nothing else). */
export function coseKeyOf(key: PublicKey): CborMap {
  return new Map<number, CborValue>([...publicParameters(key), [3, COSE_ALGORITHM[key.algorithm]]])
}

/** RFC 9679: SHA-256 over the deterministic COSE_Key of the required parameters alone. */
export function thumbprint(crypto: CryptoProvider, key: PublicKey): Uint8Array {
  return crypto.sha256(encodeCbor(new Map(publicParameters(key))))
}

function publicParameters(key: PublicKey): [number, CborValue][] {
  if (didKeyAlgorithm(key) === 'Ed25519')
    return [
      [1, 1],
      [-1, 6],
      [-2, key.bytes],
    ]
  return [
    [1, 2],
    [-1, 1],
    [-2, key.bytes.subarray(1, 33)],
    [-3, key.bytes.subarray(33, 65)],
  ]
}

function parseDidKey(text: string): PublicKey | undefined {
  if (!text.startsWith(`${DID_KEY}z`) || text.length > DID_KEY_TEXT_MAX) return undefined
  try {
    const bytes = base58btc.decode(text.slice(DID_KEY.length))
    const key = publicKeyOf(bytes)
    // One principal has one spelling: whatever would be written differently is not a principal.
    return key !== undefined && principalOf(key) === text ? key : undefined
  } catch {
    return undefined
  }
}

function publicKeyOf(bytes: Uint8Array): PublicKey | undefined {
  const is = (algorithm: DidKeyAlgorithm): boolean =>
    MULTICODEC[algorithm].every((byte, index) => bytes[index] === byte)
  if (is('Ed25519') && bytes.length === 34) return { algorithm: 'Ed25519', bytes: bytes.slice(2) }
  if (is('ESP256') && bytes.length === 35)
    return { algorithm: 'ESP256', bytes: p256.Point.fromBytes(bytes.subarray(2)).toBytes(false) }
  return undefined
}

function nameOfCoseKey(value: CborValue): Result<Principal> {
  if (!(value instanceof Map)) return refuse('KEY', 'a COSE_Key is a map')
  const [x, y] = [value.get(-2), value.get(-3)]
  const is = (size: number, kty: number, alg: number, crv: number): boolean =>
    value.size === size && value.get(1) === kty && value.get(3) === alg && value.get(-1) === crv
  if (is(4, 1, COSE_ALGORITHM.Ed25519, 6) && isBytes(x, 32)) {
    return { ok: principalOf({ algorithm: 'Ed25519', bytes: x }) }
  }
  if (is(5, 2, COSE_ALGORITHM.ESP256, 1) && isBytes(x, 32) && isBytes(y, 32)) return nameOfPoint(x, y)
  return refuse(
    'KEY',
    'a COSE_Key holds exactly kty, alg and the public parameters of an Ed25519 or P-256 key',
  )
}

/** A point with the wrong y would stand for the principal of another point, so it must be on the curve. */
function nameOfPoint(x: Uint8Array, y: Uint8Array): Result<Principal> {
  try {
    return { ok: principalOf({ algorithm: 'ESP256', bytes: Uint8Array.of(4, ...x, ...y) }) }
  } catch {
    return refuse('KEY', 'the point is not on P-256')
  }
}

function isBytes(value: CborValue | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function describe(principal: string): string {
  return principal.length > 80 ? `${JSON.stringify(principal.slice(0, 80))}…` : JSON.stringify(principal)
}
