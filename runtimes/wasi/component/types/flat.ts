/** Values as parameters and results of core functions, and how cases of a variant share one place. */
export type FlatType = 'i32' | 'i64' | 'f32' | 'f64'
export type FlatValue = number | bigint

/** Parameters of a core function at most; more are passed in memory. */
export const FLAT_PARAMETERS_MAX = 16
/** Results of a core function at most; more are passed in memory. */
export const FLAT_RESULTS_MAX = 1

/** Flat values in their order, taken one by one. */
export class FlatReader {
  readonly #values: readonly FlatValue[]
  #at = 0

  constructor(values: readonly FlatValue[]) {
    this.#values = values
  }

  next(): FlatValue {
    return this.#values[this.#at++] as FlatValue
  }
}

/** Types one after the other, cut where there are too many to be passed flat anyway. */
export function concatenate(types: readonly (readonly FlatType[])[]): readonly FlatType[] {
  const joined: FlatType[] = []
  for (const flat of types) {
    joined.push(...flat)
    if (joined.length > FLAT_PARAMETERS_MAX) return joined.slice(0, FLAT_PARAMETERS_MAX + 1)
  }
  return joined
}

/** The types in which any of the cases can be passed. */
export function join(cases: readonly (readonly FlatType[])[]): readonly FlatType[] {
  const joined: FlatType[] = []
  for (const flat of cases) {
    flat.forEach((type, index) => {
      joined[index] = joinTypes(joined[index] ?? type, type)
    })
  }
  return joined
}

function joinTypes(a: FlatType, b: FlatType): FlatType {
  if (a === b) return a
  return isNarrow(a) && isNarrow(b) ? 'i32' : 'i64'
}

function isNarrow(type: FlatType): boolean {
  return type === 'i32' || type === 'f32'
}

const scratch = new DataView(new ArrayBuffer(8))
const NAN_BITS_32 = 0x7fc0_0000
const NAN_BITS_64 = 0x7ff8_0000_0000_0000n

/** The one NaN: which bits another one has is left open by engines. */
export function canonicalNumber(value: number): number {
  return Number.isNaN(value) ? NaN : value
}

export function bits32(value: number): number {
  if (Number.isNaN(value)) return NAN_BITS_32
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}

export function bits64(value: number): bigint {
  if (Number.isNaN(value)) return NAN_BITS_64
  scratch.setFloat64(0, value)
  return scratch.getBigInt64(0)
}

function float32(bits: number): number {
  scratch.setInt32(0, bits)
  return canonicalNumber(scratch.getFloat32(0))
}

function float64(bits: bigint): number {
  scratch.setBigInt64(0, bits)
  return canonicalNumber(scratch.getFloat64(0))
}

/** A value of a case as it is passed in the place that all cases share. */
export function widen(value: FlatValue, from: FlatType, to: FlatType): FlatValue {
  if (from === to) return value
  if (from === 'f64') return bits64(value as number)
  const bits = from === 'f32' ? bits32(value as number) : (value as number)
  return to === 'i32' ? bits : BigInt(bits >>> 0)
}

/** A value of a case out of the place that all cases share. */
export function narrow(value: FlatValue, from: FlatType, to: FlatType): FlatValue {
  if (from === to) return value
  if (to === 'f64') return float64(BigInt.asIntN(64, value as bigint))
  const bits = from === 'i64' ? Number(BigInt.asIntN(32, value as bigint)) : (value as number)
  return to === 'i32' ? bits : float32(bits)
}

export function zero(type: FlatType): FlatValue {
  return type === 'i64' ? 0n : 0
}

const LETTERS: Readonly<Record<FlatType, string>> = { i32: 'i', i64: 'I', f32: 'f', f64: 'F' }

/** A signature in the notation of the rewriter: `iiI:i` is (i32 i32 i64) -> i32. */
export function signatureOf(parameters: readonly FlatType[], results: readonly FlatType[]): string {
  const letters = (types: readonly FlatType[]): string => types.map((type) => LETTERS[type]).join('')
  return `${letters(parameters)}:${letters(results)}`
}
