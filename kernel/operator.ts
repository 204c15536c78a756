/** Powers of the operator: what is accepted without a message, at the time of this node. */
import { ownBytes } from '../promisebase/index.ts'
import { forgetVerdicts } from './dispatch.ts'
import { adopt, keepPolicy } from './grid/found.ts'
import { inSnapshot } from './in-snapshot.ts'
import { admitKeySet } from './key-sets.ts'
import { mayBeRevoked } from './revocation/check.ts'
import { loadHeartbeats } from './revocation/feed.ts'
import { keepingClaims } from './upkeep.ts'
import type { Result } from './errors.ts'
import type { GridPolicy } from './grid/policy.ts'
import type { Capability, Principal } from './interface.ts'
import type { KernelState } from './state.ts'

export async function adoptNow(kernel: KernelState, holder: Principal): Promise<Capability> {
  const { crypto, signer, store } = kernel.powers
  const { keys, grid, limits } = kernel
  const now = kernel.clock.believed()
  const known = kernel.adoptions.get(holder)
  const isRevocable = known !== undefined && mayBeRevoked(kernel.revocations.ids, [known])
  if (known !== undefined && !isRevocable && known.expires > now + limits.tokenLifetimeSeconds / 2)
    return known
  const adoption = await adopt(store, { crypto, keys, signer, grid, limits, now }, holder)
  kernel.adoptions.set(holder, adoption)
  return adoption
}

export async function admit(kernel: KernelState, block: Uint8Array): Promise<Result<Principal>> {
  if (!(block instanceof Uint8Array)) throw new TypeError('block must be a Uint8Array')
  const admission = await admitKeySet(kernel, block)
  return admission.refused === undefined ? { ok: admission.ok.principal } : admission
}

export async function acceptObject<T>(
  kernel: KernelState,
  bytes: Uint8Array,
  accept: (kernel: KernelState, bytes: Uint8Array, now: number) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes must be a Uint8Array')
  const own = ownBytes(bytes)
  return atNow(kernel, (now) => keepingClaims(kernel, accept(kernel, own, now)))
}

export async function atNow<T>(
  kernel: KernelState,
  act: (now: number) => Promise<Result<T>>,
): Promise<Result<T>> {
  const time = kernel.clock.now()
  return time.refused === undefined ? act(time.ok) : time
}

export async function acceptPolicy(
  kernel: KernelState,
  signed: readonly Uint8Array[],
): Promise<Result<GridPolicy>> {
  const { crypto, store } = kernel.powers
  const next = await keepPolicy(store, kernel.grid, kernel.policy, signed, { crypto })
  if (next.refused !== undefined) return next
  kernel.policy = next.ok
  forgetVerdicts(kernel)
  await inSnapshot(store, (snapshot) => loadHeartbeats(kernel, snapshot))
  return next
}

export async function acceptClock(kernel: KernelState): Promise<number> {
  const now = kernel.clock.accept()
  await kernel.powers.store.transact((transaction) => kernel.clock.stage(transaction))
  return now
}
