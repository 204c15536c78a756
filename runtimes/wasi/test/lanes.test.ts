/** Who is given a lane, and when: what has begun goes first, nobody waits for ever, and no result is lost. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { Lanes } from '../lane/lanes.ts'
import { LaneEnded } from '../lane/lane.ts'
import { LaneRuns } from '../lane/lane-runs.ts'
import { callOf, ECHO, fixture } from './fixtures.ts'
import type { Lane } from '../lane/lane.ts'

const { signal } = new AbortController()
const OUTPUT = Uint8Array.of(7)
const never = { aborted: false, signal }

/** A lane that answers at once, and is over when it is told to end. */
function lane(isOverAfter = false): Lane {
  let isOver = false
  return {
    ready: Promise.resolve(),
    get isOver() {
      return isOver
    },
    ask: async () => {
      isOver = isOverAfter
      return { kind: 'output', output: OUTPUT, fuel: 1 }
    },
    end: async () => void (isOver = true),
  }
}

interface Row {
  readonly lanes: Lanes
  /** In the order in which they were given a lane. */
  readonly given: string[]
  readonly have: Map<string, Lane>
  ask(who: string, isNested?: boolean, signal?: AbortSignal): Promise<void>
  /** And whoever is next has had time to be given it. */
  giveBack(who: string): Promise<void>
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function row(lanesMax: number, waitingMax = 100): Row {
  const lanes = new Lanes(() => lane(), lanesMax, waitingMax)
  const [given, have] = [[] as string[], new Map<string, Lane>()]
  return {
    ...{ lanes, given, have },
    ask: async (who, isNested = false, until = signal) => {
      void Promise.resolve(lanes.take(until, isNested)).then((lane) => {
        given.push(lane === undefined ? `not ${who}` : who)
        if (lane !== undefined) have.set(who, lane)
      })
      await settled()
    },
    giveBack: async (who) => {
      lanes.giveBack(have.get(who) as Lane)
      await settled()
    },
  }
}

describe('calls that handlers make of one another', () => {
  test('go before those who wait for longer', async () => {
    const { ask, giveBack, given } = row(1)
    await ask('alice')
    await ask('bob')
    await ask('mallory')
    await ask('nested', true)
    await giveBack('alice')
    await giveBack('nested')
    await giveBack('bob')
    assert.deepEqual(given, ['alice', 'nested', 'bob', 'mallory'])
  })

  test('do not keep the others waiting for ever: after four in a row a place is theirs', async () => {
    const { ask, giveBack, given } = row(1)
    await ask('first')
    for (const who of ['alice', 'bob']) await ask(who)
    for (let index = 0; index < 12; index += 1) await ask(`${index}`, true)
    for (let at = 0; at < 14; at += 1) await giveBack(given[at] as string)
    assert.equal(given.join(' '), 'first 0 1 2 3 alice 4 5 6 7 bob 8 9 10 11')
  })

  test('are begun as soon as another lane stands still, and nobody else is', async () => {
    const { lanes, ask, given } = row(1)
    await ask('caller')
    let answer: () => void = () => undefined
    const stands = (): Promise<void> =>
      lanes.standing(() => new Promise<void>((resolve) => (answer = resolve)))
    const first = stands()
    const answerFirst = answer
    // He takes the place before the call it is free for.
    await ask('bob')
    await ask('mallory')
    await ask('nested', true)
    assert.deepEqual(given, ['caller', 'bob'])
    const second = stands()
    await settled()
    assert.deepEqual(given, ['caller', 'bob', 'nested'])
    for (const each of [answerFirst, answer]) each()
    await Promise.all([first, second])
  })

  test('find room where the others have none left, and no more than these have', async () => {
    const { ask, giveBack, given } = row(1, 1)
    await ask('alice')
    await ask('bob')
    await ask('mallory')
    await ask('nested', true)
    await ask('another', true)
    assert.deepEqual(given, ['alice', 'not mallory', 'not another'])
    await giveBack('alice')
    assert.equal(given.at(-1), 'nested')
  })

  test('that give up are not given a lane', async () => {
    const { lanes, ask, giveBack, given } = row(1)
    const controller = new AbortController()
    await ask('alice')
    await ask('bob')
    await ask('nested', true, controller.signal)
    controller.abort()
    await giveBack('alice')
    assert.deepEqual(given, ['alice', 'not nested', 'bob'])
    await ask('last', true)
    await lanes.close()
    await settled()
    assert.equal(given.at(-1), 'not last')
  })
})

describe('a lane that cannot be made', () => {
  const { code, descriptor } = fixture(ECHO)
  const call = callOf(code, descriptor)
  const fails = (): Lane => {
    throw new RangeError('no more threads')
  }

  test('takes no result with it', async () => {
    const first = lane(true)
    let opened = 0
    const lanes = new Lanes(() => (opened++ === 0 ? first : fails()), 1, 8)
    const runs = new LaneRuns(lanes)
    const [alice, bob] = [runs.run(call, never), runs.run(call, never)]
    assert.deepEqual(await alice, { output: OUTPUT, fuel: 1 })
    const { refused } = await bob
    assert.equal(refused?.code, 'INTERNAL')
    assert.match(refused?.detail ?? '', /no more threads/)
  })

  test('is tried again for the next one', async () => {
    let opened = 0
    const runs = new LaneRuns(new Lanes(() => (opened++ === 0 ? fails() : lane()), 1, 8))
    assert.equal((await runs.run(call, never)).refused?.code, 'INTERNAL')
    assert.deepEqual(await runs.run(call, never), { output: OUTPUT, fuel: 1 })
  })

  test('has never come up', async () => {
    const none = await new Lanes(fails, 1, 8).take(signal)
    assert.equal(none?.isOver, true)
    await assert.rejects(
      async () => none?.ask({ kind: 'admit', descriptor: OUTPUT, code }, () => assert.fail('it asks')),
      (error) => error instanceof LaneEnded && !error.wasReady,
    )
  })
})
