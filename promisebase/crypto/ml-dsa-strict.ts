/**
 * What an ML-DSA key and signature must be before any engine sees them (FIPS 204). Keys and the vector z have
 * no second encoding; hints do, and engines have differed in finding it, so hints are read here first.
 */

/** The sizes of a parameter set: bytes, and for the hint its greatest weight ω and its number of rows k. */
interface Sizes {
  readonly key: number
  readonly signature: number
  readonly weightMax: number
  readonly rows: number
}

export type MlDsaAlgorithm = 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87'

const SIZES: Readonly<Record<MlDsaAlgorithm, Sizes>> = {
  'ML-DSA-44': { key: 1312, signature: 2420, weightMax: 80, rows: 4 },
  'ML-DSA-65': { key: 1952, signature: 3309, weightMax: 55, rows: 6 },
  'ML-DSA-87': { key: 2592, signature: 4627, weightMax: 75, rows: 8 },
}

/** A key is ρ, 32 bytes, and t1; with a t1 of zero, anyone can sign. */
const RHO_BYTES = 32

/** Whether this is a key one may be known by: of its size, and not the key everybody has. */
export function admitMlDsa(algorithm: MlDsaAlgorithm, key: Uint8Array): boolean {
  return isMlDsaKey(algorithm, key) && key.subarray(RHO_BYTES).some((byte) => byte !== 0)
}

/** Whether FIPS 204 reads these bytes as a key. */
export function isMlDsaKey(algorithm: MlDsaAlgorithm, key: Uint8Array): boolean {
  return key.length === SIZES[algorithm].key
}

/** Whether these bytes can be a signature at all: of their size, the hint in its only encoding. */
export function isMlDsaSignature(algorithm: MlDsaAlgorithm, signature: Uint8Array): boolean {
  const { signature: length, weightMax, rows } = SIZES[algorithm]
  return signature.length === length && isHint(signature.subarray(length - weightMax - rows), weightMax)
}

/**
 * HintBitUnpack (FIPS 204, algorithm 21): the places of ones, ω bytes, ascending within a row and zero after
 * the last one; then for each row where its places end.
 */
function isHint(hint: Uint8Array, weightMax: number): boolean {
  let from = 0
  for (const to of hint.subarray(weightMax)) {
    if (to < from || to > weightMax) return false
    for (let at = from + 1; at < to; at++) {
      if ((hint[at] as number) <= (hint[at - 1] as number)) return false
    }
    from = to
  }
  return hint.subarray(from, weightMax).every((place) => place === 0)
}
