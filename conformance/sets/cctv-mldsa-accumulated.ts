/** CCTV: keys and signatures from one stream of seeds, hashed into one result; ten thousand take minutes. */
import { shake128 } from '@noble/hashes/sha3.js'
import { signMlDsa } from 'promisegrid/promisebase'

import { hexOf } from './bytes.ts'
import { PROVIDERS } from './providers.ts'
import { adapterOf, verdict } from './set.ts'
import type { CryptoProvider, MlDsaAlgorithm } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

interface Accumulated {
  readonly expected: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A hundred runs take some seconds. */
const SECONDS_RUNS_MAX = 100

const NOTHING = new Uint8Array(0)
const ZEROS = new Uint8Array(32)

export const cctvMldsaAccumulated = adapterOf('cctv-mldsa-accumulated', {
  files: /\.json$/,
  *cases(set, file) {
    for (const [algorithm, results] of Object.entries((set.json(file) as Accumulated).expected)) {
      for (const [runs, expected] of Object.entries(results))
        yield {
          name: `${algorithm} ${runs}`,
          takes: Number(runs) > SECONDS_RUNS_MAX ? 'minutes' : 'seconds',
          judge: () => judge(algorithm as MlDsaAlgorithm, Number(runs), expected),
        }
    }
  },
})

function judge(algorithm: MlDsaAlgorithm, runs: number, expected: string): Verdict {
  const result = accumulate(algorithm, runs)
  return verdict(result === expected, `the result is ${result}`)
}

/** Keys and verdicts are those of the providers in turn: each is asked for half of them. */
function accumulate(algorithm: MlDsaAlgorithm, runs: number): string {
  const seeds = shake128.create({})
  const results = shake128.create({})
  for (let run = 0; run < runs; run += 1) {
    const { crypto } = PROVIDERS[run % PROVIDERS.length] as { readonly crypto: CryptoProvider }
    const seed = seeds.xof(32)
    const key = crypto.publicKey(algorithm, seed)
    const signature = signMlDsa(algorithm, seed, NOTHING, ZEROS)
    results.update(key.bytes).update(signature)
    if (!crypto.verify(key, NOTHING, signature)) return `a refusal of run ${run} by ${crypto.name}`
  }
  return hexOf(results.xof(32))
}
