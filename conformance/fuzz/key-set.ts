/**
 * Key sets: any block is read or refused, and one that is read has one encoding, one name and keys that are its own;
 * no message and no statement of a set survives a change of any bit, nor a key left out, doubled, moved or exchanged;
 * nothing is verified behind a signature that did not hold; and what is refused leaves no trace in the store.
 */
import { principalOf, readKeySet, readKeyStatement, readSigned, writeKeySet } from 'promisegrid/kernel'
import { decodeCbor, encodeCbor, ENVELOPE_PROFILE } from 'promisegrid/promisebase'
import { cborBytes } from './cbor-bytes.ts'
import { counting } from './counting.ts'
import { cross, inElement } from './cross.ts'
import { mutate } from './mutate.ts'
import { crypto, drawFrom, openNode, people } from './node.ts'
import { Random } from './random.ts'
import { reshape } from './reshape.ts'
import { ringOfSets, setBlocks, sets, statements } from './sets.ts'
import { Counts, Finding, unharmed } from './target.ts'
import { codeOf, isSame, valueOf } from './verdict.ts'
import type { KeySet, Result, Signer, SigningKey } from 'promisegrid/kernel'
import type { Node } from './node.ts'
import type { Target } from './target.ts'

/** Numbers of two algorithms that a set may give and we never write. */
const OLDER_NUMBERS = [-7, -8]

export async function openKeySet(): Promise<Target> {
  drawFrom(new Random(0, 0))
  const node = await openNode()
  for (const block of setBlocks()) await node.kernel.admitKeySet(block)
  const messages = Object.values(sets).map((as) => node.compose({}, as).bytes)
  const [blocks, said] = [setBlocks(), statements(node)]
  const counts = new Counts()
  const judge = judgeOf(counts)
  for (const bytes of messages)
    if (judge.message(bytes)) throw new Finding('an honest message is refused', bytes)
  for (const bytes of said)
    if (judge.statement(bytes)) throw new Finding('an honest statement is refused', bytes)
  const step = async (random: Random): Promise<void> => {
    drawFrom(random)
    if (random.once(3)) return checkBlock(changed(random, blocks), counts)
    if (random.once(8)) return judge.refusedMessage(weakened(random, node))
    const bytes = changed(random, [...messages, ...said])
    if ([...messages, ...said].some((honest) => isSame(honest, bytes))) return
    judge.refusedMessage(bytes)
    judge.refusedStatement(bytes)
    if (random.once(30)) await leavesNoTrace(node, bytes)
  }
  return { step, counts, close: () => node.kernel.close() }
}

function changed(random: Random, honest: readonly Uint8Array[]): Uint8Array {
  if (random.once(20)) return cborBytes(random, 40)
  const original = random.pick(honest)
  if (random.once(4)) return mutate(random, original)
  const value = valueOf(original)
  if (random.once(3)) return cross(random, value, valueOf(random.pick(honest)))
  return inElement(random, value, (element) => reshape(random, element))
}

// -------------------------------------------------------------------------------------------------- blocks

function checkBlock(bytes: Uint8Array, counts: Counts): void {
  const given = Uint8Array.from(bytes)
  const read = unharmed('readKeySet', bytes, () => readKeySet(crypto, given))
  counts.add(`block ${codeOf(read, bytes)}`)
  if (read.refused !== undefined) return
  const before = described(read.ok)
  given.fill(0xff)
  if (described(read.ok) !== before) throw new Finding('a set changes with the bytes it was read from', bytes)
  if (!isSame(read.ok.bytes, bytes)) throw new Finding('a set has other bytes', bytes)
  const again = encodeCbor(valueOf(bytes))
  if (!isSame(again, bytes)) throw new Finding('a set has two encodings', bytes)
  checkName(read.ok)
}

function described({ principal, bytes, keys }: KeySet): string {
  const parts = keys.flatMap(({ publicKey, kid }) => [publicKey.bytes, kid])
  return [principal, ...[bytes, ...parts].map((part) => Buffer.from(part).toString('hex'))].join(' ')
}

/** The same keys are written to the same block, but where it has a number that is not written. */
function checkName({ keys, principal, bytes }: KeySet): void {
  const isWritten = keys.every(({ coseAlgorithm }) => !OLDER_NUMBERS.includes(coseAlgorithm))
  const set = unharmed('writeKeySet', bytes, () =>
    writeKeySet(
      crypto,
      keys.map(({ publicKey }) => publicKey),
    ),
  )
  if ((set.principal === principal) !== isWritten) throw new Finding('a set has another name', bytes)
}

// ----------------------------------------------------------------------------------------------- signatures

/** Verdicts of a ring to which every set is known, and which knows that each has signed. */
function judgeOf(counts: Counts) {
  const { crypto: counted, taken } = counting(crypto)
  const ring = ringOfSets()
  /** Undefined when it holds. */
  const codeIn = (what: string, bytes: Uint8Array, read: () => Result<unknown>): string | undefined => {
    const result = unharmed(what, bytes, read)
    if (taken().slice(0, -1).includes(false)) throw new Finding('verified behind a false signature', bytes)
    return result.refused === undefined ? undefined : codeOf(result, bytes)
  }
  const message = (bytes: Uint8Array): string | undefined =>
    codeIn('readSigned', bytes, () => readSigned({ crypto: counted, keys: ring }, bytes))
  const statement = (bytes: Uint8Array): string | undefined =>
    codeIn('readKeyStatement', bytes, () => readKeyStatement(counted, ring, bytes))
  const refused = (what: string, bytes: Uint8Array, code: string | undefined): void => {
    if (code === undefined) throw new Finding(`a changed ${what} holds`, bytes)
    counts.add(`${what} ${code}`)
  }
  return {
    message,
    statement,
    refusedMessage: (bytes: Uint8Array) => refused('message', bytes, message(bytes)),
    refusedStatement: (bytes: Uint8Array) => refused('statement', bytes, statement(bytes)),
  }
}

/** Signed by keys that are together not the set: one alone, one twice, in another order, or with one of a stranger. */
function weakened(random: Random, node: Node): Uint8Array {
  const { quick } = sets
  const [first, second] = quick.keys as readonly [SigningKey, SigningKey]
  const stranger = random.pick([...people.alice.keys, ...people.carol.keys])
  const keys = random.pick([[first], [second], [first, first], [second, first], [first, second, first]])
  const signers: readonly Signer[] = [
    { ...quick, keys },
    { ...quick, keys: random.once(2) ? [first, stranger] : [stranger, second] },
    { principal: quick.principal, keys: [random.pick([first, second])] },
    { ...quick, principal: people.alice.principal },
    { ...quick, principal: sets.hybrid.principal },
    ownNameOf(first),
  ]
  return node.compose({ method: 'echo' }, random.pick(signers)).bytes
}

/** The did:key of a key that speaks only within its set. */
function ownNameOf(key: SigningKey): Signer {
  return { principal: principalOf(key.publicKey), keys: [key] }
}

/** Refused by a node, as whatever it comes. */
async function leavesNoTrace(node: Node, bytes: Uint8Array): Promise<void> {
  const before = node.writes()
  const reply = await node.kernel.dispatch(bytes)
  const accepted = await node.kernel.acceptKeyStatement(bytes)
  if (accepted.refused === undefined) throw new Finding('a changed statement is accepted', bytes)
  codeOf(accepted, bytes)
  const decoded = decodeCbor(reply, ENVELOPE_PROFILE).ok
  if (!Array.isArray(decoded) || decoded[0] !== 'grid-refused')
    throw new Finding('a changed message is answered with a signature', bytes)
  if (node.writes() !== before) throw new Finding('something was written for what was refused', bytes)
  const fault = node.faults.pop()
  if (fault !== undefined) throw new Finding(fault, bytes)
}
