/**
 * Two views of messages whose last slot is a COSE_Sign1, as it is or inside a byte string. COSE does not say
 * whose key it is: whoever registers the view finds keys by their identifier.
 *
 *   embedded   the payload of the COSE_Sign1 is there, and is the untagged array of all slots before
 *   detached   its payload is nil, and stands for the tagged array of all slots before
 */
import { decodeCbor, FOREIGN_PROFILE } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { equalBytes } from '../message/cose.ts'
import { readForeignSign1 } from './foreign-sign1.ts'
import { isShort, taggedSlots, untaggedSlots } from './signed-slots.ts'
import type { PublicKey } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { ForeignSign1 } from './foreign-sign1.ts'
import type { ForeignEnvelope, ForeignSignature, SignableView } from './view.ts'

/** The key behind a key identifier; some writers send none, because their protocol says whose it is. */
export type KeyFinder = (kid: Uint8Array | undefined, envelope: ForeignEnvelope) => PublicKey | undefined

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

type ContentOf = (sign1: ForeignSign1, before: readonly Uint8Array[]) => Result<Uint8Array>

function coseView(name: string, keyOf: KeyFinder, contentOf: ContentOf): SignableView {
  const read = (envelope: ForeignEnvelope): Result<ForeignSignature> => {
    const [before, proof] = [envelope.slots.slice(0, -1), envelope.slots.at(-1)]
    if (proof === undefined || before.length < 2 || !isShort(before))
      return refuse('SHAPE', `a message of the view ${name} has 3 to 24 slots`)
    const sign1 = readProof(proof)
    if (sign1.refused !== undefined) return sign1
    const content = contentOf(sign1.ok, before)
    if (content.refused !== undefined) return content
    const key = keyOf(sign1.ok.kid, envelope)
    if (key === undefined) return refuse('KEY', 'the key of this message is not known here')
    return sign1.ok.over(content.ok, key)
  }
  return { name, read }
}

function readProof(slot: Uint8Array): Result<ForeignSign1> {
  const decoded = decodeCbor(slot, FOREIGN_PROFILE)
  if (decoded.refused !== undefined) return decoded
  return readForeignSign1(decoded.ok instanceof Uint8Array ? decoded.ok : slot)
}
