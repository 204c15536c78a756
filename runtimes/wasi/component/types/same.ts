/** Whether two types are the same: values of one can then be taken for values of the other. */
import type { FunctionType } from './function.ts'
import type { CaseType, Form, ValueType } from './type.ts'

export function isSameFunction(a: FunctionType, b: FunctionType): boolean {
  return isSame(a.together, b.together) && isSame(a.result, b.result)
}

/**
 * Types that were found to be the same. A stranger's component may have two types compared in every import and export, and
 * name the same two in every field of each: so two types are gone through once, however often they meet.
 */
const known = new WeakMap<ValueType, WeakSet<ValueType>>()

/** As deep as a type may be. */
export function isSame(a: ValueType | undefined, b: ValueType | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.parts !== b.parts) return false
  if (known.get(a)?.has(b) === true) return true
  if (!isSameForm(a.form, b.form)) return false
  const same = known.get(a) ?? new WeakSet()
  known.set(a, same.add(b))
  return true
}

function isSameForm(a: Form, b: Form): boolean {
  switch (a.kind) {
    case 'list':
      return a.kind === b.kind && isSame(a.element, b.element)
    case 'record':
      return a.kind === b.kind && areSameNames(a.names, b.names) && areSame(a.fields, b.fields)
    case 'tuple':
      return a.kind === b.kind && areSame(a.fields, b.fields)
    case 'variant':
      return a.kind === b.kind && areSameCases(a.cases, b.cases)
    case 'enum':
    case 'flags':
      return a.kind === b.kind && areSameNames(a.names, b.names)
    case 'option':
      return a.kind === b.kind && isSame(a.some, b.some)
    case 'result':
      return a.kind === b.kind && isSame(a.ok, b.ok) && isSame(a.error, b.error)
    case 'own':
    case 'borrow':
      return a.kind === b.kind && a.resource === b.resource
    default:
      return a.kind === b.kind
  }
}

function areSame(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, index) => isSame(type, b[index]))
}

function areSameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index])
}

function areSameCases(a: readonly CaseType[], b: readonly CaseType[]): boolean {
  return (
    areSameNames(
      a.map(({ name }) => name),
      b.map(({ name }) => name),
    ) && a.every(({ type }, index) => isSame(type, b[index]?.type))
  )
}
