/** X-Wing, as in its own draft and as in that of the concrete hybrids; and a hybrid with another combiner. */
import { joined, unhex } from './bytes.ts'
import { judgeAgreementKey, judgeDecapsulation, judgeEncapsulation } from './agreement-judge.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict } from './set.ts'
import { sameBytes } from './bytes.ts'
import type { FileReader, Verdict } from './set.ts'

interface Row {
  readonly seed: string
  readonly eseed?: string
  readonly randomness?: string
  readonly pk: string
  readonly ct: string
  readonly ss: string
}

export const xwingHybridKem = adapterOf(
  'xwing-hybrid-kem',
  rows(/xwing.*\.json$/i, judgeXWing),
  rows(/test-vectors-MLKEM768X25519\.json$/, judgeXWing),
  rows(/kitchensink.*ML-KEM-768_X25519.*\.json$/i, judgeKitchenSink),
  rows(/^hybrids\//, () => outOfScope('a hybrid KEM of other parts than X-Wing')),
)

function rows(files: RegExp, judge: (row: Row) => Verdict): FileReader {
  return {
    files,
    *cases(set, file) {
      for (const [at, row] of (set.json(file) as readonly Row[]).entries())
        yield { name: String(at), judge: () => judge(row) }
    },
  }
}

function judgeXWing(row: Row): Verdict {
  const [secret, key, ciphertext, shared] = [row.seed, row.pk, row.ct, row.ss].map(unhex) as Four
  return all(
    judgeAgreementKey('X-Wing', secret, key),
    judgeEncapsulation('X-Wing', key, entropyOf(row), joined(ciphertext, shared)),
    judgeDecapsulation('X-Wing', secret, ciphertext, shared),
    judgeFlipped(secret, ciphertext, shared),
  )
}

type Four = [Uint8Array, Uint8Array, Uint8Array, Uint8Array]

/** Its keys and ciphertexts are those of X-Wing, its secrets are not. */
function judgeKitchenSink(row: Row): Verdict {
  const [secret, key, ciphertext, shared] = [row.seed, row.pk, row.ct, row.ss].map(unhex) as Four
  return all(
    judgeAgreementKey('X-Wing', secret, key),
    byEach(({ agreement }) => {
      const sent = agreement.encapsulate({ algorithm: 'X-Wing', bytes: key }, entropyOf(row))
      const isOther = !sameBytes(sent?.sharedSecret, shared)
      return verdict(
        sameBytes(sent?.ciphertext, ciphertext) && isOther,
        'another ciphertext, or the same secret',
      )
    }),
    outOfScope('a combiner by HKDF, which is not that of X-Wing (keys and ciphertexts are right)'),
  )
}

/** A ciphertext with a bit flipped leads to another secret, and to no error. */
function judgeFlipped(secret: Uint8Array, ciphertext: Uint8Array, shared: Uint8Array): Verdict {
  const flipped = ciphertext.map((byte, at) => (at === 0 ? byte ^ 1 : byte))
  return byEach(({ agreement }) => {
    const other = agreement.decapsulate('X-Wing', secret, flipped)
    return verdict(
      other !== undefined && !sameBytes(other, shared),
      'a flipped bit is refused or changes nothing',
    )
  })
}

function entropyOf({ eseed, randomness = eseed ?? '' }: Row): Uint8Array {
  return unhex(randomness)
}
