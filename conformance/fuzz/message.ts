/**
 * Messages: whatever arrives is answered; nothing that was changed on its way is kept; what is refused leaves no
 * trace in the store; and the answer is never the one for a fault of our own.
 */
import { readReply, REFUSALS } from 'promisegrid/kernel'
import { decodeCbor, ENVELOPE_PROFILE } from 'promisegrid/promisebase'
import { cborBytes } from './cbor-bytes.ts'
import { mutate } from './mutate.ts'
import { crypto, drawFrom, keys, NOW, openNode, people } from './node.ts'
import { Random } from './random.ts'
import { reshape } from './reshape.ts'
import { Counts, Finding, unharmed } from './target.ts'
import type { ComposedMessage, MessageFields } from 'promisegrid/kernel'
import type { Node } from './node.ts'
import type { Target } from './target.ts'

const PUBLIC_CODES: ReadonlySet<string> = new Set(Object.values(REFUSALS).map((row) => row.public))

/** A node begins anew so often that its replay records stay few. */
const STEPS_PER_NODE = 20_000

export async function openMessage(): Promise<Target> {
  const counts = new Counts()
  let open: Honest | undefined
  let steps = 0
  const step = async (random: Random): Promise<void> => {
    if (open === undefined || steps++ % STEPS_PER_NODE === 0) {
      await open?.node.kernel.close()
      open = await openHonest()
    }
    drawFrom(random)
    if (random.once(8)) return signedStep(open.node, random, counts)
    const original = random.pick(open.messages)
    const bytes = strange(random, original)
    if (Buffer.compare(bytes, original.bytes) === 0) return
    counts.add(`unsigned ${await refusedWith(open.node, bytes)}`)
  }
  return { step, counts, close: async () => open?.node.kernel.close() }
}

/** A node, and messages it would keep. */
interface Honest {
  readonly node: Node
  readonly messages: readonly ComposedMessage[]
}

/** Always the same node and messages, whichever input they are needed for. */
async function openHonest(): Promise<Honest> {
  drawFrom(new Random(0, 0))
  const node = await openNode()
  const narrow = node.grant({ methods: ['echo'] })
  return { node, messages: [node.compose(), node.compose({ capabilities: [narrow.bytes] })] }
}

/** A message that nobody signed as it is. */
function strange(random: Random, { bytes }: ComposedMessage): Uint8Array {
  if (random.once(10)) return cborBytes(random, 40)
  if (random.once(2)) return mutate(random, bytes)
  const value = decodeCbor(bytes, ENVELOPE_PROFILE).ok
  if (value === undefined) throw new Error('an honest message is not CBOR')
  return reshape(random, value)
}

/** The code of the unsigned refusal that must come. */
async function refusedWith(node: Node, bytes: Uint8Array): Promise<string> {
  const before = node.writes()
  const reply = await dispatched(node, bytes)
  if (node.writes() !== before) throw new Finding('something was written for a message nobody signed', bytes)
  const decoded = decodeCbor(reply, ENVELOPE_PROFILE).ok
  const [marker, , code] = Array.isArray(decoded) ? decoded : []
  if (marker !== 'grid-refused' || typeof code !== 'string')
    throw new Finding('answered with a signature', bytes)
  checkCode(code, bytes)
  return code
}

/** Signed by alice as it is, with fields of every kind: it may be kept, and when it is not, nothing is written. */
async function signedStep(node: Node, random: Random, counts: Counts): Promise<void> {
  const composed = composedWith(node, random)
  if (composed === undefined) return counts.add('cannot be composed')
  const before = node.writes()
  const reply = await dispatched(node, composed.bytes)
  const pending = {
    ...composed,
    grid: node.grid,
    sender: people.alice.principal,
    executors: [people.node.principal],
  }
  const read = unharmed('readReply', composed.bytes, () => readReply(crypto, keys, pending, reply))
  if (read.refused !== undefined) throw new Finding(`the reply is ${read.refused.detail}`, composed.bytes)
  const code = !read.ok.signed
    ? read.ok.code
    : 'code' in read.ok.outcome
      ? read.ok.outcome.code
      : read.ok.outcome.status
  if (code !== 'kept') checkCode(code, composed.bytes)
  if (code !== 'kept' && node.writes() !== before)
    throw new Finding(`written, and refused with ${code}`, composed.bytes)
  counts.add(`signed ${code}`)
}

async function dispatched(node: Node, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    const reply = await node.kernel.dispatch(bytes)
    const fault = node.faults.pop()
    if (fault === undefined) return reply
    throw new Finding(fault, bytes)
  } catch (error) {
    if (error instanceof Finding) throw error
    throw new Finding('dispatch threw', bytes, { cause: error })
  }
}

function checkCode(code: string, bytes: Uint8Array): void {
  if (!(code in REFUSALS) && !PUBLIC_CODES.has(code)) throw new Finding(`unexpected class ${code}`, bytes)
}

function composedWith(node: Node, random: Random): ComposedMessage | undefined {
  try {
    return node.compose(fieldsOf(node, random))
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined
    throw error
  }
}

function fieldsOf(node: Node, random: Random): Partial<MessageFields> {
  const [first, second] = [oddFields(node, random), oddFields(node, random)]
  return random.once(4) ? {} : random.once(2) ? first : { ...first, ...second }
}

function oddFields(node: Node, random: Random): Partial<MessageFields> {
  switch (random.below(8)) {
    case 0:
      return { method: random.pick(['', 'echo', '*', 'x'.repeat(300), 'é', '\0']) }
    case 1:
      return {
        audience: random.pick([people.alice.principal, node.grid.toString(), '', people.node.principal]),
      }
    case 2:
      return {
        issuedAt: NOW + random.pick([-100, 59, 61, 1e6]),
        expires: NOW + random.pick([-61, -1, 0, 86_400, 90_000]),
      }
    case 3:
      return {
        arguments: random.once(2)
          ? { bytes: random.bytes(random.size(400)) }
          : { cid: random.pick([node.grid, node.echo]) },
      }
    case 4:
      return { capabilities: [...Array(random.size(12))].map(() => mutate(random, node.grant().bytes)) }
    case 5:
      return {
        capabilities: random.pick([
          [],
          [node.adoption.id],
          [node.adoption.bytes, node.grant().bytes],
          [node.grid],
        ]),
      }
    case 6:
      return { context: random.pick([node.grid, node.echo]), private: true }
    default:
      return { protocol: random.pick([node.grid, node.echo, node.adoption.id]) }
  }
}
