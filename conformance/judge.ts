/** Holds an answer against a vector. Replies are read and verified here, whoever has written them. */
import { isDeepStrictEqual } from 'node:util'

import {
  createKeyRing,
  createSigner,
  readEnvelope,
  readMessageClaims,
  readReceipt,
  readReply,
} from 'promisegrid/kernel'
import { CODEC, hashBlock, nobleCrypto, parseCid } from 'promisegrid/promisebase'
import { hex, present, unhex } from './subject/json.ts'
import type { Outcome, PendingRequest, Reply } from 'promisegrid/kernel'
import type { Answer, DispatchQuestion, ExpectedReply, Json, Step, Vector } from './vectors.ts'

type Kept = Extract<Outcome, { readonly status: 'kept' }>

const crypto = nobleCrypto
const keys = createKeyRing(crypto)

/** What is wrong with the answer; undefined when it is right. */
export function judge(vector: Vector, answer: Answer): string | undefined {
  if ('skipped' in answer) return undefined
  if (vector.op === 'dispatch') return judgeReplies(vector, answer)
  if (vector.code !== undefined) return judgeRefusal(vector.code, vector.rule, answer)
  if (!('ok' in answer)) return `refused with ${answer.refused.code}, though it is valid`
  return isDeepStrictEqual(sorted(answer.ok), sorted(vector.expected ?? null))
    ? undefined
    : `answered ${JSON.stringify(sorted(answer.ok))}, expected ${JSON.stringify(sorted(vector.expected ?? null))}`
}

function judgeRefusal(code: string, rule: string | undefined, answer: Answer): string | undefined {
  if (!('refused' in answer)) return `accepted, though it must be refused with ${code}`
  const { refused } = answer
  if (refused.code !== code) return `refused with ${refused.code}, expected ${code}`
  const other = rule !== undefined && refused.rule !== undefined && refused.rule !== rule
  return other ? `refused by ${refused.rule}, expected ${rule}` : undefined
}

function judgeReplies(vector: DispatchQuestion<Step>, answer: Answer): string | undefined {
  const given = 'ok' in answer ? (answer.ok as { replies?: Json; decisions?: Json } | null) : null
  const replies = given?.replies
  if (!isListOfText(replies) || replies.length !== vector.steps.length)
    return `a scenario is answered by ${vector.steps.length} replies in hex`
  const decisions = Array.isArray(given?.decisions) ? (given.decisions as readonly Json[]) : []
  for (const [index, step] of vector.steps.entries()) {
    const problem =
      judgeReply(vector, step, replies[index] ?? '', replies) ?? judgeDecision(step, decisions[index])
    if (problem !== undefined) return `step ${index} (${step.says}): ${problem}`
  }
  return undefined
}

function judgeReply(
  vector: DispatchQuestion<Step>,
  step: Step,
  reply: string,
  replies: readonly string[],
): string | undefined {
  const read = readReply(crypto, keys, pendingOf(vector, step), unhex(reply))
  if (read.refused !== undefined) return `the reply is no reply: ${read.refused.code} ${read.refused.detail}`
  const { sameReplyAs, expected } = step
  if (sameReplyAs !== undefined && reply !== replies[sameReplyAs])
    return `not the bytes of the reply to step ${sameReplyAs}`
  const found =
    'resolution' in expected
      ? resolutionIn(read.ok, expected.promise, pendingOf(vector, step))
      : summary(read.ok, expected)
  return isDeepStrictEqual(sorted(found), sorted(expected as Json))
    ? undefined
    : `replied ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`
}

function judgeDecision(step: Step, decision: Json | undefined): string | undefined {
  if (decision === undefined || step.decision === undefined) return undefined
  return isDeepStrictEqual(sorted(decision), sorted(step.decision as unknown as Json))
    ? undefined
    : `decided ${JSON.stringify(decision)}, expected ${JSON.stringify(step.decision)}`
}

/** The request as its sender remembers it; bytes that are no message have no sender. */
function pendingOf({ node, genesis }: DispatchQuestion<Step>, { message }: Step): PendingRequest {
  const bytes = unhex(message)
  const envelope = readEnvelope(bytes).ok
  const claims = envelope && readMessageClaims(envelope.claims).ok
  return {
    bytes,
    id: hashBlock(crypto.sha256, CODEC.raw, envelope?.signedPayload ?? bytes),
    grid: hashBlock(crypto.sha256, CODEC.dagCbor, unhex(genesis)),
    sender: claims?.issuer ?? '',
    executors: [createSigner(crypto, node.algorithm, unhex(node.secret)).principal],
  }
}

/** What came back, in the words of {@link ExpectedReply}. */
function summary(reply: Reply, expected: ExpectedReply): Json {
  if (!reply.signed) return { signed: false, code: reply.code }
  const { outcome, executor } = reply
  if (outcome.status === 'deferred')
    return { signed: true, status: 'deferred', ...present('promise', reply.promise?.id.toString()) }
  if (outcome.status !== 'kept') return { signed: true, status: outcome.status, code: outcome.code }
  const isMetered = 'fuel' in expected && expected.fuel !== undefined
  return {
    signed: true,
    status: 'kept',
    result: resultJson(outcome),
    ...(isMetered ? { fuel: outcome.fuel } : {}),
    ...present('cacheKey', outcome.receipt && vouchedFor(outcome.receipt, outcome, executor)),
  }
}

/** What the result says of a promise, read as the one reads it to whom it was made. */
function resolutionIn(reply: Reply, promise: string, { grid, sender, executors }: PendingRequest): Json {
  if (!reply.signed || reply.outcome.status !== 'kept') return summary(reply, { signed: false, code: '' })
  const id = parseCid(promise)
  const bytes = reply.outcome.result.bytes ?? new Uint8Array(0)
  const pending = { bytes, grid, sender, executors }
  const said = id.ok && readReply(crypto, keys, { ...pending, id: id.ok }, bytes)
  if (said?.ok?.signed !== true) return `a result that is no resolution: ${said?.refused?.code ?? 'a hint'}`
  const { outcome } = said.ok
  const resolution =
    outcome.status === 'kept'
      ? { status: outcome.status, result: resultJson(outcome) }
      : { status: outcome.status, ...('code' in outcome ? { code: outcome.code } : {}) }
  return { signed: true, status: 'kept', promise, resolution }
}

function resultJson({ result }: Kept): Json {
  return { cid: result.cid.toString(), ...present('bytes', result.bytes && hex(result.bytes)) }
}

/** The cache key a receipt names; what is wrong with it when it does not belong to the outcome. */
function vouchedFor(bytes: Uint8Array, outcome: Kept, executor: string): string {
  const receipt = readReceipt(crypto, keys, bytes)
  if (receipt.refused !== undefined) return `a receipt that is refused with ${receipt.refused.code}`
  const { ok } = receipt
  const belongs = ok.executor === executor && ok.result.equals(outcome.result.cid) && ok.fuel === outcome.fuel
  return belongs ? ok.cacheKey.toString() : 'a receipt of another executor, result or fuel'
}

function isListOfText(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** Objects are compared whatever the order of their fields. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as { readonly [name: string]: Json })
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, sorted(each)]),
  )
}
