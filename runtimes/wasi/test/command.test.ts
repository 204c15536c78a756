import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'

import { createWasiRuntime } from '../index.ts'
import { ERRNO } from '../preview1/errno.ts'
import { PREVIEW1_MODULE, PREVIEW1_SIGNATURES } from '../preview1/signatures.ts'
import { FUEL } from '../rewriter/fuel.ts'
import { callOf, fixture, run } from './fixtures.ts'
import type { RunResult } from '../../../kernel/index.ts'
import type { CallChanges, Fixture } from './fixtures.ts'

const runtime = createWasiRuntime()
const utf8 = new TextEncoder()

const IMPORTS = {
  args_get: '(param i32 i32) (result i32)',
  args_sizes_get: '(param i32 i32) (result i32)',
  clock_res_get: '(param i32 i32) (result i32)',
  clock_time_get: '(param i32 i64 i32) (result i32)',
  environ_get: '(param i32 i32) (result i32)',
  environ_sizes_get: '(param i32 i32) (result i32)',
  fd_close: '(param i32) (result i32)',
  fd_fdstat_get: '(param i32 i32) (result i32)',
  fd_prestat_get: '(param i32 i32) (result i32)',
  fd_read: '(param i32 i32 i32 i32) (result i32)',
  fd_seek: '(param i32 i64 i32 i32) (result i32)',
  fd_write: '(param i32 i32 i32 i32) (result i32)',
  path_open: '(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)',
  proc_exit: '(param i32)',
  random_get: '(param i32 i32) (result i32)',
} as const

type ImportName = keyof typeof IMPORTS

/**
 * A program with these imports. `$write` writes a range of memory to a descriptor, `$word` an i32 to the
 * output; parts of reads and writes are described at 0.
 */
function program(names: readonly ImportName[], body: string, more = ''): Fixture {
  const imports = [...new Set<ImportName>(['fd_write', ...names])].map(
    (name) => `(import "${PREVIEW1_MODULE}" "${name}" (func $${name} ${IMPORTS[name]}))`,
  )
  return fixture(
    `(module ${imports.join('\n')} (memory (export "memory") 1 4) ${more}
      (func $write (param $to i32) (param $at i32) (param $n i32)
        (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $n))
        (drop (call $fd_write (local.get $to) (i32.const 0) (i32.const 1) (i32.const 8))))
      (func $word (param i32) (i32.store (i32.const 12) (local.get 0))
        (call $write (i32.const 1) (i32.const 12) (i32.const 4)))
      (func (export "_start") ${body}))`,
    { entry: 'command' },
  )
}

/** Reads into 1024 and on, in pieces of 100 bytes, and writes each piece to the output. */
const CAT = program(
  ['fd_read'],
  `(loop $more
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 60))
    (i32.store (i32.const 16) (i32.const 1084)) (i32.store (i32.const 20) (i32.const 40))
    (i64.store (i32.const 8) (i64.load (i32.const 16)))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 32)))
    (call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 32)))
    (br_if $more (i32.load (i32.const 32))))`,
)

async function words(subject: Fixture, changes?: CallChanges): Promise<readonly number[]> {
  const output = outputOf(await run(runtime, subject, changes))
  const view = new DataView(output.buffer, output.byteOffset, output.length)
  return Array.from({ length: output.length / 4 }, (_, index) => view.getUint32(4 * index, true))
}

function outputOf({ output, refused }: RunResult): Uint8Array {
  assert.ok(output !== undefined, JSON.stringify(refused))
  return output
}

async function ends(subject: Fixture, code: string, changes?: CallChanges): Promise<string> {
  const { refused } = await run(runtime, subject, changes)
  assert.equal(refused?.code, code, JSON.stringify(refused))
  return refused?.detail ?? ''
}

test('input comes on 0 in as many pieces as the program likes, output goes to 1', async () => {
  for (const length of [0, 1, 59, 60, 61, 99, 100, 101, 5_000]) {
    const input = Uint8Array.from({ length }, (_, index) => index % 253)
    assert.deepEqual(outputOf(await run(runtime, CAT, { input })), input)
  }
})

test('the same program on the same input takes the same fuel', async () => {
  const input = new Uint8Array(1_000)
  const [first, second] = [await run(runtime, CAT, { input }), await run(runtime, CAT, { input })]
  assert.deepEqual(first, second)
  assert.equal((await run(runtime, CAT, { input, budget: { fuel: first.fuel } })).refused, undefined)
  await ends(CAT, 'BUDGET_FUEL', { input, budget: { fuel: first.fuel - 1 } })
})

test('there are two arguments, the name of the program and the method, and no environment', async () => {
  const subject = program(
    ['args_get', 'args_sizes_get', 'environ_sizes_get', 'environ_get'],
    `(drop (call $args_sizes_get (i32.const 100) (i32.const 104)))
     (call $word (i32.load (i32.const 100))) (call $word (i32.load (i32.const 104)))
     (drop (call $environ_sizes_get (i32.const 100) (i32.const 104)))
     (call $word (i32.load (i32.const 100))) (call $word (i32.load (i32.const 104)))
     (call $word (call $environ_get (i32.const 0) (i32.const 0)))
     (drop (call $args_get (i32.const 200) (i32.const 300)))
     (call $word (i32.load (i32.const 200))) (call $word (i32.load (i32.const 204)))
     (call $write (i32.const 1) (i32.const 300) (i32.const 16))`,
  )
  const output = Buffer.from(outputOf(await run(runtime, subject, { method: 'résumé' })))
  const counts = [...new Uint32Array(output.buffer.slice(output.byteOffset, output.byteOffset + 28))]
  assert.deepEqual(counts, [2, 8 + 9, 0, 0, 0, 300, 308])
  assert.equal(output.subarray(28).toString(), 'handler\0résumé\0'.slice(0, 14))
})

test('the clock stands still at zero, and unknown clocks are invalid', async () => {
  const subject = program(
    ['clock_time_get', 'clock_res_get'],
    `(i64.store (i32.const 100) (i64.const -1))
     (call $word (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 100)))
     (call $word (i32.load (i32.const 100))) (call $word (i32.load (i32.const 104)))
     (call $word (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 100)))
     (call $word (i32.load (i32.const 100)))
     (call $word (call $clock_res_get (i32.const 1) (i32.const 100)))
     (call $word (i32.load (i32.const 100)))
     (call $word (call $clock_time_get (i32.const 4) (i64.const 0) (i32.const 100)))`,
  )
  assert.deepEqual(await words(subject), [0, 0, 0, 0, 0, 0, 1, ERRNO.inval])
})

test('random numbers are the stream of the call, as the chapter defines it', async () => {
  const subject = program(
    ['random_get'],
    `(drop (call $random_get (i32.const 100) (i32.const 5)))
     (drop (call $random_get (i32.const 105) (i32.const 75)))
     (call $write (i32.const 1) (i32.const 100) (i32.const 80))`,
  )
  const changes = { input: utf8.encode('in'), context: utf8.encode('ctx'), method: 'roll' }
  const { protocol } = callOf(subject.code, subject.descriptor, changes)
  const expected = stream([protocol.bytes, utf8.encode('roll'), changes.input, changes.context], 80)
  assert.deepEqual(Buffer.from(outputOf(await run(runtime, subject, changes))), expected)
  for (const other of [{ input: utf8.encode('i') }, { context: new Uint8Array() }, { method: 'rol' }]) {
    const output = outputOf(await run(runtime, subject, { ...changes, ...other }))
    assert.notDeepEqual(Buffer.from(output), expected)
  }
})

function stream(parts: readonly Uint8Array[], length: number): Buffer {
  const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
  const seed = hash(Buffer.concat([Buffer.from('promisegrid:wasi/random/1'), ...parts.map(hash)]))
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) => {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64LE(BigInt(index))
    return hash(Buffer.concat([seed, counter]))
  })
  return Buffer.concat(blocks).subarray(0, length)
}

test('descriptors 0 to 2 are there, cannot be sought, and can be closed once', async () => {
  const subject = program(
    ['fd_close', 'fd_fdstat_get', 'fd_seek', 'fd_prestat_get', 'fd_read'],
    `(call $word (call $fd_fdstat_get (i32.const 0) (i32.const 100)))
     (call $word (i32.load (i32.const 100))) (call $word (i32.load (i32.const 108)))
     (call $word (call $fd_fdstat_get (i32.const 3) (i32.const 100)))
     (call $word (call $fd_seek (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 100)))
     (call $word (call $fd_seek (i32.const 9) (i64.const 0) (i32.const 0) (i32.const 100)))
     (call $word (call $fd_prestat_get (i32.const 3) (i32.const 100)))
     (call $word (call $fd_close (i32.const 0)))
     (call $word (call $fd_close (i32.const 0)))
     (call $word (call $fd_read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100)))
     (call $word (call $fd_read (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 100)))
     (call $word (call $fd_write (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100)))
     (call $word (call $fd_close (i32.const -1)))`,
  )
  const { badf, spipe } = ERRNO
  assert.deepEqual(await words(subject), [0, 0, 2, badf, spipe, badf, badf, 0, badf, badf, badf, badf, badf])
})

test('every other function of preview 1 exists and answers ENOSYS', async () => {
  const subject = program(
    ['path_open'],
    `(call $word (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0)))`,
  )
  assert.deepEqual(await words(subject), [ERRNO.nosys])
  assert.equal(Object.keys(PREVIEW1_SIGNATURES).length, 46)
})

// --------------------------------------------------------------------------------------------- endings

test('exit code 0 keeps what was written, any other is the word of the handler', async () => {
  const exiting = (code: number): Fixture =>
    program(
      ['proc_exit'],
      `(call $word (i32.const 7)) (call $write (i32.const 2) (i32.const 100) (i32.const 6))
       (call $proc_exit (i32.const ${code})) unreachable`,
      '(data (i32.const 100) "why\\1b[m")',
    )
  assert.deepEqual(await words(exiting(0)), [7])
  assert.equal(await ends(exiting(3), 'HANDLER'), 'exit code 3; it wrote: why\\u{1b}[m')
  assert.match(await ends(exiting(-1), 'HANDLER'), /^exit code 4294967295/)
})

test('a trap says what the program wrote before it', async () => {
  const subject = program(
    [],
    '(call $write (i32.const 2) (i32.const 100) (i32.const 4)) unreachable',
    '(data (i32.const 100) "oops")',
  )
  assert.match(await ends(subject, 'TRAP'), /; it wrote: oops$/)
})

test('messages are taken without end and kept up to a bound', async () => {
  const subject = program(
    [],
    `(local $n i32) (loop $l (call $write (i32.const 2) (i32.const 1000) (i32.const 1000))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 50)))) unreachable`,
    `(data (i32.const 1000) "${'m'.repeat(1_000)}")`,
  )
  const detail = await ends(subject, 'TRAP')
  assert.equal(detail.length - detail.indexOf('m'.repeat(10)), 4_096)
})

test('output stops at the byte that is not granted', async () => {
  const subject = program([], '(loop $l (call $write (i32.const 1) (i32.const 0) (i32.const 1000)) (br $l))')
  assert.match(await ends(subject, 'BUDGET_OUTPUT', { budget: { outputBytes: 10_500 } }), /10500 bytes/)
  const exact = program([], '(call $write (i32.const 1) (i32.const 0) (i32.const 1000))')
  assert.equal(outputOf(await run(runtime, exact, { budget: { outputBytes: 1_000 } })).length, 1_000)
  await ends(exact, 'BUDGET_OUTPUT', { budget: { outputBytes: 999 } })
})

test('a storm of host calls ends for its fuel', async () => {
  const subject = program(
    ['fd_seek'],
    `(loop $l
    (drop (call $fd_seek (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0))) (br $l))`,
  )
  const { refused, fuel } = await run(runtime, subject, { budget: { fuel: 1_000_000 } })
  assert.equal(refused?.code, 'BUDGET_FUEL')
  assert.equal(fuel, 1_000_000)
})

test('wall time is looked at in every host call', async () => {
  let now = 0
  const ticking = createWasiRuntime({ monotonic: () => (now += 1) })
  const subject = program(
    ['fd_seek'],
    `(loop $l
    (drop (call $fd_seek (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0))) (br $l))`,
  )
  const { refused, fuel } = await run(ticking, subject, { budget: { wallMs: 100 } })
  assert.equal(refused?.code, 'BUDGET_TIME')
  assert.ok(fuel > 95 * FUEL.hostCall && fuel < 200 * FUEL.hostCall + 10_000)
})

// ------------------------------------------------------------------------------- pointers into the host

for (const [name, at, length] of [
  ['that wraps around', -16, 64],
  ['of minus one byte', 100, -1],
  ['beyond the end', 65_530, 100],
] as const) {
  test(`a range ${name} is a trap, in each direction`, async () => {
    const range = `(i32.store (i32.const 0) (i32.const ${at})) (i32.store (i32.const 4) (i32.const ${length}))`
    await ends(
      program([], `${range} (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))`),
      'TRAP',
    )
    await ends(
      program(
        ['fd_read'],
        `${range} (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))`,
      ),
      'TRAP',
      { input: new Uint8Array(128) },
    )
    await ends(
      program(['random_get'], `(drop (call $random_get (i32.const ${at}) (i32.const ${length})))`),
      'TRAP',
    )
  })
}

test('results and lists of parts outside of the memory are traps', async () => {
  for (const call of [
    '(call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 65533))',
    '(call $fd_write (i32.const 1) (i32.const 65532) (i32.const 1) (i32.const 0))',
    '(call $fd_write (i32.const 1) (i32.const -8) (i32.const 2) (i32.const 0))',
    '(call $args_get (i32.const 65535) (i32.const 0))',
    '(call $args_get (i32.const 0) (i32.const 65535))',
    '(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 65532))',
    '(call $fd_fdstat_get (i32.const 0) (i32.const 65520))',
  ]) {
    await ends(program(['args_get', 'clock_time_get', 'fd_fdstat_get'], `(drop ${call})`), 'TRAP')
  }
})

test('more parts than any system takes are invalid', async () => {
  const subject = program(
    [],
    `(call $word (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1025) (i32.const 0)))
    (call $word (call $fd_write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0)))`,
  )
  assert.deepEqual(await words(subject), [ERRNO.inval, ERRNO.inval])
})

test('host functions see the memory as it is after it grew', async () => {
  const subject = program(
    ['fd_read'],
    `(drop (memory.grow (i32.const 1)))
     (i32.store (i32.const 0) (i32.const 100000)) (i32.store (i32.const 4) (i32.const 3))
     (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
     (drop (memory.grow (i32.const 1)))
     (call $write (i32.const 1) (i32.const 100000) (i32.const 3))`,
  )
  assert.deepEqual(outputOf(await run(runtime, subject, { input: utf8.encode('abc') })), utf8.encode('abc'))
})

// --------------------------------------------------------------------------------------- not a command

test('refuses a command without _start, or whose _start takes something', async () => {
  assert.match(
    await ends(fixture('(module (memory 1))', { entry: 'command' }), 'ADMIT'),
    /no function "_start"/,
  )
  assert.match(
    await ends(
      fixture('(module (memory 1) (func (export "_start") (param i32)))', { entry: 'command' }),
      'ADMIT',
    ),
    /"_start" has signature i:/,
  )
})

test('a reactor finds its input empty, and what it prints explains its failure', async () => {
  const text = `(module
    (import "${PREVIEW1_MODULE}" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
    (import "${PREVIEW1_MODULE}" "fd_read" (func $r (param i32 i32 i32 i32) (result i32)))
    (memory 1) (data (i32.const 0) "\\10\\00\\00\\00\\02\\00\\00\\00") (data (i32.const 16) "hm")
    (func (export "alloc") (param i32) (result i32) (i32.const 1024))
    (func (export "handle") (param i32 i32) (result i64)
      (drop (call $r (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))
      (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 36)))
      (i64.extend_i32_s (i32.sub (i32.load (i32.const 32)) (i32.const 2)))))`
  assert.equal(await ends(fixture(text), 'HANDLER', { input: utf8.encode('xyz') }), 'error 2; it wrote: hm')
})
