/**
 * Messages inside messages: what comes out is every one of them as its signer signed it, or nothing. Whoever puts a
 * changed message into an honest one gets all refused, for every byte of every layer is covered; one of another
 * grid, or nested too deep, costs no signature check; arguments that do not begin like a message are bytes.
 */
import { GRID_MESSAGE, LIMITS, readNested } from 'promisegrid/kernel'
import { CODEC, encodeCbor, hashBlock } from 'promisegrid/promisebase'
import { counting } from './counting.ts'
import { cross, inElement, retag } from './cross.ts'
import { mutate } from './mutate.ts'
import { crypto, drawFrom, openNode, people } from './node.ts'
import { Random } from './random.ts'
import { reshape } from './reshape.ts'
import { ringOfSets, sets } from './sets.ts'
import { Counts, Finding, unharmed } from './target.ts'
import { codeOf, isSame, valueOf } from './verdict.ts'
import type { ComposedMessage, NestedMessage, Result, Signer } from 'promisegrid/kernel'
import type { Node } from './node.ts'
import type { Target } from './target.ts'

const OTHER_GRID = hashBlock(crypto.sha256, CODEC.dagCbor, encodeCbor('another grid'))
/** How messages begin, in both forms. */
const MARKED_ARRAY = Uint8Array.of(0x85, ...encodeCbor('grid'))
const TAG = Uint8Array.of(0xda, 0x67, 0x72, 0x69, 0x64)

/** Messages in one another, the outermost first. */
interface Nest {
  readonly bytes: Uint8Array
  readonly layers: readonly ComposedMessage[]
}

export async function openNested(): Promise<Target> {
  drawFrom(new Random(0, 0))
  const node = await openNode()
  const { crypto: counted, taken } = counting(crypto)
  const context = { crypto: counted, keys: ringOfSets(), grid: node.grid }
  const read = (bytes: Uint8Array) => {
    const result = unharmed('readNested', bytes, () => readNested(context, bytes))
    return { result, verdicts: taken() }
  }
  const counts = new Counts()
  const step = (random: Random): void => {
    drawFrom(random)
    const nest = honestNest(node, random)
    if (random.once(4)) return counts.add(checkHonest(nest, read(nest.bytes)))
    const other = wrapped(node, random, nest)
    if (nest.layers.some(({ bytes }) => isSame(bytes, other.inner))) return
    counts.add(checkChanged(other, read(other.bytes)))
  }
  return { step, counts, close: () => node.kernel.close() }
}

interface Read {
  readonly result: Result<readonly NestedMessage[]>
  readonly verdicts: readonly boolean[]
}

/** Mostly few, now and then more than there may be. */
function honestNest(node: Node, random: Random): Nest {
  const depth = 1 + random.size(LIMITS.nestingDepth + 1)
  const layers: ComposedMessage[] = []
  for (let left = depth; left > 0; left -= 1) layers.unshift(layerOf(node, random, layers[0]?.bytes))
  return { bytes: (layers[0] as ComposedMessage).bytes, layers }
}

function layerOf(node: Node, random: Random, inner: Uint8Array | undefined): ComposedMessage {
  const form = random.pick(['array', 'tagged'] as const)
  const capabilities = random.once(2) ? {} : { capabilities: [] }
  const fields = inner === undefined ? {} : { arguments: { bytes: inner } }
  return node.compose({ form, ...capabilities, ...fields }, signerOf(random))
}

/** Of the sets only the one that signs quickly, and seldom: P-256 takes its time. */
function signerOf(random: Random): Signer {
  return random.once(8) ? random.pick([people.carol, sets.quick]) : people.alice
}

function checkHonest({ bytes, layers }: Nest, { result, verdicts }: Read): string {
  if (layers.length > LIMITS.nestingDepth) {
    if (result.refused?.code !== 'LIMIT' || verdicts.length > 0)
      throw new Finding(`${layers.length} messages nested, and ${verdicts.length} verified`, bytes)
    return `honest, ${layers.length} deep: LIMIT`
  }
  if (result.refused !== undefined)
    throw new Finding(`an honest nest is refused: ${result.refused.detail}`, bytes)
  const isWhole =
    result.ok.length === layers.length && result.ok.every((each, at) => isLayer(each, layers[at]))
  if (!isWhole) throw new Finding('other messages come out than were put in', bytes)
  return `honest, ${layers.length} deep: read`
}

function isLayer({ bytes, id }: NestedMessage, layer: ComposedMessage | undefined): boolean {
  return layer !== undefined && isSame(bytes, layer.bytes) && id.equals(layer.id)
}

// ------------------------------------------------------------------------------------------------ changed

/** A message that nobody signed as it is, or one of another grid, in as many honest ones. */
interface Wrapped {
  readonly bytes: Uint8Array
  readonly inner: Uint8Array
  readonly around: number
  readonly isElsewhere: boolean
}

/** One layer is changed after it was signed; those who come around it sign what they are given. */
function wrapped(node: Node, random: Random, { layers }: Nest): Wrapped {
  const isElsewhere = random.once(12)
  const original = random.pick(layers).bytes
  const inner = isElsewhere
    ? node.compose({ grid: OTHER_GRID }, signerOf(random)).bytes
    : changed(random, original, layers)
  const around = random.size(3)
  let bytes = inner
  for (let left = around; left > 0; left -= 1) bytes = layerOf(node, random, bytes).bytes
  return { bytes, inner, around, isElsewhere }
}

function changed(random: Random, original: Uint8Array, layers: readonly ComposedMessage[]): Uint8Array {
  if (random.once(3)) return mutate(random, original)
  const value = valueOf(original)
  if (random.once(4)) return cross(random, value, valueOf(random.pick(layers).bytes))
  if (random.once(16)) return retag(random, value)
  return inElement(random, value, (element) => reshape(random, element))
}

function checkChanged({ bytes, inner, around, isElsewhere }: Wrapped, { result, verdicts }: Read): string {
  if (verdicts.slice(0, -1).includes(false)) throw new Finding('verified behind a false signature', bytes)
  const code = codeOf(result, bytes)
  if (isElsewhere && (code !== 'GRID' || verdicts.length > 0))
    throw new Finding(`a message of another grid is ${code}, ${verdicts.length} verified`, bytes)
  if (result.refused !== undefined) return code
  if (around === 0 || beginsLikeMessage(inner)) throw new Finding('a changed message is read', bytes)
  if (result.ok.length !== around) throw new Finding('bytes are read as a message', bytes)
  return 'read, with bytes in it'
}

function beginsLikeMessage(bytes: Uint8Array): boolean {
  const begins = (beginning: Uint8Array, at = 0): boolean =>
    isSame(bytes.subarray(at, at + beginning.length), beginning)
  const slots = bytes[TAG.length] ?? 0
  const isTagged = begins(TAG) && slots > 0x80 && slots <= 0x97
  return begins(MARKED_ARRAY) || (isTagged && begins(encodeCbor(GRID_MESSAGE), TAG.length + 1))
}
