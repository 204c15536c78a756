/**
 * Whether what is given is what is described; what comes back is it, as those who described it may see it.
 * Values cross from one side to the other only under one type, so types must be the same, not merely alike.
 */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { isSameFunction } from '../types/same.ts'
import { resolveAlias } from './alias.ts'
import { makeType } from './make-type.ts'
import { Scope } from './scope.ts'
import type { Definition, Description } from '../binary/syntax.ts'
import type { FunctionType } from '../types/function.ts'
import type { Exports, Item } from './scope.ts'
import type { Linker } from './linker.ts'

const NOTHING: Exports = new Map()

/** `name` is how it is called in a refusal. */
export function satisfy(
  linker: Linker,
  scope: Scope,
  description: Description,
  given: Item | undefined,
  name: string,
): Item {
  switch (description.sort) {
    case 'function':
      return satisfyFunction(scope.functionType(description.type), given, name)
    case 'type':
      return satisfyType(scope, description.same, given, name)
    case 'instance':
      return satisfyInstance(linker, scope, description.type, given, name)
    case 'component':
    case 'module':
      return given?.sort === description.sort ? given : refuseMissing(name)
  }
}

function satisfyFunction(type: FunctionType, given: Item | undefined, name: string): Item {
  if (given?.sort !== 'function') return refuseMissing(name)
  if (!isSameFunction(type, given.callee.type))
    inadmissible(`${JSON.stringify(name)} is offered with another type`)
  return given
}

function satisfyType(scope: Scope, same: number | undefined, given: Item | undefined, name: string): Item {
  if (same !== undefined) return { sort: 'type', type: scope.type(same) }
  if (given?.sort === 'type' && given.type.is === 'resource') return given
  return refuseMissing(name)
}

/** An instance of which nothing but types is wanted need not be there. */
function satisfyInstance(
  linker: Linker,
  scope: Scope,
  index: number,
  given: Item | undefined,
  name: string,
): Item {
  const type = scope.type(index)
  if (type.is !== 'instance') return inadmissible(`malformed: type ${index} is not of an instance`)
  const offered = given?.sort === 'instance' ? given.exports : NOTHING
  const inside = new Scope(type.scope, undefined)
  const exports = new Map<string, Item>()
  for (const declaration of type.declarations) {
    linker.count(1)
    declare(linker, inside, declaration, (key, description) => {
      const item = satisfy(linker, inside, description, offered.get(key), `${name}#${key}`)
      if (exports.has(key)) inadmissible(`malformed: two exports are called ${JSON.stringify(key)}`)
      exports.set(key, item)
      inside.add(item)
    })
  }
  return { sort: 'instance', exports }
}

function declare(
  linker: Linker,
  inside: Scope,
  declaration: Definition,
  take: (name: string, description: Description) => void,
): void {
  switch (declaration.is) {
    case 'type':
      return inside.add({ sort: 'type', type: makeType(linker, inside, declaration.type) })
    case 'alias export':
    case 'alias core export':
    case 'alias outer':
      return resolveAlias(inside, declaration)
    case 'export type':
      return take(declaration.name, declaration.description)
    default:
      return inadmissible(`malformed: ${declaration.is} in the type of an instance`)
  }
}

function refuseMissing(name: string): never {
  return inadmissible(`import ${JSON.stringify(name)} is not offered to handlers`)
}
