/** What passes between a host and a lane, as structured clones: plain data only, nothing that can be called. */
import { encodeDescriptor, readDescriptor } from '../../../kernel/index.ts'
import { CID } from 'multiformats/cid'
import type { Budget, Descriptor, Refusal, RuntimeCall } from '../../../kernel/index.ts'

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
      readonly code?: Uint8Array
    }
  | { readonly kind: 'admit'; readonly descriptor: Uint8Array; readonly code: Uint8Array }

export type RunJob = Extract<Job, { readonly kind: 'run' }>

export type Answer =
  /** The first one, before any job: it has come up. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'needs-code' }
  | { readonly kind: 'output'; readonly output: Uint8Array; readonly fuel: number }
  | { readonly kind: 'refused'; readonly refused: Refusal; readonly fuel: number }
  | { readonly kind: 'admitted'; readonly imports: readonly string[] }

/** What a lane is made with. */
export interface LaneSettings {
  readonly memoryBytes: number | undefined
}

export function runJob(call: RuntimeCall): RunJob {
  const { protocol, descriptor, method, input, context, budget } = call
  return {
    kind: 'run',
    protocol: protocol.bytes,
    descriptor: encodeDescriptor(descriptor),
    method,
    input,
    context,
    budget,
  }
}

/** The call on the other side, with the code that came with it or none. */
export function callOfJob(job: RunJob, descriptor: Descriptor, missing: () => Error): RuntimeCall {
  const { protocol, method, input, context, budget, code } = job
  return {
    protocol: CID.decode(protocol),
    descriptor,
    method,
    input,
    context,
    budget,
    loadCode: () => (code === undefined ? Promise.reject(missing()) : Promise.resolve(code)),
  }
}

/** Descriptors are the same objects call after call, on both sides: what is read from one is kept with it. */
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
