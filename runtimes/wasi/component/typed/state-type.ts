/** A type of the component model as a types block states it (spec/types.md); undefined for what has no value there. */
import type { ValueType as StatedType } from '../../../../kernel/index.ts'
import type { CaseType, ValueType } from '../types/type.ts'

export function stateType({ form }: ValueType): StatedType | undefined {
  switch (form.kind) {
    case 'list':
      if (form.element.form.kind === 'u8') return { kind: 'scalar', name: 'bytes' }
      return of('list', stateType(form.element))
    case 'option':
      return of('option', stateType(form.some))
    case 'tuple': {
      const items = form.fields.map(stateType)
      return items.every((item) => item !== undefined) ? { kind: 'tuple', items } : undefined
    }
    case 'record': {
      const fields = stateFields(form.names, form.fields)
      return fields && { kind: 'record', fields }
    }
    case 'variant':
      return stateCases(form.cases)
    case 'enum':
      return stateCases(form.names.map((name) => ({ name, type: undefined })))
    case 'result':
      return stateCases(casesOfResult(form.ok, form.error))
    case 'flags':
      return { kind: 'flags', names: form.names }
    case 'own':
    case 'borrow':
      return undefined
    default:
      return { kind: 'scalar', name: form.kind }
  }
}

/**
 * Names that stating a type writes down, each as often as it would: counted before any is, for a type of a few bytes may
 * name a large one in every field.
 */
export function namesOf({ form }: ValueType): number {
  switch (form.kind) {
    case 'list':
      return namesOf(form.element)
    case 'option':
      return namesOf(form.some)
    case 'tuple':
      return sumOf(form.fields)
    case 'record':
      return form.names.length + sumOf(form.fields)
    case 'variant':
      return form.cases.length + sumOf(form.cases.map(({ type }) => type))
    case 'result':
      return 2 + sumOf([form.ok, form.error])
    case 'enum':
    case 'flags':
      return form.names.length
    default:
      return 0
  }
}

function sumOf(types: readonly (ValueType | undefined)[]): number {
  return types.reduce((sum, type) => sum + (type === undefined ? 0 : namesOf(type)), 0)
}

/** A result is a variant of these two. */
export function casesOfResult(ok: ValueType | undefined, error: ValueType | undefined): readonly CaseType[] {
  return [
    { name: 'ok', type: ok },
    { name: 'error', type: error },
  ]
}

export function stateFields(
  names: readonly string[],
  types: readonly ValueType[],
): ReadonlyMap<string, StatedType> | undefined {
  const fields = new Map<string, StatedType>()
  for (const [index, type] of types.entries()) {
    const [name, stated] = [names[index], stateType(type)]
    if (name === undefined || stated === undefined) return undefined
    fields.set(name, stated)
  }
  return fields
}

function stateCases(cases: readonly CaseType[]): StatedType | undefined {
  const stated = new Map<string, StatedType | undefined>()
  for (const { name, type } of cases) {
    const content = type && stateType(type)
    if (type !== undefined && content === undefined) return undefined
    stated.set(name, content)
  }
  return { kind: 'variant', cases: stated }
}

function of(kind: 'list' | 'option', inner: StatedType | undefined): StatedType | undefined {
  return inner && { kind, of: inner }
}
