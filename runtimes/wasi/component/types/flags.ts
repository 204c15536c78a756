/** Flags: a bit for each name, in as few bytes as hold them. Bits without a name are not looked at. */
import { SCALAR_TYPES } from './scalar.ts'
import type { ValueType } from './type.ts'

/** The component model allows no more. */
export const FLAGS_MAX = 32

export function flagsType(names: readonly string[]): ValueType {
  const bits = carrier(names.length)
  const mask = names.length === FLAGS_MAX ? 0xffff_ffff : 2 ** names.length - 1
  const named = (value: number): number => (value & mask) >>> 0
  return {
    ...bits,
    form: { kind: 'flags', names },
    load: (place, at) => named(bits.load(place, at) as number),
    lift: (place, from) => named(SCALAR_TYPES.u32.lift(place, from) as number),
  }
}

function carrier(names: number): ValueType {
  if (names <= 8) return SCALAR_TYPES.u8
  return names <= 16 ? SCALAR_TYPES.u16 : SCALAR_TYPES.u32
}
