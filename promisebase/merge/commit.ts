/**
 * Commits as blocks (spec/merge.md, "Commits"), deterministic dag-cbor:
 *
 *   commit = { "commit": 1, "content": link, "height": uint, "merge": [0*4 link], "parents": [0*16 link],
 *              ? "made": link                                                   ; made by a function, or
 *              ? "at": uint, ? "by": text, ? "note": text, ? "proposer": text } ; by somebody
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { checkCid, CODEC, hashBlock, isCid } from '../cid.ts'
import { HASH } from '../hash.ts'
import { compareBytes } from '../keys.ts'
import { MERGE_LIMITS } from './limits.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput, CborMap, CborValue } from '../cbor/value.ts'
import type { CborRefusalCode } from '../cbor/scan.ts'
import type { Result } from '../interface.ts'
import type { Commit } from './interface.ts'

/** Not CBOR, or not the one encoding; `COMMIT`: anything else than a commit. */
export type CommitCode = CborRefusalCode | 'COMMIT'

const VERSION = 1
const ANY_HASH = { hashes: Object.values(HASH) }
const PROFILE = { ...DAG_CBOR_PROFILE, maxBytes: MERGE_LIMITS.commitBytes }

/** The block of a commit. @throws {TypeError} when it is none: {@link readCommit} would refuse it */
export function encodeCommit(commit: Commit): Uint8Array {
  const { content, parents, height, merge, ...said } = commit
  const given = Object.entries(said).filter(([, value]) => value !== undefined) as [string, CborInput][]
  const bytes = encodeDagCbor({
    ...{ commit: VERSION, content, parents, height, merge },
    ...Object.fromEntries(given),
  })
  const read = readCommit(bytes)
  if (read.refused !== undefined) throw new TypeError(`no commit: ${read.refused.detail}`)
  return bytes
}

/** The name of a commit block. */
export function commitCid(block: Uint8Array): CID {
  return hashBlock(sha256, CODEC.dagCbor, block)
}

/** Reads a commit block, exactly. Never throws. */
export function readCommit(block: Uint8Array): Result<Commit, CommitCode> {
  const decoded = decodeCbor(block, PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!(decoded.ok instanceof Map)) return refuse('not a map')
  const wrong = wrongIn(decoded.ok)
  return wrong === undefined ? { ok: commitOf(decoded.ok) } : refuse(wrong)
}

type Check = (value: CborValue) => boolean

const CHECKS: Readonly<Record<string, { readonly is: Check; readonly optional?: true }>> = {
  commit: { is: (value) => value === VERSION },
  content: { is: isLink },
  parents: { is: isParents },
  height: { is: (value) => isCount(value) && value >= 1 },
  merge: { is: isFunctions },
  made: { is: isRawOrDag, optional: true },
  at: { is: isCount, optional: true },
  by: { is: (value) => isText(value, MERGE_LIMITS.byBytes), optional: true },
  note: { is: (value) => isText(value, MERGE_LIMITS.noteBytes), optional: true },
  proposer: { is: (value) => isText(value, MERGE_LIMITS.proposerBytes), optional: true },
}
const AUTHORSHIP = ['at', 'by', 'note', 'proposer']

function wrongIn(map: CborMap): string | undefined {
  for (const name of map.keys())
    if (!Object.hasOwn(CHECKS, String(name))) return `${String(name)} is no field`
  for (const [name, { is, optional }] of Object.entries(CHECKS)) {
    const value = map.get(name)
    if (value === undefined ? optional !== true : !is(value)) return `${name} is missing or wrong`
  }
  const isFirst = (map.get('parents') as readonly CID[]).length === 0
  if (isFirst !== (map.get('height') === 1)) return 'only a commit without parents has height 1'
  if (!map.has('made')) return undefined
  if (AUTHORSHIP.some((name) => map.has(name))) return 'what a function made has no author'
  return (map.get('parents') as readonly CID[]).length === 2 ? undefined : 'a function merges two parents'
}

function commitOf(map: CborMap): Commit {
  const { commit: _version, ...fields } = Object.fromEntries(map as Map<string, CborValue>)
  return fields as unknown as Commit
}

function isLink(value: CborValue): value is CID {
  return isCid(value) && checkCid(value, ANY_HASH).refused === undefined
}

/** Names of functions: of a text or code, or of a descriptor. */
function isRawOrDag(value: CborValue): boolean {
  return isCid(value) && checkCid(value, { codecs: [CODEC.raw, CODEC.dagCbor] }).refused === undefined
}

function isParents(value: CborValue): boolean {
  if (!Array.isArray(value) || value.length > MERGE_LIMITS.parents) return false
  const areCommits = value.every(
    (each) => isCid(each) && checkCid(each, { codecs: [CODEC.dagCbor] }).refused === undefined,
  )
  return areCommits && isAscending(value as readonly CID[])
}

function isAscending(cids: readonly CID[]): boolean {
  return cids.every((cid, at) => at === 0 || compareBytes(cids[at - 1]!.bytes, cid.bytes) < 0)
}

function isFunctions(value: CborValue): boolean {
  if (!Array.isArray(value) || value.length > MERGE_LIMITS.functions) return false
  return value.every(isRawOrDag) && new Set(value.map(String)).size === value.length
}

function isCount(value: CborValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isText(value: CborValue, bytesMax: number): boolean {
  if (typeof value !== 'string' || value === '') return false
  return new TextEncoder().encode(value).length <= bytesMax
}

function refuse(detail: string): { readonly refused: { readonly code: 'COMMIT'; readonly detail: string } } {
  return { refused: { code: 'COMMIT', detail } }
}
