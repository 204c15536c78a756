import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'node:test'

import { REFUSALS } from 'promisegrid/kernel'
import { answer } from '../subject/answer.ts'
import { openNode } from '../subject/grid-node.ts'
import { unhex } from '../subject/json.ts'
import { judge } from '../judge.ts'
import { questionOf, readVectors } from '../vectors.ts'
import type { Vector, VectorFile } from '../vectors.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const files = readVectors()

/** Codes that no sequence of messages leads to, each with the reason and where it is tested instead. */
const NOT_BY_VECTORS: Readonly<Record<string, string>> = {
  BUDGET_TIME: 'depends on how busy the machine is; tests of the kernel hand in a timer',
  CONFLICT: 'needs other transactions at the very same time; tests of the store make them',
  ABORTED: 'needs a caller that gives up while a handler runs',
  INDETERMINATE: 'needs a disk that fails in the middle of a commit',
  STORE: 'needs a store that fails',
  INTERNAL: 'needs a fault of the implementation',
  TRUST: 'needs a host that minds how others kept their word; tests of the kernel are such hosts',
}

for (const file of files) {
  describe(`${file.chapter}, ${file.kind}`, () => {
    for (const vector of file.vectors) {
      it(vector.comment, async () => {
        assert.equal(judge(vector, await answer(questionOf(vector))), undefined)
      })
    }
  })
}

/** Chapters about the store alone. */
const OF_STORE = ['backup', 'merge', 'space', 'stream']

describe('the vectors', () => {
  it('refuse at least as often as they accept', () => {
    assert.ok(countOf('invalid') >= countOf('valid'), `${countOf('invalid')} and ${countOf('valid')}`)
  })

  it('say either what comes of a question or how it is refused', () => {
    for (const { kind, vectors } of files) {
      for (const vector of vectors.filter(({ op }) => op !== 'dispatch')) {
        assert.equal(vector.expected !== undefined, kind === 'valid', vector.comment)
        assert.equal(vector.code !== undefined, kind === 'invalid', vector.comment)
      }
    }
  })

  it('are each of another name in their file', () => {
    for (const { chapter, kind, vectors } of files) {
      const comments = vectors.map(({ comment }) => comment)
      assert.deepEqual(twice(comments), [], `${chapter}/${kind}.json`)
    }
  })

  it('lead to every code at least twice, but for those that no message can cause', () => {
    const counts = new Map<string, number>()
    // What the store refuses has codes of the store (spec/merge.md, spec/backup.md, spec/streams.md, spec/spaces.md).
    const ofMessages = files.filter(({ chapter }) => !OF_STORE.includes(chapter))
    for (const code of ofMessages.flatMap(codesOf)) counts.set(code, (counts.get(code) ?? 0) + 1)
    const seldom = Object.keys(REFUSALS).filter((code) => (counts.get(code) ?? 0) < 2)
    assert.deepEqual(seldom.sort(), Object.keys(NOT_BY_VECTORS).sort())
    assert.deepEqual(
      [...counts.keys()].filter((code) => !(code in REFUSALS) && code !== 'DENIED'),
      [],
    )
  })

  it('are what the committed cases give, byte for byte', () => {
    const maker = ['conformance/tools/make-vectors.mjs', '--check']
    const made = spawnSync(process.execPath, maker, { cwd: root, encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr)
  })
})

describe('the judge', () => {
  const vector = named('one root')

  it('sees a wrong answer', async () => {
    const right = await answer(questionOf(vector))
    assert.equal(judge(vector, right), undefined)
    assert.match(judge(vector, { ok: { name: 'another' } }) ?? '', /^answered/)
    assert.match(judge(vector, { refused: { code: 'SHAPE' } }) ?? '', /^refused with SHAPE/)
    assert.match(judge({ ...vector, code: 'SHAPE' }, right) ?? '', /^accepted/)
    assert.match(judge({ ...vector, code: 'CID' }, { refused: { code: 'SHAPE' } }) ?? '', /expected CID/)
  })

  it('sees a wrong reply in a conversation', async () => {
    const played = named('an effect happens once, however often its message is sent')
    const right = (await answer(questionOf(played))) as { ok: { replies: string[]; decisions: null[] } }
    const { replies, decisions } = right.ok
    assert.equal(judge(played, { ok: { replies } }), undefined)
    assert.match(judge(played, { ok: { replies: replies.slice(1) } }) ?? '', /answered by 4 replies/)
    assert.match(judge(played, { ok: { replies: replies.toReversed() } }) ?? '', /the reply is no reply/)
    const forged = replies.with(0, replies[0]?.replace(/..$/, (byte) => (byte === '00' ? '01' : '00')) ?? '')
    assert.match(judge(played, { ok: { replies: forged } }) ?? '', /SIG/)
    assert.match(
      judge(played, { ok: { replies, decisions: decisions.map(() => ({ code: 'AUD' })) } }) ?? 'nothing',
      /nothing/,
    )
  })
})

describe('a valid message with any one bit flipped', () => {
  it('is never accepted', async () => {
    const vector = named('the claims that must be there, and no others')
    assert.ok(vector.op === 'message')
    const node = { algorithm: 'Ed25519', secret: '11'.repeat(32) } as const
    const state = { genesis: vector.genesis, node, runtimes: [], blocks: [], tokens: [] }
    await using kernel = await openNode(state, { seconds: 1 })
    const bytes = unhex(vector.input)
    assert.ok((await kernel.explain(bytes)).message !== undefined)
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const flipped = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
      const { message, refusal } = await kernel.explain(flipped)
      assert.ok(message === undefined && refusal !== undefined, `bit ${bit} made no difference`)
    }
  })
})

function countOf(kind: VectorFile['kind']): number {
  return files.filter((file) => file.kind === kind).reduce((sum, { vectors }) => sum + vectors.length, 0)
}

/** Codes a file shows: of refused vectors, of decisions, and of replies that are signed. */
function codesOf({ vectors }: VectorFile): string[] {
  return vectors.flatMap((vector) => {
    if (vector.op !== 'dispatch') return vector.code ?? []
    return vector.steps.flatMap(
      ({ expected, decision }) => decision?.code ?? ('code' in expected ? expected.code : []),
    )
  })
}

function named(comment: string): Vector {
  const found = files.flatMap(({ vectors }) => vectors).find((vector) => vector.comment === comment)
  assert.ok(found, comment)
  return found
}

function twice(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index)
}
