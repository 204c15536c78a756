/**
 * Envelopes in both forms, and those of others: one that is read has the positions it says and one encoding; a signature
 * of one form holds in no other; an answer comes in the form of the message; and a foreign message is verified only as it was
 * signed, whatever the view. Of a COSE_Sign1 in one nobody vouches for the unprotected header, nor for a byte string
 * around it: these alone may be others, and the answer says nothing of them.
 */
import { GRID_MESSAGE, readEnvelope, readSigned } from 'promisegrid/kernel'
import { CborTagged, encodeCbor, GRID_TAG, isTagged } from 'promisegrid/promisebase'
import { cborBytes } from './cbor-bytes.ts'
import { counting } from './counting.ts'
import { cross, inElement, retag } from './cross.ts'
import { foreignJudge } from './foreign-judge.ts'
import { foreignObjects } from './foreign-messages.ts'
import { mutate } from './mutate.ts'
import { crypto, drawFrom, keys, openNode, people } from './node.ts'
import { Random } from './random.ts'
import { reshape } from './reshape.ts'
import { Counts, Finding, unharmed } from './target.ts'
import { codeOf, elementsOf, isSame, isSameValue, valueOf } from './verdict.ts'
import type { Envelope } from 'promisegrid/kernel'
import type { CborValue } from 'promisegrid/promisebase'
import type { Node } from './node.ts'
import type { Target } from './target.ts'

const TAGGED = 0xda
/** A node begins anew before it has signed as many refusals as it signs in a minute: its clock stands still. */
const STEPS_PER_NODE = 5_000

export async function openEnvelope(): Promise<Target> {
  const counts = new Counts()
  const foreign = foreignObjects()
  const judge = foreignJudge(foreign, counts)
  for (const { bytes, view } of foreign)
    if (!judge(bytes)) throw new Finding(`an honest ${view} is refused`, bytes)
  let node: Node | undefined
  let steps = 0
  const step = async (random: Random): Promise<void> => {
    if (node === undefined || steps++ % STEPS_PER_NODE === 0) {
      await node?.kernel.close()
      drawFrom(new Random(0, 0))
      node = await openNode()
    }
    drawFrom(random)
    if (random.once(20)) return checkAnswer(node, random, counts)
    const ours = honestMessages(node)
    const bytes = input(random, [...ours, ...foreign.map((each) => each.bytes)])
    counts.add(`envelope ${checkEnvelope(bytes)}`)
    if (!ours.some((each) => isSame(each, bytes))) checkSigned(bytes)
    judge(bytes)
  }
  return { step, counts, close: async () => node?.kernel.close() }
}

const honest = new WeakMap<Node, readonly Uint8Array[]>()

/** Both forms by both kinds of keys, their nonces always the same. */
function honestMessages(node: Node): readonly Uint8Array[] {
  const known = honest.get(node)
  if (known !== undefined) return known
  const made = (['array', 'tagged'] as const).flatMap((form) =>
    [people.alice, people.carol].map((as) => node.compose({ form }, as).bytes),
  )
  honest.set(node, made)
  return made
}

function input(random: Random, originals: readonly Uint8Array[]): Uint8Array {
  if (random.once(16)) return cborBytes(random, 40)
  const original = random.pick(originals)
  if (random.once(4)) return mutate(random, original)
  const value = valueOf(original)
  if (random.once(8)) return inOtherForm(value)
  if (random.once(3)) return cross(random, value, valueOf(random.pick(originals)))
  if (random.once(16)) return retag(random, value)
  return inElement(random, value, (element) => reshape(random, element))
}

/** The same elements with the signature as it was: tagged instead of an array, or the other way round. */
function inOtherForm(value: CborValue): Uint8Array {
  const slots = elementsOf(value).slice(1)
  return isTagged(value)
    ? encodeCbor(['grid', ...slots])
    : encodeCbor(new CborTagged(GRID_TAG, [GRID_MESSAGE, ...slots]))
}

// --------------------------------------------------------------------------------------------------- ours

/** What was read, or the code of the refusal. */
function checkEnvelope(bytes: Uint8Array): string {
  const read = unharmed('readEnvelope', bytes, () => readEnvelope(bytes))
  if (read.refused !== undefined) return codeOf(read, bytes)
  const value = valueOf(bytes)
  const slots = elementsOf(value)
  const { form, claims, signature } = read.ok
  if ((form === 'tagged') !== (bytes[0] === TAGGED)) throw new Finding('read in the other form', bytes)
  if (!isSame(encodeCbor(value), bytes)) throw new Finding('an envelope in a second encoding', bytes)
  const isPlaced = slots.length === 5 && isSameValue(slots[3], claims)
  if (!isPlaced || !isSameValue(slots[4], signature))
    throw new Finding('an element from another position', bytes)
  if (!isSame(read.ok.signedPayload, signedPart(value)))
    throw new Finding('something else is said to be signed', bytes)
  checkLinks(read.ok, slots, bytes)
  return form
}

function signedPart(value: CborValue): Uint8Array {
  const four = elementsOf(value).slice(0, 4)
  return encodeCbor(isTagged(value) ? new CborTagged(value.tag, four) : four)
}

/** As a link, or as the bytes of one. */
function checkLinks({ protocol, grid }: Envelope, slots: readonly CborValue[], bytes: Uint8Array): void {
  for (const [at, cid] of [protocol, grid].entries()) {
    const element = slots[at + 1]
    const isHere = element instanceof Uint8Array ? isSame(element, cid.bytes) : cid.equals(element)
    if (!isHere) throw new Finding('a link from another position', bytes)
  }
}

function checkSigned(bytes: Uint8Array): void {
  const { crypto: counted, taken } = counting(crypto)
  const read = unharmed('readSigned', bytes, () => readSigned({ crypto: counted, keys }, bytes))
  if (taken().length > 1) throw new Finding('more than one signature was verified', bytes)
  if (read.refused === undefined) throw new Finding('a changed message is signed', bytes)
  codeOf(read, bytes)
}

/** Signed as it is; the answer, signed too, has its form. */
async function checkAnswer(node: Node, random: Random, counts: Counts): Promise<void> {
  const form = random.pick(['array', 'tagged'] as const)
  const method = random.once(12) ? 'no such method' : 'echo'
  const { bytes } = node.compose({ form, method, arguments: { bytes: random.bytes(random.size(40)) } })
  const reply = await node.kernel.dispatch(bytes)
  const read = unharmed('the answer', bytes, () => readSigned({ crypto, keys }, reply))
  if (read.refused !== undefined) throw new Finding(`the answer is ${read.refused.detail}`, bytes)
  if (read.ok.form !== form) throw new Finding(`answered in the form ${read.ok.form}`, bytes)
  if (checkEnvelope(reply) !== form) throw new Finding('answered in no form', bytes)
  counts.add(`answer ${form} ${read.ok.claims.outcome?.status}`)
}
