/** The types of the functions by which a component is entered (spec/wit/handler.wit, spec/component.md). */
import { functionType } from './types/function.ts'
import { listType } from './types/list.ts'
import { SCALAR_TYPES } from './types/scalar.ts'
import { STRING_TYPE } from './types/text.ts'
import { resultType, variantType } from './types/variant.ts'

const bytes = listType(SCALAR_TYPES.u8)

/** In this order: the indices of the cases. */
export const HANDLER_ERROR = { code: 0, message: 1 } as const

/** What a handler says instead of a result. */
export const HANDLER_ERROR_TYPE = variantType([
  { name: 'code', type: SCALAR_TYPES.u32 },
  { name: 'message', type: STRING_TYPE },
])
const answer = resultType(bytes, HANDLER_ERROR_TYPE)

/** `func(arguments: list<u8>) -> result<list<u8>, error>` */
export const METHOD_TYPE = functionType([bytes], answer)
/** The same with the context of the call behind the arguments. */
export const METHOD_WITH_CONTEXT_TYPE = functionType([bytes, bytes], answer)
/** `func() -> result`, of `wasi:cli/run`. */
export const RUN_TYPE = functionType([], resultType(undefined, undefined))
