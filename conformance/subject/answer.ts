/** How our implementation answers the questions of the vectors, each by a public function. */
import {
  cacheKey,
  initialPolicy,
  nextPolicy,
  readAssessment,
  readDescriptor,
  readGenesis,
  readHeartbeat,
  readKeySet,
  readKeyStatement,
  readPromise,
  readReceipt,
  readReply,
  readRevocation,
  readToken,
  verifyToken,
} from 'promisegrid/kernel'
import {
  CODEC,
  DAG_CBOR_PROFILE,
  decodeCbor,
  encodeCbor,
  encodeDagCbor,
  ENVELOPE_PROFILE,
  hashBlock,
  parseCid,
} from 'promisegrid/promisebase'
import { crypto, keys, openNode, ringOf } from './grid-node.ts'
import {
  budgetJson,
  capabilityJson,
  claimsJson,
  hex,
  outcomeJson,
  present,
  promiseJson,
  unhex,
} from './json.ts'
import { CONTENT_ANSWERS } from './content.ts'
import { COSE_ANSWERS } from './cose.ts'
import { answerDispatch } from './dispatch.ts'
import { answerForeign, answerNested } from './foreign.ts'
import { MERGE_ANSWERS } from './merge.ts'
import { STORE_ANSWERS } from './store.ts'
import { answerProgram } from './program.ts'
import type { CID } from 'multiformats/cid'
import type { GridPolicy, PrincipalKeys, VerificationKey } from 'promisegrid/kernel'
import type { Result } from 'promisegrid/promisebase'
import type { Answer, Json, Op, Question, Questions } from '../vectors.ts'

type Answers = { readonly [Name in Op]: (question: Questions[Name]) => Promise<Answer> | Answer }

const ANSWERS: Answers = {
  cbor: answerCbor,
  principal: ({ text }) => answerWith(keys.read(text), principalJson),
  'cose-key': answerCoseKey,
  'key-set': ({ input }) =>
    answerWith(readKeySet(crypto, unhex(input)), (set) => ({
      principal: set.principal,
      keys: set.keys.map(keyJson),
    })),
  'key-statement': ({ input, keySets }) =>
    answerWith(readKeyStatement(crypto, ringOf(keySets), unhex(input)), (statement) => ({
      issuer: statement.issuer,
      issuedAt: statement.issuedAt,
      grid: statement.grid.toString(),
      seq: statement.seq,
      ...present(
        'encryptionKeys',
        statement.encryptionKeys &&
          Object.fromEntries(statement.encryptionKeys.map((key) => [key.algorithm, hex(key.bytes)])),
      ),
      ...present('successor', statement.successor),
      ...present('predecessor', statement.predecessor),
    })),
  revocation: ({ input, keySets }) =>
    answerWith(readRevocation(crypto, ringOf(keySets), unhex(input)), ({ grid, revoked, ...said }) => ({
      ...{ ...said, grid: grid.toString(), revoked: revoked.toString() },
    })),
  heartbeat: ({ input, keySets }) =>
    answerWith(readHeartbeat(crypto, ringOf(keySets), unhex(input)), ({ grid, feed, ...said }) => ({
      ...{ ...said, grid: grid.toString(), feed: feed.toString() },
    })),
  genesis: ({ input }) =>
    answerWith(readGenesis(keys, unhex(input)), (genesis) => ({
      ...genesis,
      nonce: hex(genesis.nonce),
      cid: cidOf(input).toString(),
    })),
  policy: answerPolicy,
  descriptor: ({ input }) =>
    answerWith(readDescriptor(unhex(input)), ({ types, ...descriptor }) => ({
      ...descriptor,
      ...(types === undefined ? {} : { types: types.toString() }),
      code: descriptor.code.toString(),
      limits: budgetJson(descriptor.limits),
      cid: cidOf(input).toString(),
    })),
  program: async (asked) => answerWith(await answerProgram(asked), (ended) => ended),
  message: answerMessage,
  foreign: answerForeign,
  nested: answerNested,
  token: answerToken,
  receipt: ({ input, keySets }) =>
    answerWith(readReceipt(crypto, ringOf(keySets), unhex(input)), (receipt) => ({
      ...receipt,
      grid: receipt.grid.toString(),
      cacheKey: receipt.cacheKey.toString(),
      result: receipt.result.toString(),
      profile: receipt.profile.toString(),
    })),
  promise: ({ input, keySets }) =>
    answerWith(readPromise(crypto, ringOf(keySets), unhex(input)), promiseJson),
  assessment: ({ input, keySets }) =>
    answerWith(
      readAssessment(crypto, ringOf(keySets), unhex(input)),
      ({ issuer, issuedAt, subject, ...said }) => ({
        ...{ issuer, issuedAt, subject, grid: said.grid.toString(), counts: { ...said.counts } },
        ...present('protocol', said.protocol?.toString()),
      }),
    ),
  reply: answerReply,
  'cache-key': answerCacheKey,
  dispatch: answerDispatch,
  ...CONTENT_ANSWERS,
  ...MERGE_ANSWERS,
  ...STORE_ANSWERS,
  ...COSE_ANSWERS,
}

/** @throws {Error} for a question that makes no sense, which is never a refusal */
export async function answer(question: Question): Promise<Answer> {
  const reply = ANSWERS[question.op] as ((question: Question) => Promise<Answer> | Answer) | undefined
  return reply === undefined ? { skipped: `no op ${JSON.stringify(question.op)}` } : reply(question)
}

/** What a result holds when it is none of a refusal. */
type Given<R> = R extends { readonly ok: infer T; readonly refused?: undefined } ? T : never

function answerWith<R extends Result<unknown>>(result: R, json: (value: Given<R>) => Json): Answer {
  if (result.refused === undefined) return { ok: json(result.ok as Given<R>) }
  return { refused: { code: result.refused.code } }
}

/** Decoding and encoding again gives the same bytes. */
function answerCbor({ profile, input }: Questions['cbor']): Answer {
  const isDag = profile === 'dag-cbor'
  const decoded = decodeCbor(unhex(input), isDag ? DAG_CBOR_PROFILE : ENVELOPE_PROFILE)
  return answerWith(decoded, (value) => ({ encoded: hex((isDag ? encodeDagCbor : encodeCbor)(value)) }))
}

function answerCoseKey({ input }: Questions['cose-key']): Answer {
  const decoded = decodeCbor(unhex(input), ENVELOPE_PROFILE)
  return decoded.refused === undefined
    ? answerWith(keys.fromCoseKey(decoded.ok), principalJson)
    : { refused: { code: decoded.refused.code } }
}

function answerPolicy({ genesis, records, keySets }: Questions['policy']): Answer {
  const founded = readGenesis(keys, unhex(genesis))
  if (founded.refused !== undefined) throw new Error(founded.refused.detail)
  let policy: GridPolicy = initialPolicy(founded.ok)
  for (const record of records) {
    const next = nextPolicy(crypto, ringOf(keySets), cidOf(genesis), policy, record.map(unhex))
    if (next.refused !== undefined) return { refused: { code: next.refused.code } }
    policy = next.ok
  }
  const { id, ...inForce } = policy
  return { ok: { ...inForce, ...present('id', id?.toString()) } }
}

/** Stage 1 as a node makes it; what the later stages say of the message does not matter here. */
async function answerMessage({ genesis, policy, keySets, input }: Questions['message']): Promise<Answer> {
  const node = { algorithm: 'Ed25519', secret: '11'.repeat(32) } as const
  const state = {
    genesis,
    node,
    runtimes: [],
    blocks: [],
    tokens: [],
    ...(policy && { policy }),
    ...(keySets && { keySets }),
  }
  await using kernel = await openNode(state, { seconds: 1 })
  const { message, refusal } = await kernel.explain(unhex(input))
  if (message !== undefined) {
    const { id, protocol, grid, claims, form } = message
    return {
      ok: {
        id: id.toString(),
        ...(form === 'array' ? {} : { form }),
        protocol: protocol.toString(),
        grid: grid.toString(),
        ...claimsJson(claims),
      },
    }
  }
  if (refusal === undefined) throw new Error('neither a message nor a refusal')
  return { refused: { code: refusal.code, ...(refusal.rule === undefined ? {} : { rule: refusal.rule }) } }
}

function answerToken({ input, keySets }: Questions['token']): Answer {
  const ring = ringOf(keySets)
  const token = readToken(crypto, ring, unhex(input))
  if (token.refused !== undefined) return { refused: { code: token.refused.code } }
  const { capability } = token.ok
  return answerWith(verifyToken(crypto, ring, token.ok), () => capabilityJson(capability))
}

function answerReply(question: Questions['reply']): Answer {
  const { request, id, grid, sender, executors, input } = question
  const pending = { bytes: unhex(request), id: parsed(id), grid: parsed(grid), sender, executors }
  return answerWith(readReply(crypto, keys, pending, unhex(input)), (reply) =>
    reply.signed
      ? {
          signed: true,
          executor: reply.executor,
          outcome: outcomeJson(reply.outcome),
          ...present('promise', reply.promise?.id.toString()),
        }
      : { signed: false, code: reply.code },
  )
}

function answerCacheKey(question: Questions['cache-key']): Answer {
  const { protocol, method, arguments: input, context, profile } = question
  const key = cacheKey(crypto, {
    protocol: parsed(protocol),
    method,
    arguments: parsed(input),
    context: parsed(context),
    profile: parsed(profile),
  })
  return { ok: { cid: key.toString() } }
}

/** A did:key is told with its one key, a key set with the list of its keys. */
function principalJson({ principal, keys: [only, ...more] }: PrincipalKeys): Json {
  if (only === undefined || more.length > 0) throw new Error('not a did:key')
  return { principal, ...keyJson(only) }
}

function keyJson({ publicKey, coseAlgorithm, kid }: VerificationKey) {
  return { algorithm: publicKey.algorithm, publicKey: hex(publicKey.bytes), coseAlgorithm, kid: hex(kid) }
}

function cidOf(block: string): CID {
  return hashBlock(crypto.sha256, CODEC.dagCbor, unhex(block))
}

function parsed(text: string): CID {
  const cid = parseCid(text)
  if (cid.refused !== undefined) throw new Error(`${text}: ${cid.refused.detail}`)
  return cid.ok
}
