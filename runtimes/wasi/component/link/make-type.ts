/** Makes a type of what its definition says, in the scope in which it stands. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { flagsType } from '../types/flags.ts'
import { functionType } from '../types/function.ts'
import { borrowType, ownType } from '../types/handle.ts'
import { listType } from '../types/list.ts'
import { recordType, tupleType } from '../types/record.ts'
import { Resource } from '../types/resource.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { STRING_TYPE } from '../types/text.ts'
import { enumType, optionType, resultType, variantType } from '../types/variant.ts'
import type { TypeReference, TypeSyntax } from '../binary/syntax.ts'
import type { ValueType } from '../types/type.ts'
import type { TypeValue } from './scope.ts'
import type { Linker } from './linker.ts'
import type { Scope } from './scope.ts'

/** Of the function that a dropped resource is handed to. */
const DESTRUCTOR_SIGNATURE = 'i:'

export function makeType(linker: Linker, scope: Scope, syntax: TypeSyntax): TypeValue {
  linker.count(itemsOf(syntax))
  switch (syntax.kind) {
    case 'function': {
      const parameters = syntax.parameters.map((reference) => resolve(scope, reference))
      const result = resolveOptional(scope, syntax.result)
      return { is: 'function', type: functionType(parameters, result, syntax.parameterNames) }
    }
    case 'resource':
      return { is: 'resource', resource: makeResource(scope, syntax.destructor) }
    case 'instance':
    case 'component':
      return { is: syntax.kind, declarations: syntax.declarations, scope }
    default:
      return { is: 'value', type: makeValueType(scope, syntax) }
  }
}

function itemsOf(syntax: TypeSyntax): number {
  if ('names' in syntax) return 1 + syntax.names.length
  if (syntax.kind === 'tuple') return 1 + syntax.types.length
  return syntax.kind === 'function' ? 1 + syntax.parameters.length : 1
}

type ValueSyntax = Exclude<TypeSyntax, { kind: 'function' | 'resource' | 'instance' | 'component' }>

function makeValueType(scope: Scope, syntax: ValueSyntax): ValueType {
  switch (syntax.kind) {
    case 'plain':
      return resolve(scope, syntax.type)
    case 'record':
      return recordType(
        syntax.names,
        syntax.types.map((type) => resolve(scope, type)),
      )
    case 'variant':
      return variantType(
        syntax.names.map((name, index) => ({ name, type: resolveOptional(scope, syntax.types[index]) })),
      )
    case 'list':
      return listType(resolve(scope, syntax.element))
    case 'option':
      return optionType(resolve(scope, syntax.element))
    case 'tuple':
      return tupleType(syntax.types.map((type) => resolve(scope, type)))
    case 'flags':
      return flagsType(syntax.names)
    case 'enum':
      return enumType(syntax.names)
    case 'result':
      return resultType(resolveOptional(scope, syntax.ok), resolveOptional(scope, syntax.error))
    case 'own':
      return ownType(scope.resource(syntax.resource))
    case 'borrow':
      return borrowType(scope.resource(syntax.resource))
  }
}

function resolve(scope: Scope, reference: TypeReference): ValueType {
  if (reference === 'string') return STRING_TYPE
  if (typeof reference === 'string') return SCALAR_TYPES[reference]
  const type = scope.type(reference)
  return type.is === 'value' ? type.type : inadmissible(`malformed: type ${reference} is not of a value`)
}

function resolveOptional(scope: Scope, reference: TypeReference | undefined): ValueType | undefined {
  return reference === undefined ? undefined : resolve(scope, reference)
}

function makeResource(scope: Scope, destructor: number | undefined): Resource {
  if (scope.owner === undefined) return inadmissible('malformed: a resource is defined in a type')
  const call =
    destructor === undefined
      ? undefined
      : scope.coreFunction(destructor, DESTRUCTOR_SIGNATURE, 'a destructor')
  return new Resource(`resource of component ${scope.owner}`, scope.owner, call)
}
