/** What users call the algorithms of an identity. */
import { InvalidArgumentError, Option } from 'commander'

import type { IdentityAlgorithm } from '../keys/secrets.ts'

const ALGORITHMS: ReadonlyMap<string, IdentityAlgorithm> = new Map([
  ['ed25519', 'Ed25519'],
  ['p256', 'ESP256'],
  ['hybrid', 'hybrid'],
] as const)

export function algorithmOption(without: string): Option {
  const says = `ed25519, p256, or hybrid: Ed25519 and ML-DSA-65 together (default: ${without})`
  return new Option('--algorithm <name>', says).argParser(algorithmValue)
}

function algorithmValue(text: string): IdentityAlgorithm {
  const algorithm = ALGORITHMS.get(text.toLowerCase())
  if (algorithm !== undefined) return algorithm
  throw new InvalidArgumentError(`Allowed choices are ${[...ALGORITHMS.keys()].join(', ')}.`)
}
