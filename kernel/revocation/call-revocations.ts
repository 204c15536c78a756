/**
 * Revocations of one call: records and heartbeats that a message has brought. All of it is staged in the
 * transaction of the message, and nothing works after the call (spec/capability.md, "By message").
 */
import { ownBytes } from '../../promisebase/index.ts'
import { inSnapshot } from '../in-snapshot.ts'
import { Lanes } from '../lane.ts'
import { ForbiddenError } from '../routing/handler-state.ts'
import { judgeHeartbeat, keepHeartbeat, noteHeartbeat } from './feed.ts'
import { listRevocations } from './list.ts'
import { judgeRevocation, keepRevocation } from './revocations.ts'
import { endRuns } from './runs.ts'
import type { CID } from 'multiformats/cid'
import type { Transaction } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Descriptor, HandlerRevocations, RuntimeCall } from '../interface.ts'
import type { RevocationPowers } from '../stages/4-execute.ts'
import type { KernelState } from '../state.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Revocation } from './revocation.ts'

/** The import that lets a handler take in what others have signed. */
const ACCEPT_IMPORT = 'revocation.accept'

/** Messages to such a handler are settled in the lane of those who accept: what is remembered has the order of the store. */
export function acceptsRevocations({ imports }: Descriptor): boolean {
  return imports.includes(ACCEPT_IMPORT)
}

export class CallRevocations implements RevocationPowers {
  readonly #kernel: KernelState
  readonly #transaction: Transaction
  readonly #revoked: Revocation[] = []
  readonly #heartbeats: Heartbeat[] = []
  /** One after the other: two at once would both add to the same count. */
  readonly #turns = new Lanes()
  #open = true

  constructor(kernel: KernelState, transaction: Transaction) {
    this.#kernel = kernel
    this.#transaction = transaction
  }

  powersFor(descriptor: Descriptor): Pick<RuntimeCall, 'revocations'> {
    if (!acceptsRevocations(descriptor)) return {}
    const revocations: HandlerRevocations = {
      accept: (record) => this.#inTurn(checked(record, 'record'), (bytes, now) => this.#accept(bytes, now)),
      acceptHeartbeat: (heartbeat) =>
        this.#inTurn(checked(heartbeat, 'heartbeat'), (bytes, now) => this.#acceptHeartbeat(bytes, now)),
      list: async (query) => {
        this.#demand()
        // Of a snapshot: who only reads is in nobody's way.
        return inSnapshot(this.#kernel.powers.store, (snapshot) =>
          listRevocations(this.#kernel, snapshot, query),
        )
      },
    }
    return { revocations: Object.freeze(revocations) }
  }

  revoke(): void {
    this.#open = false
  }

  /** Ends what runs under tokens that were taken back, once everything is in the store. */
  committed(): void {
    for (const revocation of this.#revoked) endRuns(this.#kernel, revocation)
    for (const heartbeat of this.#heartbeats) noteHeartbeat(this.#kernel, heartbeat)
  }

  async #accept(bytes: Uint8Array, now: number): Promise<Result<CID>> {
    const object = await judgeRevocation(this.#kernel, bytes, now)
    if (object.refused !== undefined) return object
    this.#demand()
    const kept = await keepRevocation(this.#kernel, this.#transaction, object.ok, now)
    if (kept.refused !== undefined) return kept
    this.#revoked.push(object.ok.claims)
    return { ok: object.ok.id }
  }

  async #acceptHeartbeat(bytes: Uint8Array, now: number): Promise<Result<true>> {
    const object = await judgeHeartbeat(this.#kernel, bytes, now)
    if (object.refused !== undefined) return object
    this.#demand()
    const kept = await keepHeartbeat(this.#kernel, this.#transaction, object.ok)
    if (kept.refused !== undefined) return kept
    this.#heartbeats.push(kept.ok)
    return { ok: true }
  }

  /** At the second it is then: the decision about the message may be some seconds old. */
  #inTurn<T>(
    bytes: Uint8Array,
    accept: (bytes: Uint8Array, now: number) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.#turns.run('', async () => {
      this.#demand()
      const time = this.#kernel.clock.now()
      return time.refused === undefined ? accept(bytes, time.ok) : time
    })
  }

  #demand(): void {
    if (!this.#open) throw new ForbiddenError('the call these revocations were lent to is over')
  }
}

/** A copy, so that what is judged is what is kept. */
function checked(bytes: Uint8Array, name: string): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array`)
  return ownBytes(bytes)
}
