/** Methods whose functions have types of their own: what they are as a types block, and one call of them. */
import { argumentsTypeRefusal, encodeTypes } from '../../../../kernel/index.ts'
import { DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor } from '../../../../promisebase/index.ts'
import { Halt } from '../../halt.ts'
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { HANDLER_ERROR_TYPE } from '../handler-types.ts'
import { isSame } from '../types/same.ts'
import { fromValue } from './from-value.ts'
import { namesOf, stateFields, stateType } from './state-type.ts'
import { toValues } from './to-value.ts'
import type { MethodType } from '../../../../kernel/index.ts'
import type { CborMap } from '../../../../promisebase/index.ts'
import type { Guest } from '../../guest.ts'
import type { Callee } from '../abi/lift.ts'
import type { ValueType } from '../types/type.ts'
import type { Case, Value } from '../types/value.ts'

export interface TypedMethod {
  readonly callee: Callee
  readonly type: MethodType
  /** How many names that type has, of fields, cases and flags. */
  readonly names: number
  /** Of the value that is the result; undefined where there is none. */
  readonly result: ValueType | undefined
  /** Whether it may report an error instead. */
  readonly mayFail: boolean
}

/** A block of types has 65,536 bytes at most (spec/types.md), and a name takes two of them at least. */
export const TYPES_NAMES_MAX = 32_768

/** What was found for a function: it is asked at every call. */
const known = new WeakMap<Callee, { readonly typed: TypedMethod | undefined }>()

/** Undefined for a function of which no block can state the type. */
export function typedMethod(callee: Callee): TypedMethod | undefined {
  const found = known.get(callee) ?? { typed: findTyped(callee) }
  known.set(callee, found)
  return found.typed
}

function findTyped(callee: Callee): TypedMethod | undefined {
  const { parameters, parameterNames, together, result: whole } = callee.type
  const names = parameters.length + namesOf(together) + (whole === undefined ? 0 : namesOf(whole))
  if (names > TYPES_NAMES_MAX) return undefined
  const mayFail = whole?.form.kind === 'result' && isSame(whole.form.error, HANDLER_ERROR_TYPE)
  const result = mayFail && whole.form.kind === 'result' ? whole.form.ok : whole
  const taken = stateFields(parameterNames, parameters)
  const given = result && stateType(result)
  if (taken === undefined || (result !== undefined && given === undefined)) return undefined
  return { callee, type: { arguments: taken, result: given }, names, result, mayFail }
}

/** The block that states them; undefined where no method has types of its own. @throws {Inadmissible} none holds them */
export function typesBlock(methods: ReadonlyMap<string, TypedMethod>): Uint8Array | undefined {
  if (methods.size === 0) return undefined
  try {
    return encodeTypes(new Map([...methods].map(([name, { type }]) => [name, type])))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return inadmissible(error.message)
  }
}

/** What it returned; its own error is for the caller to tell. */
export function callTyped(
  guest: Guest,
  { callee, type, result, mayFail }: TypedMethod,
  failure: (error: Case) => Halt,
): Uint8Array {
  const { input } = guest.call
  guest.charge(input.length)
  const returned = callee.call(readArguments(callee, type, input))
  const value = mayFail ? okOf(returned as Case, failure) : returned
  if (result === undefined) return new Uint8Array(0)
  const output = encodeDagCbor(fromValue(result, value as Value))
  guest.charge(output.length)
  return output
}

/** The kernel has checked them; whoever runs a component without one has not. */
function readArguments({ type }: Callee, stated: MethodType, input: Uint8Array): readonly Value[] {
  const refused = argumentsTypeRefusal(stated, input)
  if (refused !== undefined) throw new Halt(refused.code, refused.detail)
  if (type.parameters.length === 0) return []
  const decoded = decodeCbor(input, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined) throw new Halt('SHAPE', decoded.refused.detail)
  return toValues(type.parameterNames, type.parameters, decoded.ok as CborMap)
}

function okOf({ index, value }: Case, failure: (error: Case) => Halt): Value | undefined {
  if (index !== 0) throw failure(value as Case)
  return value
}
