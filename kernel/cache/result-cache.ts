/**
 * Known results of pure invocations: memory, then the store. A stored receipt counts only if its signature
 * holds, it names this very key, and its executor is this node or one the policy trusts; the bytes are checked
 * against the CID it names (spec/result-cache.md).
 */
import { cidKey, readContent } from '../../promisebase/index.ts'
import { SPACE } from '../spaces.ts'
import { readReceipt } from './receipt.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Executed, Principal } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** A result that is known and vouched for; undefined when it has to be computed. */
export async function knownResult(
  kernel: KernelState,
  snapshot: Snapshot,
  cacheKey: CID,
): Promise<Executed | undefined> {
  const name = cidKey(cacheKey)
  const remembered = kernel.results.get(name)
  if (remembered !== undefined) return remembered
  const bytes = await snapshot.get(SPACE.results, cacheKey.bytes)
  if (bytes === undefined) return undefined
  const receipt = readReceipt(kernel.powers.crypto, kernel.keys, bytes)
  if (
    receipt.refused !== undefined ||
    !receipt.ok.cacheKey.equals(cacheKey) ||
    !receipt.ok.grid.equals(kernel.grid)
  )
    return undefined
  const { executor, result, fuel } = receipt.ok
  if (!isBelieved(kernel, executor)) return undefined
  const content = await readContent(snapshot, result, kernel.limits.outputBytes)
  if (content.refused !== undefined) return undefined
  const executed: Executed = { result: { cid: result, bytes: content.ok }, fuel, receipt: bytes }
  rememberResult(kernel, cacheKey, executed)
  return executed
}

/** Receipts outlive policies: who vouches, and with what kind of key, is asked of the policy in force. */
function isBelieved({ node, policy, keys }: KernelState, executor: Principal): boolean {
  const algorithm = keys.read(executor).ok?.coseAlgorithm
  const isTrusted = executor === node || policy.executors.includes(executor)
  return isTrusted && algorithm !== undefined && policy.algorithms.includes(algorithm)
}

/** Keeps short results in memory; long ones are read from the store again. */
export function rememberResult(kernel: KernelState, cacheKey: CID, executed: Executed): void {
  if (executed.result.bytes.length <= kernel.limits.inlineBytes)
    kernel.results.set(cidKey(cacheKey), executed)
}
