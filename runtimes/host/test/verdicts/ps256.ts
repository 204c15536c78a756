/**
 * PS256: encodings that are nearly right, under a key whose secret is here. Whoever can sign can encode as he
 * likes, so what a verifier takes is decided by the encoding and not by the arithmetic.
 */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'

import { join, unhex, utf8, yes } from './case.ts'
import type { Case } from './case.ts'

/** A key for tests alone. */
const MODULUS = unhex(
  '9172987148e547168b060a18740222f263bc60d0f71b77fb97f4f710ac595a577644d9975ea2a7299edeefc02fbb7fee2aa971' +
    '0e0547ca1ba7f0aebf65ace1c234868ce0a9e47edd39e914e4b2998e677f0ab4e18927d912363a061038f5b0cf7bfffcecd0' +
    '453be0bb7f566c7a8f10df20eb94a46d0b13d08697857b3f11135c5ef0cfb6c7c2bce044fe87b938a64b55746377e7d6e2b7' +
    'ea84d102e526c91d90a5aebce548ea2de68241be43dc237ff37c43a3091e9b92fdb98cfc8e4686b7df1accc05fe189ae60e0' +
    'c9a5f0ace8ed31c343c0221bdbb48843ecb254d702d92e20dac573c5454f06c44af1bf26fdc7a3fb1190ba73e56b5b865394' +
    'bc45c4fb4b',
)
const SECRET = bytesToNumberBE(
  unhex(
    '1806c01be698c95775fbb76b36aeabab32c28993bb5e3441c1665bf1cb26af7fc72fb46a06de039322855d417821170ef6c9' +
      '2abdd02d7dbb77d0906d5994676eb7528aaf0a218ebb68b79215fd52d46d50552a701f420fdfac49857ae48de17944d892' +
      'a563fa2bdc01dd151fb25733c8481de25e0f0d4766a8f51abdb33b54e12b86d1f0e4b2020c28be40c621fa085b42853bfd' +
      'dfd4b0cbb544fcf43dd5bb8a4d27be0713d29edbd31fe0341a90fb0da6024b0621e8e3bea5d69ea1c362f0aee3fef5d690' +
      'a133b36564a39082944c97b024aca8cd27bd08fe4fdf8303f856a124f52a21b90c22b7196f66fc8d891bcdf967174fbe86' +
      '417833430817235d7691',
  ),
)
const N = bytesToNumberBE(MODULUS)
const SIZE = 256
const MESSAGE = utf8('alice promises bob')

/** How an encoding differs from the one that is right. */
interface Encoding {
  readonly salt?: number
  readonly hash?: (bytes: Uint8Array) => Uint8Array
  readonly maskHash?: (bytes: Uint8Array) => Uint8Array
  readonly trailer?: number
  /** The byte between padding and salt. */
  readonly mark?: number
  /** What the first byte of the padding holds. */
  readonly padding?: number
  /** Whether the bits above the encoding are cleared, as they must be. */
  readonly cleared?: boolean
}

export function* ps256Cases(): Iterable<Case> {
  const honest = sign(encode({}))
  yield verdict('honest', MODULUS, honest, true)
  yield verdict('another message', MODULUS, honest, false, utf8('more'))
  for (const [name, encoding] of encodings()) yield verdict(name, MODULUS, sign(encode(encoding)), false)
  for (const [name, signature] of signatures(honest)) yield verdict(name, MODULUS, signature, false)
  for (const [name, modulus] of moduli()) {
    yield verdict(name, modulus, honest, false)
    yield admission(name, modulus, false)
  }
  const odd = (bits: number): Uint8Array => numberToBytesBE(2n ** BigInt(bits - 1) + 1n, Math.ceil(bits / 8))
  for (const bits of [2048, 2049, 3072, 4095, 4096]) yield admission(`${bits} bits`, odd(bits), true)
  for (const bits of [512, 1024, 2047, 4097, 8192]) yield admission(`${bits} bits`, odd(bits), false)
}

function verdict(
  name: string,
  key: Uint8Array,
  signature: Uint8Array,
  accepted: boolean,
  message = MESSAGE,
): Case {
  return {
    name: `PS256 ${name}`,
    expected: yes(accepted),
    answer: ({ crypto }) => crypto.verify({ algorithm: 'PS256', bytes: key }, message, signature),
  }
}

function admission(name: string, key: Uint8Array, admitted: boolean): Case {
  return {
    name: `PS256 key ${name}`,
    expected: yes(admitted),
    answer: ({ crypto }) => crypto.admitKey({ algorithm: 'PS256', bytes: key }),
  }
}

function encodings(): readonly (readonly [string, Encoding])[] {
  return [
    ...[0, 20, 31, 33, 64, 222].map((salt) => [`salt of ${salt} bytes`, { salt }] as const),
    ['hash SHA-512', { hash: sha512, salt: 32 }],
    ['mask by SHA-1', { maskHash: sha1 }],
    ['mask by SHA-512', { maskHash: sha512 }],
    ['trailer cc', { trailer: 0xcc }],
    ['mark 0', { mark: 0 }],
    ['mark 2', { mark: 2 }],
    ['padding not zero', { padding: 1 }],
    ['highest bit not zero', { cleared: false }],
  ]
}

function signatures(honest: Uint8Array): readonly (readonly [string, Uint8Array])[] {
  const number = (value: bigint): Uint8Array => numberToBytesBE(value, SIZE)
  const s = bytesToNumberBE(honest)
  // PKCS #1 v1.5 over the same hash, by the same key.
  const info = unhex('3031300d060960864801650304020105000420')
  const old = join(0, 1, new Uint8Array(SIZE - 3 - info.length - 32).fill(0xff), 0, info, sha256(MESSAGE))
  return [
    ['PKCS1 v1.5', sign(old)],
    ['s = 0', number(0n)],
    ['s = 1', number(1n)],
    ['s = n - 1', number(N - 1n)],
    ['s = n', number(N)],
    ['s + n', s + N < 2n ** 2048n ? number(s + N) : number(2n ** 2048n - 1n)],
    ['n - s', number(N - s)],
    ['a leading zero', join(0, honest)],
    ['a trailing zero', join(honest, 0)],
    ['a byte less', honest.subarray(1)],
    ['nothing', new Uint8Array(0)],
  ]
}

function moduli(): readonly (readonly [string, Uint8Array])[] {
  return [
    ['even', numberToBytesBE(N - 1n, SIZE)],
    ['with a leading zero', join(0, MODULUS)],
    ['cut', MODULUS.subarray(0, 255)],
    ['zeros', new Uint8Array(SIZE)],
    ['empty', new Uint8Array(0)],
  ]
}

/** EMSA-PSS-ENCODE (RFC 8017, 9.1.1), with one thing different. The salt is fixed: so is the table. */
function encode(encoding: Encoding): Uint8Array {
  const { hash = sha256, maskHash = sha256, trailer = 0xbc, mark = 1, padding = 0, cleared = true } = encoding
  const salt = new Uint8Array(encoding.salt ?? 32).fill(0x5a)
  const digest = hash(join(new Uint8Array(8), hash(MESSAGE), salt))
  const zeros = new Uint8Array(SIZE - digest.length - salt.length - 2)
  if (zeros.length > 0) zeros[zeros.length - 1] = padding
  const block = join(zeros, mark, salt)
  const masked = block.map((byte, index) => byte ^ maskAt(maskHash, digest, index))
  masked[0] = cleared ? (masked[0] as number) & 0x7f : (masked[0] as number) | 0x80
  return join(masked, digest, trailer)
}

function maskAt(hash: (bytes: Uint8Array) => Uint8Array, seed: Uint8Array, index: number): number {
  const size = hash(seed).length
  return hash(join(seed, numberToBytesBE(Math.floor(index / size), 4)))[index % size] as number
}

function sign(encoded: Uint8Array): Uint8Array {
  let [power, base, exponent] = [1n, bytesToNumberBE(encoded) % N, SECRET]
  for (; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) power = (power * base) % N
    base = (base * base) % N
  }
  return numberToBytesBE(power, SIZE)
}
