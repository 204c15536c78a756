/** dCBOR: the deterministic CBOR of RFC 8949, with three rules more. */
import { CborFloat, CborSimple, CborTagged } from 'promisegrid/promisebase'

import { CORE, judgeRoundTrip, judgeValue, reencode, valueOf } from './cbor-judge.ts'
import { adapterOf, all, outOfScope, wrong } from './set.ts'
import type { CborValue } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

interface Row {
  readonly hex: string
  readonly notes?: string
  readonly decoded?: unknown
  /** Where JSON cannot say what was decoded: minus zero, which was reduced. */
  readonly skipDecode?: boolean
}

export const dcbor = adapterOf(
  'dcbor',
  {
    files: /^valid\.json$/,
    *cases(set, file) {
      for (const row of set.json(file) as readonly Row[])
        yield { name: row.hex, judge: () => judgeValid(row) }
    },
  },
  {
    files: /^invalid\.json$/,
    *cases(set, file) {
      for (const { hex, notes } of set.json(file) as readonly Row[])
        yield { name: `${hex} ${notes}`, judge: () => judgeInvalid(hex) }
    },
  },
)

function judgeValid({ hex, skipDecode, decoded }: Row): Verdict {
  return all(judgeRoundTrip(hex, CORE), skipDecode === true ? 'passed' : judgeValue(hex, { decoded }))
}

/** What is taken must be what the rules of dCBOR alone forbid; which of them, the value shows. */
function judgeInvalid(hex: string): Verdict {
  const again = reencode(hex, CORE)
  if (again === 'CANON' || again === 'DECODE') return 'passed'
  const rule = again === hex ? ownRule(valueOf(hex) as CborValue) : undefined
  return rule === undefined ? wrong(`taken, and encoded as ${again}`) : outOfScope(rule)
}

function ownRule(value: CborValue): string | undefined {
  if (value instanceof CborFloat && Number.isFinite(value.value))
    return 'a rule of dCBOR alone: a float that can be an integer must be one'
  if (typeof value === 'bigint' && value < -(2n ** 63n))
    return 'a rule of dCBOR alone: no integer below -2^63'
  if (value instanceof CborSimple) return 'a rule of dCBOR alone: no simple value but false, true and null'
  if (typeof value === 'string' && value !== value.normalize('NFC'))
    return 'a rule of dCBOR alone: text is NFC'
  return innerValues(value)
    .map(ownRule)
    .find((rule) => rule !== undefined)
}

function innerValues(value: CborValue): readonly CborValue[] {
  if (Array.isArray(value)) return value
  if (value instanceof Map) return [...value].flat()
  return value instanceof CborTagged ? [value.value as CborValue] : []
}
