/** What passes between a host and a lane: plain data only, nothing that can be called. */
import { CID } from 'multiformats/cid'

import { encodeDescriptor, readDescriptor } from '../../../kernel/index.ts'
import { createStrictAnswerer } from '../../wasi/index.ts'
import { NamedBlocks } from './named-blocks.ts'
import type {
  Budget,
  Deferred,
  Descriptor,
  OutputBlock,
  Refusal,
  RuntimeCall,
} from '../../../kernel/index.ts'
import type { Answer as HostAnswer, AnswerRoom } from '../../wasi/index.ts'

/** One piece of work. Without `code` a lane may answer that it needs it. */
export type Job =
  | {
      readonly kind: 'run'
      readonly protocol: Uint8Array
      readonly descriptor: Uint8Array
      readonly method: string
      readonly input: Uint8Array
      readonly context: Uint8Array
      readonly budget: Required<Budget>
      /** Whether blocks can be asked for by CID. */
      readonly readsBlocks: boolean
      readonly code?: Uint8Array
    }
  | { readonly kind: 'admit'; readonly descriptor: Uint8Array; readonly code: Uint8Array }

export type RunJob = Extract<Job, { readonly kind: 'run' }>

export type Answer =
  | { readonly kind: 'needs-code' }
  /** Its host could not answer what it asked. */
  | { readonly kind: 'gave-up' }
  | {
      readonly kind: 'output'
      readonly output: Uint8Array
      readonly fuel: number
      readonly blocks?: readonly OutputBlock[]
    }
  | { readonly kind: 'deferred'; readonly fuel: number }
  | { readonly kind: 'refused'; readonly refused: Refusal; readonly fuel: number }
  | { readonly kind: 'admitted'; readonly imports: readonly string[] }

/** What a lane asks of its host while it works on a job. */
export type Ask =
  | {
      readonly kind: 'asks'
      readonly name: string
      readonly question: Uint8Array
      readonly room: AnswerRoom
    }
  | { readonly kind: 'asks-block'; readonly cid: Uint8Array }

/** What it is told; `defers` when the call has made a promise. After `cannot` it gives up its job. */
export type Told =
  | { readonly kind: 'told'; readonly answer: HostAnswer; readonly defers: boolean }
  | { readonly kind: 'told-block'; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'cannot' }

/** From a lane to its host: the number of a question comes back with what is told, that of a job says whose it is. */
export type FromLane =
  /** The first one, before any job: it has come up. */
  | { readonly kind: 'ready' }
  | (Answer & { readonly job: number })
  | (Ask & { readonly job: number; readonly id: number })
/** From a host to its lane. */
export type ToLane = (Job & { readonly job: number }) | (Told & { readonly id: number })

/** What a lane is made with. */
export interface LaneSettings {
  readonly memoryBytes: number | undefined
}

export function runJob(call: RuntimeCall): RunJob {
  const { protocol, descriptor, method, input, context, budget } = call
  return {
    kind: 'run',
    protocol: protocol.bytes,
    descriptor: blockOf(descriptor),
    method,
    input,
    context,
    budget,
    readsBlocks: call.getBlock !== undefined,
  }
}

/** The call on the other side: with the code that came with it or none, and the host a question away. */
export function callOfJob(
  job: RunJob,
  descriptor: Descriptor,
  {
    missing,
    askBlock,
  }: { missing: () => Error; askBlock: (cid: Uint8Array) => Promise<Uint8Array | undefined> },
): RuntimeCall {
  const { protocol, method, input, context, budget, readsBlocks, code } = job
  return {
    protocol: CID.decode(protocol),
    descriptor,
    method,
    input,
    context,
    budget,
    loadCode: () => (code === undefined ? Promise.reject(missing()) : Promise.resolve(code)),
    ...(readsBlocks ? { getBlock: (cid: CID) => askBlock(cid.bytes) } : {}),
  }
}

/** Tells a lane what it asks, from the powers of the call it works on. */
export interface Teller {
  /** The promise this call has made. */
  readonly deferred: Deferred | undefined
  /** @throws {Unaskable} for what no guest of this call asks; what the host could not answer for */
  tell(ask: Ask): Promise<Told>
}

export function tellerOf(call: RuntimeCall): Teller {
  const answerer = createStrictAnswerer(call)
  const named = new NamedBlocks(call)
  return {
    get deferred() {
      return answerer.deferred
    },
    tell: async (ask) => {
      if (ask.kind === 'asks-block') return { kind: 'told-block', bytes: await named.get(ask.cid) }
      const answer = await answerer.ask(ask.name, ask.question, ask.room)
      await answerer.readAhead()
      return { kind: 'told', answer, defers: answerer.deferred !== undefined }
    },
  }
}

const blocks = new WeakMap<Descriptor, Uint8Array>()

/** The block of a descriptor, encoded once: the kernel hands the same object to every call. */
export function blockOf(descriptor: Descriptor): Uint8Array {
  const block = blocks.get(descriptor) ?? encodeDescriptor(descriptor)
  blocks.set(descriptor, block)
  return block
}

/** The other side of {@link blockOf}: what was read from a block is kept with it. */
export class Descriptors {
  readonly #known = new Map<string, Descriptor>()

  read(block: Uint8Array): Descriptor {
    const key = Buffer.from(block).toString('latin1')
    const known = this.#known.get(key) ?? decoded(block)
    if (this.#known.size >= DESCRIPTORS_MAX) this.#known.clear()
    this.#known.set(key, known)
    return known
  }
}

const DESCRIPTORS_MAX = 1_000

function decoded(block: Uint8Array): Descriptor {
  const { ok, refused } = readDescriptor(block)
  if (ok === undefined) throw new TypeError(`a descriptor of the host: ${refused.detail ?? refused.code}`)
  return ok
}
