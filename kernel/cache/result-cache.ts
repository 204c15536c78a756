/**
 * Known results of pure invocations: memory, then the store. A stored receipt counts only if its signature
 * holds, it names this very key, and its executor is this node or one the policy trusts; the bytes are checked
 * against the CID it names (spec/result-cache.md).
 */
import { cidKey, readContent } from '../../promisebase/index.ts'
import { refusedAlgorithm } from '../grid/policy.ts'
import { keysOf } from '../key-sets.ts'
import { verifyObjectBy } from '../message/signed-object.ts'
import { SPACE } from '../spaces.ts'
import { readUnverified } from './receipt.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Executed } from '../interface.ts'
import type { SignedObject } from '../message/signed-object.ts'
import type { KernelState } from '../state.ts'
import type { Receipt } from './receipt.ts'

/** A result that is known and has a receipt; undefined when it has to be computed, or vouched for. */
export function knownResult(
  kernel: KernelState,
  snapshot: Snapshot,
  cacheKey: CID,
  name: string = cidKey(cacheKey),
): Promise<Executed | undefined> | Executed {
  const remembered = kernel.results.get(name)
  if (remembered?.receipt !== undefined) return remembered
  const stored = snapshot.get(SPACE.results, cacheKey.bytes)
  return stored.then((bytes) => bytes && resultOf(kernel, snapshot, cacheKey, bytes))
}

/** The result that a receipt from the store stands for, when it can be believed. */
async function resultOf(
  kernel: KernelState,
  snapshot: Snapshot,
  cacheKey: CID,
  bytes: Uint8Array,
): Promise<Executed | undefined> {
  const receipt = readUnverified(kernel.powers.crypto, bytes).ok
  if (receipt?.claims.cacheKey.equals(cacheKey) !== true || !receipt.claims.grid.equals(kernel.grid))
    return undefined
  if (!(await isBelieved(kernel, snapshot, receipt))) return undefined
  const { result, fuel } = receipt.claims
  const content = await readContent(snapshot, result, kernel.limits.outputBytes)
  if (content.refused !== undefined) return undefined
  const executed: Executed = { result: { cid: result, bytes: content.ok }, fuel, receipt: bytes }
  rememberResult(kernel, cacheKey, executed)
  return executed
}

/** Receipts outlive policies: who vouches, and with what kind of key, is asked of the policy in force. */
async function isBelieved(
  { node, policy, keys, powers: { crypto } }: KernelState,
  snapshot: Snapshot,
  receipt: SignedObject<Receipt>,
): Promise<boolean> {
  const { executor } = receipt.claims
  if (executor !== node && !policy.executors.includes(executor)) return false
  const found = (await keysOf({ keys, snapshot, crypto }, executor)).ok
  return (
    found !== undefined &&
    refusedAlgorithm(policy, found) === undefined &&
    verifyObjectBy(crypto, keys, receipt, found).refused === undefined
  )
}

/** Keeps short results in memory; long ones are read from the store again. */
export function rememberResult(
  kernel: KernelState,
  cacheKey: CID,
  executed: Executed,
  name: string = cidKey(cacheKey),
): void {
  if (executed.result.bytes.length <= kernel.limits.inlineBytes) kernel.results.set(name, executed)
}
