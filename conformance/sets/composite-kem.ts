/** LAMPS: the composite KEM of ML-KEM-768 and X25519, put together from both and the combiner of X-Wing. */
import { combineXWing } from 'promisegrid/promisebase'

import { hexOf, sameBytes, unbase64 } from './bytes.ts'
import { byEach } from './providers.ts'
import { adapterOf, outOfScope, verdict, wrong } from './set.ts'
import type { Providers } from './providers.ts'
import type { Verdict } from './set.ts'

interface Row {
  readonly rev?: string
  readonly tcId: string
  readonly expect: string
  readonly ek: string
  readonly dk: string
  readonly c: string
  readonly k: string
}

/** Bytes of the parts: seed of ML-KEM, its ciphertext, its key; what follows each is of X25519. */
const PART = { secret: 64, ciphertext: 1088, key: 1184 }

export const compositeKem = adapterOf('composite-kem', {
  files: /\.json$/,
  *cases(set, file) {
    for (const row of set.json(file) as readonly Row[])
      yield { name: `${row.rev} ${row.tcId} ${row.expect}`, judge: () => judge(row) }
  },
})

function judge(row: Row): Verdict {
  if (row.tcId !== 'id-MLKEM768-X25519-SHA3-256') return outOfScope('a composite KEM of other parts')
  const secrets = readSecret(unbase64(row.dk))
  if (secrets === undefined)
    return row.expect === 'accept'
      ? wrong(`a secret of ${row.dk.length} digits`)
      : outOfScope('a secret laid out as in an older draft')
  return byEach((providers) => judgeCombined(row, secrets, providers))
}

interface Secrets {
  readonly mlKem: Uint8Array
  readonly x25519: Uint8Array
}

/** Both secrets, one after the other; older drafts put more between them. */
function readSecret(secret: Uint8Array): Secrets | undefined {
  if (secret.length !== PART.secret + 32) return undefined
  return { mlKem: secret.subarray(0, PART.secret), x25519: secret.subarray(PART.secret) }
}

function judgeCombined(row: Row, secrets: Secrets, { agreement }: Providers): Verdict {
  const ciphertext = unbase64(row.c)
  const oneTime = ciphertext.subarray(PART.ciphertext)
  const mlKem = agreement.decapsulate('ML-KEM-768', secrets.mlKem, ciphertext.subarray(0, PART.ciphertext))
  const product = agreement.decapsulate('X25519', secrets.x25519, oneTime)
  if (mlKem === undefined || product === undefined) return wrong('a part of the ciphertext is refused')
  const key = agreement.publicKey('X25519', secrets.x25519).bytes
  if (!sameBytes(key, unbase64(row.ek).subarray(PART.key))) return wrong(`the key is ${hexOf(key)}`)
  const shared = combineXWing(mlKem, product, oneTime, key)
  const isSame = sameBytes(shared, unbase64(row.k))
  return verdict(isSame === (row.expect === 'accept'), `the secret is ${hexOf(shared)}`)
}
