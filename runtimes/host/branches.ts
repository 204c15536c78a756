/**
 * Branches of a host, whose merge functions may be handlers. The protocol_cid of a handler is the name of the function:
 * it is called as anybody's message would call it, with the method `merge` and the contents as arguments.
 *
 *   arguments = dag-cbor { ? "base": bytes, "left": bytes, "right": bytes }    ; the result is the content
 */
import { readDescriptor } from '../../kernel/index.ts'
import { CODEC, createBranches, encodeDagCbor } from '../../promisebase/index.ts'
import { call } from './call/call.ts'
import type { CID } from 'multiformats/cid'
import type {
  Branches,
  BranchesOptions,
  ContentFunction,
  MergeInput,
  MergeResult,
} from '../../promisebase/index.ts'
import type { HostParts } from './host-parts.ts'

export type HostBranchesOptions = Omit<BranchesOptions, 'store' | 'findFunction'>

export function branchesOf(host: HostParts, options: HostBranchesOptions = {}): Branches {
  const findFunction = (cid: CID): Promise<ContentFunction | undefined> => handlerFunction(host, cid)
  return createBranches({ ...options, store: host.store, findFunction })
}

const METHOD = 'merge'

/** Undefined for what is no handler here, or one that could answer otherwise elsewhere or later. */
async function handlerFunction(host: HostParts, cid: CID): Promise<ContentFunction | undefined> {
  const block = cid.code === CODEC.dagCbor ? await blockOf(host, cid) : undefined
  const descriptor = block && readDescriptor(block).ok
  if (descriptor === undefined || !descriptor.pure || !descriptor.methods.includes(METHOD)) return undefined
  return {
    kind: 'content',
    cid,
    name: descriptor.name ?? cid.toString(),
    codec: CODEC.raw,
    merge: (input) => mergeBy(host, cid, input),
  }
}

async function mergeBy(
  host: HostParts,
  protocol: CID,
  { signal, ...contents }: MergeInput,
): Promise<MergeResult> {
  const called = { protocol, method: METHOD, input: encodeDagCbor(contents) }
  const result = await call(host, { ...called, ...(signal === undefined ? {} : { signal }) })
  if (result.status === 'kept') return { ok: result.bytes }
  // What a pure handler says itself is its answer everywhere; anything else is about this node, now.
  const detail = result.detail ?? result.code
  return { refused: { code: result.code === 'HANDLER' ? 'CONFLICT' : 'FAILED', detail } }
}

async function blockOf({ store }: HostParts, cid: CID): Promise<Uint8Array | undefined> {
  using snapshot = store.snapshot()
  return await snapshot.getBlock(cid)
}
