/** Values of the component model as values of DAG-CBOR. */
import { CborFloat } from '../../../../promisebase/index.ts'
import { Halt } from '../../halt.ts'
import { casesOfResult } from './state-type.ts'
import type { CborInput } from '../../../../promisebase/index.ts'
import type { CaseType, ValueType } from '../types/type.ts'
import type { Case, Value } from '../types/value.ts'

export function fromValue(type: ValueType, value: Value): CborInput {
  const { form } = type
  switch (form.kind) {
    case 'list':
      if (value instanceof Uint8Array) return value
      return (value as readonly Value[]).map((item) => fromValue(form.element, item))
    case 'option':
      return fromOption(form.some, value as Case) ?? null
    case 'tuple':
      return form.fields.map((field, index) => fromValue(field, (value as readonly Value[])[index] as Value))
    case 'record':
      return fromRecord(form.names, form.fields, value as readonly Value[])
    case 'variant':
      return fromCase(form.cases, value as Case)
    case 'enum':
      return form.names[(value as Case).index] ?? null
    case 'result':
      return fromCase(casesOfResult(form.ok, form.error), value as Case)
    case 'flags':
      return form.names.filter((_, bit) => ((value as number) >>> bit) % 2 === 1)
    case 'f32':
    case 'f64':
      return float(value as number)
    default:
      return value as CborInput
  }
}

/** None is left out. */
function fromRecord(
  names: readonly string[],
  types: readonly ValueType[],
  values: readonly Value[],
): CborInput {
  const map = new Map<string, CborInput>()
  for (const [index, name] of names.entries()) {
    const [type, value] = [types[index] as ValueType, values[index] as Value]
    const { form } = type
    const field = form.kind === 'option' ? fromOption(form.some, value as Case) : fromValue(type, value)
    if (field !== undefined) map.set(name, field)
  }
  return map
}

function fromOption(some: ValueType, { value }: Case): CborInput | undefined {
  return value === undefined ? undefined : fromValue(some, value)
}

function fromCase(cases: readonly CaseType[], { index, value }: Case): CborInput {
  const { name, type } = cases[index] as CaseType
  return type === undefined ? name : new Map([[name, fromValue(type, value as Value)]])
}

/** DAG-CBOR has no infinities, and nothing that is not a number. */
function float(value: number): CborInput {
  if (!Number.isFinite(value))
    throw new Halt('TRAP', `the result has the number ${value}, which DAG-CBOR has not`)
  return Number.isInteger(value) ? new CborFloat(value) : value
}
