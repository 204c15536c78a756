/** Makes what canonical definitions say: functions that are called from the other side, and those of resources. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { liftFunction } from '../abi/lift.ts'
import { lowerFunction } from '../abi/lower.ts'
import { Place } from '../abi/place.ts'
import { resourceDrop, resourceNew, resourceRep } from '../abi/resource-functions.ts'
import type { CanonOptions, Definition } from '../binary/syntax.ts'
import type { CoreCall, CoreFunction } from './core-value.ts'
import type { Item } from './scope.ts'
import type { Linker } from './linker.ts'
import type { Scope } from './scope.ts'

const REALLOC_SIGNATURE = 'iiii:i'

export function lift(linker: Linker, scope: Scope, definition: Extract<Definition, { is: 'lift' }>): Item {
  const type = scope.functionType(definition.type)
  const { postReturn } = definition.options
  const callee = liftFunction({
    core: scope.coreFunction(definition.core, type.lifted, 'a lifted function'),
    type,
    place: placeOf(linker, scope, definition.options),
    postReturn:
      postReturn === undefined
        ? undefined
        : scope.coreFunction(postReturn, type.postReturn, 'a post-return function'),
  })
  return { sort: 'function', callee }
}

export function lower(
  linker: Linker,
  scope: Scope,
  definition: Extract<Definition, { is: 'lower' }>,
): CoreFunction {
  const { callee } = scope.function(definition.function)
  return made(callee.type.lowered, lowerFunction(callee, placeOf(linker, scope, definition.options)))
}

const RESOURCE_FUNCTIONS = {
  new: { signature: 'i:i', make: resourceNew },
  rep: { signature: 'i:i', make: resourceRep },
  drop: { signature: 'i:', make: resourceDrop },
} as const

export function resourceFunction(
  linker: Linker,
  scope: Scope,
  { operation, resource: index }: Extract<Definition, { is: 'resource' }>,
): CoreFunction {
  const resource = scope.resource(index)
  const owner = ownerOf(scope)
  if (operation !== 'drop' && resource.owner !== owner) {
    inadmissible(`malformed: resource.${operation} of a resource that another component defines`)
  }
  const { signature, make } = RESOURCE_FUNCTIONS[operation]
  return made(signature, make(linker.machine, owner, resource))
}

function made(signature: string, call: CoreCall): CoreFunction {
  return { sort: 'function', signature, source: { from: 'host', call } }
}

function placeOf(linker: Linker, scope: Scope, { encoding, memory, realloc }: CanonOptions): Place {
  return new Place(linker.machine, ownerOf(scope), {
    encoding,
    memory: memory === undefined ? undefined : scope.coreItem('memory', memory).memoryIndex,
    realloc: realloc === undefined ? undefined : scope.coreFunction(realloc, REALLOC_SIGNATURE, 'realloc'),
  })
}

function ownerOf(scope: Scope): number {
  return scope.owner ?? inadmissible('malformed: a canonical function in a type')
}
