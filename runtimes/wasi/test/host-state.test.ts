/** What guests ask of the store: each function, what it answers, and that it is done once. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { CODEC, hashBlock, nobleCrypto } from '../../../promisebase/index.ts'
import { asking, bytesOf, memoryStore, runAsking, SPACE, textOf } from './asking.ts'
import type { Store } from '../../../promisebase/index.ts'
import type { AskingRun } from './asking.ts'

async function storeWith(entries: Readonly<Record<string, string>>): Promise<Store> {
  const store = await memoryStore()
  await store.transact(async (transaction) => {
    for (const [key, value] of Object.entries(entries)) transaction.put(SPACE, bytesOf(key), bytesOf(value))
  })
  return store
}

async function valueOf(store: Store, key: string): Promise<string | undefined> {
  const snapshot = store.snapshot()
  const value = await snapshot.get(SPACE, bytesOf(key))
  snapshot.close()
  return value && textOf(value)
}

/** What a kept run returned. */
function output({ ended }: AskingRun): Uint8Array {
  assert.ok('output' in ended && ended.output !== undefined, JSON.stringify(ended.refused))
  return ended.output
}

const numberIn = (run: AskingRun): number => new DataView(output(run).slice().buffer).getInt32(0, true)

/** Asks for the entry that the input names, and returns it. */
const GET = asking(`
  (local.set $n (call $state_get (local.get $ptr) (local.get $len) (i32.const 8192) (i32.const 1024)))
  (if (result i64) (i32.lt_s (local.get $n) (i32.const 0))
    (then (call $number (local.get $n)))
    (else (call $result (i32.const 8192) (local.get $n))))`)

test('gives a guest the entry it asks for, and says when there is none', async () => {
  const store = await storeWith({ a: 'apple' })
  const found = await runAsking(GET, { store, input: bytesOf('a') })
  assert.equal(textOf(output(found)), 'apple')
  assert.deepEqual(found.asked, ['get'])
  assert.equal(numberIn(await runAsking(GET, { store, input: bytesOf('b') })), -1)
})

test('tells a guest what it is refused, by code, and ends with that refusal if it says so', async () => {
  assert.equal(numberIn(await runAsking(GET, { input: bytesOf('!') })), -2)
  const code = asking(`
    (drop (call $state_get (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
    (drop (call $answer_read (i32.const 0) (i32.const 64) (i32.const 64)))
    (call $result (i32.const 64) (call $answer_length))`)
  assert.equal(textOf(output(await runAsking(code, { input: bytesOf('!') }))), 'FORBIDDEN')
  const giveUp = asking(`
    (drop (call $state_put (local.get $ptr) (local.get $len) (local.get $ptr) (local.get $len)))
    (drop (call $state_get (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
    (call $answer_refuse) (i64.const 0)`)
  const { ended, store } = await runAsking(giveUp, { input: bytesOf('!') })
  assert.deepEqual(ended.refused, {
    code: 'FORBIDDEN',
    detail: 'keys with an exclamation mark are not for you',
  })
  assert.equal(await valueOf(store, '!'), undefined)
})

test('hands out an answer in parts, and nothing behind its end', async () => {
  const parts = asking(`
    (drop (call $state_get (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)))
    (drop (call $answer_read (i32.const 0) (i32.const 100) (i32.const 2)))
    (drop (call $answer_read (i32.const 2) (i32.const 102) (i32.const 100)))
    (call $result (i32.const 100)
      (i32.add (i32.const 4) (call $answer_read (i32.const -1) (i32.const 0) (i32.const 100))))`)
  const store = await storeWith({ a: 'abcd' })
  assert.equal(textOf(output(await runAsking(parts, { store, input: bytesOf('a') }))), 'abcd')
})

test('writes, reads what it has written, and deletes', async () => {
  const write = asking(
    `
    (drop (call $state_put (local.get $ptr) (local.get $len) (local.get $ptr) (local.get $len)))
    (drop (call $state_delete (i32.const 64) (i32.const 3)))
    (local.set $n (call $state_get (local.get $ptr) (local.get $len) (i32.const 8192) (i32.const 64)))
    (drop (call $state_put (i32.const 67) (i32.const 1) (i32.const 67) (i32.const 1)))
    (call $result (i32.const 8192) (local.get $n))`,
    '(data (i32.const 64) "oldz")',
  )
  const store = await storeWith({ old: 'x' })
  const run = await runAsking(write, { store, input: bytesOf('new') })
  assert.equal(textOf(output(run)), 'new')
  // The run was repeated for the answer, and nothing was written twice.
  assert.deepEqual(run.asked, ['put', 'delete', 'get', 'put'])
  assert.deepEqual(
    [await valueOf(store, 'old'), await valueOf(store, 'new'), await valueOf(store, 'z')],
    [undefined, 'new', 'z'],
  )
})

test('lists entries by prefix, a page at a time', async () => {
  const list = asking(
    `
    (local.set $n (call $state_range (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 2)
      (i32.const 8192) (i32.const 1024)))
    (call $result (i32.const 8192) (local.get $n))`,
    '(data (i32.const 64) "k")',
  )
  const store = await storeWith({ j: '0', k1: 'one', k2: '', k3: 'three' })
  const page = output(await runAsking(list, { store }))
  const expected = [2, 3, 'k1one', 2, 0, 'k2'].flatMap((part) =>
    typeof part === 'number' ? [part, 0, 0, 0] : [...bytesOf(part)],
  )
  assert.deepEqual([...page], expected)
})

test('keeps blocks, and gives them back by their CID', async () => {
  const block = asking(`
    (local.set $n (call $block_put (local.get $ptr) (local.get $len) (i32.const 0x55) (i32.const 100) (i32.const 64)))
    (drop (call $block_get (i32.const 100) (local.get $n) (i32.const 200) (i32.const 64)))
    (call $result (i32.const 100) (i32.add (i32.const 100) (call $answer_length)))`)
  const run = await runAsking(block, { input: bytesOf('hello') })
  const cid = hashBlock(nobleCrypto.sha256, CODEC.raw, bytesOf('hello'))
  assert.deepEqual(output(run).subarray(0, 36), cid.bytes)
  assert.equal(textOf(output(run).subarray(100)), 'hello')
  assert.deepEqual(run.asked, ['block_put', 'block_get'])
})

test('says which space and prefix the message names', async () => {
  const where = asking(`
    (local.set $n (call $state_space (i32.const 100) (i32.const 64)))
    (local.set $n (i32.add (local.get $n) (call $state_prefix (i32.const 105) (i32.const 64))))
    (call $result (i32.const 100) (local.get $n))`)
  assert.equal(textOf(output(await runAsking(where))), SPACE)
})

test('refuses to tell of a space where the message names none, and of a state where there is none', async () => {
  const space = asking('(call $number (call $state_space (i32.const 0) (i32.const 0)))')
  assert.equal(numberIn(await runAsking(space, { lends: { state: undefined as never } })), -2)
  const put = asking(
    '(call $number (call $state_put (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))',
  )
  assert.equal(numberIn(await runAsking(put, { lends: { state: undefined as never } })), -2)
})

// ------------------------------------------------------------------------------------------------- aheads

/** Adds up the first bytes of as many entries as the input says, `named` or not. */
const sum = (ahead: string) =>
  asking(
    `(local.set $n (i32.const 0))
     ${ahead}
     (i32.store8 (i32.const 64) (i32.const 97))
     (loop $next
       (drop (call $state_get (i32.const 64) (i32.const 1) (i32.const 80) (i32.const 1)))
       (local.set $n (i32.add (local.get $n) (i32.load8_u (i32.const 80))))
       (i32.store8 (i32.const 64) (i32.add (i32.load8_u (i32.const 64)) (i32.const 1)))
       (br_if $next (i32.lt_u (i32.load8_u (i32.const 64)) (i32.const 107))))
     (call $number (local.get $n))`,
    '',
  )

const AHEAD = `
  (i32.store8 (i32.const 64) (i32.const 97))
  (loop $ahead
    (call $state_ahead (i32.const 64) (i32.const 1))
    (i32.store8 (i32.const 64) (i32.add (i32.load8_u (i32.const 64)) (i32.const 1)))
    (br_if $ahead (i32.lt_u (i32.load8_u (i32.const 64)) (i32.const 107))))`

test('answers the same with names ahead as without, and reads each entry once', async () => {
  const store = await storeWith({ a: '1', c: '3', j: '9' })
  const [plain, named] = [await runAsking(sum(''), { store }), await runAsking(sum(AHEAD), { store })]
  assert.equal(numberIn(named), numberIn(plain))
  assert.deepEqual(named.asked, plain.asked.toSorted())
  assert.equal(named.asked.length, 10)
})

test('gives what was written after it was named ahead, not what was there before', async () => {
  const stale = asking(
    `(call $state_ahead (i32.const 64) (i32.const 1))
     (drop (call $state_get (i32.const 65) (i32.const 1) (i32.const 0) (i32.const 0)))
     (drop (call $state_put (i32.const 64) (i32.const 1) (i32.const 66) (i32.const 3)))
     (call $result (i32.const 100) (call $state_get (i32.const 64) (i32.const 1) (i32.const 100) (i32.const 9)))`,
    '(data (i32.const 64) "abnew")',
  )
  const store = await storeWith({ a: 'old', b: 'x' })
  assert.equal(textOf(output(await runAsking(stale, { store }))), 'new')
})

// -------------------------------------------------------------------------------------------------- log

test('explains a failure by what the guest has logged, and says nothing of it otherwise', async () => {
  const only = (end: string) =>
    asking(`(call $log (local.get $ptr) (local.get $len)) ${end}`, '', { pure: true, imports: ['log'] })
  const { ended } = await runAsking(only('unreachable'), { input: bytesOf('at step\n3') })
  assert.equal(ended.refused?.code, 'TRAP')
  assert.match(ended.refused?.detail ?? '', /it logged: at step\\n3$/)
  assert.equal(output(await runAsking(only('(i64.const 0)'), { input: bytesOf('x') })).length, 0)
})
