/**
 * Stage 3 holds the arguments of a call against the constraints of its grant. Without constraints nothing is
 * read or decoded: that is work for the handler (spec/capability.md, "Arguments").
 */
import { DAG_CBOR_PROFILE, decodeCbor } from '../../promisebase/index.ts'
import { firstRefusalOf, judge } from '../decision.ts'
import { satisfies, valueAt } from './constraint.ts'
import { describeConstraint } from './describe-constraint.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { DecisionContext, Rule } from '../decision.ts'
import type { Refusal } from '../errors.ts'
import type { ArgumentConstraint, Arguments, Authorised } from '../interface.ts'

/** The first constraint that the arguments break. What the last link states is all: it implies the links above. */
export async function argumentsRefusal(
  context: DecisionContext,
  constraints: readonly ArgumentConstraint[],
  { chain }: Pick<Authorised, 'chain'>,
  input: Arguments,
): Promise<Refusal | undefined> {
  const rule: Rule = {
    ...{ stage: 'resolve', rule: 'capability.md#arguments', code: 'CONSTRAINT' },
    link: chain.length - 1,
  }
  const most = context.limits.constrainedBytes
  const long = judge(
    context,
    rule,
    input.size <= most,
    () => `arguments of ${input.size} bytes, looked into up to ${most}`,
  )
  if (long !== undefined) return long
  const bytes = await input.read()
  if (bytes.refused !== undefined) return { rule: rule.rule, link: chain.length - 1, ...bytes.refused }
  const found = finder(bytes.ok)
  return firstRefusalOf(constraints, (constraint) =>
    judge(context, rule, satisfies(constraint.is, found(constraint.path)), () =>
      describeConstraint(constraint),
    ),
  )
}

/** Finds values by their path; the arguments are decoded once, and only when a path leads into them. */
function finder(bytes: Uint8Array): (path: ArgumentConstraint['path']) => CborValue | undefined {
  let decoded: { readonly root: CborValue | undefined } | undefined
  return (path) => {
    if (path.length === 0) return bytes
    decoded ??= { root: decodeCbor(bytes, DAG_CBOR_PROFILE).ok }
    return decoded.root === undefined ? undefined : valueAt(decoded.root, path)
  }
}
