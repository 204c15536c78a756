/** The lists of hostile cases are complete, each row is proved where it says, and no refusal leaves a trace. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { createMemoryBackend, decodeCbor, ENVELOPE_PROFILE } from 'promisegrid/promisebase'
import { REFUSALS } from 'promisegrid/kernel'
import { crypto, openNode } from '../subject/grid-node.ts'
import { hex, unhex } from '../subject/json.ts'
import { readVectors } from '../vectors.ts'
import { missing, spans, vectorOf } from './proofs.ts'
import { read } from './repository.ts'
import type { Backend } from 'promisegrid/promisebase'
import type { Kernel, RefusalCode } from 'promisegrid/kernel'
import type { Vector } from '../vectors.ts'

/** The numbers of each list; one that is not in the page is a case nobody has answered. */
const LISTS: Readonly<Record<string, readonly number[]>> = {
  C: upTo(34),
  S: upTo(36),
  R: upTo(19),
  I: upTo(18),
  H: upTo(8),
  K: upTo(31),
  D: upTo(19),
  W: [...upTo(24), ...upTo(9).map((at) => at + 29), ...upTo(14).map((at) => at + 39)],
}

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

interface Row {
  readonly id: string
  readonly codes: readonly string[]
  readonly proofs: readonly string[]
}

const rows = read('spec/hostile-cases.md')
  .split('\n')
  .filter((line) => /^\| [A-Z]-\d\d \|/.test(line))
  .map(rowOf)

const vectors = readVectors()

describe('the hostile cases', () => {
  test('are all there, in order, each once', () => {
    const wanted = Object.entries(LISTS).flatMap(([list, numbers]) =>
      numbers.map((number) => `${list}-${String(number).padStart(2, '0')}`),
    )
    assert.deepEqual(
      rows.map(({ id }) => id).filter((id) => (id[0] as string) in LISTS),
      wanted,
    )
  })

  test('have at least one proof each, and every proof is there', () => {
    for (const { id, proofs } of rows) {
      assert.ok(proofs.length > 0, id)
      for (const proof of proofs) assert.equal(missing(proof), undefined, id)
    }
  })

  test('are tried in each tier where the page says', () => {
    const tiers = read('spec/hostile-cases.md')
      .split('\n')
      .filter((line) => /^\| [a-z ]+: W-\d\d/.test(line))
    assert.equal(tiers.length, 5)
    for (const line of tiers) {
      const [, ...cells] = line.split('|').slice(1, -1)
      for (const cell of cells) {
        assert.ok(spans(cell).length > 0, line)
        for (const proof of spans(cell)) assert.equal(missing(proof), undefined)
      }
    }
  })

  test('are answered by their vectors with the codes of their row', () => {
    for (const { id, codes, proofs } of rows) {
      for (const proof of proofs) {
        const code = codeOf(vectorOf(proof))
        assert.ok(code === undefined || codes.includes(code), `${id}: ${proof} is answered ${code}`)
      }
    }
  })

  test('name only codes there are', () => {
    const known = new Set([...Object.keys(REFUSALS), 'HASH', 'CORRUPT'])
    assert.deepEqual(
      rows.flatMap(({ codes }) => codes).filter((code) => !known.has(code)),
      [],
    )
  })

  test('whose proof is gone are found', () => {
    assert.ok(missing('message: a comment that no vector has') !== undefined)
    assert.ok(missing('promisebase/test/cid.test.ts: words that no test has') !== undefined)
    assert.ok(missing('promisebase/test/no-such.test.ts: I-01') !== undefined)
  })
})

describe('a refused message', () => {
  const refused = chapter('message', 'invalid').filter((vector) => vector.op === 'message')
  const inputs = chapter('cbor', 'invalid').filter((vector) => vector.op === 'cbor')

  test('of the vectors changes nothing, and tells its sender one code', async () => {
    for (const { genesis, policy, some } of byGrid(refused)) {
      const backend = createMemoryBackend()
      await using kernel = await openNode({ ...STATE, genesis, ...policy }, { seconds: 1 }, backend)
      const before = await contentOf(backend)
      for (const { comment, input, code } of some) await isHint(kernel, unhex(input), comment, code)
      for (const { comment, input } of inputs) await isHint(kernel, unhex(input), comment)
      assert.equal(await contentOf(backend), before)
    }
  })

  test('of the scenarios changes nothing where a stage before execution decides', async () => {
    const played = chapter('dispatch', 'invalid').filter((vector) => vector.op === 'dispatch')
    let counted = 0
    for (const { comment, steps, ...state } of played) {
      const [step] = steps
      if (step === undefined || (step.decision ?? undefined) === undefined) continue
      counted += 1
      const backend = createMemoryBackend()
      await using kernel = await openNode(state, { seconds: step.now }, backend)
      const before = await contentOf(backend)
      await kernel.dispatch(unhex(step.message))
      assert.equal(await contentOf(backend), before, comment)
    }
    assert.ok(counted > 60, `${counted} scenarios begin with a refusal`)
  })
})

function rowOf(line: string): Row {
  const [id = '', , answer = '', proof = ''] = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
  return { id, codes: spans(answer), proofs: spans(proof) }
}

/** The code a vector demands; undefined when it is one that is accepted. */
function codeOf(vector: Vector | undefined): string | undefined {
  if (vector?.op !== 'dispatch') return vector?.code
  const last = vector.steps.at(-1)
  return (
    last?.decision?.code ?? (last !== undefined && 'code' in last.expected ? last.expected.code : undefined)
  )
}

function chapter(name: string, kind: 'valid' | 'invalid'): readonly Vector[] {
  return vectors.filter((file) => file.chapter === name && file.kind === kind).flatMap((file) => file.vectors)
}

/** A node that nobody has promised anything. */
const STATE = {
  node: { algorithm: 'Ed25519', secret: '11'.repeat(32) },
  runtimes: [],
  blocks: [],
  tokens: [],
} as const

type MessageVector = Extract<Vector, { readonly op: 'message' }>

/** Vectors of one grid and policy are sent to one node. */
function byGrid(refused: readonly MessageVector[]) {
  const groups = new Map<string, MessageVector[]>()
  for (const vector of refused) {
    const name = JSON.stringify([vector.genesis, vector.policy])
    groups.set(name, [...(groups.get(name) ?? []), vector])
  }
  return [...groups.values()].map((some) => {
    const { genesis = '', policy } = some[0] ?? {}
    return { genesis, policy: policy === undefined ? {} : { policy }, some }
  })
}

/** The unsigned answer to these very bytes, with the public code of the one that decided. */
async function isHint(kernel: Kernel, bytes: Uint8Array, what: string, code?: string): Promise<void> {
  const hint = decodeCbor(await kernel.dispatch(bytes), ENVELOPE_PROFILE).ok
  assert.ok(Array.isArray(hint) && hint.length === 3, what)
  assert.equal(hint[0], 'grid-refused', what)
  assert.deepEqual(hint[1], crypto.sha256(bytes), what)
  if (code !== undefined) assert.equal(hint[2], REFUSALS[code as RefusalCode].public, what)
}

/** Everything in the store, as one text. */
async function contentOf(backend: Backend): Promise<string> {
  const snapshot = backend.snapshot()
  try {
    const entries: string[] = []
    for await (const [key, value] of snapshot.range({})) entries.push(`${hex(key)} ${hex(value)}`)
    return entries.join('\n')
  } finally {
    snapshot.close()
  }
}
