/** Every hash of {@link HASH} in plain JavaScript: the reference, and the hasher where the platform has none. */
import { blake2b } from '@noble/hashes/blake2.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { sha3_256, sha3_512 } from '@noble/hashes/sha3.js'
import { HASH } from './hash.ts'
import { createHasher } from './hasher.ts'
import type { Hasher } from './interface.ts'

export const nobleHasher: Hasher = createHasher([
  [HASH['sha2-256'], (bytes) => sha256(bytes)],
  [HASH['sha2-512'], (bytes) => sha512(bytes)],
  [HASH['sha3-512'], (bytes) => sha3_512(bytes)],
  [HASH['sha3-256'], (bytes) => sha3_256(bytes)],
  [HASH.blake3, (bytes) => blake3(bytes)],
  [HASH['blake2b-256'], (bytes) => blake2b(bytes, { dkLen: 32 })],
])
