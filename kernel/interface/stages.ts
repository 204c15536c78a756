/** What one stage hands to the next. */
import type { CID } from 'multiformats/cid'
import type { Refusal, Result } from '../errors.ts'
import type { MethodType } from '../types/handler-types.ts'
import type { Budget, Capability, Grant, Resource } from './grants.ts'
import type { Message } from './messages.ts'
import type { Deferred } from './promises.ts'
import type { Descriptor, OutputBlock, Runtime } from './runtimes.ts'

declare const authorised: unique symbol
declare const resolved: unique symbol

/** Made by stage 2 alone: the sender may do this, here and now. */
export interface Authorised {
  readonly [authorised]: true
  readonly message: Message
  /** The links from the adoption by this node to the sender. */
  readonly chain: readonly Capability[]
  /** What the last link grants, with every budget intersected. */
  readonly grant: Grant
  readonly resource: Resource
  /** The one time sample of this decision, seconds since 1970. */
  readonly now: number
}

/** Found and measured; read only when code is to run on them, for a known result needs their CID alone. */
export interface Arguments {
  readonly cid: CID
  readonly size: number
  read(): Promise<Result<Uint8Array>> | Result<Uint8Array>
}

/** Made by stage 3 alone: what is to run, on what, and within what. */
export interface Invocation {
  readonly [resolved]: true
  readonly authorised: Authorised
  readonly descriptor: Descriptor
  readonly runtime: Runtime
  readonly method: string
  /** What the method takes and gives; absent where any bytes will do. */
  readonly types?: MethodType
  readonly arguments: Arguments
  readonly context: { readonly cid: CID; readonly bytes: Uint8Array }
  readonly budget: Required<Budget>
  /** Present for pure handlers: the CID that names this result everywhere (spec/result-cache.md). */
  readonly cacheKey?: CID
  /** The settings it runs under: {@link Runtime.profile}. */
  readonly profile: { readonly cid: CID; readonly block: Uint8Array }
}

/** Made by stage 4: bytes and fuel of a run that succeeded. */
export interface Ran {
  readonly output: Uint8Array
  readonly fuel: number
  /** What the output names: see {@link RunResult}. */
  readonly blocks?: readonly OutputBlock[]
  /** A promise instead of bytes, which are none then. */
  readonly deferred?: Deferred
}

/** How stage 4 ended; the work is counted either way. */
export type Ended =
  | { readonly ok: Ran; readonly refused?: undefined }
  | { readonly refused: Refusal; readonly fuel: number; readonly ok?: undefined }

/** Made by stage 5: a result with its name. */
export interface Executed {
  readonly result: { readonly cid: CID; readonly bytes: Uint8Array }
  readonly fuel: number
  /** From the result cache, with the receipt that vouches for it. */
  readonly receipt?: Uint8Array
}

/** What came of a pure invocation, and what it cost: known or computed, which cannot be told apart. */
export type Computed =
  | { readonly ok: Executed; readonly refused?: undefined }
  | { readonly refused: Refusal; readonly fuel: number; readonly ok?: undefined }
