/** ACVP: Ed25519 keys and signatures. */
import { unhex } from './bytes.ts'
import { adapterOf, outOfScope } from './set.ts'
import { judgeEd25519, judgeKey, judgePublicKey, judgeSignature } from './signature-judge.ts'
import { groupsReader } from './test-groups.ts'
import type { FileReader, Verdict } from './set.ts'

interface Group {
  readonly curve?: string
  readonly preHash?: boolean
  readonly d?: string
  readonly q?: string
}

interface Test {
  readonly d?: string
  readonly q?: string
  readonly message?: string
  readonly context?: string
  readonly signature?: string
  readonly testPassed?: boolean
}

type Fields = Record<'d' | 'q' | 'message' | 'signature', Uint8Array>

export const acvpEddsa = adapterOf(
  'acvp-eddsa',
  reader(/keygen/i, ({ d, q }) => judgePublicKey('Ed25519', d, q)),
  reader(/keyver/i, ({ q }, isRight) => judgeKey('Ed25519', q, isRight)),
  reader(/siggen/i, ({ d, q, message, signature }) => judgeEd25519(d, q, message, signature)),
  reader(/sigver/i, ({ q, message, signature }, isRight) =>
    judgeSignature('Ed25519', q, message, signature, isRight),
  ),
)

/** Judges what is Ed25519 alone; a key may stand with the group or with the test. */
function reader(files: RegExp, judge: (fields: Fields, isRight: boolean) => Verdict): FileReader {
  return groupsReader<Group, Test>(files, (test, group) => {
    const { curve = 'ED-25519', preHash = false } = group
    if (curve !== 'ED-25519') return outOfScope(`${curve}, with which nothing here signs`)
    if (preHash) return outOfScope('Ed25519ph: nothing here signs a hash of a message')
    if ((test.context ?? '') !== '') return outOfScope('Ed25519ctx: nothing here signs with a context')
    const { d = '', q = '', message = '', signature = '' } = { ...group, ...test }
    const fields = { d: unhex(d), q: unhex(q), message: unhex(message), signature: unhex(signature) }
    return judge(fields, test.testPassed === true)
  })
}
