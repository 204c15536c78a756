/** How calls end: replies and resolutions, verified, with the content that was named by CID. */
import { readReply } from '../../../kernel/index.ts'
import { getContent } from '../content/content.ts'
import { HostError } from '../host-error.ts'
import type { CID } from 'multiformats/cid'
import type {
  ComposedMessage,
  Principal,
  PromiseEnd,
  Refusal,
  RefusalCode,
  Result,
  SignedPromise,
  WaitOptions,
} from '../../../kernel/index.ts'
import type { HostParts } from '../host-parts.ts'

/** How a call ended. */
export type CallResult =
  | {
      readonly status: 'kept'
      readonly bytes: Uint8Array
      readonly cid: CID
      readonly fuel: number
      readonly receipt?: Uint8Array
      readonly message: Exchange
    }
  | {
      readonly status: 'deferred'
      /** What the node promised instead, verified. */
      readonly promise: SignedPromise
      /**
       * How that one ends: now, or when it does. Refused with PENDING when the time is up before, and with ABORTED
       * for a caller who gives up.
       */
      readonly settled: (options?: WaitOptions) => Promise<CallResult>
      readonly code: 'PENDING'
      readonly detail?: string
      readonly signed: true
      readonly message: Exchange
    }
  | {
      readonly status: 'refused' | 'expired' | 'broken' | 'already-seen'
      /** One of REFUSALS; DENIED hides which: `host.kernel.explain(result.message.bytes)` tells it here. */
      readonly code: RefusalCode | (string & {})
      readonly detail?: string
      /** False for a hint that anyone on the way could have made up. */
      readonly signed: boolean
      readonly message: Exchange
    }

/** The bytes that went out and came back. */
export interface Exchange extends ComposedMessage {
  readonly reply: Uint8Array
}

/** Verifies a reply and brings in a result that came by CID. */
export async function readResult(host: HostParts, sender: Principal, message: Exchange): Promise<CallResult> {
  return resultOf(host, sender, message, message)
}

/** How a promise of this node ended, as the one is told to whom it was made. */
export async function when(host: HostParts, id: CID, options: WaitOptions = {}): Promise<CallResult> {
  const found = await host.kernel.promise(id)
  const nothing = { bytes: NOTHING, id, reply: NOTHING }
  if (found.refused !== undefined) return unsigned(found.refused, nothing)
  const ended = await outcomeOf(host, id, options)
  const promise = found.ok?.promise
  if (ended.refused !== undefined || promise === undefined)
    return unsigned(ended.refused ?? UNKNOWN, { ...nothing, bytes: promise?.bytes ?? NOTHING })
  const message = { bytes: promise.bytes, id, reply: ended.ok.resolution }
  return resultOf(host, promise.audience, message, message)
}

const NOTHING = new Uint8Array(0)
const LONG_MS = 24 * 60 * 60 * 1_000
const UNKNOWN = { code: 'MISSING', detail: 'there is no such promise on this node' } as const

/** `about` is what is answered: the message that went out, or the promise it was answered with. */
async function resultOf(
  host: HostParts,
  sender: Principal,
  about: Pick<ComposedMessage, 'bytes' | 'id'>,
  message: Exchange,
): Promise<CallResult> {
  const { kernel, crypto, keys } = host
  const pending = { bytes: about.bytes, id: about.id, grid: kernel.grid, sender, executors: [kernel.node] }
  const reply = readReply(crypto, keys, pending, message.reply)
  if (reply.refused !== undefined) return unsigned(reply.refused, message)
  if (!reply.ok.signed) return { status: 'refused', code: reply.ok.code, signed: false, message }
  const { outcome, promise } = reply.ok
  if (outcome.status === 'deferred') return deferred(host, sender, message, promise)
  if (outcome.status !== 'kept') return { signed: true, message, ...outcome }
  const { cid, bytes = await contentOf(host, cid) } = outcome.result
  const receipt = outcome.receipt === undefined ? {} : { receipt: outcome.receipt }
  return { status: 'kept', bytes, cid, fuel: outcome.fuel, ...receipt, message }
}

function deferred(
  host: HostParts,
  sender: Principal,
  message: Exchange,
  promise: SignedPromise | undefined,
): CallResult {
  if (promise === undefined) throw new TypeError('a deferred reply was read without its promise')
  const settled = async (options: WaitOptions = {}): Promise<CallResult> => {
    const ended = await outcomeOf(host, promise.id, options)
    return ended.refused === undefined
      ? resultOf(host, sender, promise, { ...message, reply: ended.ok.resolution })
      : unsigned(ended.refused, message)
  }
  return { status: 'deferred', code: 'PENDING', signed: true, promise, settled, message }
}

/** Timers of a kernel keep no program alive; somebody who waits does. */
async function outcomeOf({ kernel }: HostParts, id: CID, options: WaitOptions): Promise<Result<PromiseEnd>> {
  const hold = setInterval(() => undefined, LONG_MS)
  try {
    return await kernel.outcomeOf(id, options)
  } finally {
    clearInterval(hold)
  }
}

/** What nobody signed: found out here, by the caller's own program. */
function unsigned({ code, detail }: Refusal, message: Exchange): CallResult {
  return { status: 'refused', code, detail, signed: false, message }
}

async function contentOf(host: HostParts, cid: CID): Promise<Uint8Array> {
  const content = await getContent(host.store, cid)
  if (content === undefined)
    throw new HostError('MISSING', `the result ${cid.toString()} cannot be read: a block of it is not here`)
  return content
}
