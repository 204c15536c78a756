/**
 * Exactly once: a node on a disk is sent messages with effects and killed at random moments, again and again,
 * and each time everything that it has not acknowledged is sent once more. In the end each message has acted
 * exactly once, was charged exactly once, and has one reply, byte for byte.
 *
 *   node dist/conformance/once.js [--kills N] [--seed N]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { decodeCbor, DAG_CBOR_PROFILE, createStore } from 'promisegrid/promisebase'
import { openLevelBackend } from 'promisegrid/promisebase/level'
import { readReply, REFUSALS } from 'promisegrid/kernel'
import { Random } from './fuzz/random.ts'
import { alice, compose, crypto, genesis, grants, isCounted, keys, messageKey, node } from './once/world.ts'
import { numberBytes, readCount, SHARED, sharedKey, SPACE } from './once/world.ts'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { ComposedMessage, Outcome, RefusalCode } from 'promisegrid/kernel'
import type { Snapshot } from 'promisegrid/promisebase'
import type { Grants } from './once/world.ts'

export interface OnceReport {
  readonly kills: number
  readonly messages: number
  /** Replies to messages that had one already: each was compared with the first. */
  readonly repeated: number
  /** What broke the promise; empty when it holds. */
  readonly problems: readonly string[]
}

/** Messages that wait for their reply at any time. */
const WINDOW = 24
/** Acknowledged messages that each new process is asked again. */
const ASKED_AGAIN = 8
const LIFE_MS = 200
/** One process in so many is killed while it starts. */
const KILLED_AT_START = 6
const START_MS = 400

interface Sent {
  readonly message: ComposedMessage
  /** The first reply that says what came of it. */
  reply?: string
}

/** Everything that was sent, and what came back. */
class Ledger {
  readonly sent: Sent[] = []
  readonly problems: string[] = []
  readonly #grants: Grants
  repeated = 0

  constructor(given: Grants) {
    this.#grants = given
  }

  next(): number {
    return this.sent.push({ message: compose(this.#grants, this.sent.length) }) - 1
  }

  get open(): readonly number[] {
    return this.#numbers((each) => each.reply === undefined)
  }

  get acknowledged(): readonly number[] {
    return this.#numbers((each) => each.reply !== undefined)
  }

  /** Takes a line of the node; whether it settles its message. */
  take(line: string): boolean {
    const [number = '', reply = ''] = line.split(' ')
    const sent = this.sent[Number(number)]
    if (sent === undefined) throw new Error(`not a reply: ${line}`)
    if (sent.reply !== undefined) {
      this.repeated += 1
      if (sent.reply !== reply) this.problems.push(`message ${number} got two replies`)
      return true
    }
    const outcome = outcomeOf(sent.message, reply)
    if (outcome === undefined) return false
    sent.reply = reply
    const count = outcome.status === 'kept' ? readCount(outcome.result.bytes) : 0
    if (count !== 1) this.problems.push(`message ${number} was told ${outcome.status}, count ${count}`)
    return true
  }

  #numbers(wanted: (each: Sent) => boolean): readonly number[] {
    return this.sent.flatMap((each, number) => (wanted(each) ? [number] : []))
  }
}

export async function runOnce(kills: number, seed: number): Promise<OnceReport> {
  const random = new Random(seed, 0)
  const path = await mkdtemp(join(tmpdir(), 'promisegrid-once-'))
  const folder = join(path, 'store')
  const given = grants()
  const ledger = new Ledger(given)
  for (let kill = 0; kill < kills; kill += 1) await liveAndDie(folder, ledger, random)
  await finish(folder, ledger, random)
  await inspect(folder, ledger, given)
  await rm(path, { recursive: true, force: true })
  const { sent, repeated, problems } = ledger
  return { kills, messages: sent.length, repeated, problems }
}

/** One life of the node: it is kept busy until it is killed. */
async function liveAndDie(folder: string, ledger: Ledger, random: Random): Promise<void> {
  const { child, lines, gone } = start(folder)
  const die = (ms: number): void => void setTimeout(() => child.kill('SIGKILL'), ms)
  let isDying = random.once(KILLED_AT_START)
  if (isDying) die(random.below(START_MS))
  lines.on('line', (line) => {
    if (line === 'open') return greet(child, ledger, random)
    send(child, ledger, ledger.take(line) ? ledger.next() : numberOf(line))
    // From its first reply on, so that a slow start is not all there is of its life.
    if (!isDying) die(random.below(LIFE_MS))
    isDying = true
  })
  await gone
}

/** The last life: everything is answered, and everything is asked once more. */
async function finish(folder: string, ledger: Ledger, random: Random): Promise<void> {
  const { child, lines, gone } = start(folder)
  let waiting = 0
  const ask = (number: number): void => {
    waiting += 1
    send(child, ledger, number)
  }
  lines.on('line', (line) => {
    if (line === 'open') {
      for (const number of shuffled([...ledger.open, ...ledger.acknowledged], random)) ask(number)
      if (waiting === 0) child.stdin.end()
      return
    }
    waiting -= 1
    const number = numberOf(line)
    const isKnown = ledger.sent[number]?.reply !== undefined
    ledger.take(line)
    if (!isKnown) ask(number)
    if (waiting === 0) child.stdin.end()
  })
  await gone
  if (child.exitCode !== 0) ledger.problems.push(`the node ended with ${child.exitCode}`)
}

/** What the node has in its store, looked at without it. */
async function inspect(folder: string, ledger: Ledger, { counting }: Grants): Promise<void> {
  await using store = await createStore({ backend: await openLevelBackend(folder), crypto })
  using snapshot = store.snapshot()
  for (const number of ledger.sent.keys()) {
    const count = await countAt(snapshot, messageKey(numberBytes(number)))
    if (count !== 1) ledger.problems.push(`message ${number} acted ${count} times`)
  }
  let shared = 0
  for (let index = 0; index < SHARED; index += 1) shared += await countAt(snapshot, sharedKey(index))
  if (shared !== ledger.sent.length) ledger.problems.push(`${ledger.sent.length} messages counted ${shared}`)
  const spent = decodeCbor(
    (await snapshot.get('.spent', counting.id.bytes)) ?? Uint8Array.of(0x80),
    DAG_CBOR_PROFILE,
  )
  const charged = Array.isArray(spent.ok) ? (spent.ok[0] ?? 0) : spent.refused?.code
  const due = ledger.sent.filter((_, number) => isCounted(number)).length
  if (charged !== due) ledger.problems.push(`${due} messages were charged as ${String(charged)}`)
}

async function countAt(snapshot: Snapshot, key: Uint8Array): Promise<number> {
  return readCount(await snapshot.get(SPACE, key))
}

/** What was not acknowledged, some of what was, and new messages, in any order. */
function greet(child: ChildProcessWithoutNullStreams, ledger: Ledger, random: Random): void {
  const known = shuffled(ledger.acknowledged, random).slice(0, ASKED_AGAIN)
  const open = [...ledger.open]
  while (open.length < WINDOW) open.push(ledger.next())
  for (const number of shuffled([...open, ...known], random)) send(child, ledger, number)
}

function send({ stdin }: ChildProcessWithoutNullStreams, ledger: Ledger, number: number): void {
  const bytes = ledger.sent[number]?.message.bytes ?? new Uint8Array(0)
  if (stdin.writable) stdin.write(`${number} ${Buffer.from(bytes).toString('base64')}\n`)
}

function numberOf(line: string): number {
  return Number(line.split(' ')[0])
}

/** What came of a message; undefined when it is to be sent again. */
function outcomeOf({ bytes, id }: ComposedMessage, reply: string): Outcome | undefined {
  const request = { bytes, id, grid: genesis.cid, sender: alice.principal, executors: [node.principal] }
  const read = readReply(crypto, keys, request, new Uint8Array(Buffer.from(reply, 'base64')))
  if (read.refused !== undefined) throw new Error(`unreadable reply: ${read.refused.detail}`)
  if (!read.ok.signed) return undefined
  const { outcome } = read.ok
  const isFinal = !('code' in outcome) || !REFUSALS[outcome.code as RefusalCode].retryable
  return isFinal ? outcome : undefined
}

function start(folder: string) {
  const script = fileURLToPath(new URL('./once/worker.js', import.meta.url))
  const child = spawn(process.execPath, [script, folder])
  child.stderr.pipe(process.stderr)
  // Writing to a process that was just killed is expected here.
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })
  const gone = Promise.all([once(child, 'exit'), once(lines, 'close')])
  return { child, lines, gone }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items]
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    ;[mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T]
  }
  return mixed
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
  })
  const [kills, seed] = [Number(values.kills), Number(values.seed)]
  if (![kills, seed].every((number) => Number.isSafeInteger(number) && number >= 0))
    throw new RangeError('--kills and --seed are whole numbers')
  const { messages, repeated, problems } = await runOnce(kills, seed)
  console.log(`once: seed ${seed}: ${kills} kills, ${messages} messages, ${repeated} asked again`)
  for (const problem of problems) console.log(`once: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
