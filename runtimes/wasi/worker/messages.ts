/**
 * What passes between a page and its workers: structured clones, nothing that can be called. Both sides are this program
 * in one process of the browser, so that neither doubts what the other says: see spec/isolation.md for what does.
 */
import { CID } from 'multiformats/cid'

import { encodeDescriptor, readDescriptor } from '../../../kernel/index.ts'
import type { Budget, Descriptor, OutputBlock, Refusal, Result, RuntimeCall } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { Answer } from '../host/answer.ts'
import type { AnswerRoom } from '../host/answerer.ts'
import type { QuestionName } from '../host/perform.ts'

/** A run; without `code` the worker may say that it needs it. */
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
export type Ended =
  | { readonly kind: 'needs-code' }
  | {
      readonly kind: 'output'
      readonly output: Uint8Array
      readonly fuel: number
      readonly blocks?: readonly OutputBlock[]
    }
  | { readonly kind: 'deferred'; readonly fuel: number }
  | { readonly kind: 'refused'; readonly refused: Refusal; readonly fuel: number }
  | { readonly kind: 'admitted'; readonly admitted: Result<{ readonly imports: readonly string[] }> }

/** What a worker asks while it works; the number comes back with what it is told. */
export type Question = { readonly id: number } & (
  | {
      readonly kind: 'asks'
      readonly name: QuestionName
      readonly question: Uint8Array
      readonly room: AnswerRoom
    }
  | { readonly kind: 'asks-block'; readonly cid: Uint8Array }
)

export type Told = { readonly id: number } & (
  | { readonly kind: 'told'; readonly answer: Answer; readonly defers: boolean }
  | { readonly kind: 'told-block'; readonly bytes: Uint8Array | undefined }
)

export type FromWorker = Ended | Question
/** What a worker is made with. */
export interface WorkerSettings {
  readonly memoryBytes?: number
  readonly admission?: AdmissionPolicy
}

export type ToWorker = Job | Told | { readonly kind: 'settings'; readonly settings: WorkerSettings }

export function jobOf(call: RuntimeCall): RunJob {
  const { protocol, descriptor, method, input, context, budget } = call
  return {
    kind: 'run',
    protocol: protocol.bytes,
    descriptor: encodeDescriptor(descriptor),
    method,
    input,
    context,
    budget,
    readsBlocks: call.getBlock !== undefined,
  }
}

/** The call on the other side, whose host is a question away. */
export function callOfJob(
  job: RunJob,
  descriptor: Descriptor,
  loadCode: () => Promise<Uint8Array>,
  askBlock: (cid: Uint8Array) => Promise<Uint8Array | undefined>,
): RuntimeCall {
  const { protocol, method, input, context, budget, readsBlocks } = job
  return {
    protocol: CID.decode(protocol),
    descriptor,
    method,
    input,
    context,
    budget,
    loadCode,
    ...(readsBlocks ? { getBlock: (cid: CID) => askBlock(cid.bytes) } : {}),
  }
}

export function descriptorOf(block: Uint8Array): Descriptor {
  const { ok, refused } = readDescriptor(block)
  if (ok === undefined) throw new TypeError(`a descriptor of the host: ${refused.detail ?? refused.code}`)
  return ok
}
