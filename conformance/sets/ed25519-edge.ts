/**
 * Points of small and mixed order, and encodings that are not canonical, on which verifiers differ. What each
 * case must be answered with follows from the one rule here: R and the key are canonical and in the group of
 * prime order, S is below its order, and the equation holds without the cofactor.
 */
import { ed25519 } from '@noble/curves/ed25519.js'

import { unhex, utf8 } from './bytes.ts'
import { adapterOf } from './set.ts'
import { judgeSignature } from './signature-judge.ts'
import type { Verdict } from './set.ts'

interface Cctv {
  readonly number?: number
  readonly key: string
  readonly sig: string
  readonly msg: string
  readonly flags: readonly string[] | null
}

interface Zip215 {
  readonly vk_bytes: string
  readonly sig_bytes: string
}

interface Speccheck {
  readonly message: string
  readonly pub_key: string
  readonly signature: string
}

export const ed25519Edge = adapterOf(
  'ed25519-edge',
  {
    files: /cctv.*\.json$/,
    *cases(set, file) {
      for (const [at, { number = at, key, sig, msg, flags }] of (set.json(file) as readonly Cctv[]).entries())
        yield {
          name: `${number} ${(flags ?? []).join(' ')}`,
          // Every flag names something that is not as the rule demands.
          judge: () =>
            judgeSignature('Ed25519', unhex(key), utf8(msg), unhex(sig), (flags ?? []).length === 0),
        }
    },
  },
  {
    files: /zip215.*\.json$/,
    *cases(set, file) {
      for (const [at, { vk_bytes, sig_bytes }] of (set.json(file) as readonly Zip215[]).entries())
        yield { name: String(at), judge: () => judgeByRule(unhex(vk_bytes), utf8('Zcash'), unhex(sig_bytes)) }
    },
  },
  {
    files: /cases.*\.json$/,
    *cases(set, file) {
      for (const [at, each] of (set.json(file) as readonly Speccheck[]).entries())
        yield {
          name: String(at),
          judge: () => judgeByRule(unhex(each.pub_key), unhex(each.message), unhex(each.signature)),
        }
    },
  },
)

function judgeByRule(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Verdict {
  const isStrict =
    isOfPrimeOrder(key) &&
    isOfPrimeOrder(signature.subarray(0, 32)) &&
    ed25519.verify(signature, message, key, { zip215: false })
  return judgeSignature('Ed25519', key, message, signature, isStrict)
}

function isOfPrimeOrder(encoded: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(Uint8Array.from(encoded), false)
    return point.isTorsionFree() && !point.is0()
  } catch {
    return false
  }
}
