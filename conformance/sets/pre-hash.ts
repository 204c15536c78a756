/** The hashes that ACVP has messages hashed by before they are signed, under the names it gives them. */
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512, shake128, shake256 } from '@noble/hashes/sha3.js'

import type { MlDsaHash } from 'promisegrid/promisebase'

interface PreHash {
  readonly name: MlDsaHash
  digest(message: Uint8Array): Uint8Array
}

export const PRE_HASHES: ReadonlyMap<string, PreHash> = new Map<string, PreHash>([
  ['SHA2-224', { name: 'sha2-224', digest: sha224 }],
  ['SHA2-256', { name: 'sha2-256', digest: sha256 }],
  ['SHA2-384', { name: 'sha2-384', digest: sha384 }],
  ['SHA2-512', { name: 'sha2-512', digest: sha512 }],
  ['SHA2-512/224', { name: 'sha2-512/224', digest: sha512_224 }],
  ['SHA2-512/256', { name: 'sha2-512/256', digest: sha512_256 }],
  ['SHA3-224', { name: 'sha3-224', digest: sha3_224 }],
  ['SHA3-256', { name: 'sha3-256', digest: sha3_256 }],
  ['SHA3-384', { name: 'sha3-384', digest: sha3_384 }],
  ['SHA3-512', { name: 'sha3-512', digest: sha3_512 }],
  ['SHAKE-128', { name: 'shake-128', digest: (message) => shake128(message, { dkLen: 32 }) }],
  ['SHAKE-256', { name: 'shake-256', digest: (message) => shake256(message, { dkLen: 64 }) }],
])
