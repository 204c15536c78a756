/** The type of a function of a component, and the core functions that stand for it on either side. */
import { concatenate, FLAT_PARAMETERS_MAX, FLAT_RESULTS_MAX, signatureOf } from './flat.ts'
import { tupleType } from './record.ts'
import type { FlatType } from './flat.ts'
import type { ValueType } from './type.ts'

export interface FunctionType {
  readonly parameters: readonly ValueType[]
  /** As whoever stated the type calls them: they make no other type of it. */
  readonly parameterNames: readonly string[]
  readonly result: ValueType | undefined
  /** The parameters as one value, which is how they lie in memory where they are too many. */
  readonly together: ValueType
  readonly passesInMemory: boolean
  readonly returnsInMemory: boolean
  /** Of the core function that is lifted, and that which is made by lowering. */
  readonly lifted: string
  readonly lowered: string
  /** Of the function that is called after a lifted one. */
  readonly postReturn: string
  readonly parts: number
}

const POINTER: readonly FlatType[] = ['i32']

export function functionType(
  parameters: readonly ValueType[],
  result: ValueType | undefined,
  parameterNames: readonly string[] = [],
): FunctionType {
  const flat = concatenate(parameters.map((type) => type.flat))
  const together = tupleType(parameters)
  const passesInMemory = flat.length > FLAT_PARAMETERS_MAX
  const passed = passesInMemory ? POINTER : flat
  const flatResult = result?.flat ?? []
  const returnsInMemory = flatResult.length > FLAT_RESULTS_MAX
  const returned = returnsInMemory ? POINTER : flatResult
  return {
    parameters,
    parameterNames,
    result,
    together,
    passesInMemory,
    returnsInMemory,
    lifted: signatureOf(passed, returned),
    lowered: returnsInMemory ? signatureOf([...passed, 'i32'], []) : signatureOf(passed, returned),
    postReturn: signatureOf(returned, []),
    parts: together.parts + (result?.parts ?? 0),
  }
}
