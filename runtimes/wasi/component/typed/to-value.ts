/** Values of DAG-CBOR as values of the component model; that they are of the type was checked before. */
import { numberOf } from '../../../../kernel/index.ts'
import { NONE } from '../types/value.ts'
import { casesOfResult } from './state-type.ts'
import type { CborMap, CborValue } from '../../../../promisebase/index.ts'
import type { CaseType, ValueType } from '../types/type.ts'
import type { Case, Value } from '../types/value.ts'

const SOME = 1

function toValue(type: ValueType, value: CborValue): Value {
  const { form } = type
  switch (form.kind) {
    case 'list':
      if (value instanceof Uint8Array) return value
      return (value as CborValue[]).map((item) => toValue(form.element, item))
    case 'option':
      return value === null ? NONE : { index: SOME, value: toValue(form.some, value) }
    case 'tuple':
      return form.fields.map((field, index) => toValue(field, (value as CborValue[])[index] ?? null))
    case 'record':
      return toValues(form.names, form.fields, value as CborMap)
    case 'variant':
      return toCase(form.cases, value)
    case 'enum':
      return { index: form.names.indexOf(value as string) }
    case 'result':
      return toCase(casesOfResult(form.ok, form.error), value)
    case 'flags':
      return (value as string[]).reduce((bits, name) => bits + 2 ** form.names.indexOf(name), 0)
    case 's64':
    case 'u64':
      return BigInt(value as number | bigint)
    case 'f32':
    case 'f64':
      return numberOf(value)
    default:
      return value as Value
  }
}

/** Fields of a record, and arguments; one that is left out is none of its option. */
export function toValues(
  names: readonly string[],
  types: readonly ValueType[],
  map: CborMap,
): readonly Value[] {
  return types.map((type, index) => toValue(type, map.get(names[index] ?? '') ?? null))
}

function toCase(cases: readonly CaseType[], value: CborValue): Case {
  const [name, content] = value instanceof Map ? ([...value][0] ?? []) : [value]
  const index = cases.findIndex((each) => each.name === name)
  const type = cases[index]?.type
  return type === undefined ? { index } : { index, value: toValue(type, content ?? null) }
}
