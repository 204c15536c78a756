/** How our implementation answers what is asked about commits and merges (spec/merge.md). */
import {
  CODEC,
  commitCid,
  createBranches,
  createMemoryBackend,
  createStore,
  MERGE_FUNCTIONS,
  parseCid,
  readCommit,
} from 'promisegrid/promisebase'
import { crypto } from './grid-node.ts'
import { hex, present, unhex } from './json.ts'
import type { CID } from 'multiformats/cid'
import type { Branches, Commit } from 'promisegrid/promisebase'
import type { Answer, Json, Questions } from '../vectors.ts'

export const MERGE_ANSWERS = {
  commit: answerCommit,
  merge: answerMerge,
  'merge-heads': answerMergeHeads,
}

function answerCommit({ input }: Questions['commit']): Answer {
  const block = unhex(input)
  const read = readCommit(block)
  return read.refused === undefined
    ? { ok: { ...commitJson(read.ok), cid: commitCid(block).toString() } }
    : { refused: { code: read.refused.code } }
}

function commitJson({ content, parents, height, merge, made, at, by, note, proposer }: Commit) {
  return {
    ...{ content: content.toString(), parents: parents.map(String), height, merge: merge.map(String) },
    ...present('made', made?.toString()),
    ...{ ...present('at', at), ...present('by', by), ...present('note', note) },
    ...present('proposer', proposer),
  }
}

async function answerMerge(question: Questions['merge']): Promise<Answer> {
  const by = Object.values(MERGE_FUNCTIONS).find(({ cid }) => cid.toString() === question.function)
  if (by?.kind !== 'content') return { skipped: `no function ${question.function}` }
  const [left, right] = [unhex(question.left), unhex(question.right)]
  const base = question.base === undefined ? {} : { base: unhex(question.base) }
  const merged = await by.merge({ left, right, ...base })
  return merged.refused === undefined
    ? { ok: { content: hex(merged.ok) } }
    : { refused: { code: merged.refused.code } }
}

/** A store with these blocks is told of the heads one by one, then merges them. */
async function answerMergeHeads({ contents, commits, heads }: Questions['merge-heads']): Promise<Answer> {
  await using store = await createStore({ backend: createMemoryBackend(), crypto })
  const branches = createBranches({ store })
  await store.transact((transaction) => {
    for (const { cid, bytes } of contents) transaction.putBlockAs(parsed(cid), unhex(bytes))
    for (const commit of commits) transaction.putBlock(unhex(commit), CODEC.dagCbor)
  })
  for (const head of heads) {
    const added = await branches.addHead('vectors', parsed(head))
    if (added.refused !== undefined) return { refused: { code: added.refused.code } }
  }
  const merged = await branches.merge('vectors')
  if (merged.refused !== undefined) return { refused: { code: merged.refused.code } }
  return { ok: { heads: merged.ok.heads.map(String), conflicts: await conflictsJson(branches) } }
}

async function conflictsJson(branches: Branches): Promise<Json> {
  const found: Json[] = []
  for await (const { left, right } of branches.conflicts()) found.push([String(left.cid), String(right.cid)])
  return found.toSorted()
}

function parsed(text: string): CID {
  const cid = parseCid(text)
  if (cid.refused !== undefined) throw new Error(`${text}: ${cid.refused.detail}`)
  return cid.ok
}
