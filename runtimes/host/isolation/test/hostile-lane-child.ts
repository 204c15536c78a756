/**
 * The program of a lane that a guest has taken over: it does what its first word says, at the pipe of its host; after so
 * many jobs done as they ought to be as its second word says. Started by hostile-lane.test.ts, with the pipe at descriptor 3.
 */
import { closeSync, readSync, writeSync } from 'node:fs'

import { Frames, frameOf, readFrame } from '../frames.ts'

const PIPE = 3
const [how = '', behavesFirst = '0'] = process.argv.slice(2)
const frames = new Frames()
const heard: Record<string, unknown>[] = []

/** Everything is written and read as it comes, without an event loop. */
function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(PIPE, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

function say(message: object): void {
  write(frameOf(message))
}

/** The next message of the host. */
function hear(): Record<string, unknown> {
  const piece = new Uint8Array(65_536)
  while (heard.length === 0) {
    try {
      const length = readSync(PIPE, piece)
      if (length === 0) process.exit()
      for (const frame of frames.take(piece.slice(0, length)))
        heard.push(readFrame(frame) as Record<string, unknown>)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
  return heard.shift() as Record<string, unknown>
}

function headOf(length: number): Uint8Array {
  const head = new Uint8Array(4)
  new DataView(head.buffer).setUint32(0, length)
  return head
}

function forEver(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
}

/** A CID of raw bytes, as anybody may have heard of it. */
const SOME_BLOCK = Uint8Array.of(1, 0x55, 0x12, 0x20, ...new Uint8Array(32))

/** What no guest has given. */
const output = (job: unknown): object => ({ kind: 'output', job, output: Uint8Array.of(1), fuel: 1 })
const asks = (job: unknown, id: number, name = 'state_get'): object => ({
  kind: 'asks',
  job,
  id,
  name,
  // A key of no bytes.
  question: new Uint8Array(4),
  room: { fuel: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER },
})

const WAYS: Readonly<Record<string, (job: unknown) => void>> = {
  'says a length of four gigabytes': () => write(headOf(0xffffffff)),
  'says a length just above the bound': () => write(headOf(64 * 2 ** 20 + 1)),
  'says a frame of no bytes': () => write(headOf(0)),
  'ends in the middle of a length': () => {
    write(headOf(8).subarray(0, 2))
    process.exit()
  },
  'ends in the middle of a frame': (job) => {
    write(frameOf(output(job)).subarray(0, 12))
    process.exit()
  },
  'says what is no CBOR': () => {
    write(headOf(3))
    write(Uint8Array.of(0xff, 0xff, 0xff))
  },
  'says what v8 would read': () => {
    write(headOf(4))
    write(Uint8Array.of(0xff, 0x0f, 0x6f, 0x22))
  },
  'says what Node would obey': () => {
    say({ cmd: 'NODE_HANDLE', type: 'net.Server' })
    say({ cmd: 'NODE_HANDLE_ACK' })
  },
  'says something of the wrong type': (job) => say({ ...output(job), output: 'text' }),
  'says that it used less than no fuel': (job) => say({ ...output(job), fuel: -1 }),
  'refuses with a code that there is not': (job) =>
    say({ kind: 'refused', job, fuel: 0, refused: { code: '__proto__', detail: '' } }),
  'gives blocks that are none': (job) => say({ ...output(job), blocks: [{ bytes: 1, codec: 2 }] }),
  'gives blocks beside what is no program': (job) =>
    say({ ...output(job), blocks: [{ bytes: Uint8Array.of(1), codec: 0x55 }] }),
  'nests a million deep': () => {
    const bytes = new Uint8Array(1_000_000).fill(0x81)
    write(headOf(bytes.length))
    write(bytes)
  },
  'claims an array of 2^32 items': () => {
    write(headOf(5))
    write(Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff))
  },
  'answers another job': (job) => say(output((job as number) + 1)),
  'comes up twice': () => say({ kind: 'ready' }),
  'admits what was to run': (job) => say({ kind: 'admitted', job, imports: [] }),
  'admits whatever it is given': (job) => say({ kind: 'admitted', job, imports: [] }),
  'gives the code that it is given for its result': (job) => {
    let given: Record<string, unknown> = { job }
    // Also of the next run, where it was not given that of the first.
    for (; given['code'] === undefined; given = hear()) say({ kind: 'needs-code', job: given['job'] })
    say({ kind: 'output', job: given['job'], output: given['code'], fuel: 1 })
  },
  'keeps what it likes': (job) => say({ kind: 'keeps', job, entry: Uint8Array.of(0x80) }),
  'gives up without a reason': (job) => say({ kind: 'gave-up', job }),
  'defers to a promise that was not made': (job) => say({ kind: 'deferred', job, fuel: 1 }),
  'needs the code again and again': (job) => {
    for (let again = job; ; again = hear()['job']) say({ kind: 'needs-code', job: again })
  },
  'asks what there is no question for': (job) => say(asks(job, 0, 'toString')),
  'asks what its descriptor does not name': (job) => say(asks(job, 0, 'call')),
  'asks with fields that are none': (job) =>
    say({ ...asks(job, 0), question: Uint8Array.of(255, 255, 255, 255) }),
  'asks for more than its fuel pays': (job) => {
    for (let id = 0; ; id++) {
      say(asks(job, id))
      hear()
    }
  },
  'asks for a block that its arguments do not name': (job) =>
    say({ kind: 'asks-block', job, id: 0, cid: SOME_BLOCK }),
  'asks without end, and reads no answer': (job) => {
    for (let id = 0; ; id++) say(asks(job, id))
  },
  'says the beginning of a frame in single bytes, and nothing more': () => {
    write(headOf(2 ** 20))
    for (let byte = 0; byte < 5_000; byte++) write(Uint8Array.of(0))
    forEver()
  },
  'never answers': forEver,
  'does not read its job': forEver,
  'closes its pipe and goes on': () => {
    closeSync(PIPE)
    forEver()
  },
  'closes everything it has': () => {
    for (const fd of [PIPE, 0, 1, 2]) closeSync(fd)
    forEver()
  },
  // Not in the table of hostile-lane.test.ts: without a bound it would be the machine's.
  'takes all the memory there is': () => {
    for (const held: Uint8Array[] = []; ;) held.push(new Uint8Array(16 * 2 ** 20).fill(1))
  },
  'ends without a word': () => process.exit(),
  'is killed': () => process.kill(process.pid, 'SIGKILL'),
  aborts: () => process.abort(),
  'answers twice': (job) => {
    const answer = frameOf(output(job))
    const both = new Uint8Array(2 * answer.length)
    both.set(answer)
    both.set(answer, answer.length)
    write(both)
    forEver()
  },
  'answers once more when it has the next job': (job) => {
    say(output(job))
    hear()
    say(output(job))
    forEver()
  },
}

/** Behaves, so that the way of a test is the only thing wrong. */
const BEHAVES = 'behaves'

if (how === 'speaks before it has a job') {
  say({ kind: 'ready' })
  say(output(7))
  forEver()
}
if (how === 'never comes up') forEver()
say({ kind: 'ready' })
if (how === 'does not read its job') forEver()
for (let done = 0; ; done++) {
  const { job } = hear()
  if (how === BEHAVES || done < Number(behavesFirst)) say({ ...output(job), output: new Uint8Array(0) })
  else WAYS[how]?.(job)
}
