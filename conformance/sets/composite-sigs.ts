/**
 * LAMPS: composite signatures of ML-DSA and a classical algorithm. Nothing here speaks their format, but both
 * halves are signatures that this library verifies, over the message that the draft makes of the one signed:
 *
 *     M' = "CompositeAlgorithmSignatures2025" ‖ label ‖ len(ctx) ‖ ctx ‖ hash(m)
 *
 * in ML-DSA with the label as context. A composite holds when both halves do.
 */
import { p256 } from '@noble/curves/nist.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { toLowS, verifyMlDsa } from 'promisegrid/promisebase'

import { joined, unbase64, utf8 } from './bytes.ts'
import { judgeMlDsa } from './ml-dsa-judge.ts'
import { byEach } from './providers.ts'
import { adapterOf, outOfScope, verdict, wrong } from './set.ts'
import type { MlDsaAlgorithm, PublicKey } from 'promisegrid/promisebase'
import type { SetCase, Verdict } from './set.ts'

interface Entry {
  readonly tcId: string
  readonly rev?: string
  readonly m?: string
  readonly pk: string
  readonly s: string
  readonly ctx?: string
  readonly sWithContext?: string
}

/** One signature over one message. */
interface Signed {
  readonly tcId: string
  readonly key: Uint8Array
  readonly message: Uint8Array
  readonly context: Uint8Array
  readonly signature: Uint8Array
}

interface Head {
  readonly m: string
  readonly ctx: string
  readonly tests: readonly Entry[]
}

const SIZES = { 'ML-DSA-44': [1312, 2420], 'ML-DSA-65': [1952, 3309], 'ML-DSA-87': [2592, 4627] } as const

export const compositeSigs = adapterOf(
  'composite-sigs',
  {
    files: /testvectors.*\.json$/,
    *cases(set, file) {
      const { m, ctx, tests } = set.json(file) as Head
      for (const test of tests) yield* casesOf({ ...test, m, ctx }, true)
    },
  },
  {
    files: /revisions.*\.json$/,
    *cases(set, file) {
      const { accept, reject } = set.json(file) as Partial<Record<'accept' | 'reject', readonly Entry[]>>
      for (const entry of accept ?? []) yield* casesOf(entry, true)
      for (const entry of reject ?? []) yield* casesOf(entry, false)
    },
  },
)

/** One case for the signature without context, and one for that with it. */
function* casesOf(entry: Entry, isRight: boolean): Iterable<SetCase> {
  const { tcId, rev = '', m = '', pk, s, ctx, sWithContext } = entry
  const name = `${rev} ${tcId}`.trim()
  const common = { tcId, key: unbase64(pk), message: unbase64(m) }
  const plain = { ...common, context: new Uint8Array(0), signature: unbase64(s) }
  yield { name, judge: () => judge(plain, isRight) }
  if (ctx === undefined || sWithContext === undefined) return
  const withContext = { ...common, context: unbase64(ctx), signature: unbase64(sWithContext) }
  yield { name: `${name} with a context`, judge: () => judge(withContext, isRight) }
}

function judge(signed: Signed, isRight: boolean): Verdict {
  const [, plain] = /^id-(ML-DSA-(?:44|65|87))$/.exec(signed.tcId) ?? []
  if (plain !== undefined) return judgeMlDsa({ ...signed, algorithm: plain as MlDsaAlgorithm }, isRight)
  const [, size, other, hash] =
    /^id-MLDSA(44|65|87)-(Ed25519|ECDSA-P256)-(SHA256|SHA512)$/.exec(signed.tcId) ?? []
  if (size === undefined)
    return outOfScope(`a composite with ${otherPart(signed.tcId)}, with which nothing here signs`)
  const composite = {
    algorithm: `ML-DSA-${size}` as MlDsaAlgorithm,
    other,
    hash: hash === 'SHA256' ? sha256 : sha512,
  }
  return judgeComposite(signed, composite, isRight)
}

interface Composite {
  readonly algorithm: MlDsaAlgorithm
  readonly other: string | undefined
  readonly hash: (bytes: Uint8Array) => Uint8Array
}

/** Right under its own context, and wrong under another one. */
function judgeComposite(signed: Signed, composite: Composite, isRight: boolean): Verdict {
  return byEach(({ crypto }) => {
    const holds = (context: Uint8Array): boolean => {
      const message = representative(signed, composite, context)
      const [first, second] = halves(signed, composite)
      const byMlDsa = verifyMlDsa(composite.algorithm, first.key, message, first.signature, labelOf(signed))
      return byMlDsa && second !== undefined && crypto.verify(second.key, message, second.signature)
    }
    const isTaken = holds(signed.context)
    if (isTaken !== isRight) return wrong(isTaken ? 'both halves hold' : 'a half does not hold')
    return verdict(!holds(utf8('another context')), 'holds under another context too')
  })
}

function representative(signed: Signed, { hash }: Composite, context: Uint8Array): Uint8Array {
  const prefix = utf8('CompositeAlgorithmSignatures2025')
  return joined(prefix, labelOf(signed), context.length, context, hash(signed.message))
}

function labelOf({ tcId }: Signed): Uint8Array {
  return utf8(`COMPSIG-${tcId.replace(/^id-/, '')}`)
}

interface Half {
  readonly key: PublicKey
  readonly signature: Uint8Array
}

/** The half of ML-DSA, and the other one where it can be read at all. */
function halves(
  { key, signature }: Signed,
  { algorithm, other }: Composite,
): readonly [{ readonly key: Uint8Array; readonly signature: Uint8Array }, Half | undefined] {
  const [keyBytes, signatureBytes] = SIZES[algorithm]
  const first = { key: key.subarray(0, keyBytes), signature: signature.subarray(0, signatureBytes) }
  const [bytes, rest] = [key.subarray(keyBytes), signature.subarray(signatureBytes)]
  if (other === 'Ed25519') return [first, { key: { algorithm: 'Ed25519', bytes }, signature: rest }]
  const compact = compactOf(rest)
  if (compact === undefined) return [first, undefined]
  return [first, { key: { algorithm: 'ESP256', bytes }, signature: toLowS(compact) }]
}

/** ECDSA signatures of certificates are DER, with either half of s. */
function compactOf(der: Uint8Array): Uint8Array | undefined {
  try {
    return p256.Signature.fromBytes(der, 'der').toBytes('compact')
  } catch {
    return undefined
  }
}

function otherPart(tcId: string): string {
  return tcId.replace(/^id-MLDSA\d+-/, '').replace(/-SHA.*$/, '')
}
