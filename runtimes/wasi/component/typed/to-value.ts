/** Values of DAG-CBOR as values of the component model; that they are of the type was checked before. */
import { numberOf } from '../../../../kernel/index.ts'
import { Halt } from '../../halt.ts'
import { tooManyValues } from '../abi/place.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import { NONE } from '../types/value.ts'
import { casesOfResult } from './state-type.ts'
import type { CborMap, CborValue } from '../../../../promisebase/index.ts'
import type { CaseType, ValueType } from '../types/type.ts'
import type { Case, Value } from '../types/value.ts'

const SOME = 1

/**
 * Values in lists that may still be made: a few bytes for each may be of a type of many parts. Lowering them counts the same
 * again, when they are there.
 */
class ValueRoom {
  #left: number = COMPONENT_BOUNDS.valuesOfCall

  take(values: number): void {
    this.#left -= values
    if (this.#left < 0) throw new Halt('TRAP', tooManyValues())
  }
}

function toValue(type: ValueType, value: CborValue, room: ValueRoom): Value {
  const { form } = type
  switch (form.kind) {
    case 'list':
      if (value instanceof Uint8Array) return value
      room.take((value as CborValue[]).length * form.element.parts)
      return (value as CborValue[]).map((item) => toValue(form.element, item, room))
    case 'option':
      return value === null ? NONE : { index: SOME, value: toValue(form.some, value, room) }
    case 'tuple':
      return form.fields.map((field, index) => toValue(field, (value as CborValue[])[index] ?? null, room))
    case 'record':
      return toValues(form.names, form.fields, value as CborMap, room)
    case 'variant':
      return toCase(form.cases, value, room)
    case 'enum':
      return { index: form.names.indexOf(value as string) }
    case 'result':
      return toCase(casesOfResult(form.ok, form.error), value, room)
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
  room = new ValueRoom(),
): readonly Value[] {
  return types.map((type, index) => toValue(type, map.get(names[index] ?? '') ?? null, room))
}

function toCase(cases: readonly CaseType[], value: CborValue, room: ValueRoom): Case {
  const [name, content] = value instanceof Map ? ([...value][0] ?? []) : [value]
  const index = cases.findIndex((each) => each.name === name)
  const type = cases[index]?.type
  return type === undefined ? { index } : { index, value: toValue(type, content ?? null, room) }
}
