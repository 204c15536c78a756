/** Guests that ask too much, too often, for the wrong places or at the wrong time; and hosts that fail them. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { StoreError } from '../../../promisebase/index.ts'
import { Journal } from '../host/journal.ts'
import { HOST_LIMITS } from '../host/limits.ts'
import { HostRoom } from '../host/room.ts'
import { createWasiRuntime } from '../index.ts'
import { asking, bytesOf, memoryStore, runAsking, runtime, SPACE } from './asking.ts'
import { callOf, describeCode, fixture, RunEnd } from './fixtures.ts'
import type { HandlerState } from '../../../kernel/index.ts'
import type { AskingRun } from './asking.ts'
import type { Fixture } from './fixtures.ts'

const codeOf = ({ ended }: AskingRun): string => ended.refused?.code ?? 'kept'

// --------------------------------------------------------------------------------------------- admission

test('admits what its descriptor names, and nothing else', async () => {
  const { code } = asking(
    '(call $number (call $state_get (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))',
  )
  const admitted = async (changes: object): Promise<string> => {
    const { refused } = await runtime.admit(code, describeCode(code, changes))
    return refused?.detail ?? 'admitted'
  }
  assert.equal(await admitted({ pure: false, imports: ['state'] }), 'admitted')
  assert.equal(await admitted({ pure: false, imports: ['block', 'state'] }), 'admitted')
  assert.match(await admitted({ pure: false }), /"promisegrid.state_get" is of the group "state"/)
  assert.match(await admitted({ pure: false, imports: ['block'] }), /does not name/)
  assert.match(await admitted({ pure: true, imports: ['state'] }), /a pure handler cannot ask .* "state"/)
  assert.match(await admitted({ pure: false, imports: ['clock', 'state'] }), /no host function .* "clock"/)
  assert.match(await admitted({ pure: false, imports: ['answer', 'state'] }), /no host function .* "answer"/)
  // The code may have been named by CID alone: the same at every call.
  assert.equal(codeOf(await runAsking({ code, descriptor: describeCode(code) })), 'ADMIT')
})

test('refuses functions that are not offered, and offered ones of another type', async () => {
  const importing = (line: string): Fixture =>
    fixture(
      `(module ${line} (memory 1) (func (export "alloc") (param i32) (result i32) (i32.const 8))
        (func (export "handle") (param i32 i32) (result i64) (i64.const 0)))`,
      { pure: false, imports: ['state'] },
    )
  for (const [line, reason] of [
    ['(import "promisegrid" "state_take" (func (param i32)))', /not offered/],
    ['(import "promisegrid" "toString" (func (param i32)))', /not offered/],
    ['(import "promisegrid" "state_get" (func (param i32 i32 i32) (result i32)))', /has signature/],
    ['(import "promisegrid" "state_get" (func (param i64 i32 i32 i32) (result i32)))', /has signature/],
    ['(import "promisegrid" "table" (table 1 funcref))', /only functions/],
  ] as const) {
    const { code, descriptor } = importing(line)
    const { refused } = await runtime.admit(code, descriptor)
    assert.match(refused?.detail ?? 'admitted', reason)
  }
})

// ---------------------------------------------------------------------------------------------- addresses

/** Each function, with `@` where an address and its length stand. */
const CALLS = [
  'state_get @ (i32.const 0) (i32.const 0)',
  'state_get (i32.const 0) (i32.const 1) @',
  'state_put @ (i32.const 0) (i32.const 1)',
  'state_put (i32.const 0) (i32.const 1) @',
  'state_delete @',
  'state_range @ (i32.const 0) (i32.const 0) (i32.const 9) (i32.const 0) (i32.const 0)',
  'state_range (i32.const 0) (i32.const 0) @ (i32.const 9) (i32.const 0) (i32.const 0)',
  'state_range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 9) @',
  'state_ahead @',
  'state_space @',
  'state_prefix @',
  'block_get @ (i32.const 0) (i32.const 0)',
  'block_get (i32.const 0) (i32.const 1) @',
  'block_put @ (i32.const 85) (i32.const 0) (i32.const 0)',
  'block_put (i32.const 0) (i32.const 1) (i32.const 85) @',
  'block_ahead @',
  'call_grant (i32.const 0) @',
  'call (i32.const 131009) (i32.const 0) (i32.const 0)',
  'call (i32.const -1) (i32.const 0) (i32.const 0)',
  'call (i32.const 0) @',
  'promise_defer (i32.const 1) @ (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)',
  'promise_defer (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 131071) (i32.const 1) (i32.const 0) (i32.const 0)',
  'promise_defer (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 65) (i32.const 0) (i32.const 0)',
  'promise_defer (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 0)',
  'promise_defer (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0x20000000) (i32.const 0) (i32.const 0)',
  'promise_defer (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) @',
  'promise_keep @ (i32.const 0) (i32.const 1)',
  'promise_keep (i32.const 0) (i32.const 1) @',
  'promise_break @ (i32.const 0) (i32.const 1)',
  'promise_break (i32.const 0) (i32.const 1) @',
  'promise_outcome @ (i32.const 0) (i32.const 0)',
  'promise_outcome (i32.const 0) (i32.const 1) @',
  'log @',
]

/** Beyond the end, around the end of the address space, and longer than anything. */
const WRONG = [
  [-16, 64],
  [131_071, 2],
  [131_073, 0],
  [0, -1],
  [1, 0x7fff_ffff],
] as const

test('asks nothing for a place that is not inside the memory, whichever parameter names it', async () => {
  for (const call of CALLS) {
    const gives = !/^(state_ahead|block_ahead|log) /.test(call)
    for (const [at, length] of call.includes('@') ? WRONG : [WRONG[0]]) {
      const asked = `(call $${call.replace('@', `(i32.const ${at}) (i32.const ${length})`)})`
      const run = await runAsking(asking(`${gives ? `(drop ${asked})` : asked} (i64.const 0)`))
      assert.equal(codeOf(run), 'TRAP', `${call} ${at} ${length}: ${JSON.stringify(run.ended)}`)
      assert.deepEqual(run.asked, [])
    }
  }
})

test('reads no further than the memory, wherever a request or a list in it points', async () => {
  for (const [offset, length] of [
    [4, 8],
    [12, 16],
    [20, 24],
    [28, 32],
    [40, 44],
    [48, 52],
  ]) {
    for (const [at, bytes] of [...WRONG, [0, 0x4000_0001]]) {
      const body = `(i32.store (i32.const ${offset}) (i32.const ${at}))
        (i32.store (i32.const ${length}) (i32.const ${bytes}))
        (drop (call $call (i32.const 0) (i32.const 0) (i32.const 0))) (i64.const 0)`
      assert.equal(codeOf(await runAsking(asking(body))), 'TRAP', `${offset} ${at} ${bytes}`)
    }
  }
  const list = `(i32.store (i32.const 0) (i32.const -4)) (i32.store (i32.const 4) (i32.const 8))
    (drop (call $promise_defer (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1)
      (i32.const 0) (i32.const 0))) (i64.const 0)`
  assert.equal(codeOf(await runAsking(asking(list))), 'TRAP')
})

test('has no answer before a question, nor one of another call', async () => {
  const before = [
    '(drop (call $answer_length))',
    '(drop (call $answer_read (i32.const 0) (i32.const 0) (i32.const 0)))',
    '(call $answer_refuse)',
  ]
  const ask = '(drop (call $state_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))'
  for (const body of before) {
    assert.equal(codeOf(await runAsking(asking(`${body} (i64.const 0)`))), 'TRAP')
    // It asks, so the run after the answer begins with an answer known; still it has not asked yet.
    assert.equal(codeOf(await runAsking(asking(`${body} ${ask} (i64.const 0)`))), 'TRAP')
  }
  assert.equal(codeOf(await runAsking(asking(`${ask} (call $answer_refuse) (i64.const 0)`))), 'TRAP')
  const read = (at: number): string =>
    `(drop (call $answer_read (i32.const 0) (i32.const ${at}) (i32.const 64)))`
  assert.equal(codeOf(await runAsking(asking(`${ask} ${read(131_009)} (i64.const 0)`))), 'TRAP')
  assert.equal(codeOf(await runAsking(asking(`${ask} ${read(131_008)} (i64.const 0)`))), 'kept')
})

// ------------------------------------------------------------------------------------------------- bounds

const GET = '(drop (call $state_get (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0)))'
/** Asks for another key each time, for ever. */
const FOR_EVER = `(loop $l (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) @ (br $l)) (i64.const 0)`
const forEver = (ask: string): Fixture => asking(FOR_EVER.replace('@', ask))

test('ends questions without end by the fuel, and by that of the runs they cost', async () => {
  const put = '(drop (call $state_put (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4)))'
  const storm = await runAsking(forEver(put), { budget: { fuel: 1_000_000 } })
  assert.deepEqual([codeOf(storm), storm.ended.fuel], ['BUDGET_FUEL', 1_000_000])
  const waiting = await runAsking(forEver(GET), { budget: { fuel: 1_000_000 } })
  assert.deepEqual([codeOf(waiting), waiting.ended.fuel], ['BUDGET_FUEL', 1_000_000])
  assert.match(waiting.ended.refused?.detail ?? '', /repeated took more than 20777216 units/)
  // The sum of 1, 2, 3 … questions is what was allowed, and not more.
  assert.ok(waiting.asked.length > 50 && waiting.asked.length < 100, String(waiting.asked.length))
})

test('ends a call that asks more often than it may, however much fuel it has', async () => {
  const ahead = '(call $state_ahead (i32.const 0) (i32.const 4))'
  const run = await runAsking(forEver(ahead), { budget: { fuel: 1_000_000_000 } })
  assert.equal(codeOf(run), 'LIMIT')
  assert.match(run.ended.refused?.detail ?? '', /more than 4096 questions/)
})

test('ends a call that asks more than it may, or is answered more', async () => {
  const budget = { fuel: 1_000_000_000 }
  const put = asking(
    `${FOR_EVER.replace('@', '(drop (call $state_put (i32.const 8) (i32.const 4) (i32.const 0) (i32.const 1048576)))')}`,
    '(func (export "_initialize") (drop (memory.grow (i32.const 14))))',
  )
  const much = await runAsking(put, { budget })
  assert.equal(codeOf(much), 'LIMIT')
  assert.match(much.ended.refused?.detail ?? '', /questions of more than 16777216 bytes/)
  assert.equal(much.asked.length, 15)

  const store = await memoryStore()
  await store.transact(async (transaction) =>
    transaction.put(SPACE, bytesOf('big!'), new Uint8Array(1_048_576)),
  )
  const get = '(i32.store (i32.const 0) (i32.const 0x21676962))' + GET
  const answered = await runAsking(forEver(get), { budget, store })
  assert.equal(codeOf(answered), 'LIMIT')
  assert.match(answered.ended.refused?.detail ?? '', /answers of more than 16777216 bytes/)
  assert.equal(answered.asked.length, 17)
})

test('keeps no more names ahead than it may, and answers all the same', async () => {
  const many = asking(
    `(loop $l (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
       (call $state_ahead (i32.const 0) (i32.const 4))
       (br_if $l (i32.lt_u (i32.load (i32.const 0)) (i32.const 1500))))
     (call $number (call $state_get (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0)))`,
  )
  const run = await runAsking(many)
  assert.equal(codeOf(run), 'kept')
  // One question, and a read for each name that was kept.
  assert.equal(run.asked.length, HOST_LIMITS.aheadNames + 1)
})

test('gives nothing that was read ahead for a name that is too long to be one', async () => {
  const store = await memoryStore()
  await store.transact(async (transaction) => transaction.put(SPACE, new Uint8Array(0), bytesOf('no name')))
  const get = (length: number): string =>
    `(call $state_get (i32.const 0) (i32.const ${length}) (i32.const 0) (i32.const 0))`
  const guest = asking(
    `(call $state_ahead (i32.const 0) (i32.const 0)) (drop ${get(4)}) (call $number ${get(1_025)})`,
  )
  await assert.rejects(runAsking(guest, { store }), { name: 'StoreError', code: 'LIMIT' })
})

test('shares one room between all calls, and gives it back', () => {
  const room = new HostRoom()
  const full = new Uint8Array(HOST_LIMITS.questionBytes)
  const journals = Array.from({ length: 17 }, () => new Journal(room))
  const refused = journals.map((journal) => journal.admit(full)?.code)
  assert.deepEqual(refused, [...Array.from({ length: 16 }, () => undefined), 'BUSY'])
  journals[0]?.close()
  journals[0]?.close()
  assert.deepEqual(
    [journals[16]?.admit(full)?.code, new Journal(room).admit(full)?.code],
    [undefined, 'BUSY'],
  )
})

// --------------------------------------------------------------------------------------------------- runs

/** Walks a list: each entry names the next key. */
const WALK = asking(
  `(loop $l
     (br_if $l (i32.eq (call $state_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)) (i32.const 1))))
   (call $result (i32.const 0) (i32.const 1))`,
  '(data (i32.const 0) "a")',
)

async function chained() {
  const store = await memoryStore()
  await store.transact(async (transaction) => {
    for (const step of ['ab', 'bc', 'cd', 'de'])
      transaction.put(SPACE, bytesOf(step.charAt(0)), bytesOf(step.charAt(1)))
  })
  return store
}

test('asks what follows from the answers, each question once, for the same fuel each time', async () => {
  const store = await chained()
  const [first, again] = [await runAsking(WALK, { store }), await runAsking(WALK, { store })]
  assert.deepEqual(first.asked, ['get', 'get', 'get', 'get', 'get'])
  assert.deepEqual('output' in first.ended && first.ended.output, bytesOf('e'))
  assert.equal(again.ended.fuel, first.ended.fuel)
  const { fuel } = first.ended
  assert.equal(codeOf(await runAsking(WALK, { store, budget: { fuel } })), 'kept')
  assert.equal(codeOf(await runAsking(WALK, { store, budget: { fuel: fuel - 1 } })), 'BUDGET_FUEL')
})

/** Does something whenever an entry is asked for. */
async function interrupted(act: () => void): Promise<Partial<HandlerState>> {
  const get = async (): Promise<Uint8Array> => {
    act()
    return Uint8Array.of(97)
  }
  return { get }
}

test('counts the time of all runs together', async () => {
  let now = 0
  const timed = createWasiRuntime({ monotonic: () => now })
  const state = (await interrupted(() => (now += 40))) as HandlerState
  const run = await runAsking(WALK, { lends: { state }, budget: { wallMs: 100 } }, timed)
  assert.equal(codeOf(run), 'BUDGET_TIME')
  assert.equal(now, 120)
})

test('does not begin another run when the call was given up', async () => {
  const end = new RunEnd()
  const { code, descriptor } = WALK
  const state = (await interrupted(() => end.abort())) as HandlerState
  const ended = await runtime.run({ ...callOf(code, descriptor), state }, end)
  assert.equal(ended.refused?.code, 'ABORTED')
  assert.ok(ended.fuel > 0)
})

test('hands on what the store throws, and keeps nothing of the run', async () => {
  const state = (await interrupted(() => {
    throw new StoreError('CORRUPT', 'a block is not what its CID says')
  })) as HandlerState
  await assert.rejects(runAsking(WALK, { lends: { state } }), { code: 'CORRUPT' })
  // The runtime is as good as before.
  assert.equal(codeOf(await runAsking(WALK, { store: await chained() })), 'kept')
})

test('tells a host that is not deterministic from a guest', () => {
  const journal = new Journal(new HostRoom())
  const [question, answer] = [bytesOf('a'), { status: 0, bytes: new Uint8Array(0), fuel: 0 }]
  assert.equal(journal.admit(question), undefined)
  assert.equal(journal.keep('state_get', question, answer), undefined)
  for (const [name, bytes] of [
    ['state_put', 'a'],
    ['state_get', 'b'],
    ['state_get', 'aa'],
    ['state_get', ''],
  ] as const) {
    journal.rewind()
    assert.equal(journal.next(name, bytesOf(bytes)).refused?.code, 'INTERNAL')
  }
  journal.rewind()
  assert.equal(journal.isAtEnd, false)
  assert.equal(journal.next('state_get', question).ok, answer)
  assert.equal(journal.isAtEnd, true)
})

test('serves calls that wait for one another, each with its own answers', async () => {
  const store = await chained()
  const runs = await Promise.all(Array.from({ length: 10 }, () => runAsking(WALK, { store })))
  for (const { ended } of runs) assert.deepEqual('output' in ended && ended.output, bytesOf('e'))
})
