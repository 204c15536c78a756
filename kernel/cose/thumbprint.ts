/**
 * COSE Key Thumbprints (RFC 9679): the SHA-256 of the deterministic COSE_Key with nothing but what makes the key
 * the key it is. A key and its public part have one thumbprint, whatever else they carry.
 */
import { encodeCbor } from '../../promisebase/index.ts'
import type { CborMap, CborValue, CryptoProvider } from '../../promisebase/index.ts'
import type { CoseCurve, CoseKey } from './key.ts'

const CURVES: Record<CoseCurve, number> = {
  'P-256': 1,
  'P-384': 2,
  'P-521': 3,
  X25519: 4,
  Ed25519: 6,
  Ed448: 7,
}

/** The thumbprint of a key. That of a symmetric key gives guesses at the key away: do not publish it. */
export function thumbprintOf(crypto: Pick<CryptoProvider, 'sha256'>, key: CoseKey): Uint8Array {
  return crypto.sha256(encodeCbor(requiredParameters(key)))
}

function requiredParameters({ material, algorithm }: CoseKey): CborMap {
  const parameters = (...entries: [number, CborValue][]): CborMap => new Map(entries)
  switch (material.type) {
    case 'OKP':
      return parameters([1, 1], [-1, CURVES[material.curve]], [-2, material.x])
    case 'EC2': {
      const length = (material.point.length - 1) / 2
      const [x, y] = [material.point.subarray(1, 1 + length), material.point.subarray(1 + length)]
      return parameters([1, 2], [-1, CURVES[material.curve]], [-2, x], [-3, y])
    }
    case 'RSA':
      return parameters([1, 3], [-1, material.n], [-2, material.e])
    case 'Symmetric':
      return parameters([1, 4], [-1, material.k])
    case 'AKP':
      return parameters([1, 7], [3, algorithm as number], [-1, material.pub])
  }
}
