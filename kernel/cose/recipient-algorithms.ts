/** How a key comes to a recipient, by COSE numbers (RFC 9053 section 6). */
import type { KeyDerivation } from './key-derivation.ts'

export interface RecipientAlgorithm {
  /** Where the secret comes from. */
  readonly from: 'direct' | 'shared' | 'agreed' | 'wrapped'
  readonly derivation?: KeyDerivation
  /** Whether the sender agrees by a key that is always the same; else by one made for this message. */
  readonly isStatic?: true
  /** Key wrap behind the derivation, or by the shared key itself. */
  readonly wrap?: number
}

export const RECIPIENT_ALGORITHMS: ReadonlyMap<number, RecipientAlgorithm> = new Map<
  number,
  RecipientAlgorithm
>([
  [-6, { from: 'direct' }],
  [-10, { from: 'shared', derivation: 'HKDF-SHA-256' }],
  [-11, { from: 'shared', derivation: 'HKDF-SHA-512' }],
  [-12, { from: 'shared', derivation: 'HKDF-AES-MAC' }],
  [-13, { from: 'shared', derivation: 'HKDF-AES-MAC' }],
  [-3, { from: 'wrapped', wrap: -3 }],
  [-4, { from: 'wrapped', wrap: -4 }],
  [-5, { from: 'wrapped', wrap: -5 }],
  [-25, { from: 'agreed', derivation: 'HKDF-SHA-256' }],
  [-26, { from: 'agreed', derivation: 'HKDF-SHA-512' }],
  [-27, { from: 'agreed', isStatic: true, derivation: 'HKDF-SHA-256' }],
  [-28, { from: 'agreed', isStatic: true, derivation: 'HKDF-SHA-512' }],
  [-29, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -3 }],
  [-30, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -4 }],
  [-31, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -5 }],
  [-32, { from: 'agreed', isStatic: true, derivation: 'HKDF-SHA-256', wrap: -3 }],
  [-33, { from: 'agreed', isStatic: true, derivation: 'HKDF-SHA-256', wrap: -4 }],
  [-34, { from: 'agreed', isStatic: true, derivation: 'HKDF-SHA-256', wrap: -5 }],
])
