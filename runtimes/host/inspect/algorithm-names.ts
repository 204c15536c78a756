/** What people call the algorithms of COSE that are read here; the numbers are those of its registry. */
import { encodeCbor } from '../../../promisebase/index.ts'
import { notation } from './parts.ts'

const NAMES: ReadonlyMap<number, string> = new Map([
  [-65600, 'X-Wing with A256KW'],
  [-53, 'Ed448'],
  [-52, 'ESP512'],
  [-51, 'ESP384'],
  [-50, 'ML-DSA-87'],
  [-49, 'ML-DSA-65'],
  [-48, 'ML-DSA-44'],
  [-39, 'PS512'],
  [-38, 'PS384'],
  [-37, 'PS256'],
  [-36, 'ES512'],
  [-35, 'ES384'],
  [-19, 'Ed25519'],
  [-9, 'ESP256'],
  [-8, 'EdDSA'],
  [-7, 'ES256'],
  [-6, 'direct'],
  [-5, 'A256KW'],
  [-4, 'A192KW'],
  [-3, 'A128KW'],
  [1, 'A128GCM'],
  [2, 'A192GCM'],
  [3, 'A256GCM'],
  [4, 'HMAC 256/64'],
  [5, 'HMAC 256/256'],
  [6, 'HMAC 384/384'],
  [7, 'HMAC 512/512'],
  [24, 'ChaCha20/Poly1305'],
])

export function algorithmName(number: number): string {
  const name = NAMES.get(number)
  return name === undefined ? notation(encodeCbor(number)) : `${number} (${name})`
}

/** The number of a name, in capital letters or not. */
export function algorithmNumber(name: string): number | undefined {
  const wanted = name.toLowerCase()
  return [...NAMES].find(([, known]) => known.toLowerCase() === wanted)?.[0]
}
