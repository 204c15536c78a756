/**
 * What a grant handle holds: the message that opened it, and what was decided about it for as long as nothing has
 * changed that the decision hangs on. `stillGranted` is asked before each use; whenever it does not hold, stages 1
 * and 2 decide anew, and their refusal is that of the use (spec/dispatch.md, "Grant handles").
 */
import { mayBeRevoked } from '../revocation/check.ts'
import { freshUntil } from '../revocation/freshness.ts'
import type { CID } from 'multiformats/cid'
import type { GridPolicy } from '../grid/policy.ts'
import type { Capability, Invocation, Message, Principal } from '../interface.ts'
import type { KernelState } from '../state.ts'

export interface OpenHandle {
  readonly kernel: KernelState
  message: Message
  readonly chain: readonly Capability[]
  /** Who pays for its calls: how many handles somebody opens makes no difference. */
  readonly payer: Principal
  epoch: Epoch
  /** How each method runs that was asked for in this epoch; methods of one descriptor, so they are few. */
  readonly methods: Map<string, Prepared>
  /** Uses that have an id of their own. */
  uses: number
  isClosed: boolean
}

/** What a decision hangs on beside the message itself and the time. */
export interface Epoch {
  readonly policy: GridPolicy
  readonly silenced: number
}

/** One method of the handler, decided: what is left is its arguments. */
export interface Prepared {
  readonly common: Omit<Invocation, 'arguments' | 'cacheKey'>
  /** Names results of this method; absent when it is not pure. */
  readonly results?: {
    /** Where they are kept in memory. */
    readonly prefix: string
    readonly cacheKeyOf: (given: CID) => CID
  }
}

export function epochOf({ policy, claims }: KernelState): Epoch {
  return { policy, silenced: claims.silenced }
}

/** Whether everything that was decided stands, at `now`. The one place that is asked before each use. */
export function stillGranted(handle: OpenHandle, now: number): boolean {
  const { kernel, chain } = handle
  return isOfEpoch(handle) && now < notAfter(handle) && !mayBeRevoked(kernel.revocations.ids, chain)
}

/** Whether the signature was judged by the keys and the policy in force. */
export function isOfEpoch({ kernel, epoch }: OpenHandle): boolean {
  return kernel.policy === epoch.policy && kernel.claims.silenced === epoch.silenced
}

/** First second at which the message or a link of its chain has expired, or the news of revocations is too old. */
function notAfter({ kernel, message, chain }: OpenHandle): number {
  const { policy, node, revocations } = kernel
  let least = message.claims.expires + kernel.limits.skewSeconds
  least = Math.min(least, freshUntil({ policy, node, heartbeats: revocations.heartbeats }, chain))
  for (const { expires } of chain) least = Math.min(least, expires)
  return least
}

/**
 * Whether what was decided about one use is decided for the next. Caveats that look at the arguments, count, or
 * go by the age of the news are asked each time.
 */
export function isPlain(chain: readonly Capability[]): boolean {
  return chain.every(({ caveats }) => Object.keys(caveats).every((name) => PLAIN.has(name)))
}

const PLAIN: ReadonlySet<string> = new Set(['budget', 'executors', 'final'])
