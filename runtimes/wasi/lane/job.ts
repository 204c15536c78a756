/** What passes between a host and its lanes, be they threads, processes or Web Workers: plain data, nothing that can be called. */
import { CID } from 'multiformats/cid'

import { blockOf } from './descriptor-blocks.ts'
import type { Budget, Descriptor, OutputBlock, Refusal, RuntimeCall } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { Answer as HostAnswer } from '../host/answer.ts'
import type { AnswerRoom } from '../host/answerer.ts'

/** A run; without `code` a lane may answer that it needs it. */
export interface RunJob {
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

export interface AdmitJob {
  readonly kind: 'admit'
  readonly descriptor: Uint8Array
  readonly code: Uint8Array
}

export type Job = RunJob | AdmitJob

/** What comes of a job. */
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
  readonly memoryBytes?: number | undefined
  readonly admission?: AdmissionPolicy | undefined
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

export function admitJob(code: Uint8Array, descriptor: Descriptor): AdmitJob {
  return { kind: 'admit', descriptor: blockOf(descriptor), code }
}

/** What a lane has of its host while it works. */
export interface Reach {
  /** Why there is no code, where none came along. */
  readonly missing: () => Error
  readonly askBlock: (cid: Uint8Array) => Promise<Uint8Array | undefined>
}

/** The call on the other side: with the code that came with it or none, and the host a question away. */
export function callOfJob(job: RunJob, descriptor: Descriptor, { missing, askBlock }: Reach): RuntimeCall {
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
