/**
 * COSE_Key (RFC 9052 section 7): what kind of key it is, what it may be used for, and its material in one form
 * each. Whether it may be used at all (on the curve, not of small order) is for the algorithm that uses it.
 */
import { p256, p384, p521 } from '@noble/curves/nist.js'

import { refuse } from '../errors.ts'
import { readItem } from './item.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseReading } from './item.ts'

export type CoseCurve = 'P-256' | 'P-384' | 'P-521' | 'X25519' | 'Ed25519' | 'Ed448'

/** The parts of a key by its type. A secret part is there only when the key came with it. */
export type KeyMaterial =
  | { readonly type: 'OKP'; readonly curve: CoseCurve; readonly x: Uint8Array; readonly d?: Uint8Array }
  | {
      readonly type: 'EC2'
      readonly curve: CoseCurve
      /** 04 ‖ x ‖ y, on the curve. */
      readonly point: Uint8Array
      readonly d?: Uint8Array
    }
  | { readonly type: 'RSA'; readonly n: Uint8Array; readonly e: Uint8Array }
  | { readonly type: 'Symmetric'; readonly k: Uint8Array }
  | { readonly type: 'AKP'; readonly pub: Uint8Array; readonly priv?: Uint8Array }

export interface CoseKey {
  readonly material: KeyMaterial
  readonly kid?: Uint8Array
  /** The one algorithm it may be used with. */
  readonly algorithm?: number
  /** key_ops; every operation is allowed without it. */
  readonly operations?: readonly number[]
  /** What a Partial IV completes. */
  readonly baseIv?: Uint8Array
}

/** key_ops of RFC 9052 table 5. */
export const KEY_OPERATION = {
  sign: 1,
  verify: 2,
  encrypt: 3,
  decrypt: 4,
  wrap: 5,
  unwrap: 6,
  deriveKey: 7,
  deriveBits: 8,
  mac: 9,
  verifyMac: 10,
} as const

const KEY = { kty: 1, kid: 2, alg: 3, operations: 4, baseIv: 5 } as const
const KTY = { OKP: 1, EC2: 2, RSA: 3, Symmetric: 4, AKP: 7 } as const
const OKP_CURVES = new Map<unknown, readonly [CoseCurve, number]>([
  [4, ['X25519', 32]],
  [6, ['Ed25519', 32]],
  [7, ['Ed448', 57]],
])
const EC2_CURVES = new Map<unknown, readonly [CoseCurve, number, typeof p256]>([
  [1, ['P-256', 32, p256]],
  [2, ['P-384', 48, p384]],
  [3, ['P-521', 66, p521]],
])

/** Reads the encoding of one key. */
export function readCoseKey(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseKey> {
  const item = readItem(bytes, reading)
  return item.refused === undefined ? coseKeyFrom(item.ok) : item
}

/** Reads a key that is part of something else. */
export function coseKeyFrom(value: CborValue | undefined): Result<CoseKey> {
  if (!(value instanceof Map)) return refuse('KEY', 'a COSE_Key is a map')
  const material = materialOf(value)
  if (material.refused !== undefined) return material
  const [kid, algorithm, operations, baseIv] = [KEY.kid, KEY.alg, KEY.operations, KEY.baseIv].map((label) =>
    value.get(label),
  )
  if (!isBytesOrAbsent(kid) || !isBytesOrAbsent(baseIv))
    return refuse('KEY', 'kid and Base IV of a key are byte strings')
  if (algorithm !== undefined && typeof algorithm !== 'number')
    return refuse('ALG', 'the key is for an algorithm that is not known here')
  if (operations !== undefined && !isListOfIntegers(operations))
    return refuse('KEY', 'key_ops is an array of at least one operation, none twice')
  return {
    ok: {
      material: material.ok,
      ...(kid && { kid }),
      ...(baseIv && { baseIv }),
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(operations && { operations }),
    },
  }
}

/** Whether the key may be used so: its algorithm, if it names one, and its operations, if it lists some. */
export function checkKeyUse(key: CoseKey, algorithm: number, operation: readonly number[]): Result<true> {
  if (key.algorithm !== undefined && key.algorithm !== algorithm)
    return refuse('KEY', `the key is for algorithm ${key.algorithm}, the header says ${algorithm}`)
  if (key.operations !== undefined && !operation.some((each) => key.operations?.includes(each)))
    return refuse('KEY', 'key_ops of the key do not allow this')
  return { ok: true }
}

function materialOf(map: CborMap): Result<KeyMaterial> {
  switch (map.get(KEY.kty)) {
    case KTY.OKP:
      return okp(map)
    case KTY.EC2:
      return ec2(map)
    case KTY.RSA:
      return rsa(map)
    case KTY.Symmetric:
      return symmetric(map)
    case KTY.AKP:
      return akp(map)
    default:
      return refuse('KEY', 'a key type that is not known here')
  }
}

function okp(map: CborMap): Result<KeyMaterial> {
  const [curve, length] = OKP_CURVES.get(map.get(-1)) ?? []
  const [x, d] = [map.get(-2), map.get(-4)]
  if (curve === undefined || length === undefined) return refuse('KEY', 'a curve that is not known here')
  if (!isBytes(x, length)) return refuse('KEY', `x of a key on ${curve} has ${length} bytes`)
  if (d === undefined) return { ok: { type: 'OKP', curve, x } }
  return isBytes(d, length)
    ? { ok: { type: 'OKP', curve, x, d } }
    : refuse('KEY', `d of a key on ${curve} has ${length} bytes`)
}

function ec2(map: CborMap): Result<KeyMaterial> {
  const [curve, length, group] = EC2_CURVES.get(map.get(-1)) ?? []
  if (curve === undefined || length === undefined || group === undefined)
    return refuse('KEY', 'a curve that is not known here')
  const [x, y, d] = [map.get(-2), map.get(-3), map.get(-4)]
  if (!isBytes(x, length)) return refuse('KEY', `x of a key on ${curve} has ${length} bytes`)
  if (typeof y !== 'boolean' && !isBytes(y, length))
    return refuse('KEY', `y of a key on ${curve} has ${length} bytes, or is the sign alone`)
  if (d !== undefined && !isBytes(d, length))
    return refuse('KEY', `d of a key on ${curve} has ${length} bytes`)
  const point = pointOf(group, x, y)
  if (point === undefined) return refuse('KEY', `the point is not on ${curve}`)
  return { ok: { type: 'EC2', curve, point, ...(d && { d }) } }
}

function pointOf(group: typeof p256, x: Uint8Array, y: Uint8Array | boolean): Uint8Array | undefined {
  const encoded = typeof y === 'boolean' ? Uint8Array.of(y ? 3 : 2, ...x) : Uint8Array.of(4, ...x, ...y)
  try {
    const point = group.Point.fromBytes(encoded)
    point.assertValidity()
    return point.toBytes(false)
  } catch {
    return undefined
  }
}

/** Private RSA keys are not read: nothing here decrypts or signs with one. */
function rsa(map: CborMap): Result<KeyMaterial> {
  const [n, e] = [map.get(-1), map.get(-2)]
  if (!(n instanceof Uint8Array) || !(e instanceof Uint8Array))
    return refuse('KEY', 'an RSA key has a modulus and an exponent')
  const isMinimal = n.length > 0 && n[0] !== 0 && e.length > 0 && e[0] !== 0
  return isMinimal
    ? { ok: { type: 'RSA', n, e } }
    : refuse('KEY', 'modulus and exponent begin with a byte that is not zero')
}

function symmetric(map: CborMap): Result<KeyMaterial> {
  const k = map.get(-1)
  return k instanceof Uint8Array && k.length > 0
    ? { ok: { type: 'Symmetric', k } }
    : refuse('KEY', 'a symmetric key has at least one byte')
}

/** RFC 9964: the algorithm is part of such a key, and its private part is the seed. */
function akp(map: CborMap): Result<KeyMaterial> {
  const [pub, priv] = [map.get(-1), map.get(-2)]
  if (!(pub instanceof Uint8Array) || map.get(KEY.alg) === undefined)
    return refuse('KEY', 'an AKP key has an algorithm and a public part')
  if (priv === undefined) return { ok: { type: 'AKP', pub } }
  return priv instanceof Uint8Array
    ? { ok: { type: 'AKP', pub, priv } }
    : refuse('KEY', 'the private part of an AKP key is a byte string')
}

function isBytes(value: CborValue | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function isBytesOrAbsent(value: CborValue | undefined): value is Uint8Array | undefined {
  return value === undefined || value instanceof Uint8Array
}

function isListOfIntegers(value: CborValue): value is number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => Number.isInteger(each)) &&
    new Set(value).size === value.length
  )
}
