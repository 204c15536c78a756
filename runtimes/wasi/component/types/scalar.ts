/** Booleans, numbers and characters. */
import { Halt } from '../../halt.ts'
import { bits32, bits64, canonicalNumber } from './flat.ts'
import type { FlatType, FlatValue } from './flat.ts'
import type { ScalarName, ValueType } from './type.ts'
import type { Value } from './value.ts'

interface Scalar {
  readonly size: 1 | 2 | 4 | 8
  readonly flat: FlatType
  readonly read: (view: DataView, at: number) => FlatValue
  readonly write: (view: DataView, at: number, value: FlatValue) => void
  /** Out of what was read, or passed. */
  readonly lift: (value: FlatValue) => Value
  readonly lower: (value: Value) => FlatValue
}

const same = (value: Value): FlatValue => value as FlatValue

const SCALARS: Readonly<Record<ScalarName, Scalar>> = {
  bool: {
    ...byte(),
    lift: (value) => value !== 0,
    lower: (value) => (value === true ? 1 : 0),
  },
  s8: { ...byte(), lift: (value) => ((value as number) << 24) >> 24, lower: same },
  u8: { ...byte(), lift: (value) => (value as number) & 0xff, lower: same },
  s16: { ...half(), lift: (value) => ((value as number) << 16) >> 16, lower: same },
  u16: { ...half(), lift: (value) => (value as number) & 0xffff, lower: same },
  s32: { ...word(), lift: (value) => (value as number) | 0, lower: same },
  u32: { ...word(), lift: (value) => (value as number) >>> 0, lower: same },
  s64: { ...long(), lift: (value) => BigInt.asIntN(64, value as bigint), lower: same },
  u64: { ...long(), lift: (value) => BigInt.asUintN(64, value as bigint), lower: same },
  f32: {
    size: 4,
    flat: 'f32',
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setInt32(at, bits32(value as number), true),
    lift: (value) => canonicalNumber(value as number),
    lower: (value) => canonicalNumber(value as number),
  },
  f64: {
    size: 8,
    flat: 'f64',
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setBigInt64(at, bits64(value as number), true),
    lift: (value) => canonicalNumber(value as number),
    lower: (value) => canonicalNumber(value as number),
  },
  char: {
    ...word(),
    lift: (value) => character((value as number) >>> 0),
    lower: (value) => (value as string).codePointAt(0) ?? 0,
  },
}

/** The scalar types, each the same object wherever it is meant. */
export const SCALAR_TYPES = Object.fromEntries(
  Object.entries(SCALARS).map(([name, scalar]) => [name, scalarType(name as ScalarName, scalar)]),
) as Readonly<Record<ScalarName, ValueType>>

function scalarType(kind: ScalarName, scalar: Scalar): ValueType {
  return {
    form: { kind },
    size: scalar.size,
    alignment: scalar.size,
    flat: [scalar.flat],
    parts: 1,
    depth: 1,
    load: (place, at) => scalar.lift(scalar.read(place.view(), at)),
    store: (place, at, value) => scalar.write(place.view(), at, scalar.lower(value)),
    lift: (_place, from) => scalar.lift(from.next()),
    lower: (_place, value, to) => void to.push(scalar.lower(value)),
  }
}

type Access = Pick<Scalar, 'size' | 'flat' | 'read' | 'write'>

function byte(): Access {
  return {
    size: 1,
    flat: 'i32',
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, value as number),
  }
}

function half(): Access {
  return {
    size: 2,
    flat: 'i32',
    read: (view, at) => view.getUint16(at, true),
    write: (view, at, value) => view.setUint16(at, value as number, true),
  }
}

function word(): Access {
  return {
    size: 4,
    flat: 'i32',
    read: (view, at) => view.getInt32(at, true),
    write: (view, at, value) => view.setInt32(at, value as number, true),
  }
}

function long(): Access {
  return {
    size: 8,
    flat: 'i64',
    read: (view, at) => view.getBigInt64(at, true),
    write: (view, at, value) => view.setBigInt64(at, value as bigint, true),
  }
}

function character(codePoint: number): string {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
  if (codePoint > 0x10ffff || isSurrogate) {
    throw new Halt('TRAP', `${codePoint} is not the number of a character`)
  }
  return String.fromCodePoint(codePoint)
}
