// Scenarios with guests in WebAssembly that ask their host: state, calls of other handlers, promises.
import wabt from 'wabt'

import { alice, dag, dagCid, rawCid, root, utf8 } from './kit.mjs'
import { adoption, blockOf, request, spaceOf, store, token } from './world.mjs'
import { kept, play, step, told } from './scenario.mjs'

const toolkit = await wabt()

/** What all guests have; `$refuse` ends with what was refused. */
const FRAME = `
  (import "promisegrid" "state_get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_put" (func $put (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_range" (func $range (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_ahead" (func $ahead (param i32 i32)))
  (import "promisegrid" "call" (func $call (param i32 i32 i32) (result i32)))
  (import "promisegrid" "answer_length" (func $length (result i32)))
  (import "promisegrid" "answer_read" (func $read (param i32 i32 i32) (result i32)))
  (import "promisegrid" "answer_refuse" (func $refuse))
  (memory 2)
  (data (i32.const 0) "count") (data (i32.const 8) "put") (data (i32.const 12) "notes")
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func $ok (param $status i32) (result i32)
    (if (i32.eq (local.get $status) (i32.const -2)) (then (call $refuse))) (local.get $status))
  (func $result (param $at i32) (param $bytes i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $bytes))))
  (func $count (result i64)
    (drop (call $ok (call $get (i32.const 0) (i32.const 5) (i32.const 32) (i32.const 4))))
    (i32.store (i32.const 32) (i32.add (i32.load (i32.const 32)) (i32.const 1)))
    (drop (call $ok (call $put (i32.const 0) (i32.const 5) (i32.const 32) (i32.const 4))))
    (call $result (i32.const 32) (i32.const 4)))`

const METHODS = `
  (func (export "add") (param i32 i32) (result i64) (call $count))
  (func (export "code") (param i32 i32) (result i64)
    (drop (call $get (i32.const 0) (i32.const 5) (i32.const 32) (i32.const 4)))
    (call $result (i32.const 32) (call $read (i32.const 0) (i32.const 32) (i32.const 64))))
  (func (export "early") (param i32 i32) (result i64) (call $result (i32.const 0) (call $length)))
  (func (export "endless") (param i32 i32) (result i64)
    (loop $l (drop (call $get (i32.const 32) (i32.const 4) (i32.const 0) (i32.const 0)))
      (i32.store (i32.const 32) (i32.add (i32.load (i32.const 32)) (i32.const 1))) (br $l)) (i64.const 0))
  (func (export "ahead") (param i32 i32) (result i64)
    (call $ahead (i32.const 0) (i32.const 5)) (drop (call $count)) (call $count))
  (func (export "list") (param i32 i32) (result i64)
    (call $result (i32.const 256) (call $ok (call $range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 10) (i32.const 256) (i32.const 4096)))))
  (func (export "outside") (param i32 i32) (result i64)
    (drop (call $count)) (drop (call $put (i32.const 131071) (i32.const 2) (i32.const 0) (i32.const 1))) (i64.const 0))
  (func (export "pass") (param $at i32) (param $len i32) (result i64)
    (i32.store (i32.const 1028) (local.get $at)) (i32.store (i32.const 1032) (i32.const 36))
    (i32.store (i32.const 1036) (i32.const 8)) (i32.store (i32.const 1040) (i32.const 3))
    (i32.store (i32.const 1044) (i32.add (local.get $at) (i32.const 36)))
    (i32.store (i32.const 1048) (i32.sub (local.get $len) (i32.const 36)))
    (i32.store (i32.const 1060) (i32.const 2))
    (i32.store (i32.const 1064) (i32.const 12)) (i32.store (i32.const 1068) (i32.const 5))
    (drop (call $call (i32.const 1024) (i32.const 256) (i32.const 4096)))
    (call $result (i32.const 256) (call $length)))
  (func (export "trap") (param i32 i32) (result i64) (drop (call $count)) (unreachable))`

const NAMES = ['add', 'ahead', 'code', 'early', 'endless', 'list', 'outside', 'pass', 'trap']

function assembled(text) {
  const module = toolkit.parseWat('guest.wat', `(module ${text})`, {})
  const code = new Uint8Array(module.toBinary({}).buffer)
  module.destroy()
  return code
}

const code = assembled(FRAME + METHODS)

function described(fields = {}) {
  const descriptor = dag({
    ...{ format: 1, runtime: 'wasi', code: rawCid(code), entry: 'reactor', methods: NAMES, pure: false },
    ...{ imports: ['call', 'state'], limits: { memoryBytes: 131_072 }, public: false, ...fields },
  })
  const blocks = [blockOf(rawCid(code), code), blockOf(dagCid(descriptor), descriptor)]
  return { protocol: dagCid(descriptor), more: { runtimes: ['native', 'wasi'], moreBlocks: blocks } }
}

const word = (number) => [number, 0, 0, 0]

export function guestScenarios(made) {
  const guest = described()
  const accept = (comment, steps) => play(made, 'valid', comment, steps, guest.more)
  const refuse = (comment, steps, { more } = guest) => play(made, 'invalid', comment, steps, more)
  const granted = (claims) => token({ by: root, to: alice, after: adoption, methods: ['*'], ...claims })
  const notes = granted({ resource: spaceOf('') })
  const ask = (method, more = {}, { protocol } = guest) =>
    request({ by: alice, protocol, method, resource: spaceOf(''), capabilities: [notes.bytes], ...more })
  const onCode = (method, claims = {}, more = {}) => ({
    ...ask(method, {
      resource: undefined,
      capabilities: [granted({ resource: ['code', guest.protocol], ...claims }).bytes],
      ...more,
    }),
  })
  const entry = (key) => dag({ key: utf8(key), value: utf8(`value of ${key}`) })
  const seen = (says, expected) =>
    step(says, ask('get', { arguments: dag({ key: utf8('count') }) }, store), kept(dag(expected)))
  const counted = (number) => kept(Uint8Array.from(word(number)))

  accept('a counter in the space of the message', [
    step('one', ask('add'), counted(1)),
    step('two', ask('add'), counted(2)),
    seen('it is an entry like any other', Uint8Array.from(word(2))),
    step(
      'and is listed',
      ask('list'),
      kept(Uint8Array.from([...word(5), ...word(4), ...utf8('count'), ...word(2)])),
    ),
  ])
  accept('a name ahead, and a value written after it', [step('two', ask('ahead'), counted(2))])
  accept('what the grant does not name, told by code', [
    step(
      'get',
      ask('code', { capabilities: [granted({ resource: spaceOf(''), methods: ['code', 'put'] }).bytes] }),
      kept(utf8('FORBIDDEN')),
    ),
    step('a message that names no space', onCode('code'), kept(utf8('FORBIDDEN'))),
  ])
  const pass = (key, table) =>
    onCode('pass', {}, { arguments: Uint8Array.from([...store.protocol.bytes, ...entry(key)]), table })
  accept('a call with a lent chain, and one that is not granted', [
    step('put', pass('a', [[notes.bytes]]), kept(dag(true))),
    step(
      'put elsewhere',
      pass('b', [[granted({ resource: spaceOf('', 'other') }).bytes]]),
      kept(utf8('RESOURCE')),
    ),
    step('put without a chain', pass('b'), kept(utf8('SHAPE'))),
  ])

  const nothing = seen('nothing of it is there', null)
  refuse('a guest that traps after it has written (D-07)', [step('trap', ask('trap'), told('TRAP')), nothing])
  refuse('a guest that names a place outside of its memory', [
    step('put', ask('outside'), told('TRAP')),
    nothing,
  ])
  refuse('a guest that reads an answer before it has asked', [step('read', ask('early'), told('TRAP'))])
  refuse('a guest that ends with what it was refused', [
    step(
      'add',
      ask('add', { capabilities: [granted({ resource: spaceOf(''), methods: ['add', 'get'] }).bytes] }),
      told('FORBIDDEN'),
    ),
    nothing,
  ])
  refuse('a guest that asks without end', [
    step(
      'endless',
      ask('endless', {
        capabilities: [granted({ resource: spaceOf(''), caveats: { budget: { fuel: 100_000 } } }).bytes],
      }),
      told('BUDGET_FUEL'),
    ),
  ])
  refuse('a call of a handler that fails after it has begun', [
    step(
      'put without a value',
      onCode(
        'pass',
        {},
        {
          arguments: Uint8Array.from([...store.protocol.bytes, ...dag({ key: utf8('a') })]),
          table: [[notes.bytes]],
        },
      ),
      told('HANDLER'),
    ),
  ])
  for (const [comment, fields] of Object.entries({
    'a module that imports what its descriptor does not name': { imports: ['state'] },
    'a descriptor that asks for what nobody offers': { imports: ['call', 'clock', 'state'] },
  })) {
    const other = described(fields)
    refuse(comment, [step('add', ask('add', {}, other), told('ADMIT'))], other)
  }
  const pure = described({ pure: true })
  refuse(
    'a pure handler that asks for state',
    [
      step(
        'add',
        ask(
          'add',
          { resource: undefined, capabilities: [granted({ resource: ['code', pure.protocol] }).bytes] },
          pure,
        ),
        told('ADMIT'),
      ),
    ],
    pure,
  )
}
