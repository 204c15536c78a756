/** Wycheproof: X25519. What all peers would share with anybody, zero, is no secret and must be refused. */
import { unhex } from './bytes.ts'
import { judgeDecapsulation } from './agreement-judge.ts'
import { adapterOf, outOfScope } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { Verdict } from './set.ts'
import type { Wycheproof } from './test-groups.ts'

interface Test extends Wycheproof {
  readonly public: string
  readonly private: string
  readonly shared: string
}

export const wycheproofX25519 = adapterOf(
  'wycheproof-x25519',
  groupsReader<{ readonly curve?: string }, Test>(/\.json$/, (test, { curve = 'curve25519' }) =>
    curve === 'curve25519' ? judge(test) : outOfScope(`${curve}, by which nothing here agrees`),
  ),
)

/** `acceptable` are points of small order and second encodings: all but a product of zero are computed. */
function judge({ public: key, private: secret, shared, result, flags = [] }: Test): Verdict {
  const isRefused = result === 'invalid' || flags.includes('ZeroSharedSecret')
  return judgeDecapsulation('X25519', unhex(secret), unhex(key), isRefused ? undefined : unhex(shared))
}
