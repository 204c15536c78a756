/**
 * Work in progress, by the chain it is done under: when a link of it is taken back, the run ends, and what it
 * would have committed is refused by the transaction itself (spec/dispatch.md, "Revocation").
 */
import { eitherOf, Stop } from '../cancel.ts'
import { inSnapshot } from '../in-snapshot.ts'
import { mayBeRevoked, mayRevoke, refusalOf, revokedLink } from './check.ts'
import type { Cancel } from '../cancel.ts'
import type { Refusal } from '../errors.ts'
import type { Capability } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { Run } from './known.ts'
import type { Revocation } from './revocation.ts'

/** Runs `work` for as long as nobody takes back a link of its chain. */
export async function underChain<End extends { readonly refused?: Refusal | undefined }>(
  kernel: KernelState,
  chain: readonly Capability[],
  outer: Cancel,
  work: (cancel: Cancel) => Promise<End>,
): Promise<End | { readonly refused: Refusal }> {
  const { ids, runs } = kernel.revocations
  const run: Run = { chain, stop: new Stop() }
  runs.set(run.stop, run)
  try {
    // What was taken back since the decision would find no run to end.
    const revoked = mayBeRevoked(ids, chain) ? await revokedNow(kernel, chain) : undefined
    if (revoked !== undefined) return { refused: revoked }
    const ended = await work(eitherOf(run.stop, outer))
    // What was committed before stays so.
    return ended.refused === undefined || run.revoked === undefined ? ended : { refused: run.revoked }
  } finally {
    runs.delete(run.stop)
  }
}

/** As the store is now; asked only when some record is about the chain. */
export async function revokedNow(
  { powers: { crypto, store } }: KernelState,
  chain: readonly Capability[],
): Promise<Refusal | undefined> {
  return inSnapshot(store, (snapshot) => revokedLink(crypto, snapshot, chain))
}

/** Ends the runs under a token that was taken back. */
export function endRuns({ revocations }: KernelState, { revoked, issuer }: Revocation): void {
  for (const run of [...revocations.runs.values()]) {
    const link = run.chain.findIndex(({ id }) => id.equals(revoked))
    if (link < 0 || !mayRevoke(run.chain, link, issuer)) continue
    run.revoked = refusalOf(issuer, link)
    run.stop.abort()
  }
}
