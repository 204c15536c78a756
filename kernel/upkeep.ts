/** What is done beside the messages: claims kept, the audit log sealed, what has expired swept. */
import { isSealDue, seal } from './audit/seal.ts'
import { noteFault } from './dispatch.ts'
import { keepClaims } from './key-sets.ts'
import { sweepPromises } from './promise/sweep.ts'
import { sweep } from './replay.ts'
import { sweepRevocations } from './revocation/sweep.ts'
import type { KernelState } from './state.ts'

/** Effects between two sweeps of expired replay records. */
const SWEEP_INTERVAL = 256

/** What a message leaves to be done, whatever came of it. */
export async function afterwards<T>(kernel: KernelState, work: Promise<T>): Promise<T> {
  try {
    return await work
  } finally {
    kernel.commits += 1
    if (kernel.claims.unkept.length > 0) await keepClaimsNow(kernel)
    if (isSealDue(kernel)) await sealNow(kernel, false)
    if (kernel.commits % SWEEP_INTERVAL === 0 || kernel.records.isFull) await sweepNow(kernel)
  }
}

/** What is accepted is a signature too, and may be the first of its set. */
export async function keepingClaims<T>(kernel: KernelState, work: Promise<T>): Promise<T> {
  const accepted = await work
  await keepClaims(kernel)
  return accepted
}

/** A claim that cannot be written down holds in memory, and is tried again with the next message. */
async function keepClaimsNow(kernel: KernelState): Promise<void> {
  try {
    await keepClaims(kernel)
  } catch (error) {
    noteFault(kernel, error)
  }
}

/**
 * Not twice in a second, for all that are told to come later ask for one. A sweep that fails is a fault to be
 * told of, and no reason to lose the reply it comes after.
 */
async function sweepNow(kernel: KernelState): Promise<void> {
  const time = kernel.clock.now()
  if (time.refused !== undefined || (kernel.records.isFull && time.ok === kernel.sweptAt)) return
  kernel.sweptAt = time.ok
  try {
    await sweepRecords(kernel, time.ok)
    await sweepRevocations(kernel)
  } catch (error) {
    noteFault(kernel, error)
  }
}

export async function sweepRecords(kernel: KernelState, now: number): Promise<void> {
  kernel.records.drop(await sweep(kernel.powers.store, now))
  await sweepPromises(kernel, now)
}

/** Entries that cannot be sealed now wait for the next time; no caller loses his reply for it. */
export async function sealNow(kernel: KernelState, durable: boolean): Promise<void> {
  try {
    await seal(kernel, { durable })
  } catch (error) {
    noteFault(kernel, error)
  }
}
