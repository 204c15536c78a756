/**
 * Grant handles: what a caller in the process of the kernel holds instead of signing every call. One signed message
 * was authorised in full; from then on calls are arguments and outcomes, checked at each use and unsigned
 * (spec/dispatch.md, "Grant handles").
 */
import { cidKey, isCid } from '../../promisebase/index.ts'
import { cancelBy } from '../cancel.ts'
import { refuse } from '../errors.ts'
import { noShare } from '../fair-share.ts'
import { NamedInput, nameBytes } from './named-input.ts'
import { Call } from './pending-call.ts'
import { endAtOnce, runUse } from './use.ts'
import type { CID } from 'multiformats/cid'
import type { Grant, Principal } from '../interface.ts'
import type { UseInput } from './decide-use.ts'
import type { OpenHandle } from './open-handle.ts'
import type { CallEnd, PendingCall } from './pending-call.ts'
import type { Use } from './use.ts'

/** What a call is made on: bytes, bytes with their name, content of this node, or what another call will give. */
export type CallInput = Uint8Array | NamedInput | CID | PendingCall

export interface CallOptions {
  /** Gives up: a call that waits is not begun, one that runs is ended as its handler lets it. */
  readonly signal?: AbortSignal
  /** Asks for the signed receipt of a pure result, which is then kept in the store too. */
  readonly receipt?: boolean
}

/** A live grant in this process: it dies with its kernel, and cannot be passed on as bytes. */
export interface GrantHandle {
  /** Of the message that opened it. */
  readonly id: CID
  readonly protocol: CID
  /** What the last link of its chain grants. */
  readonly grant: Grant
  /**
   * Calls a method of the handler that the message named. Never throws for how it ends; `await` tells that. At most
   * a share of `pendingCalls` calls wait for others at a time, so await one of a long chain now and then.
   * @throws {TypeError} for what is no method, input or call of this kernel
   */
  call(method: string, input?: CallInput, options?: CallOptions): PendingCall
  /** Hashes arguments that are used more than once. */
  name(bytes: Uint8Array): NamedInput
  /** Calls that have not begun are refused from now on. */
  close(): void
  [Symbol.dispose](): void
}

const NOTHING = new Uint8Array(0)

export function handleOf(handle: OpenHandle, grant: Grant): GrantHandle {
  const { kernel, message } = handle
  const close = (): void => {
    handle.isClosed = true
  }
  return {
    id: message.id,
    protocol: message.protocol,
    grant,
    call: (method, input = NOTHING, options = {}) => call(handle, method, input, options),
    name: (bytes) => {
      if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes must be a Uint8Array')
      return new NamedInput(kernel.powers.crypto, bytes)
    },
    close,
    [Symbol.dispose]: close,
  }
}

function call(handle: OpenHandle, method: string, input: CallInput, options: CallOptions): PendingCall {
  if (typeof method !== 'string') throw new TypeError('method must be a string')
  const pending = new Call(method, handle.kernel)
  const use: Use = { handle, method, receipt: options.receipt === true, signal: options.signal }
  if (!(input instanceof Call)) begin(pending, use, inputOf(handle, input))
  else if (input.home !== handle.kernel) throw new TypeError('input must be a call of the same kernel')
  else if (input.end !== undefined) beginOn(pending, use, input, input.end)
  else wait(pending, use, input)
  return pending
}

function inputOf({ kernel }: OpenHandle, input: Exclude<CallInput, Call>): UseInput {
  if (input instanceof Uint8Array) return { ...nameBytes(kernel.powers.crypto, input), isLent: true } as const
  if (input instanceof NamedInput) return NamedInput.givenIn(input)
  if (isCid(input)) return { cid: input }
  throw new TypeError('input must be a Uint8Array, a named input, a CID or a call')
}

/** Until the other call has ended, the caller gives up, or there is no place to wait in. */
function wait(pending: Call, use: Use, other: Call): void {
  const { kernel, payer } = use.handle
  const leave = kernel.pipeline.enter(payer)
  if (leave === undefined) return end(pending, use, noShare('those who wait'))
  const { signal } = use
  const giveUp = (): void => {
    forget()
    leave()
    end(pending, use, refuse('ABORTED', 'the caller gave up'))
  }
  const ignore = signal === undefined ? undefined : cancelBy(signal).onAbort(giveUp)
  const forget = other.onEnd(() => {
    ignore?.()
    if (other.end !== undefined) beginOn(pending, use, other, other.end, leave)
  })
  if (signal?.aborted === true) giveUp()
}

/** Begins with what the other call gave; `leave` gives up the place that was waited in. */
function beginOn(pending: Call, use: Use, other: Call, ended: CallEnd, leave?: () => void): void {
  if (ended.ok !== undefined) {
    const { cid, bytes } = ended.ok.result
    return begin(pending, use, { cid, bytes, key: cidKey(cid) }, leave)
  }
  leave?.()
  const detail = `the call of ${JSON.stringify(other.method)} ended with ${codeOf(ended)}`
  end(pending, use, refuse('UPSTREAM', detail))
}

function codeOf({ refused, told }: CallEnd): string {
  return refused?.code ?? (told !== undefined && 'code' in told ? told.code : 'a further promise')
}

function begin(pending: Call, use: Use, input: UseInput, leave?: () => void): void {
  const { kernel, payer } = use.handle
  const hasRoom = (of: Principal): boolean =>
    kernel.inFlight < kernel.limits.inFlight && kernel.shares.hasRoom(of)
  const ended = endAtOnce(use, input)
  if (ended === undefined && leave !== undefined && !hasRoom(payer))
    // Who has waited for its turn is not sent away because others end at the same time.
    if (kernel.pipeline.park(payer, () => begin(pending, use, input, leave))) return
  leave?.()
  if (ended !== undefined) return end(pending, use, ended)
  if (!hasRoom(payer)) return end(pending, use, noShare('calls in flight'))
  kernel.inFlight += 1
  kernel.shares.hold(payer)
  kernel.pipeline.enterRun()
  void runUse(use, input).then((how) => {
    kernel.inFlight -= 1
    kernel.shares.leave(payer)
    end(pending, use, how)
    kernel.pipeline.leaveRun(hasRoom)
  })
}

function end(pending: Call, { handle }: Use, how: CallEnd): void {
  handle.kernel.pipeline.begin(pending.finish(how))
}
