/** Variants, enums, options and results: the number of a case, then what it carries. */
import { Halt } from '../../halt.ts'
import { concatenate, FlatReader, join, narrow, widen, zero } from './flat.ts'
import { align, measure } from './type.ts'
import type { FlatValue } from './flat.ts'
import type { Place } from '../abi/place.ts'
import type { CaseType, ValueType } from './type.ts'
import type { Case, Value } from './value.ts'

export function variantType(cases: readonly CaseType[]): ValueType {
  return { form: { kind: 'variant', cases }, ...casesCodec(cases.map(({ type }) => type)) }
}

export function enumType(names: readonly string[]): ValueType {
  return { form: { kind: 'enum', names }, ...casesCodec(names.map(() => undefined)) }
}

export function optionType(some: ValueType): ValueType {
  return { form: { kind: 'option', some }, ...casesCodec([undefined, some]) }
}

export function resultType(ok: ValueType | undefined, error: ValueType | undefined): ValueType {
  return { form: { kind: 'result', ok, error }, ...casesCodec([ok, error]) }
}

function casesCodec(cases: readonly (ValueType | undefined)[]): Omit<ValueType, 'form'> {
  const discriminant = discriminantBytes(cases.length)
  const contents = cases.filter((type) => type !== undefined)
  const contentAlignment = Math.max(1, ...contents.map((type) => type.alignment))
  const contentAt = align(discriminant, contentAlignment)
  const alignment = Math.max(discriminant, contentAlignment)
  const size = align(contentAt + Math.max(0, ...contents.map((type) => type.size)), alignment)
  const shared = join(contents.map((type) => type.flat))

  return {
    size,
    alignment,
    flat: concatenate([['i32'], shared]),
    ...measure(cases, size),
    load: (place, at) => {
      const index = checked(readDiscriminant(place, at, discriminant))
      return carry(index, cases[index]?.load(place, at + contentAt))
    },
    store: (place, at, value) => {
      const { index, value: content } = value as Case
      writeDiscriminant(place, at, discriminant, index)
      cases[index]?.store(place, at + contentAt, content as Value)
    },
    lift: (place, from) => {
      const index = checked((from.next() as number) >>> 0)
      const raw = shared.map(() => from.next())
      const type = cases[index]
      if (type === undefined) return { index }
      const own = type.flat.map((flat, at) => narrow(raw[at] as FlatValue, shared[at] ?? flat, flat))
      return carry(index, type.lift(place, new FlatReader(own)))
    },
    lower: (place, value, to) => {
      const { index, value: content } = value as Case
      to.push(index)
      const type = cases[index]
      const own: FlatValue[] = []
      type?.lower(place, content as Value, own)
      shared.forEach((flat, at) => {
        const each = own[at]
        to.push(each === undefined ? zero(flat) : widen(each, type?.flat[at] ?? flat, flat))
      })
    },
  }

  function checked(index: number): number {
    if (index < cases.length) return index
    throw new Halt('TRAP', `case ${index} of a variant of ${cases.length}`)
  }
}

function carry(index: number, value: Value | undefined): Case {
  return value === undefined ? { index } : { index, value }
}

function discriminantBytes(cases: number): 1 | 2 | 4 {
  if (cases <= 0x100) return 1
  return cases <= 0x10000 ? 2 : 4
}

function readDiscriminant(place: Place, at: number, bytes: 1 | 2 | 4): number {
  const view = place.view()
  if (bytes === 1) return view.getUint8(at)
  return bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
}

function writeDiscriminant(place: Place, at: number, bytes: 1 | 2 | 4, index: number): void {
  const view = place.view()
  if (bytes === 1) view.setUint8(at, index)
  else if (bytes === 2) view.setUint16(at, index, true)
  else view.setUint32(at, index, true)
}
