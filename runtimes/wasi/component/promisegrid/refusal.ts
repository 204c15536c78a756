/** What a component is told of a refusal: an enum of the codes of the one table, as `spec/wit/host.wit` has it. */
import { REFUSALS } from '../../../../kernel/index.ts'
import { enumType, resultType } from '../types/variant.ts'
import { error, ok } from '../types/value.ts'
import type { RefusalCode } from '../../../../kernel/index.ts'
import type { Answer } from '../../host/answer.ts'
import type { ValueType } from '../types/type.ts'
import type { Value } from '../types/value.ts'

/** Of version 1.0.0, for ever: a case more would be another type, and no component that is there would fit. */
export const REFUSAL_CASES = [
  ...['decode', 'canon', 'limit', 'shape', 'foreign', 'cid', 'grid', 'alg', 'key', 'crit', 'sig', 'expired'],
  ...[
    'early',
    'lifetime',
    'clock',
    'aud',
    'chain',
    'atten',
    'caveat',
    'pop',
    'method',
    'resource',
    'revoked',
  ],
  ...[
    'stale',
    'trust',
    'replay',
    'missing',
    'descriptor',
    'runtime',
    'unknown-method',
    'effects',
    'constraint',
  ],
  ...['pending', 'upstream', 'spent', 'rate', 'budget-calls', 'admit', 'budget-fuel', 'budget-memory'],
  ...['budget-time', 'budget-output', 'budget-depth', 'trap', 'handler', 'forbidden', 'conflict', 'aborted'],
  ...['indeterminate', 'busy', 'store', 'internal', 'other'],
] as const

const refusal = enumType(REFUSAL_CASES)
const OTHER = REFUSAL_CASES.length - 1

/** `result<T, refusal>`, or `result<_, refusal>`. */
export function refusable(type: ValueType | undefined): ValueType {
  return resultType(type, refusal)
}

/** The answer as such a result; `read` finds what was asked for in its bytes, and -1 is the status of what is absent. */
export function told(answer: Answer, read?: (answer: Answer) => Value): Value {
  if (answer.refused !== undefined) return error({ index: caseOf(answer.refused.code) })
  return ok(read?.(answer))
}

/** Which case stands for a code; younger codes have none of their own. */
export function caseOf(code: string): number {
  return INDICES.get(code as RefusalCode) ?? OTHER
}

const INDICES: ReadonlyMap<RefusalCode, number> = new Map(
  (Object.keys(REFUSALS) as RefusalCode[]).flatMap((code) => {
    const index = REFUSAL_CASES.findIndex((name) => name === code.toLowerCase().replaceAll('_', '-'))
    return index < 0 ? [] : [[code, index] as const]
  }),
)
