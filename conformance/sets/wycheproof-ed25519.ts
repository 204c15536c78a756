/** Wycheproof: Ed25519 signatures that are right, and others that are nearly. */
import { unhex } from './bytes.ts'
import { adapterOf } from './set.ts'
import { judgeSignature } from './signature-judge.ts'
import { groupsReader } from './test-groups.ts'
import type { Wycheproof } from './test-groups.ts'

interface Group {
  readonly publicKey: { readonly pk: string }
}

interface Test extends Wycheproof {
  readonly msg: string
  readonly sig: string
}

export const wycheproofEd25519 = adapterOf(
  'wycheproof-ed25519',
  groupsReader<Group, Test>(/\.json$/, ({ msg, sig, result }, { publicKey }) =>
    judgeSignature('Ed25519', unhex(publicKey.pk), unhex(msg), unhex(sig), result === 'valid'),
  ),
)
