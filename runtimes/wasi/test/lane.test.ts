/** What passes between a host and a lane, where one of them cannot say what it would. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { encodeDagCbor } from '../../../promisebase/index.ts'
import { blocksProblem } from '../lane/given-blocks.ts'
import { Exchange, LaneEnded } from '../lane/lane.ts'
import type { OutputBlock } from '../../../kernel/index.ts'
import type { Ask, FromLane, Told, ToLane } from '../lane/job.ts'

const JOB = { kind: 'admit', descriptor: new Uint8Array(1), code: new Uint8Array(1) } as const
const ASK: FromLane = { kind: 'asks-block', cid: new Uint8Array(1), id: 0, job: 1 }

interface Desk {
  readonly exchange: Exchange
  readonly cuts: () => number
}

/** A lane whose line refuses what `isTooLong` says. */
function desk(isTooLong: (message: ToLane) => boolean, how: 'at once' | 'later'): Desk {
  let cuts = 0
  const exchange = new Exchange({
    read: (message) => message as FromLane,
    send: (message) => {
      if (!isTooLong(message)) return undefined
      if (how === 'at once') throw new RangeError('too long')
      return Promise.reject(new RangeError('too long'))
    },
    cut: () => (cuts += 1),
  })
  void exchange.heard({ kind: 'ready' })
  return { exchange, cuts: () => cuts }
}

const told = async (_ask: Ask): Promise<Told> => ({ kind: 'told-block', bytes: new Uint8Array(9) })
const isEnd = (error: unknown): boolean =>
  error instanceof LaneEnded && error.wasReady && /could not be told: too long/.test(error.message)

for (const how of ['at once', 'later'] as const) {
  test(`a job that cannot be sent, and it shows ${how}, ends its lane and nothing else`, async () => {
    const { exchange, cuts } = desk(({ kind }) => kind === 'admit', how)
    await assert.rejects(exchange.ask(told, JOB), isEnd)
    assert.ok(exchange.isOver)
    assert.equal(cuts(), 1)
  })

  test(`an answer that cannot be sent, and it shows ${how}, ends its lane and nothing else`, async () => {
    const { exchange, cuts } = desk(({ kind }) => kind === 'told-block', how)
    const answer = exchange.ask(told, JOB)
    // Whoever hears for a lane waits for this, and for nothing that may be thrown.
    const heard = exchange.heard(ASK)
    await assert.rejects(answer, isEnd)
    await heard
    assert.equal(cuts(), 1)
  })
}

test('a lane whose messages arrive goes on', async () => {
  const { exchange, cuts } = desk(() => false, 'at once')
  const answer = exchange.ask(told, JOB)
  await exchange.heard(ASK)
  void exchange.heard({ kind: 'admitted', imports: [], job: 1 })
  assert.deepEqual(await answer, { kind: 'admitted', imports: [] })
  assert.equal(cuts(), 0)
})

test('blocks are taken from a program alone, and as what they say they are', () => {
  const bytes = (...octets: readonly number[]): Uint8Array => Uint8Array.from(octets)
  const result = encodeDagCbor({ exit: 0, stdout: bytes(), stderr: bytes() })
  const problem = (
    entry: string,
    output: Uint8Array,
    ...blocks: readonly OutputBlock[]
  ): string | undefined => blocksProblem({ entry }, { kind: 'output', output, fuel: 1, blocks })
  const [raw, cbor] = [
    { bytes: bytes(0xff), codec: 0x55 },
    { bytes: encodeDagCbor([1]), codec: 0x71 },
  ]
  assert.equal(problem('program', result, raw, cbor), undefined)
  assert.equal(
    blocksProblem({ entry: 'reactor' }, { kind: 'output', output: bytes(0xff), fuel: 1 }),
    undefined,
  )
  assert.match(problem('reactor', result) ?? '', /only a program has/)
  assert.match(problem('component', result, raw) ?? '', /only a program has/)
  assert.match(problem('program', bytes(0xff), raw) ?? '', /no result of a program/)
  for (const wrong of [
    { bytes: bytes(0xff), codec: 0x71 },
    { bytes: new Uint8Array(2 ** 20 + 1), codec: 0x55 },
    { bytes: encodeDagCbor([1]), codec: 0x70 },
  ])
    assert.match(problem('program', result, raw, wrong) ?? '', /not what they say/)
})
