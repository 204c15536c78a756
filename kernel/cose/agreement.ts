/** Diffie-Hellman between two COSE_Keys of one curve, for recipients of others (RFC 9053 section 6.3). */
import { x25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'

import { refuse } from '../errors.ts'
import type { Result } from '../errors.ts'
import type { CoseCurve, CoseKey } from './key.ts'

const GROUPS = new Map<CoseCurve, typeof p256>([
  ['P-256', p256],
  ['P-384', p384],
  ['P-521', p521],
])

/** The shared secret: the x coordinate, or the 32 bytes of X25519. */
export function agree(own: CoseKey, peer: CoseKey): Result<Uint8Array> {
  const [mine, theirs] = [own.material, peer.material]
  if (mine.type === 'EC2' && theirs.type === 'EC2' && mine.curve === theirs.curve && mine.d !== undefined) {
    const [group, secret] = [GROUPS.get(mine.curve), mine.d]
    if (group !== undefined) return orRefuse(() => group.getSharedSecret(secret, theirs.point).slice(1))
  }
  const isX25519 = mine.type === 'OKP' && theirs.type === 'OKP' && mine.curve === 'X25519'
  if (isX25519 && theirs.curve === 'X25519' && mine.d !== undefined) {
    const secret = mine.d
    return orRefuse(() => x25519.getSharedSecret(secret, theirs.x))
  }
  return refuse('KEY', 'the two keys are not of one curve, or the own one has no secret part')
}

/** The library throws for a secret out of range, and for a point of small order. */
function orRefuse(work: () => Uint8Array): Result<Uint8Array> {
  try {
    return { ok: work() }
  } catch {
    return refuse('KEY', 'the two keys agree on nothing')
  }
}
