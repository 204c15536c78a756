/** One CBOR item of a COSE object, by the rules under which its writer is read. */
import { decodeCbor, FOREIGN_PROFILE, rewriteCbor } from '../../promisebase/index.ts'
import { COSE_LIMITS } from './limits.ts'
import type { CborProfile, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'

export interface CoseReading {
  /**
   * `strict` (without it): deterministic CBOR, `alg` protected, no label in both headers. `foreign`: what RFC
   * 9052 leaves to its readers: any well-formed encoding; `alg` in either header; the protected one of two.
   */
  readonly rules?: 'strict' | 'foreign'
  /** Whether the tag of the kind must be there; either without it. A tag of another kind is never taken. */
  readonly tag?: 'required' | 'absent'
  /** Labels that `crit` may name because the caller acts on them. */
  readonly understood?: ReadonlySet<number | string>
}

const PROFILE: CborProfile = { ...FOREIGN_PROFILE, name: 'COSE', maxBytes: COSE_LIMITS.objectBytes }

/** One CBOR item by the rules of the reading. */
export function readItem(bytes: Uint8Array, { rules }: CoseReading = {}): Result<CborValue> {
  const decoded = decodeCbor(bytes, PROFILE)
  if (rules !== 'foreign' || decoded.refused?.code !== 'CANON') return decoded
  const rewritten = rewriteCbor(bytes, PROFILE)
  return rewritten.refused === undefined ? decodeCbor(rewritten.ok, PROFILE) : rewritten
}
