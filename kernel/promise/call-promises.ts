/**
 * The promises of one call: the one it makes instead of an answer, and those its handler made before and
 * resolves now. All is staged in the transaction of the message, and nothing works after the call
 * (spec/promise.md, "Deferring", "Resolving").
 */
import { isCid } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { noShare, payerOf } from '../fair-share.ts'
import { ForbiddenError } from '../routing/handler-state.ts'
import { RefusedError } from '../routing/native.ts'
import { keepContext } from '../settle/reply.ts'
import { keepEffect } from '../stages/5-cache.ts'
import { cutDetail, keptOutcome } from '../stages/6-reply.ts'
import { noChanges } from './desk.ts'
import { endOf, endPromise } from './end.ts'
import { signPromise } from './promise.ts'
import { readRecord, stagePromise } from './record.ts'
import { inspection, standingOf } from './standing.ts'
import { checkTerms, conditionsRefusal, unknownPromise, wrapRefusal } from './terms.ts'
import type { CID } from 'multiformats/cid'
import type { Transaction } from '../../promisebase/index.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Deferred, DeferTerms, Descriptor, HandlerPromises, Invocation, Outcome } from '../interface.ts'
import type { RuntimeCall, SignedPromise } from '../interface.ts'
import type { PromisePowers } from '../stages/4-execute.ts'
import type { KernelState } from '../state.ts'
import type { PromiseChanges } from './desk.ts'
import type { Ending } from './end.ts'
import type { PromiseRecord } from './record.ts'
import type { CheckedTerms } from './terms.ts'

/** The import that lets a handler ask how promises to its caller ended. */
const OUTCOME_IMPORT = 'promise.outcome'

interface Made {
  readonly deferred: Deferred
  readonly promise: SignedPromise
  readonly terms: CheckedTerms
}

export class CallPromises implements PromisePowers {
  readonly #kernel: KernelState
  readonly #transaction: Transaction
  readonly #invocation: Invocation
  readonly #changes: PromiseChanges = noChanges()
  #made: Made | undefined
  #open = true
  /** One after the other: two answers at once must see each other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(kernel: KernelState, transaction: Transaction, invocation: Invocation) {
    this.#kernel = kernel
    this.#transaction = transaction
    this.#invocation = invocation
  }

  get made(): Deferred | undefined {
    return this.#made?.deferred
  }

  powersFor({ imports }: Descriptor): Pick<RuntimeCall, 'promises' | 'outcomeOf'> {
    const promises: HandlerPromises = Object.freeze({
      defer: (terms: DeferTerms) => this.#defer(terms),
      keep: (id: CID, output: Uint8Array) => this.#inTurn(() => this.#keep(id, output)),
      break: (id: CID, detail: string) => this.#inTurn(() => this.#break(id, detail)),
    })
    return imports.includes(OUTCOME_IMPORT)
      ? { promises, outcomeOf: (id) => this.#inTurn(() => this.#outcomeOf(id)) }
      : { promises }
  }

  revoke(): void {
    this.#open = false
  }

  /** Stages the promise of a call that ended with it; its reply is the outcome. */
  async stage(): Promise<Result<Outcome>> {
    const made = this.#made
    if (made === undefined) throw new TypeError('no promise was made in this call')
    const { message, chain } = this.#invocation.authorised
    const payer = payerOf(message, chain)
    // Counted outside of transactions, which would all collide.
    if (!this.#kernel.promises.room.take(message.id, payer)) return noShare('open promises')
    const refused = await this.#termsRefusal(made)
    if (refused !== undefined) return { refused }
    const { promise, terms } = made
    const record = { promise, form: message.form, until: this.#until(promise) }
    stagePromise(this.#transaction, record, payer, terms.wrapped?.promise)
    this.#changes.opened.push(message.id)
    return { ok: { status: 'deferred', promise: promise.bytes } }
  }

  /** Tells those who wait, once everything is in the store. */
  committed(): void {
    this.#kernel.promises.committed(this.#changes)
  }

  #defer(terms: DeferTerms): Deferred {
    this.#demand()
    if (this.#made !== undefined) throw new ForbiddenError('a call makes one promise')
    const checked = checkTerms(this.#kernel, terms)
    if (checked.refused !== undefined) throw new RefusedError(checked.refused)
    const promise = this.#sign(checked.ok)
    const deferred = Object.freeze({ promise: promise.id })
    this.#made = { deferred, promise, terms: checked.ok }
    return deferred
  }

  #sign({ seconds, wrapped, conditions }: CheckedTerms): SignedPromise {
    const { powers, grid } = this.#kernel
    const { message, now } = this.#invocation.authorised
    return signPromise(powers.crypto, powers.signer, {
      audience: message.claims.issuer,
      issuedAt: now,
      expires: now + seconds,
      grid,
      request: message.id,
      protocol: message.protocol,
      ...(wrapped === undefined ? {} : { wraps: wrapped.promise.id }),
      ...(conditions === undefined ? {} : { conditions }),
    })
  }

  async #termsRefusal({ promise, terms }: Made): Promise<Refusal | undefined> {
    const { message, now } = this.#invocation.authorised
    const { wrapped, conditions } = terms
    const sender = message.claims.issuer
    if (wrapped !== undefined) return wrapRefusal(this.#kernel, this.#transaction, wrapped, sender, now)
    if (conditions === undefined) return undefined
    const times = { now, until: this.#until(promise) }
    return conditionsRefusal(this.#kernel, this.#transaction, conditions, sender, times)
  }

  /** Whoever was promised can ask for as long as a message about it may live. */
  #until({ expires }: SignedPromise): number {
    return expires + this.#kernel.limits.messageLifetimeSeconds
  }

  async #keep(id: CID, output: Uint8Array): Promise<Result<true>> {
    if (!(output instanceof Uint8Array)) throw new TypeError('output must be a Uint8Array')
    const { budget } = this.#invocation
    if (output.length > budget.outputBytes)
      return refuse('BUDGET_OUTPUT', `${output.length} of ${budget.outputBytes} bytes`)
    const bytes = new Uint8Array(output)
    return this.#resolve(id, () => {
      const context = keepContext(this.#kernel)
      return keptOutcome(keepEffect({ output: bytes, fuel: 0 }, this.#transaction, context), context.limits)
    })
  }

  async #break(id: CID, detail: string): Promise<Result<true>> {
    if (typeof detail !== 'string') throw new TypeError('detail must be a string')
    const said = cutDetail(detail)
    const outcome = { status: 'broken', code: 'HANDLER', ...(said === '' ? {} : { detail: said }) } as const
    return this.#resolve(id, () => outcome)
  }

  async #resolve(id: CID, say: () => Outcome): Promise<Result<true>> {
    const record = await this.#own(id)
    if (record === undefined)
      return refuse('FORBIDDEN', `${id.toString()} is not for this handler to resolve`)
    const ending = this.#ending()
    if (ending.refused !== undefined) return ending
    const { now } = ending.ok
    const standing = await standingOf(inspection(this.#kernel.powers.crypto, this.#transaction, now), record)
    this.#demand()
    const outcome = say()
    if (!standing.open) return resolvedAlready(record, standing.outcome, outcome)
    const [condition] = standing.waitsFor
    if (outcome.status === 'kept' && condition !== undefined)
      return refuse('PENDING', `the condition ${condition.promise.id.toString()} is not kept yet`)
    await endPromise(ending.ok, record, now, outcome)
    return { ok: true }
  }

  /** A promise of this handler that its own word decides. */
  async #own(id: CID): Promise<PromiseRecord | undefined> {
    if (!isCid(id)) throw new TypeError('promise must be a CID')
    const record = await readRecord(this.#kernel.powers.crypto, this.#transaction, id)
    const { protocol } = this.#invocation.authorised.message
    return record?.promise.protocol.equals(protocol) === true && record.promise.wraps === undefined
      ? record
      : undefined
  }

  async #outcomeOf(id: CID): Promise<Result<Uint8Array>> {
    if (!isCid(id)) throw new TypeError('promise must be a CID')
    const record = await readRecord(this.#kernel.powers.crypto, this.#transaction, id)
    const { issuer } = this.#invocation.authorised.message.claims
    if (record?.promise.audience !== issuer) return { refused: unknownPromise(id) }
    const ending = this.#ending()
    if (ending.refused !== undefined) return ending
    this.#demand()
    const ended = await endOf(ending.ok, record)
    return ended === undefined
      ? refuse('PENDING', `the promise ${id.toString()} is open until ${record.promise.expires}`)
      : { ok: ended.resolution.slice() }
  }

  /** At the second it is now: the decision about the message may be some seconds old. */
  #ending(): Result<Ending> {
    const time = this.#kernel.clock.now()
    if (time.refused !== undefined) return time
    const [kernel, transaction, changes] = [this.#kernel, this.#transaction, this.#changes]
    return { ok: { kernel, transaction, changes, now: time.ok } }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(() => {
      this.#demand()
      return work()
    })
    this.#turn = next.catch(() => undefined)
    return next
  }

  #demand(): void {
    if (!this.#open) throw new ForbiddenError('the call these promises were lent to is over')
  }
}

/** The same answer again changes nothing; another one is too late. */
function resolvedAlready({ promise }: PromiseRecord, was: Outcome, wanted: Outcome): Result<true> {
  if (isSame(was, wanted)) return { ok: true }
  const id = promise.id.toString()
  if (was.status === 'expired') return refuse('EXPIRED', `the promise ${id} has expired`)
  if (was.status === 'refused') return refuse('UPSTREAM', `a condition of the promise ${id} was not kept`)
  return refuse('REPLAY', `the promise ${id} was ${was.status} before`)
}

function isSame(a: Outcome, b: Outcome): boolean {
  if (a.status === 'kept' && b.status === 'kept') return a.result.cid.equals(b.result.cid)
  return a.status === 'broken' && b.status === 'broken' && a.detail === b.detail
}
