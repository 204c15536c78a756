/** Ways of running code, and one run. */
import type { CID } from 'multiformats/cid'
import type { Refusal, Result } from '../errors.ts'
import type { Budget } from './grants.ts'
import type { HandlerAuthority, HandlerState } from './handlers.ts'
import type { NestedMessage } from './messages.ts'
import type { Deferred, HandlerPromises } from './promises.ts'
import type { HandlerRevocations } from './revocations.ts'

export type RuntimeKind = 'native' | 'wasi' | 'container' | 'verifier' | 'vm' | 'process' | 'webgpu'

/** What a protocol_cid names: how to run the handler's code (spec/dispatch.md, "Descriptor"). */
export interface Descriptor {
  readonly runtime: RuntimeKind
  /** CID of the code: a raw block, or a tree of them. */
  readonly code: CID
  /** How the code is entered: for wasi `command` or `reactor`, for native `call`. */
  readonly entry: string
  readonly methods: readonly string[]
  /** The same arguments and context always give the same bytes, with no effect: cacheable. */
  readonly pure: boolean
  /** Host functions the code asks for, beyond what every handler of its kind has. */
  readonly imports: readonly string[]
  /** What the code needs at most; a grant with less refuses before it runs. */
  readonly limits: Budget
  /** Results may be shared with peers when the caller does not object. */
  readonly public: boolean
  readonly name?: string
  /** CID of what its methods take and give, codec dag-cbor (spec/types.md); without it they take and give any bytes. */
  readonly types?: CID
}

/** One call of a handler, all its powers included. */
export interface RuntimeCall {
  readonly protocol: CID
  readonly descriptor: Descriptor
  readonly method: string
  readonly input: Uint8Array
  readonly context: Uint8Array
  readonly budget: Required<Budget>
  /** Whether another handler has made this call and waits for it: so what it holds is free the sooner. */
  readonly isNested?: boolean
  /** The code, verified against its CID; asked for only when it is not prepared already. */
  loadCode(): Promise<Uint8Array>
  /**
   * A block by its CID, for inputs that the arguments name: content names itself, so a pure handler may read it.
   * Undefined when it is not on this node. Absent for a runtime that is called without a kernel.
   */
  getBlock?(cid: CID): Promise<Uint8Array | undefined>
  /** See {@link NativeCall.readMessage}; absent for code that has no way to ask. */
  readMessage?(bytes: Uint8Array): Promise<Result<readonly NestedMessage[]>>
  /** State this message grants; absent for a pure handler. */
  readonly state?: HandlerState
  /** Calls of other handlers, with what this message lends; absent for a pure handler. */
  readonly authority?: HandlerAuthority
  /** What this handler has promised, and may promise; absent for a pure handler. */
  readonly promises?: HandlerPromises
  /** See {@link NativeCall.outcomeOf}. */
  outcomeOf?(promise: CID): Promise<Result<Uint8Array>>
  /** See {@link NativeCall.revocations}. */
  readonly revocations?: HandlerRevocations
}

/** A block that an output names, to be stored with it; the kernel names it itself. */
export interface OutputBlock {
  readonly bytes: Uint8Array
  /** A multicodec code. */
  readonly codec: number
}

/** What came of a run: bytes, a promise, or a refusal; the work is counted either way. */
export type RunResult =
  | {
      readonly output: Uint8Array
      readonly fuel: number
      /**
       * Present when the output is itself a dag-cbor block, of at most a block's length, that may name blocks: those
       * that come along are stored with it, and whoever keeps the result keeps them.
       */
      readonly blocks?: readonly OutputBlock[]
      readonly refused?: undefined
    }
  | {
      readonly deferred: Deferred
      readonly fuel: number
      readonly output?: undefined
      readonly refused?: undefined
    }
  | { readonly refused: Refusal; readonly fuel: number; readonly output?: undefined }

/** Whether a run is to end early. */
export interface RunCancel {
  readonly aborted: boolean
  /** Made when it is asked for: it costs as much as a short run. */
  readonly signal: AbortSignal
}

/** One way of running code. It never throws for what the code does: every end is a RunResult. */
export interface Runtime {
  readonly kind: RuntimeKind
  /**
   * The deterministic settings under which this descriptor runs here, as a dag-cbor block. Two nodes with
   * the same profile give the same bytes and the same fuel; its CID is part of the cache key.
   */
  profile(descriptor: Descriptor): Uint8Array
  /** Whether this code could ever run here; called at deploy, before anything is stored. */
  admit(code: Uint8Array, descriptor: Descriptor): Promise<Result<{ readonly imports: readonly string[] }>>
  /** What ends at once needs no promise. */
  run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> | RunResult
  close?(): Promise<void>
}
