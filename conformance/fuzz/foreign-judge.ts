/** Laws of foreign messages: slots that are the whole, and nothing verified but what was signed, by who signed it. */
import { readForeign, readForeignEnvelope } from 'promisegrid/kernel'
import { CborTagged, CORE_PROFILE, decodeCbor, encodeCbor, GRID_TAG, isTagged } from 'promisegrid/promisebase'
import { counting } from './counting.ts'
import { foreignViews } from './foreign-messages.ts'
import { crypto } from './node.ts'
import { Finding, unharmed } from './target.ts'
import { codeOf, elementsOf, isSame, isSameValue, valueOf } from './verdict.ts'
import type { CborValue } from 'promisegrid/promisebase'
import type { ForeignObject } from './foreign-messages.ts'
import type { Counts } from './target.ts'

/** Whether the bytes are verified by a view. */
export function foreignJudge(
  objects: readonly ForeignObject[],
  counts: Counts,
): (bytes: Uint8Array) => boolean {
  const views = foreignViews()
  return (bytes) => {
    checkSlots(bytes)
    const { crypto: counted, taken } = counting(crypto)
    const read = unharmed('readForeign', bytes, () =>
      readForeign(counted, views, bytes, { unknown: 'opaque' }),
    )
    if (taken().length > 1) throw new Finding('more than one signature was verified', bytes)
    const name = read.refused === undefined ? (read.ok.view ?? 'opaque') : codeOf(read, bytes)
    if (read.ok?.verified !== true) {
      counts.add(`foreign ${name}`)
      return false
    }
    const { view, signed, signer } = read.ok
    const original = objects.find((each) => each.view === view && isSame(each.signed, signed))
    if (original === undefined || original.signer.principal !== signer.principal)
      throw new Finding(`${view} verifies what nobody has signed`, bytes)
    counts.add(`foreign ${view}: other ${othersIn(bytes, original)}`)
    return true
  }
}

/** The slots are items of their own, and together the whole. */
function checkSlots(bytes: Uint8Array): void {
  const read = unharmed('readForeignEnvelope', bytes, () => readForeignEnvelope(bytes))
  if (read.refused !== undefined) return void codeOf(read, bytes)
  const slots = read.ok.slots.map((slot) => decodeCbor(slot, CORE_PROFILE).ok)
  const again = encodeCbor(new CborTagged(GRID_TAG, slots as CborValue[]))
  if (!isSame(again, bytes)) throw new Finding('slots that are not the whole', bytes)
  if (!isSame(read.ok.protocol.bytes, protocolIn(slots[0]))) throw new Finding('of another protocol', bytes)
}

function protocolIn(slot: CborValue | undefined): Uint8Array {
  if (isTagged(slot) && slot.value instanceof Uint8Array) return slot.value
  return (slot as { readonly bytes: Uint8Array }).bytes
}

/** What is not as it was sent. @throws {Finding} when it is more than nobody vouches for */
function othersIn(bytes: Uint8Array, { view, bytes: before }: ForeignObject): string {
  if (isSame(bytes, before)) return 'nothing'
  const [now, then] = [elementsOf(valueOf(bytes)), elementsOf(valueOf(before))]
  const isProof = (at: number): boolean => at === now.length - 1
  const isKept = now.every((slot, at) => isProof(at) || isSameValue(slot, then[at]))
  const [proof, original] = [proofIn(now.at(-1)), proofIn(then.at(-1))]
  const isSigned = [0, 2, 3].every((at) => isSameValue(proof[at], original[at]))
  if (!isKept || !isSigned || !view.startsWith('cose-'))
    throw new Finding(`${view} verifies it changed`, bytes)
  return isSameValue(proof[1], original[1]) ? 'wrapping' : 'unprotected'
}

function proofIn(slot: CborValue | undefined): readonly CborValue[] {
  return elementsOf(slot instanceof Uint8Array ? valueOf(slot) : (slot ?? null))
}
