/**
 * Stage 4: Invocation → what came of it. The handler runs within its budget; every end is a value, and what it
 * used is counted either way (spec/dispatch.md, "Execute").
 */
import { refuse } from '../errors.ts'
import { readNested } from '../message/nested.ts'
import { loadCode } from '../routing/code.ts'
import { ForbiddenError } from '../routing/handler-state.ts'
import { abortRefusal, TimeLimit } from '../time-limit.ts'
import { argumentsTypeRefusal, resultTypeRefusal } from '../types/check-call.ts'
import { StoreError } from '../../promisebase/index.ts'
import type { Snapshot } from '../../promisebase/index.ts'
import type { ByteRoom } from '../byte-room.ts'
import type { Cancel } from '../cancel.ts'
import type { LentUse } from '../capability/spending.ts'
import type { Refusal, Result } from '../errors.ts'
import type { NestedContext } from '../message/nested.ts'
import type {
  Budget,
  Deferred,
  Descriptor,
  Ended,
  HandlerAuthority,
  HandlerState,
  Invocation,
  Powers,
  Ran,
  RunResult,
  RuntimeCall,
} from '../interface.ts'

export interface ExecuteContext {
  readonly powers: Pick<Powers, 'timer'>
  /** Where the code is read from. */
  readonly snapshot: Pick<Snapshot, 'getBlock'>
  /** Where the arguments find room while they are in memory. */
  readonly room: ByteRoom
  /** What messages among the arguments are judged by. */
  readonly nested: NestedContext
  /** Whether another handler waits for it. */
  readonly isNested?: boolean
  readonly state?: HandlerState
  /** What the handler can do to others; absent for a pure one. */
  readonly lending?: Lending
  /** What may be promised and resolved; absent where nothing may be. */
  readonly promises?: PromisePowers
  /** What may be taken back by message; absent where nothing may be. */
  readonly revocations?: RevocationPowers
}

/** The authority of one run, and what it came to. */
export interface Lending {
  /** Handlers it calls end with it. */
  readonly authority: (cancel: Cancel) => HandlerAuthority
  /** Work of the handlers it called, all of it. */
  readonly fuel: number
  /** What ends the whole message, whatever this handler made of it. */
  readonly refused: Refusal | undefined
  /** What those have used of chains that count. */
  readonly used: readonly LentUse[]
  /** Calls of its own that the handler has not waited for. */
  readonly pending: number
  /** The authority is over. */
  end(): void
}

/** What a call may do with promises, and the one it has made. */
export interface PromisePowers {
  readonly made: Deferred | undefined
  powersFor(descriptor: Descriptor): Pick<RuntimeCall, 'promises' | 'outcomeOf'>
}

/** What a call may do with revocations, if its handler asks for it. */
export interface RevocationPowers {
  powersFor(descriptor: Descriptor): Pick<RuntimeCall, 'revocations'>
}

const NOTHING = new Uint8Array(0)

/** Runs the handler; `cancel` ends it early: the caller gave up, or the kernel closes. */
export function execute(
  invocation: Invocation,
  context: ExecuteContext,
  cancel: Cancel,
): Ended | Promise<Ended> {
  if (cancel.aborted) return unrun(abortRefusal())
  if (invocation.budget.wallMs === 0) return unrun(noTime().refused)
  const { size } = invocation.arguments
  const leave = context.room.take(size)
  return leave === undefined
    ? unrun(refuse('BUSY', `no room for arguments of ${size} bytes beside those in flight`).refused)
    : readAndRun(invocation, context, cancel, leave)
}

/** Whatever ends at once, arguments that are here or code that runs through, is not waited for. */
async function readAndRun(
  invocation: Invocation,
  context: ExecuteContext,
  cancel: Cancel,
  leave: () => void,
): Promise<Ended> {
  try {
    const reading = invocation.arguments.read()
    const input = reading instanceof Promise ? await reading : reading
    if (input.refused !== undefined) return unrun(input.refused)
    const unfit = invocation.types && argumentsTypeRefusal(invocation.types, input.ok)
    if (unfit !== undefined) return unrun(unfit)
    const running = run(invocation, input.ok, context, cancel)
    return running instanceof Promise ? await running : running
  } finally {
    leave()
  }
}

function run(
  invocation: Invocation,
  input: Uint8Array,
  context: ExecuteContext,
  cancel: Cancel,
): Ended | Promise<Ended> {
  const { lending, powers } = context
  const limit = new TimeLimit(powers.timer, invocation.budget, cancel)
  const close = (): void => {
    lending?.end()
    limit.stop()
  }
  const told = (ended: RunResult): Ended => {
    const end = endOf(withLent(ended, lending), invocation, context)
    close()
    return end
  }
  const failed = (error: unknown): Ended => {
    const fuel = lending?.fuel ?? 0
    close()
    return { refused: refusalOf(error), fuel }
  }
  try {
    const running = invocation.runtime.run(callOf(invocation, input, context, limit), limit)
    return running instanceof Promise ? limit.first(running).then(told, failed) : told(running)
  } catch (error) {
    return failed(error)
  }
}

/** What a run came to, held against its budget. */
function endOf(ended: RunResult, { budget, types }: Invocation, context: ExecuteContext): Ended {
  if (ended.refused !== undefined) return { refused: ended.refused, fuel: ended.fuel }
  if ('deferred' in ended) return deferredEnd(ended, context)
  if (!(ended.output instanceof Uint8Array))
    return { ...refuse('TRAP', 'the handler returned something that is not bytes'), fuel: ended.fuel }
  const { output, fuel, blocks } = ended
  const unfit = types && resultTypeRefusal(types, output)
  if (unfit !== undefined) return { refused: unfit, fuel }
  const fits = fit(blocks === undefined ? { output, fuel } : { output, fuel, blocks }, budget)
  return fits.refused === undefined ? fits : { refused: fits.refused, fuel: ended.fuel }
}

/** Handlers that a handler calls work on its account, and what ends the message ends it. */
function withLent(ended: RunResult, lending: Lending | undefined): RunResult {
  if (lending === undefined) return ended
  const fuel = ended.fuel + lending.fuel
  if (lending.refused !== undefined) return { refused: lending.refused, fuel }
  if (ended.refused !== undefined || lending.pending === 0) return { ...ended, fuel }
  // Whoever does not wait for what it called cannot have meant its answer.
  return { ...refuse('TRAP', `the handler returned before ${lending.pending} of its calls had ended`), fuel }
}

/** A promise stands for bytes only where the kernel has made it in this very call. */
function deferredEnd(
  { deferred, fuel }: Extract<RunResult, { readonly deferred: Deferred }>,
  { promises }: ExecuteContext,
): Ended {
  return promises?.made === deferred
    ? { ok: { output: NOTHING, fuel, deferred } }
    : { ...refuse('TRAP', 'the handler returned a promise that was not made in this call'), fuel }
}

/** How it ended when there is no work to count. */
function unrun(refused: Refusal): Ended {
  return { refused, fuel: 0 }
}

/** Whether a result is within a budget: asked of fresh and of remembered results alike. */
export function fit(ran: Ran, budget: Required<Budget>): Result<Ran> {
  if (budget.wallMs === 0) return noTime()
  if (ran.fuel > budget.fuel) return refuse('BUDGET_FUEL', `used ${ran.fuel} of ${budget.fuel}`)
  if (ran.output.length > budget.outputBytes)
    return refuse('BUDGET_OUTPUT', `${ran.output.length} of ${budget.outputBytes} bytes`)
  return { ok: ran }
}

function callOf(
  invocation: Invocation,
  input: Uint8Array,
  { snapshot, isNested, state, lending, promises, revocations, nested }: ExecuteContext,
  cancel: Cancel,
): RuntimeCall {
  const { descriptor, authorised, method, budget } = invocation
  return {
    protocol: authorised.message.protocol,
    descriptor,
    method,
    input,
    context: invocation.context.bytes,
    budget,
    loadCode: () => loadCode(snapshot, descriptor.code),
    getBlock: async (cid) => snapshot.getBlock(cid),
    readMessage: async (bytes) => readNested(nested, bytes),
    ...(isNested === undefined ? {} : { isNested }),
    ...(state === undefined ? {} : { state }),
    ...(lending === undefined ? {} : { authority: lending.authority(cancel) }),
    ...(promises === undefined ? {} : promises.powersFor(descriptor)),
    ...(revocations === undefined ? {} : revocations.powersFor(descriptor)),
  }
}

/** A timer of no time could still be slower than the handler. */
function noTime(): { readonly refused: Refusal } {
  return refuse('BUDGET_TIME', 'no wall time is granted')
}

/** Runtimes do not throw for what code does; what is thrown here is the store, a forbidden reach, or a fault. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof ForbiddenError) return { code: 'FORBIDDEN', detail: error.message }
  // What the handler was asked to store is too much; everything else is a fault of the store itself.
  if (error instanceof StoreError && error.code === 'LIMIT') return { code: 'LIMIT', detail: error.message }
  if (error instanceof StoreError) throw error
  return {
    code: 'TRAP',
    detail: 'the handler threw an exception',
    internal: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}
