/**
 * Handlers in WebAssembly with all that native handlers have: state, calls with what is lent, promises. Deployed and
 * called by signed messages; where the two kinds can be compared, they come to the same.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../conformance/test/laws.ts'
import wabt from 'wabt'

import { CID } from 'multiformats/cid'

import {
  CODEC,
  DAG_CBOR_PROFILE,
  decodeCbor,
  encodeCbor,
  hashBlock,
  nobleCrypto,
} from '../../promisebase/index.ts'
import { createWasiRuntime } from '../../runtimes/wasi/index.ts'
import { encodeDescriptor, ForbiddenError, readPromise } from '../index.ts'
import { foundGrid, people } from './fixture.ts'
import type { Capability, Descriptor, HandlerState, NativeHandler, SignedPromise } from '../index.ts'
import type { Answer, Grid, Request } from './fixture.ts'

const { node, bob } = people
const toolkit = await wabt()
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value)

const PACK = `
  (func $result (param $at i32) (param $bytes i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $bytes))))`

function assemble(source: string): Uint8Array {
  const module = toolkit.parseWat('handler.wat', source, { bulk_memory: true })
  try {
    return new Uint8Array(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}

/** A grid whose node has deployed a module, and how alice sends to it. */
async function deployed(
  source: string,
  changes: Partial<Descriptor>,
  handlers: readonly NativeHandler[] = [],
) {
  const grid = await foundGrid({ runtimes: [createWasiRuntime()], handlers })
  const code = assemble(source)
  const protocol = await grid.store.transact(async (transaction) => {
    const descriptor: Descriptor = {
      runtime: 'wasi',
      code: transaction.putBlock(code, CODEC.raw),
      entry: 'reactor',
      methods: ['go'],
      pure: false,
      imports: [],
      limits: {},
      public: false,
      ...changes,
    }
    return transaction.putBlock(encodeDescriptor(descriptor), CODEC.dagCbor)
  })
  const promiseOf = (resource: Capability['resource'], terms: object = {}): Capability =>
    grid.grant({ by: node, parent: null, resource, ...terms })
  const send = (input: Uint8Array, request: Request = {}): Promise<Answer> =>
    grid.send({
      protocol,
      method: 'go',
      chain: [promiseOf({ kind: 'code', protocol })],
      arguments: { bytes: input },
      ...request,
    })
  return { grid, protocol, promiseOf, send }
}

function kept(answer: Answer): Uint8Array {
  assert.ok(answer.signed && answer.outcome.status === 'kept', answer.code)
  return answer.outcome.result.bytes ?? new Uint8Array(0)
}

async function stored(grid: Grid, space: string, key: string): Promise<Uint8Array | undefined> {
  const snapshot = grid.store.snapshot()
  try {
    return await snapshot.get(space, bytes(key))
  } finally {
    snapshot.close()
  }
}

// ------------------------------------------------------------------------------------------- a counter

/** Adds one to the number at `count`; with the input `!` it traps after it has written. */
const COUNTER = `(module
  (import "promisegrid" "state_get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_put" (func $put (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "answer_refuse" (func $refuse))
  (memory 1) (data (i32.const 0) "count") ${PACK}
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "go") (param $at i32) (param $len i32) (result i64)
    (if (i32.eq (call $get (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 4)) (i32.const -2))
      (then (call $refuse)))
    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
    (if (i32.eq (call $put (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 4)) (i32.const -2))
      (then (call $refuse)))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 33)) (then (unreachable)))
    (call $result (i32.const 16) (i32.const 4))))`

describe('a deployed handler in WebAssembly', () => {
  const counter = async (terms: object = {}) => {
    const setting = await deployed(COUNTER, { imports: ['state'] })
    const notes = setting.promiseOf(setting.grid.space('notes'), terms)
    const count = (input = 'x', chain = [notes]): Promise<Answer> =>
      setting.send(bytes(input), { chain, resource: setting.grid.space('notes') })
    return { ...setting, count }
  }

  test('keeps a counter in the space of its message', async () => {
    const { grid, count } = await counter()
    for (const expected of [1, 2, 3]) assert.equal(kept(await count())[0], expected)
    assert.equal((await stored(grid, 'notes', 'count'))?.[0], 3)
  })

  test('counts each of many messages at once', async () => {
    const { grid, count } = await counter()
    const answers = await Promise.all(Array.from({ length: 8 }, () => count()))
    assert.deepEqual(answers.map((answer) => kept(answer)[0]).sort(), [1, 2, 3, 4, 5, 6, 7, 8])
    assert.equal((await stored(grid, 'notes', 'count'))?.[0], 8)
  })

  test('leaves nothing of a call that traps after it has written (D-07)', async () => {
    const { grid, count } = await counter()
    await count()
    const answer = await count('!')
    assert.equal(answer.code, 'TRAP')
    assert.equal((await stored(grid, 'notes', 'count'))?.[0], 1)
  })

  test('is refused by code what the message does not grant', async () => {
    assert.equal((await (await counter({ methods: ['go', 'put'] })).count()).code, 'FORBIDDEN')
    assert.equal((await (await counter({ methods: ['go', 'get'] })).count()).code, 'FORBIDDEN')
    const { grid, send } = await counter()
    assert.equal((await send(bytes('x'))).code, 'FORBIDDEN')
    assert.equal(await stored(grid, 'notes', 'count'), undefined)
  })

  test('is not admitted when its descriptor does not name what it imports', async () => {
    const { grid, send, promiseOf } = await deployed(COUNTER, { imports: ['block'] })
    const request = { chain: [promiseOf(grid.space('notes'))], resource: grid.space('notes') }
    assert.equal((await send(bytes('x'), request)).code, 'ADMIT')
  })
})

// ------------------------------------------------------------------------------------- calls of others

/** Calls the protocol in its input with the rest of it: capability, fuel and length of the CID in front. */
const CALLER = `(module
  (import "promisegrid" "call" (func $call (param i32 i32 i32) (result i32)))
  (import "promisegrid" "call_table" (func $table (result i32)))
  (import "promisegrid" "call_grant" (func $grant (param i32 i32 i32) (result i32)))
  (import "promisegrid" "answer_length" (func $length (result i32)))
  (memory 4) ${PACK}
  (data (i32.const 0) "put") (data (i32.const 8) "notes") (data (i32.const 16) "go") (data (i32.const 20) "deep")
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func $request (param $at i32) (param $len i32) (param $method i32) (param $bytes i32)
    (i32.store (i32.const 1024) (i32.load8_u (local.get $at)))
    (i32.store (i32.const 1028) (i32.add (local.get $at) (i32.const 6)))
    (i32.store (i32.const 1032) (i32.load8_u offset=1 (local.get $at)))
    (i32.store (i32.const 1036) (local.get $method))
    (i32.store (i32.const 1040) (local.get $bytes))
    (i32.store (i32.const 1044)
      (i32.add (i32.add (local.get $at) (i32.const 6)) (i32.load8_u offset=1 (local.get $at))))
    (i32.store (i32.const 1048)
      (i32.sub (local.get $len) (i32.add (i32.const 6) (i32.load8_u offset=1 (local.get $at)))))
    (i64.store (i32.const 1080) (i64.load32_u offset=2 (local.get $at))))
  (func $call_it (param $again i32) (result i64) (local $status i32)
    (local.set $status (call $call (i32.const 1024) (i32.const 65540) (i32.const 65536)))
    (if (local.get $again)
      (then (local.set $status (call $call (i32.const 1024) (i32.const 65540) (i32.const 65536)))))
    (i32.store (i32.const 65536) (local.get $status))
    (call $result (i32.const 65536) (i32.add (i32.const 4) (call $length))))
  (func (export "put") (param $at i32) (param $len i32) (result i64)
    (call $request (local.get $at) (local.get $len) (i32.const 0) (i32.const 3))
    (i32.store (i32.const 1060) (i32.const 2))
    (i32.store (i32.const 1064) (i32.const 8))
    (i32.store (i32.const 1068) (i32.const 5))
    (call $call_it (i32.const 0)))
  (func (export "go") (param $at i32) (param $len i32) (result i64)
    (call $request (local.get $at) (local.get $len) (i32.const 16) (i32.const 2))
    (call $call_it (i32.const 0)))
  (func (export "twice") (param $at i32) (param $len i32) (result i64)
    (call $request (local.get $at) (local.get $len) (i32.const 16) (i32.const 2))
    (call $call_it (i32.const 1)))
  (func (export "deep") (param $at i32) (param $len i32) (result i64)
    (call $request (local.get $at) (local.get $len) (i32.const 20) (i32.const 4))
    (i32.store (i32.const 1044) (local.get $at))
    (i32.store (i32.const 1048) (local.get $len))
    (i32.store (i32.const 1052) (i32.const 24))
    (i32.store (i32.const 1056) (i32.const 1))
    (call $call_it (i32.const 0)))
  (func (export "table") (param $at i32) (param $len i32) (result i64)
    (i32.store (i32.const 65536) (call $table))
    (drop (call $grant (i32.load8_u (local.get $at)) (i32.const 65540) (i32.const 65536)))
    (call $result (i32.const 65536) (i32.add (i32.const 4) (call $length)))))`

/** What the modules above expect: capability, CID, fuel, and the arguments of the call. */
function request(capability: number, protocol: CID, input: Uint8Array, fuel = 0): Uint8Array {
  const head = new Uint8Array(6)
  head.set([capability, protocol.bytes.length])
  new DataView(head.buffer).setUint32(2, fuel, true)
  return Uint8Array.from([...head, ...protocol.bytes, ...input])
}

describe('a handler in WebAssembly that is lent a capability', () => {
  const second: NativeHandler = {
    name: 'second',
    version: 1,
    methods: ['go'],
    pure: false,
    public: false,
    limits: { memoryBytes: 1024 },
    run: ({ input }) => (text(input) === 'throw' ? fail() : input),
  }
  const methods = ['deep', 'go', 'put', 'table', 'twice']
  const caller = async (changes: Partial<Descriptor> = {}) => {
    const setting = await deployed(CALLER, { imports: ['call'], methods, ...changes }, [second])
    const ask = (method: string, input: Uint8Array, lent: readonly Capability[], more: Request = {}) =>
      setting.send(input, { method, table: lent.map((capability) => [capability.bytes]), ...more })
    const secondOf = (): Capability =>
      setting.promiseOf({ kind: 'code', protocol: setting.grid.protocol('second') })
    return { ...setting, ask, secondOf }
  }
  const entry = encodeCbor({ key: bytes('a'), value: bytes('value of a') })

  test('calls another handler with it, on a space it names, and both are kept', async () => {
    const { grid, ask, promiseOf } = await caller()
    const notes = promiseOf(grid.space('notes'))
    const answer = kept(await ask('put', request(0, grid.protocol('store'), entry), [notes]))
    assert.deepEqual(decodeCbor(answer.subarray(4), DAG_CBOR_PROFILE).ok, true)
    assert.equal(text(await stored(grid, 'notes', 'a')), 'value of a')
  })

  test('learns what it was lent, and nothing of what it was not', async () => {
    const { grid, ask, promiseOf } = await caller()
    const notes = promiseOf(grid.space('notes', 'a/'), { methods: ['put'] })
    const told = kept(await ask('table', Uint8Array.of(0), [notes]))
    assert.equal(told[0], 1)
    const grant = text(told)
    for (const part of [node.principal, 'notes', 'a/', 'put']) assert.ok(grant.includes(part), part)
    assert.equal(text(kept(await ask('table', Uint8Array.of(1), [notes])).subarray(4)), 'SHAPE')
  })

  test('is told by code what is refused before it runs, and goes on', async () => {
    const { grid, ask, promiseOf, secondOf } = await caller()
    const codes: Record<string, readonly [string, Uint8Array, readonly Capability[]]> = {
      SHAPE: ['put', request(7, grid.protocol('store'), entry), [promiseOf(grid.space('notes'))]],
      RESOURCE: ['put', request(0, grid.protocol('store'), entry), [promiseOf(grid.space('other'))]],
      POP: [
        'put',
        request(0, grid.protocol('store'), entry),
        [promiseOf(grid.space('notes'), { holder: bob.principal })],
      ],
      METHOD: [
        'put',
        request(0, grid.protocol('store'), entry),
        [promiseOf(grid.space('notes'), { methods: ['get'] })],
      ],
      UNKNOWN_METHOD: ['put', request(0, grid.protocol('echo'), entry), [promiseOf(grid.space('notes'))]],
    }
    for (const [code, [method, input, lent]] of Object.entries(codes))
      assert.equal(text(kept(await ask(method, input, lent)).subarray(4)), code)
    const broken = Uint8Array.of(0, 3, 0, 0, 0, 0, 1, 2, 3)
    assert.equal(text(kept(await ask('go', broken, [secondOf()])).subarray(4)), 'CID')
    assert.equal(await stored(grid, 'notes', 'a'), undefined)
  })

  test('ends with whom it called, when that one fails after it has begun', async () => {
    const { grid, ask, secondOf } = await caller()
    const answer = await ask('go', request(0, grid.protocol('second'), bytes('throw')), [secondOf()])
    assert.equal(answer.code, 'TRAP')
  })

  test('pays for what it calls from its own fuel, to the unit', async () => {
    const { grid, ask, promiseOf, secondOf, protocol } = await caller()
    const input = request(0, grid.protocol('second'), bytes('hello'))
    const used = async (method: string, fuel?: number) => {
      const budget = fuel === undefined ? {} : { caveats: { budget: { fuel } } }
      const answer = await ask(method, input, [secondOf()], {
        chain: [promiseOf({ kind: 'code', protocol }, budget)],
      })
      return answer.signed && answer.outcome.status === 'kept' ? answer.outcome.fuel : answer.code
    }
    const fuel = await used('twice')
    assert.ok(typeof fuel === 'number')
    assert.equal(await used('twice', fuel), fuel)
    assert.equal(await used('twice', fuel - 1), 'BUDGET_FUEL')
    assert.ok(fuel > ((await used('go')) as number))
  })

  test('allows a call no more than it says', async () => {
    const { grid, ask, secondOf } = await caller()
    const little = await ask('go', request(0, grid.protocol('second'), bytes('hello'), 1), [secondOf()])
    assert.equal(little.code, 'BUDGET_FUEL')
  })

  test('cannot call itself for ever (D-05)', async () => {
    const { ask, promiseOf, protocol } = await caller()
    const self = promiseOf({ kind: 'code', protocol })
    assert.equal((await ask('deep', request(0, protocol, new Uint8Array(0)), [self])).code, 'BUDGET_DEPTH')
  })
})

function fail(): never {
  throw new Error('the secret of the operator is not readable')
}

/** Names an entry ahead, waits for another one, has the store write over the first, and returns it. */
const NAMING = `(module
  (import "promisegrid" "state_ahead" (func $ahead (param i32 i32)))
  (import "promisegrid" "state_get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "call" (func $call (param i32 i32 i32) (result i32)))
  (memory 1) ${PACK} (data (i32.const 0) "a") (data (i32.const 1) "b") (data (i32.const 8) "put")
  (data (i32.const 16) "notes")
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "go") (param $at i32) (param $len i32) (result i64)
    (call $ahead (i32.const 0) (i32.const 1))
    (drop (call $get (i32.const 1) (i32.const 1) (i32.const 0) (i32.const 0)))
    (i32.store (i32.const 1028) (local.get $at)) (i32.store (i32.const 1032) (i32.const 36))
    (i32.store (i32.const 1036) (i32.const 8)) (i32.store (i32.const 1040) (i32.const 3))
    (i32.store (i32.const 1044) (i32.add (local.get $at) (i32.const 36)))
    (i32.store (i32.const 1048) (i32.sub (local.get $len) (i32.const 36)))
    (i32.store (i32.const 1060) (i32.const 2))
    (i32.store (i32.const 1064) (i32.const 16)) (i32.store (i32.const 1068) (i32.const 5))
    (drop (call $call (i32.const 1024) (i32.const 0) (i32.const 0)))
    (call $result (i32.const 64) (call $get (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 64)))))`

test('a guest reads what those it calls have written, whatever it read ahead before', async () => {
  const { grid, promiseOf, send } = await deployed(NAMING, { imports: ['call', 'state'] })
  const resource = grid.space('notes')
  const notes = promiseOf(resource)
  const entry = encodeCbor({ key: bytes('a'), value: bytes('new') })
  const input = Uint8Array.from([...grid.protocol('store').bytes, ...entry])
  await grid.store.transact(async (transaction) => transaction.put('notes', bytes('a'), bytes('older')))
  const answer = await send(input, { resource, chain: [notes], table: [[notes.bytes]] })
  assert.equal(text(kept(answer)), 'new')
})

// -------------------------------------------------------------------------------------------- promises

/** Makes a promise; keeps or breaks the one its input names; tells how one ended. */
const PROMISER = `(module
  (import "promisegrid" "promise_defer" (func $defer (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "promise_keep" (func $keep (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "promise_break" (func $break (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "promise_outcome" (func $outcome (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "answer_refuse" (func $refuse))
  (import "promisegrid" "answer_length" (func $length (result i32)))
  (memory 2) ${PACK} (data (i32.const 0) "done") (data (i32.const 8) "no")
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func $or_refuse (param $status i32)
    (if (i32.lt_s (local.get $status) (i32.const 0)) (then (call $refuse))))
  (func (export "defer") (param $at i32) (param $len i32) (result i64)
    (call $or_refuse (call $defer (i32.load (local.get $at))
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 36)))
    (i64.const 0))
  (func (export "late") (param $at i32) (param $len i32) (result i64)
    (call $or_refuse (call $defer (i32.const 60)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 36)))
    (call $or_refuse (call $defer (i32.const 60)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 36)))
    (i64.const 0))
  (func (export "both") (param $at i32) (param $len i32) (result i64)
    (call $or_refuse (call $defer (i32.const 60)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 36)))
    (call $result (i32.const 100) (i32.const 36)))
  (func (export "keep") (param $at i32) (param $len i32) (result i64)
    (call $or_refuse (call $keep (local.get $at) (local.get $len) (i32.const 0) (i32.const 4)))
    (i64.const 0))
  (func (export "break") (param $at i32) (param $len i32) (result i64)
    (call $or_refuse (call $break (local.get $at) (local.get $len) (i32.const 8) (i32.const 2)))
    (i64.const 0))
  (func (export "outcome") (param $at i32) (param $len i32) (result i64)
    (call $or_refuse (call $outcome (local.get $at) (local.get $len) (i32.const 65536) (i32.const 4096)))
    (call $result (i32.const 65536) (call $length))))`

describe('a handler in WebAssembly that promises', () => {
  const methods = ['both', 'break', 'defer', 'keep', 'late', 'outcome']
  const MINUTE = Uint8Array.of(60, 0, 0, 0)
  const promiser = async (imports = ['promise', 'promise.outcome']) => {
    const setting = await deployed(PROMISER, { imports, methods })
    const ask = (method: string, input: Uint8Array) => setting.send(input, { method })
    const promised = async (): Promise<SignedPromise> => {
      const answer = await ask('defer', MINUTE)
      assert.ok(answer.signed && answer.outcome.status === 'deferred', answer.code)
      const promise = readPromise(setting.grid.crypto, setting.grid.keys, answer.outcome.promise)
      assert.ok(promise.ok !== undefined)
      return promise.ok
    }
    return { ...setting, ask, promised }
  }

  test('answers with a promise, and keeps it in a later call', async () => {
    const { grid, ask, promised, protocol } = await promiser()
    const promise = await promised()
    assert.equal(promise.expires, grid.time.now + 60)
    assert.ok(promise.protocol.equals(protocol))
    assert.equal((await ask('outcome', promise.id.bytes)).code, 'PENDING')
    assert.equal((await ask('keep', promise.id.bytes)).code, 'kept')
    const ended = await grid.kernel.outcomeOf(promise.id)
    assert.equal(ended.ok?.outcome.status, 'kept')
    assert.deepEqual(kept(await ask('outcome', promise.id.bytes)), ended.ok?.resolution)
    // Too late for another word.
    assert.equal((await ask('break', promise.id.bytes)).code, 'REPLAY')
  })

  test('breaks a promise, and says why', async () => {
    const { grid, ask, promised } = await promiser()
    const promise = await promised()
    assert.equal((await ask('break', promise.id.bytes)).code, 'kept')
    const { outcome } = (await grid.kernel.outcomeOf(promise.id)).ok ?? {}
    assert.ok(outcome?.status === 'broken' && outcome.detail === 'no')
  })

  test('makes one promise in a call, of at least a second, and gives no bytes beside it', async () => {
    const { ask } = await promiser()
    assert.equal((await ask('late', MINUTE)).code, 'FORBIDDEN')
    assert.equal((await ask('both', MINUTE)).code, 'TRAP')
    assert.equal((await ask('defer', Uint8Array.of(0, 0, 0, 0))).code, 'LIFETIME')
    assert.equal((await ask('defer', Uint8Array.of(255, 255, 255, 255))).code, 'LIFETIME')
  })

  test('resolves no promise that is not its own, or that is none', async () => {
    const { ask, protocol } = await promiser()
    assert.equal((await ask('keep', protocol.bytes)).code, 'FORBIDDEN')
    assert.equal((await ask('break', Uint8Array.of(1, 2, 3))).code, 'CID')
    assert.equal((await ask('outcome', protocol.bytes)).code, 'MISSING')
  })
})

// ------------------------------------------------------------------------- the same as a native handler

/**
 * Does what its input says, a step at a time, and writes down each answer: its status, or for text its length, in 4
 * bytes, then its bytes. A step is a number, two lengths, and so many bytes twice.
 */
const STEPS = `(module
  (import "promisegrid" "state_get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_put" (func $put (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_delete" (func $delete (param i32 i32) (result i32)))
  (import "promisegrid" "state_range" (func $range (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_ahead" (func $ahead (param i32 i32)))
  (import "promisegrid" "block_put" (func $block_put (param i32 i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "block_get" (func $block_get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "answer_read" (func $read (param i32 i32 i32) (result i32)))
  (memory 8) ${PACK}
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func $step (param $do i32) (param $a i32) (param $an i32) (param $b i32) (param $bn i32) (param $out i32)
    (result i32)
    (block $range (block $block_get (block $block_put (block $ahead (block $delete (block $put (block $get
      (br_table $get $put $delete $ahead $block_put $block_get $range (local.get $do)))
      (return (call $get (local.get $a) (local.get $an) (local.get $out) (i32.const 65536))))
      (return (call $put (local.get $a) (local.get $an) (local.get $b) (local.get $bn))))
      (return (call $delete (local.get $a) (local.get $an))))
      (call $ahead (local.get $a) (local.get $an)) (return (i32.const 0)))
      (return (call $block_put (local.get $b) (local.get $bn) (i32.const 0x55) (local.get $out) (i32.const 64))))
      (return (call $block_get (local.get $b) (local.get $bn) (local.get $out) (i32.const 65536))))
    (call $range (local.get $a) (local.get $an) (local.get $b) (local.get $bn) (i32.const 3)
      (local.get $out) (i32.const 65536)))
  (func (export "go") (param $at i32) (param $len i32) (result i64)
    (local $end i32) (local $out i32) (local $a i32) (local $b i32) (local $status i32)
    (local.set $end (i32.add (local.get $at) (local.get $len)))
    (local.set $out (i32.const 65536))
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end)) (then
        (local.set $a (i32.add (local.get $at) (i32.const 3)))
        (local.set $b (i32.add (local.get $a) (i32.load8_u offset=1 (local.get $at))))
        (local.set $status (call $step (i32.load8_u (local.get $at))
          (local.get $a) (i32.load8_u offset=1 (local.get $at))
          (local.get $b) (i32.load8_u offset=2 (local.get $at))
          (i32.add (local.get $out) (i32.const 4))))
        (i32.store (local.get $out) (local.get $status))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 3))
          (then (local.set $out (i32.add (local.get $out)
            (call $read (i32.const 0) (local.get $out) (i32.const 65536))))))
        (local.set $at (i32.add (local.get $b) (i32.load8_u offset=2 (local.get $at))))
        (br $next))))
    (call $result (i32.const 65536) (i32.sub (local.get $out) (i32.const 65536)))))`

interface Step {
  readonly does: number
  readonly a: Uint8Array
  readonly b: Uint8Array
}

const GET = 0
const [PUT, DELETE, AHEAD, BLOCK_PUT, BLOCK_GET, RANGE] = [1, 2, 3, 4, 5, 6]

function writeStep({ does, a, b }: Step): Uint8Array {
  return Uint8Array.from([does, a.length, b.length, ...a, ...b])
}

/** The same steps by a native handler, which asks and waits as JavaScript does. */
const native: NativeHandler = {
  name: 'steps',
  version: 1,
  methods: ['go'],
  pure: false,
  public: false,
  limits: { memoryBytes: 1024 * 1024 },
  run: async ({ input, state }) => {
    assert.ok(state !== undefined)
    const out: number[] = []
    for (let at = 0; at < input.length;) {
      const [does = 0, an = 0, bn = 0] = input.subarray(at)
      const b = at + 3 + an
      const step = { does, a: input.slice(at + 3, b), b: input.slice(b, b + bn) }
      out.push(...(await answerTo(state, step)))
      at = b + bn
    }
    return Uint8Array.from(out)
  },
}

async function answerTo(state: HandlerState, { does, a, b }: Step): Promise<number[]> {
  try {
    if (does === GET) return written(await state.get(a))
    if (does === PUT) state.put(a, b)
    else if (does === DELETE) state.delete(a)
    else if (does === BLOCK_PUT) return written(state.putBlock(b).bytes)
    else if (does === BLOCK_GET) return written(await state.getBlock(CID.decode(b)))
    else if (does === RANGE) return written(await page(state, a, b))
    return written(new Uint8Array(0))
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error
    return does === AHEAD ? written(new Uint8Array(0)) : [254, 255, 255, 255, ...bytes('FORBIDDEN')]
  }
}

function written(answer: Uint8Array | undefined): number[] {
  return answer === undefined ? [255, 255, 255, 255] : [...numberBytes(answer.length), ...answer]
}

function numberBytes(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer)
}

async function page(state: HandlerState, prefix: Uint8Array, after: Uint8Array): Promise<Uint8Array> {
  const entries: number[] = []
  const behind = after.length === 0 ? {} : { after }
  for await (const { key, value } of state.range({ prefix, limit: 3, ...behind }))
    entries.push(...numberBytes(key.length), ...numberBytes(value.length), ...key, ...value)
  return Uint8Array.from(entries)
}

describe('whatever a handler asks', () => {
  /** Few keys, one of them outside of what is granted, so that steps meet each other. */
  const key = fc.constantFrom('n/', 'n/a', 'n/b', 'n/c', 'n/cc', 'o/').map(bytes)
  const value = fc.uint8Array({ maxLength: 6 })
  const block = value.map((content) => hashBlock(nobleCrypto.sha256, CODEC.raw, content).bytes)
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ does: fc.constantFrom(GET, AHEAD), a: key, b: fc.constant(new Uint8Array(0)) }),
    fc.record({ does: fc.constantFrom(PUT, DELETE, BLOCK_PUT), a: key, b: value }),
    fc.record({ does: fc.constant(BLOCK_GET), a: key, b: block }),
    fc.record({ does: fc.constant(RANGE), a: key, b: fc.oneof(key, fc.constant(new Uint8Array(0))) }),
  )

  test('in WebAssembly it is answered, and leaves behind, what it would as a native one', async () => {
    // A grid for each: blocks are shared by all who know their names.
    const [guests, natives] = [
      await deployed(STEPS, { imports: ['block', 'state'] }),
      await deployed(STEPS, { imports: ['block', 'state'] }, [native]),
    ]
    let count = 0
    const law = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const space = `space${(count += 1)}`
      const input = Uint8Array.from(steps.flatMap((each) => [...writeStep(each)]))
      const ask = async ({ grid, promiseOf, send }: typeof guests, more: Request): Promise<Uint8Array> => {
        const resource = grid.space(space, 'n/')
        return kept(await send(input, { resource, chain: [promiseOf(resource)], ...more }))
      }
      const answered = await ask(guests, {})
      assert.deepEqual(answered, await ask(natives, { protocol: natives.grid.protocol('steps') }))
      assert.deepEqual(await entriesOf(guests.grid, space), await entriesOf(natives.grid, space))
    })
    await fc.assert(law, { numRuns: 40 })
  })
})

async function entriesOf(grid: Grid, space: string): Promise<unknown[]> {
  const entries: unknown[] = []
  const snapshot = grid.store.snapshot()
  for await (const entry of snapshot.range(space)) entries.push(entry)
  snapshot.close()
  return entries
}
