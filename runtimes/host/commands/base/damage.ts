/** What is wrong with what can be reached, in rows for people and in facts for programs. */
import { count } from '../../terminal/units.ts'
import type { Damage, Found } from '../../../../promisebase/index.ts'

const SAYS: Readonly<Record<keyof Damage, string>> = {
  missing: 'missing',
  corrupt: 'corrupt',
  undecodable: 'not what its codec says',
  opaque: 'of a codec without known links',
}

/** The rows of those kinds that there are. */
export function damageRows(damage: Damage): readonly string[][] {
  return kindsOf(damage).flatMap(([kind, { count: many, first }]) =>
    many === 0 ? [] : [[SAYS[kind], count(many)], ...first.map((cid) => ['', cid.toString()])],
  )
}

export function damageFacts(damage: Damage): object {
  const facts = kindsOf(damage).map(([kind, { count: many, first }]) => [
    kind,
    { count: many, first: first.map(String) },
  ])
  return Object.fromEntries(facts) as object
}

function kindsOf(damage: Damage): readonly (readonly [keyof Damage, Found])[] {
  return Object.entries(damage) as [keyof Damage, Found][]
}
