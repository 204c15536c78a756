/**
 * Caveats of a new promise: those of its parent, and what its terms say more narrowly. Whether it is narrower is
 * decided afterwards, where links are compared.
 */
import type {
  ArgumentConstraint,
  Budget,
  Caveats,
  Constraint,
  Interval,
  Principal,
  Rate,
  Scalar,
  Total,
} from '../../../kernel/index.ts'

/** What one value among the arguments of each call must be: everything that is said. */
export interface Where {
  /** A key, or a path of keys and indices; `[]` is the bytes of the arguments themselves. */
  readonly at: string | readonly (string | number)[]
  readonly equals?: Scalar
  readonly oneOf?: readonly Scalar[]
  /** The least whole number. */
  readonly min?: number
  /** The greatest whole number. */
  readonly max?: number
  /** How a text, or bytes, must begin. */
  readonly prefix?: string | Uint8Array
  /** Of a text in UTF-8, of bytes, of a list or of a map. */
  readonly size?: Interval
}

/** What a promise restricts; what is not said is as the parent has it. */
export interface CaveatTerms {
  /** What one call may use. */
  readonly budget?: Budget
  /** What calls may be given. */
  readonly where?: readonly Where[]
  /** What all calls together may use. This node counts, so the promise holds here alone. */
  readonly total?: Total
  /** How often; counted here as well. */
  readonly rate?: Rate
  /** Nodes that may act. */
  readonly executors?: readonly Principal[]
  /** The holder can delegate nothing from it. */
  readonly final?: boolean
  /** How old the news of revocations may be. */
  readonly feedSeconds?: number
}

export function narrowCaveats(parent: Caveats, terms: CaveatTerms): Caveats {
  const budget = { ...parent.budget, ...terms.budget }
  const given = narrowConstraints(parent.arguments ?? [], (terms.where ?? []).map(constraintOf))
  const total = { ...parent.total, ...terms.total }
  return {
    ...parent,
    ...(Object.keys(budget).length === 0 ? {} : { budget }),
    ...(given.length === 0 ? {} : { arguments: given }),
    ...(Object.keys(total).length === 0 ? {} : { total }),
    ...(terms.rate === undefined ? {} : { rate: terms.rate }),
    ...(terms.executors === undefined ? {} : { executors: terms.executors }),
    ...(terms.final === true ? { final: true } : {}),
    ...(terms.feedSeconds === undefined ? {} : { feedSeconds: terms.feedSeconds }),
  }
}

/** Of several constraints with one path each says what the ones before it leave open, or say less narrowly. */
function narrowConstraints(
  parents: readonly ArgumentConstraint[],
  children: readonly ArgumentConstraint[],
): readonly ArgumentConstraint[] {
  const byPath = new Map(parents.map((each) => [JSON.stringify(each.path), each]))
  for (const { path, is } of children) {
    const name = JSON.stringify(path)
    byPath.set(name, { path, is: narrowConstraint(byPath.get(name)?.is ?? {}, is) })
  }
  return [...byPath.values()]
}

/** A new list of values replaces the old one: beside it, a value of neither would look narrower than both. */
function narrowConstraint({ equals, oneOf, ...parent }: Constraint, child: Constraint): Constraint {
  const isListed = child.equals !== undefined || child.oneOf !== undefined
  return {
    ...(isListed || equals === undefined ? {} : { equals }),
    ...(isListed || oneOf === undefined ? {} : { oneOf }),
    ...parent,
    ...child,
    ...interval('range', parent.range, child.range),
    ...interval('size', parent.size, child.size),
  }
}

function interval(name: 'range' | 'size', parent?: Interval, child?: Interval): Constraint {
  return parent === undefined && child === undefined ? {} : { [name]: { ...parent, ...child } }
}

function constraintOf({ at, min, max, ...is }: Where): ArgumentConstraint {
  const range = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
  return {
    path: typeof at === 'string' ? [at] : at,
    is: { ...is, ...(Object.keys(range).length === 0 ? {} : { range }) },
  }
}
