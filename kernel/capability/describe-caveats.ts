/** Caveats in words, one for each restriction: `10000000 fuel each call`, `to.name is "bob"`. */
import { describeConstraint } from './describe-constraint.ts'
import type { Budget, Caveats, Total } from '../interface.ts'

const BUDGET_WORDS: Readonly<Record<keyof Budget, string>> = {
  fuel: 'fuel',
  memoryBytes: 'bytes of memory',
  outputBytes: 'bytes of output',
  wallMs: 'ms',
}

const TOTAL_WORDS: Readonly<Record<Exclude<keyof Total, 'calls'>, string>> = {
  fuel: 'fuel',
  outputBytes: 'bytes of output',
}

/** Nothing for a capability without caveats. */
export function describeCaveats({
  budget = {},
  arguments: constraints = [],
  total = {},
  rate,
  executors,
  final,
  feedSeconds,
}: Caveats): readonly string[] {
  return [
    ...amounts(budget, BUDGET_WORDS).map((amount) => `${amount} each call`),
    ...constraints.map(describeConstraint),
    ...(total.calls === undefined ? [] : [`at most ${calls(total.calls)} in all`]),
    ...amounts(total, TOTAL_WORDS).map((amount) => `${amount} in all`),
    ...(rate === undefined ? [] : [`at most ${calls(rate.calls)} every ${rate.seconds} s`]),
    ...(executors === undefined ? [] : [`executed by ${executors.join(' or ')}`]),
    ...(final === true ? ['not to be delegated'] : []),
    ...(feedSeconds === undefined ? [] : [`news of revocations at most ${feedSeconds} s old`]),
  ]
}

function calls(number: number): string {
  return number === 1 ? '1 call' : `${number} calls`
}

function amounts<Name extends string>(
  given: { readonly [Each in Name]?: number | undefined },
  words: Readonly<Record<Name, string>>,
): readonly string[] {
  return (Object.keys(words) as Name[]).flatMap((name) => {
    const amount = given[name]
    return amount === undefined ? [] : [`at most ${amount} ${words[name]}`]
  })
}
