/**
 * Two heads made one commit: the functions their history names are tried in order over the content of their lowest
 * common ancestor. Where there are several lowest common ancestors they are merged first, by the same rules, into one
 * that nobody keeps.
 */
import { CODEC } from '../cid.ts'
import { decodeCbor } from '../cbor/decode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { compareBytes } from '../keys.ts'
import { compareHeads, reduceHeads, sortedCids } from './compare.ts'
import { SAME } from './functions/names.ts'
import { MERGE_LIMITS } from './limits.ts'
import { writingOf } from './writing.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../interface.ts'
import type { ContentFunction, MergeCode, MergeFunction, NamedCommit, Objection } from './interface.ts'
import type { Workspace } from './workspace.ts'

/** Why there is no merge: every function that was tried, and the bases it had. */
export interface Unmerged {
  readonly objections: readonly Objection[]
  readonly bases: readonly CID[]
}

export type Pairing =
  | { readonly made: NamedCommit; readonly unmerged?: undefined }
  | { readonly unmerged: Unmerged; readonly made?: undefined }

/** The next function is asked only where everybody gets the same answer from the one before. */
const PASSED_ON: readonly MergeCode[] = ['CONFLICT', 'SHAPE', 'LIMIT']

/** @throws {WorkError} @throws {StoreError} */
export async function mergePair(workspace: Workspace, a: CID, b: CID, depth = 0): Promise<Pairing> {
  workspace.countMerge()
  const [left, right] = (await Promise.all(sortedCids([a, b]).map((cid) => workspace.named(cid)))) as [
    NamedCommit,
    NamedCommit,
  ]
  const { bases, leftNews, rightNews } = await compareHeads(workspace, left.cid, right.cid)
  const objected = (...objections: Objection[]): Pairing => ({ unmerged: { objections, bases } })
  if (!leftNews || !rightNews) return objected(objection('', 'CONFLICT', 'there is nothing to merge'))
  if (!isSameList(left.commit.merge, right.commit.merge))
    return objected(objection('', 'FUNCTION', 'the heads are to be merged by different functions'))
  const found = await tryFunctions(workspace, { left, right, bases, depth })
  if ('objections' in found) return objected(...found.objections)
  return { made: workspace.makeCommit(commitOf(left, right, found)) }
}

interface Made {
  readonly made: CID
  readonly content: CID
}

interface Sides {
  readonly left: NamedCommit
  readonly right: NamedCommit
  readonly bases: readonly CID[]
  readonly depth: number
}

function commitOf(left: NamedCommit, right: NamedCommit, { made, content }: Made) {
  return {
    content,
    parents: [left.cid, right.cid],
    height: 1 + Math.max(left.commit.height, right.commit.height),
    merge: left.commit.merge,
    made,
  }
}

async function tryFunctions(
  workspace: Workspace,
  sides: Sides,
): Promise<Made | { readonly objections: readonly Objection[] }> {
  const objections: Objection[] = []
  const { merge, content } = sides.left.commit
  const isSame = content.equals(sides.right.commit.content)
  for (const cid of merge) {
    const known = await workspace.functionOf(cid)
    if (known === undefined) return { objections: [...objections, unknownFunction(cid)] }
    const isAgreed = isSame && !(known.kind === 'content' && known.addsUp === true)
    const found = isAgreed ? { ok: content } : await contentBy(workspace, known, sides)
    if (found.refused === undefined) return { made: cid, content: found.ok }
    objections.push(objection(known.name, found.refused.code, found.refused.detail))
    if (!PASSED_ON.includes(found.refused.code)) break
  }
  if (merge.length > 0) return { objections }
  if (isSame) return { made: SAME, content }
  return { objections: [objection('', 'CONFLICT', 'the history names no function')] }
}

async function contentBy(
  workspace: Workspace,
  by: MergeFunction,
  sides: Sides,
): Promise<Result<CID, MergeCode>> {
  const { left, right } = sides
  if (by.kind === 'choice') {
    const side = by.choose(await writingOf(workspace, left), await writingOf(workspace, right))
    return { ok: (side === 'left' ? left : right).commit.content }
  }
  const base = await baseContent(workspace, sides)
  if (base.refused !== undefined) return base
  const [ours, theirs] = [left.commit.content, right.commit.content]
  if (base.ok?.equals(ours)) return { ok: theirs }
  if (base.ok?.equals(theirs)) return { ok: ours }
  return callFunction(workspace, by, base.ok, [ours, theirs])
}

/** The content of the one lowest common ancestor, or of what several are merged into. */
async function baseContent(
  workspace: Workspace,
  { bases, depth }: Sides,
): Promise<Result<CID | undefined, MergeCode>> {
  const [first, ...others] = await reduceHeads(workspace, bases)
  if (first === undefined) return { ok: undefined }
  if (others.length > 0 && depth >= MERGE_LIMITS.baseDepth)
    return refuse('LIMIT', `common ancestors are merged more than ${MERGE_LIMITS.baseDepth} deep`)
  let base = first
  for (const other of others) {
    const merged = await mergePair(workspace, base, other, depth + 1)
    if (merged.unmerged !== undefined) return inBase(merged.unmerged)
    base = merged.made.cid
  }
  return { ok: (await workspace.commit(base)).content }
}

/** What stops a merge of ancestors stops that of their descendants; only what everybody gets is passed on. */
function inBase({ objections }: Unmerged): Result<never, MergeCode> {
  const { code, detail } = objections.at(-1) as Objection
  return refuse(code, `the common ancestors cannot be merged: ${detail}`)
}

async function callFunction(
  workspace: Workspace,
  by: ContentFunction,
  base: CID | undefined,
  sides: readonly CID[],
): Promise<Result<CID, MergeCode>> {
  // The contents decide the order, so that a function that is not symmetric still gives one answer.
  const [left, right] = [...sides].sort((a, b) => compareBytes(a.bytes, b.bytes)) as [CID, CID]
  const blocks: Uint8Array[] = []
  for (const cid of [left, right, ...(base === undefined ? [] : [base])]) {
    const block = await blockFor(workspace, by, cid)
    if (block.refused !== undefined) return block
    blocks.push(block.ok)
  }
  const input = { left: blocks[0] as Uint8Array, right: blocks[1] as Uint8Array }
  const merged = await by.merge({
    ...input,
    ...(blocks[2] === undefined ? {} : { base: blocks[2] }),
    ...(workspace.signal === undefined ? {} : { signal: workspace.signal }),
  })
  if (merged.refused !== undefined) return merged
  return isContent(by.codec, merged.ok)
    ? { ok: workspace.make(by.codec, Uint8Array.from(merged.ok)) }
    : refuse('LIMIT', `what ${by.name} made is no block of its codec`)
}

async function blockFor(
  workspace: Workspace,
  by: ContentFunction,
  cid: CID,
): Promise<Result<Uint8Array, MergeCode>> {
  if (cid.code !== by.codec) return refuse('SHAPE', `${by.name} works on another codec than that of ${cid}`)
  const block = await workspace.block(cid)
  if (block === undefined) return refuse('MISSING', `the content ${cid} is not here`)
  return block.length <= MERGE_LIMITS.contentBytes
    ? { ok: block }
    : refuse('LIMIT', `the content ${cid} is longer than ${MERGE_LIMITS.contentBytes} bytes`)
}

/** Whether these bytes can be the content of a commit, as one block. */
export function isContent(codec: number, bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length > MERGE_LIMITS.contentBytes) return false
  return codec !== CODEC.dagCbor || decodeCbor(bytes, DAG_CBOR_PROFILE).refused === undefined
}

function isSameList(a: readonly CID[], b: readonly CID[]): boolean {
  return a.length === b.length && a.every((cid, at) => cid.equals(b[at]))
}

function unknownFunction(cid: CID): Objection {
  return objection('', 'FUNCTION', `the function ${cid} is not here`)
}

function objection(of: string, code: MergeCode, detail: string): Objection {
  return { of, code, detail }
}

function refuse(code: MergeCode, detail: string): Result<never, MergeCode> {
  return { refused: { code, detail } }
}
