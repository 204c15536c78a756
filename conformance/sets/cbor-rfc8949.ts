/** RFC 8949, appendices A and F: what is CBOR, what it stands for, and what is none. */
import { DAG_CBOR_PROFILE, ENVELOPE_PROFILE } from 'promisegrid/promisebase'
import { FOREIGN_PROFILE, GRID_CBOR_PROFILE, scanCbor } from 'promisegrid/promisebase'

import { unhex } from './bytes.ts'
import { CORE, judgeValue, reencode } from './cbor-judge.ts'
import { adapterOf, all, outOfScope, verdict } from './set.ts'
import type { Verdict } from './set.ts'

const PROFILES = [ENVELOPE_PROFILE, DAG_CBOR_PROFILE, CORE.profile, GRID_CBOR_PROFILE, FOREIGN_PROFILE]

interface Example {
  readonly hex: string
  readonly roundtrip: boolean
  readonly decoded?: unknown
  readonly diagnostic?: string
}

export const cborRfc8949 = adapterOf(
  'cbor-rfc8949',
  {
    files: /^appendix_a\.json$/,
    *cases(set, file) {
      for (const example of set.json(file) as readonly Example[])
        yield { name: example.hex, judge: () => judgeExample(example) }
    },
  },
  {
    files: /^fail\.json$/,
    *cases(set, file) {
      for (const { hex } of set.json(file) as readonly Example[])
        yield { name: hex, judge: () => judgeMalformed(hex) }
    },
  },
)

function judgeExample({ hex, roundtrip, ...expected }: Example): Verdict {
  // The examples are older than RFC 8949, which took two-byte forms of simple values from those below 32.
  if (/^f8[01]/.test(hex)) return outOfScope('a simple value below 32 in two bytes, malformed since RFC 8949')
  const again = reencode(hex, CORE)
  if (!roundtrip) return verdict(again === 'CANON', `not deterministic, and ${again}`)
  return all(verdict(again === hex, `became ${again}`), judgeValue(hex, expected))
}

/** An indefinite length is not deterministic wherever the input ends; a claimed one may be too much. */
function judgeMalformed(hex: string): Verdict {
  const wrong = PROFILES.find((profile) => {
    const code = scanCbor(unhex(hex), profile).refused?.code
    return code === undefined || code === 'SHAPE'
  })
  return verdict(wrong === undefined, `taken for CBOR under ${wrong?.name}`)
}
