/**
 * Calls of one handler by another. A handler has no authority of its own: it calls with a chain that its own
 * message lends it, which the sender of that message must hold, and is judged as the sender would be. All of it
 * happens in the transaction of the message, and is over with it (spec/dispatch.md, "Calls of other handlers").
 */
import { forgetLent, noteLent } from '../audit/lent.ts'
import { chainRefusal, effectiveGrant, proveChain } from '../capability/chain.ts'
import {
  amongOpen,
  charge,
  isStateful,
  openAccount,
  spendingRefusal,
  withinTotals,
} from '../capability/spending.ts'
import { knownResult } from '../cache/result-cache.ts'
import { eitherOf, Stop } from '../cancel.ts'
import { decisionContext } from '../decision.ts'
import { REFUSALS, refuse } from '../errors.ts'
import { ForbiddenError, openHandlerState } from '../routing/handler-state.ts'
import { revokedLink } from '../revocation/check.ts'
import { freshnessRefusal } from '../revocation/freshness.ts'
import { authorise } from '../stages/2-authorise.ts'
import { resolve } from '../stages/3-resolve.ts'
import { execute, fit } from '../stages/4-execute.ts'
import { stageNamed } from '../stages/5-cache.ts'
import { executeContext } from './reply.ts'
import type { Transaction } from '../../promisebase/index.ts'
import type { Cancel } from '../cancel.ts'
import type { LentUse } from '../capability/spending.ts'
import type { DecisionContext } from '../decision.ts'
import type { Refusal, Result } from '../errors.ts'
import type {
  Budget,
  Capability,
  Ended,
  Grant,
  HandlerAuthority,
  HandlerCall,
  Invocation,
  Message,
  TokenReference,
} from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { Lending } from '../stages/4-execute.ts'

const NOTHING = new Uint8Array(0)

/** What all calls that one message causes have in common. */
interface Cascade {
  readonly kernel: KernelState
  readonly transaction: Transaction
  readonly context: DecisionContext
  /** What it all comes of. */
  readonly root: Invocation
  /** So far, on all levels. */
  calls: number
  /** What ends the whole message, whatever its handlers make of it. */
  refused?: Refusal
}

/** One handler that runs: what it was called for, and what is lent to it. */
interface Frame {
  readonly cascade: Cascade
  readonly invocation: Invocation
  /** The chains of this call and of those it is made by. */
  readonly open: readonly (readonly Capability[])[]
  readonly table: readonly (readonly TokenReference[])[]
  /** Aborted when this handler has ended: nothing it called outlives it. */
  readonly ended: Stop
  /** Work of the handlers it called. */
  fuel: number
  /** The same by the chains that were lent for it, where one counts. */
  readonly used: LentUse[]
  /** Calls that have not ended. */
  pending: number
  /** The end of the last one: the next begins after it, with what it has left. */
  turn: Promise<unknown>
}

/** The authority of the handler that a message names. */
export function openLending(kernel: KernelState, invocation: Invocation, transaction: Transaction): Lending {
  const { message, now } = invocation.authorised
  const context = decisionContext(kernel, transaction, now)
  forgetLent(invocation.authorised)
  return lend(
    { kernel, transaction, context, root: invocation, calls: 0 },
    invocation,
    [],
    message.claims.table ?? [],
  )
}

function lend(
  cascade: Cascade,
  invocation: Invocation,
  above: readonly (readonly Capability[])[],
  table: readonly (readonly TokenReference[])[],
): Lending {
  const ended = new Stop()
  const open = [...above, invocation.authorised.chain]
  return new FrameLending({ cascade, invocation, open, table, ended, ...unused() })
}

/** A class: an object that is written down with getters costs more to make than a short run takes. */
class FrameLending implements Lending {
  readonly #frame: Frame

  constructor(frame: Frame) {
    this.#frame = frame
  }

  get fuel(): number {
    return this.#frame.fuel
  }

  get refused(): Refusal | undefined {
    return this.#frame.cascade.refused
  }

  get used(): readonly LentUse[] {
    return this.#frame.used
  }

  get pending(): number {
    return this.#frame.pending
  }

  authority(cancel: Cancel): HandlerAuthority {
    return Object.freeze(new FrameAuthority(this.#frame, cancel))
  }

  end(): void {
    this.#frame.ended.abort()
  }
}

function unused(): Pick<Frame, 'fuel' | 'used' | 'pending' | 'turn'> {
  return { fuel: 0, used: [], pending: 0, turn: Promise.resolve() }
}

/** What a handler holds. Its functions are its own, so that they may be taken out of it. */
class FrameAuthority implements HandlerAuthority {
  readonly #frame: Frame
  readonly size: number
  readonly grant: HandlerAuthority['grant']
  readonly call: HandlerAuthority['call']

  constructor(frame: Frame, cancel: Cancel) {
    this.#frame = frame
    this.size = frame.table.length
    this.grant = async (capability) => {
      demandOpen(frame)
      return grantOf(frame, capability)
    }
    this.call = (request) => callOpen(frame, request, cancel)
  }

  get fuel(): number {
    return this.#frame.fuel
  }
}

function demandOpen({ ended }: Frame): void {
  if (ended.aborted) throw new ForbiddenError('the call this authority was given to is over')
}

async function callOpen(frame: Frame, request: HandlerCall, cancel: Cancel): Promise<Result<Uint8Array>> {
  demandOpen(frame)
  frame.pending += 1
  try {
    return await inTurn(frame, ownRequest(request), cancel)
  } catch (error) {
    // Whatever the handler makes of it: a store that failed once keeps nothing of this message.
    frame.cascade.refused ??= refuse('TRAP', 'a call of another handler failed').refused
    throw error
  } finally {
    frame.pending -= 1
  }
}

/** One after the other: two at once would both be given all that is left, of a budget as of a total. */
function inTurn(frame: Frame, request: OwnRequest, cancel: Cancel): Promise<Result<Uint8Array>> {
  const next = frame.turn.then(() =>
    frame.ended.aborted
      ? refuse('ABORTED', 'the handler has ended before its turn')
      : call(frame, request, cancel),
  )
  frame.turn = next.catch(() => undefined)
  return next
}

interface OwnRequest extends HandlerCall {
  readonly input: Uint8Array
}

/** A copy: what is judged must be what is called, whatever the caller does to its bytes while it waits. */
function ownRequest(request: HandlerCall): OwnRequest {
  const { input = NOTHING, lend, budget } = request
  return {
    ...request,
    input: input.slice(),
    ...(lend === undefined ? {} : { lend: [...lend] }),
    ...(budget === undefined ? {} : { budget: { ...budget } }),
  }
}

async function grantOf(frame: Frame, capability: number): Promise<Result<Grant>> {
  const lent = entryOf(frame, capability)
  if (lent.refused !== undefined) return lent
  const { context, transaction } = frame.cascade
  const chain = await proveChain(context, lent.ok, senderOf(frame))
  if (chain.refused !== undefined) return chain
  const refused =
    chainRefusal(context, chain.ok) ??
    (await revokedLink(context.crypto, transaction, chain.ok)) ??
    freshnessRefusal(context, chain.ok)
  return refused === undefined ? { ok: effectiveGrant(chain.ok) } : { refused }
}

async function call(frame: Frame, request: OwnRequest, cancel: Cancel): Promise<Result<Uint8Array>> {
  const { cascade } = frame
  const stopped = cascade.refused ?? boundRefusal(frame)
  if (stopped !== undefined) {
    cascade.refused = stopped
    return { refused: stopped }
  }
  cascade.calls += 1
  const message = await deriveMessage(frame, request)
  if (message.refused !== undefined) return message
  const authorised = await authorise(message.ok, cascade.context)
  if (authorised.refused !== undefined) return { refused: authorised.refused }
  noteLent(cascade.root.authorised, authorised.ok)
  const resolved = await resolve(authorised.ok, cascade.context)
  if (resolved.refused !== undefined) return resolved
  const { chain, now } = authorised.ok
  // Read in the transaction: a record that is committed meanwhile makes all of this run again.
  const revoked = await revokedLink(cascade.context.crypto, cascade.transaction, chain)
  if (revoked !== undefined) return { refused: revoked }
  const account = isStateful(chain)
    ? amongOpen(await openAccount(cascade.transaction, chain, now), chain, frame.open)
    : undefined
  const spent = account === undefined ? undefined : spendingRefusal({}, account)
  if (spent !== undefined) return { refused: spent }
  const own = remaining(frame, request.budget ?? {}, resolved.ok.budget)
  const budget = account === undefined ? own : withinTotals(account, own)
  const unfit = needRefusal(resolved.ok, budget)
  if (unfit !== undefined) return { refused: unfit }
  const invocation: Invocation = { ...resolved.ok, budget }
  const { ended, used } = await run(frame, invocation, message.ok.claims.table ?? [], cancel)
  const fuel = ended.refused === undefined ? ended.ok.fuel : ended.fuel
  frame.fuel += fuel
  const use = { fuel, outputBytes: ended.ok?.output.length ?? 0 }
  const counting = hasBegun(ended) ? account : undefined
  if (counting !== undefined) await charge(cascade.transaction, counting, use)
  if (counting !== undefined || used.length > 0) frame.used.push({ chain, now, use, within: used })
  if (ended.refused === undefined) {
    stageNamed(cascade.transaction, ended.ok)
    return { ok: ended.ok.output.slice() }
  }
  // What it has written cannot be taken out of the transaction again, so nothing of it may stay.
  if (!invocation.descriptor.pure) cascade.refused ??= ended.refused
  return { refused: ended.refused }
}

/** What may come again and has used nothing was not done: the attempt after it is the first. */
function hasBegun(ended: Ended): boolean {
  return ended.refused === undefined || ended.fuel > 0 || !REFUSALS[ended.refused.code].retryable
}

/** Bounds of the whole message: reaching one ends it, for a handler that may go on after it may go on for ever. */
function boundRefusal({ cascade, open }: Frame): Refusal | undefined {
  const { nestedCalls, callDepth } = cascade.kernel.limits
  if (open.length > callDepth)
    return refuse('BUDGET_DEPTH', `handlers call one another at most ${callDepth} deep`).refused
  if (cascade.calls >= nestedCalls)
    return refuse('BUDGET_CALLS', `one message causes at most ${nestedCalls} calls`).refused
  return undefined
}

/**
 * The message as its sender would have sent it for this call: it has signed that the handler may use these
 * chains. Nothing else about it changes, its time and audience least of all.
 */
async function deriveMessage(frame: Frame, request: OwnRequest): Promise<Result<Message>> {
  const { message } = frame.invocation.authorised
  const capabilities = entryOf(frame, request.capability)
  if (capabilities.refused !== undefined) return capabilities
  const table = await lentOn(frame, request.lend ?? [])
  if (table.refused !== undefined) return table
  const {
    arguments: _arguments,
    future: _future,
    resource: _resource,
    context: _context,
    ...claims
  } = message.claims
  return {
    ok: {
      ...message,
      protocol: request.protocol,
      claims: {
        ...claims,
        method: request.method,
        capabilities: capabilities.ok,
        table: table.ok,
        arguments: { bytes: request.input },
        ...(request.resource === undefined ? {} : { resource: request.resource }),
      },
    },
  }
}

function entryOf({ table }: Frame, capability: number): Result<readonly TokenReference[]> {
  const entry = Number.isSafeInteger(capability) ? table[capability] : undefined
  return entry === undefined
    ? refuse('SHAPE', `${String(capability)} is none of the ${table.length} chains that are lent`)
    : { ok: entry }
}

/** What a handler lends on: of its own table, and nothing that is final. */
async function lentOn(
  frame: Frame,
  lend: readonly number[],
): Promise<Result<readonly (readonly TokenReference[])[]>> {
  if (lend.length > frame.table.length)
    return refuse('SHAPE', `${lend.length} entries lent on, of ${frame.table.length}`)
  const table: (readonly TokenReference[])[] = []
  for (const capability of lend) {
    const entry = entryOf(frame, capability)
    if (entry.refused !== undefined) return entry
    const grant = await grantOf(frame, capability)
    if (grant.refused !== undefined) return grant
    if (grant.ok.caveats.final === true)
      return refuse('FORBIDDEN', `capability ${capability} is final: it cannot be lent on`)
    table.push(entry.ok)
  }
  return { ok: table }
}

/** The smallest of what is left to the caller, what it allows, and what the chain and the handler allow. */
function remaining({ invocation, fuel }: Frame, wanted: Budget, granted: Required<Budget>): Required<Budget> {
  const own = { ...invocation.budget, fuel: Math.max(0, invocation.budget.fuel - fuel) }
  const least = (name: keyof Budget): number =>
    Math.min(own[name], granted[name], checked(name, wanted[name]))
  return {
    fuel: least('fuel'),
    memoryBytes: least('memoryBytes'),
    outputBytes: least('outputBytes'),
    wallMs: least('wallMs'),
  }
}

/** @throws {RangeError} what a handler states as a budget is a whole number */
function checked(name: string, amount = Infinity): number {
  if (amount !== Infinity && (!Number.isSafeInteger(amount) || amount < 0))
    throw new RangeError(`budget.${name} must be a whole number`)
  return amount
}

/** A handler is prepared for one amount of memory: less than its need and it does not begin. */
function needRefusal({ descriptor }: Invocation, budget: Required<Budget>): Refusal | undefined {
  const needs = descriptor.limits.memoryBytes ?? 0
  return budget.memoryBytes >= needs
    ? undefined
    : refuse('BUDGET_MEMORY', `needs ${needs} bytes, ${budget.memoryBytes} are left`).refused
}

async function run(
  frame: Frame,
  invocation: Invocation,
  table: readonly (readonly TokenReference[])[],
  outer: Cancel,
): Promise<{ readonly ended: Ended; readonly used: readonly LentUse[] }> {
  const { kernel, transaction } = frame.cascade
  const cancel = eitherOf(outer, frame.ended)
  const { cacheKey } = invocation
  if (cacheKey !== undefined) {
    const known = await knownResult(kernel, transaction, cacheKey)
    const ended =
      known === undefined
        ? await execute(
            invocation,
            { snapshot: transaction, isNested: true, ...executeContext(kernel) },
            cancel,
          )
        : within(invocation, known.result.bytes, known.fuel)
    return { ended, used: [] }
  }
  const { state, revoke } = openHandlerState(transaction, invocation.authorised)
  const lending = lend(frame.cascade, invocation, frame.open, table)
  try {
    const context = { snapshot: transaction, isNested: true, state, lending, ...executeContext(kernel) }
    const ended = await execute(invocation, context, cancel)
    return { ended, used: lending.used }
  } finally {
    revoke()
  }
}

function within({ budget }: Invocation, output: Uint8Array, fuel: number): Ended {
  const fits = fit({ output, fuel }, budget)
  return fits.refused === undefined ? fits : { refused: fits.refused, fuel: 0 }
}

function senderOf({ invocation }: Frame): string {
  return invocation.authorised.message.claims.issuer
}
