/** What a method with types is given and gives: one item of DAG-CBOR, or nothing (spec/types.md, "Checks"). */
import { DAG_CBOR_PROFILE, decodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { fieldsProblem, valueProblem } from './check-value.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Refusal } from '../errors.ts'
import type { MethodType } from './handler-types.ts'

/** Why the method cannot be called with these bytes. */
export function argumentsTypeRefusal(
  { arguments: taken }: MethodType,
  bytes: Uint8Array,
): Refusal | undefined {
  const problem =
    taken.size === 0
      ? nothingProblem(bytes, 'it takes no arguments')
      : itemProblem(bytes, (value) => fieldsProblem(taken, value, 'arguments'))
  return problem === undefined ? undefined : refuse('SHAPE', problem).refused
}

/** Why these bytes are not a result of the method: then it has failed. */
export function resultTypeRefusal({ result }: MethodType, bytes: Uint8Array): Refusal | undefined {
  const problem =
    result === undefined
      ? nothingProblem(bytes, 'it gives no result')
      : itemProblem(bytes, (value) => valueProblem(result, value, 'result'))
  return problem === undefined ? undefined : refuse('TRAP', `not of the type it states: ${problem}`).refused
}

function nothingProblem({ length }: Uint8Array, says: string): string | undefined {
  return length === 0 ? undefined : `${says}, and these are ${length} bytes`
}

function itemProblem(
  bytes: Uint8Array,
  problem: (value: CborValue) => string | undefined,
): string | undefined {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  return decoded.refused === undefined
    ? problem(decoded.ok)
    : `not one item of DAG-CBOR: ${decoded.refused.detail}`
}
