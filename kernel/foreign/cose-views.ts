/**
 * Two views of messages whose last slot is a COSE_Sign1, as it is or inside a byte string. COSE does not say
 * whose key it is: whoever registers the view finds keys by their identifier.
 *
 *   embedded   the payload of the COSE_Sign1 is there, and is the untagged array of all slots before
 *   detached   its payload is nil, and stands for the tagged array of all slots before
 */
import { decodeCbor, FOREIGN_PROFILE } from '../../promisebase/index.ts'
import { readCoseSign1, sigStructure } from '../cose/index.ts'
import { refuse } from '../errors.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import { isShort, taggedSlots, untaggedSlots } from './signed-slots.ts'
import type { PublicKey, SignatureAlgorithm } from '../../promisebase/index.ts'
import type { CoseSign1 } from '../cose/index.ts'
import type { Result } from '../errors.ts'
import type { ForeignEnvelope, ForeignSignature, SignableView } from './view.ts'

/** The key behind a key identifier; some writers send none, because their protocol says whose it is. */
export type KeyFinder = (kid: Uint8Array | undefined, envelope: ForeignEnvelope) => PublicKey | undefined

/** EdDSA and ES256 leave the curve to the key; the numbers of RFC 9864 name it. */
const ALGORITHM = new Map<number, SignatureAlgorithm>([
  [-8, 'Ed25519'],
  [-19, 'Ed25519'],
  [-7, 'ESP256'],
  [-9, 'ESP256'],
  [-37, 'PS256'],
  [-48, 'ML-DSA-44'],
  [-49, 'ML-DSA-65'],
  [-50, 'ML-DSA-87'],
])
const NOTHING = new Uint8Array(0)

export function coseEmbeddedView(keyOf: KeyFinder): SignableView {
  return coseView('cose-embedded', keyOf, ({ payload }, before) => {
    const content = untaggedSlots(before)
    if (payload === undefined) return refuse('SHAPE', 'the payload of this view is embedded')
    return equalBytes(payload, content)
      ? { ok: content }
      : refuse('SIG', 'what was signed is not what the slots hold')
  })
}

export function coseDetachedView(keyOf: KeyFinder): SignableView {
  return coseView('cose-detached', keyOf, ({ payload }, before) =>
    payload === undefined
      ? { ok: taggedSlots(before) }
      : refuse('SHAPE', 'the payload of this view is detached (nil)'),
  )
}

type ContentOf = (sign1: CoseSign1, before: readonly Uint8Array[]) => Result<Uint8Array>

function coseView(name: string, keyOf: KeyFinder, contentOf: ContentOf): SignableView {
  const read = (envelope: ForeignEnvelope): Result<ForeignSignature> => {
    const [before, proof] = [envelope.slots.slice(0, -1), envelope.slots.at(-1)]
    if (proof === undefined || before.length < 2 || !isShort(before))
      return refuse('SHAPE', `a message of the view ${name} has 3 to 24 slots`)
    const sign1 = readProof(proof)
    if (sign1.refused !== undefined) return sign1
    const content = contentOf(sign1.ok, before)
    if (content.refused !== undefined) return content
    const key = keyOf(sign1.ok.headers.kid, envelope)
    return key === undefined
      ? refuse('KEY', 'the key of this message is not known here')
      : signatureOf(sign1.ok, content.ok, key)
  }
  return { name, read }
}

function readProof(slot: Uint8Array): Result<CoseSign1> {
  const decoded = decodeCbor(slot, FOREIGN_PROFILE)
  if (decoded.refused !== undefined) return decoded
  return readCoseSign1(decoded.ok instanceof Uint8Array ? decoded.ok : slot, { tag: 'required' })
}

function signatureOf(
  { algorithm, headers, signature }: CoseSign1,
  content: Uint8Array,
  key: PublicKey,
): Result<ForeignSignature> {
  if (ALGORITHM.get(algorithm) !== key.algorithm)
    return refuse('ALG', `the header says ${algorithm}, the key is of ${key.algorithm}`)
  const signed = sigStructure('Signature1', headers.protectedBytes, undefined, NOTHING, content)
  return { ok: { key, signature, signed } }
}
