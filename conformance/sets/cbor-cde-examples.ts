/** The table of the CBOR common deterministic encoding: the one form of each number, and forms that are wrong. */
import { CborFloat } from 'promisegrid/promisebase'

import { hexOf } from './bytes.ts'
import { CORE, judgeRefused, judgeRoundTrip } from './cbor-judge.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { Verdict } from './set.ts'

/** Kind, value in diagnostic notation, hex, comment; a cell with a comma stands in quotes. */
const ROW = /^(int|flt|bad),("(?:[^"]|"")*"|[^,]*),([0-9a-f]+),(.*)$/

export const cborCdeExamples = adapterOf('cbor-cde-examples', {
  files: /\.csv$/,
  *cases(set, file) {
    for (const line of set.text(file).split(/\r?\n/).filter(Boolean)) {
      const [, kind = '', value = '', hex = ''] = ROW.exec(line) ?? []
      yield { name: line, judge: () => judgeRow(kind, value, hex) }
    }
  },
})

function judgeRow(kind: string, value: string, hex: string): Verdict {
  if (kind === 'bad') return judgeRefused(hex, CORE)
  if (kind !== 'int' && kind !== 'flt') return wrong('a row of no kind that is known')
  if (value === 'NaN' && hex !== 'f97e00')
    return all(judgeRefused(hex, CORE), outOfScope('a NaN with a payload, which no value of ours can carry'))
  const number = kind === 'int' ? BigInt(value) : new CborFloat(Number(value))
  const encoded = hexOf(CORE.encode(number))
  return all(judgeRoundTrip(hex, CORE), verdict(encoded === hex, `${value} is encoded as ${encoded}`))
}
