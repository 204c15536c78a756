/** Hashes by node:crypto where it has them, several times as fast; the others in plain JavaScript. */
import * as crypto from 'node:crypto'
import { createHasher, HASH, nobleHasher } from '../../../promisebase/index.ts'
import type { Hasher } from '../../../promisebase/index.ts'

const NATIVE: readonly (readonly [hash: number, name: string])[] = [
  [HASH['sha2-256'], 'sha256'],
  [HASH['sha2-512'], 'sha512'],
  [HASH['sha3-256'], 'sha3-256'],
  [HASH['sha3-512'], 'sha3-512'],
]

/** A node that was built against another library may lack some. */
const offered = new Set(crypto.getHashes())

export const nodeHasher: Hasher = createHasher([
  ...nobleHasher.hashes.map(
    (hash) => [hash, (bytes: Uint8Array) => nobleHasher.digest(hash, bytes)] as const,
  ),
  ...NATIVE.filter(([, name]) => offered.has(name)).map(
    ([hash, name]) => [hash, (bytes: Uint8Array) => native(name, bytes)] as const,
  ),
])

function native(name: string, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(crypto.createHash(name).update(bytes).digest())
}
