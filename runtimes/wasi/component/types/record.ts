/** Records and tuples: their fields one after the other, each aligned. */
import { concatenate } from './flat.ts'
import { align, measure } from './type.ts'
import type { ValueType } from './type.ts'
import type { Value } from './value.ts'

export function recordType(names: readonly string[], fields: readonly ValueType[]): ValueType {
  return { form: { kind: 'record', names, fields }, ...fieldsCodec(fields) }
}

export function tupleType(fields: readonly ValueType[]): ValueType {
  return { form: { kind: 'tuple', fields }, ...fieldsCodec(fields) }
}

function fieldsCodec(fields: readonly ValueType[]): Omit<ValueType, 'form'> {
  const { offsets, size, alignment } = layOut(fields)
  const each = fields.map((type, index) => ({ type, index, offset: offsets[index] ?? 0 }))
  return {
    size,
    alignment,
    flat: concatenate(fields.map((field) => field.flat)),
    ...measure(fields, size),
    load: (place, at) => each.map(({ type, offset }) => type.load(place, at + offset)),
    store: (place, at, value) => {
      const values = value as readonly Value[]
      for (const { type, index, offset } of each) type.store(place, at + offset, values[index] as Value)
    },
    lift: (place, from) => fields.map((type) => type.lift(place, from)),
    lower: (place, value, to) => {
      const values = value as readonly Value[]
      for (const { type, index } of each) type.lower(place, values[index] as Value, to)
    },
  }
}

interface Layout {
  readonly offsets: readonly number[]
  readonly size: number
  readonly alignment: number
}

function layOut(fields: readonly ValueType[]): Layout {
  let end = 0
  const offsets = fields.map(({ size, alignment }) => {
    const offset = align(end, alignment)
    end = offset + size
    return offset
  })
  const alignment = fields.reduce((most, field) => Math.max(most, field.alignment), 1)
  return { offsets, size: align(end, alignment), alignment }
}
