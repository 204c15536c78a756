/** ACVP: Ed25519 keys and signatures. */
import { unhex } from './bytes.ts'
import { adapterOf, outOfScope } from './set.ts'
import {
  judgeEd25519,
  judgeEd25519Variant,
  judgeKey,
  judgePublicKey,
  judgeSignature,
  judgeVariantSignature,
} from './signature-judge.ts'
import { groupsReader } from './test-groups.ts'
import type { Ed25519Variant } from 'promisegrid/promisebase'
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

type Fields = Record<'d' | 'q' | 'message' | 'context' | 'signature', Uint8Array>

export const acvpEddsa = adapterOf(
  'acvp-eddsa',
  reader(/keygen/i, ({ d, q }) => judgePublicKey('Ed25519', d, q)),
  reader(/keyver/i, ({ q }, isRight) => judgeKey('Ed25519', q, isRight)),
  reader(/siggen/i, ({ d, q, ...signed }, _, variant) =>
    variant === undefined
      ? judgeEd25519(d, q, signed.message, signed.signature)
      : judgeEd25519Variant(d, q, { variant, ...signed }),
  ),
  reader(/sigver/i, ({ q, ...signed }, isRight, variant) =>
    variant === undefined
      ? judgeSignature('Ed25519', q, signed.message, signed.signature, isRight)
      : judgeVariantSignature(q, { variant, ...signed }, isRight),
  ),
)

type Judge = (fields: Fields, isRight: boolean, variant: Ed25519Variant | undefined) => Verdict

/** A key may stand with the group or with the test. */
function reader(files: RegExp, judge: Judge): FileReader {
  return groupsReader<Group, Test>(files, (test, group) => {
    const { curve = 'ED-25519', preHash = false } = group
    if (curve !== 'ED-25519') return outOfScope(`${curve}, with which nothing here signs`)
    const { d = '', q = '', message = '', context = '', signature = '' } = { ...group, ...test }
    const fields = {
      d: unhex(d),
      q: unhex(q),
      message: unhex(message),
      context: unhex(context),
      signature: unhex(signature),
    }
    return judge(fields, test.testPassed === true, variantOf(preHash, context))
  })
}

/** Without a context and a hash it is Ed25519 itself. */
function variantOf(preHash: boolean, context: string): Ed25519Variant | undefined {
  if (preHash) return 'Ed25519ph'
  return context === '' ? undefined : 'Ed25519ctx'
}
