/**
 * Ed25519ctx and Ed25519ph (RFC 8032, 5.1), in plain JavaScript: what others sign under a context, or by the hash
 * of a message. Nothing of ours is signed so. A signature of one variant, or of one context, is none of another.
 */
import { ed25519ctx, ed25519ph } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { holdsEd25519 } from './ed25519-equation.ts'
import { isEd25519Signature } from './ed25519-strict.ts'

export type Ed25519Variant = 'Ed25519ctx' | 'Ed25519ph'

const LIBRARY = { Ed25519ctx: ed25519ctx, Ed25519ph: ed25519ph }
/** In front of everything that is hashed; RFC 8032 calls it dom2. */
const DOMAIN = utf8ToBytes('SigEd25519 no Ed25519 collisions')
const PHFLAG = { Ed25519ctx: 0, Ed25519ph: 1 }
const CONTEXT_BYTES_MAX = 255

/** @throws {TypeError} for a secret of another size than 32 bytes @throws {RangeError} for a context above 255 */
export function signEd25519Variant(
  variant: Ed25519Variant,
  secret: Uint8Array,
  message: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  if (secret.length !== 32) throw new TypeError('secret must have 32 bytes')
  if (context.length > CONTEXT_BYTES_MAX) throw new RangeError('context must have at most 255 bytes')
  return LIBRARY[variant].sign(message, secret, { context })
}

/** By the checks and the equation of Ed25519. */
export function verifyEd25519Variant(
  variant: Ed25519Variant,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  context: Uint8Array,
): boolean {
  if (context.length > CONTEXT_BYTES_MAX || !isEd25519Signature(signature)) return false
  const prefix = concatBytes(DOMAIN, Uint8Array.of(PHFLAG[variant], context.length), context)
  return holdsEd25519(key, variant === 'Ed25519ph' ? sha512(message) : message, signature, prefix)
}
