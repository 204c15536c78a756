/** Whole calls of programs: arguments, inputs, results, refusals, and what they cost. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { CODEC, encodeDagCbor } from '../../../promisebase/index.ts'
import { createWasiRuntime } from '../index.ts'
import { FILE_LIMITS } from '../files/limits.ts'
import { PREVIEW1_MODULE, PREVIEW1_SIGNATURES } from '../preview1/signatures.ts'
import { SYSTEM_FUNCTIONS } from '../preview1/system/functions.ts'
import { PROGRAM_LIMITS } from '../program/limits.ts'
import { assemble, describeCode, RunEnd } from './fixtures.ts'
import { Blocks, contentOf, PROBE, probe, programCall, runProgram, runtime } from './program-kit.ts'
import type { CID } from 'multiformats/cid'
import type { ProgramCall, Tree } from './program-kit.ts'
import type { CallChanges } from './fixtures.ts'

const REALTIME_BEGIN = 946_684_800_000_000_000n

/** Writes its arguments, its environment and its input to 1, and `done` to 2. */
const SHOW = assemble(`(module
  (import "${PREVIEW1_MODULE}" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "${PREVIEW1_MODULE}" "args_get" (func $args (param i32 i32) (result i32)))
  (import "${PREVIEW1_MODULE}" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
  (import "${PREVIEW1_MODULE}" "environ_get" (func $environ (param i32 i32) (result i32)))
  (import "${PREVIEW1_MODULE}" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "${PREVIEW1_MODULE}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "${PREVIEW1_MODULE}" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2 4)
  (data (i32.const 64) "done")
  (func $put (param $to i32) (param $at i32) (param $n i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $n))
    (drop (call $write (local.get $to) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 1024) (i32.const 8192)))
    (call $put (i32.const 1) (i32.const 8192) (i32.load (i32.const 20)))
    (drop (call $environ_sizes (i32.const 16) (i32.const 20)))
    (drop (call $environ (i32.const 1024) (i32.const 8192)))
    (call $put (i32.const 1) (i32.const 8192) (i32.load (i32.const 20)))
    (i32.store (i32.const 0) (i32.const 8192)) (i32.store (i32.const 4) (i32.const 4096))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $put (i32.const 1) (i32.const 8192) (i32.load (i32.const 8)))
    (call $put (i32.const 2) (i32.const 64) (i32.const 4))
    (call $exit (i32.const 3))))`)

/** How a call ends that is no success. */
async function refusal(
  given: ProgramCall | Uint8Array,
  blocks = new Blocks(),
  changes: CallChanges = {},
): Promise<{
  readonly code: string
  readonly detail: string
  readonly fuel: number
  readonly missing: readonly string[]
}> {
  const { refused, fuel } = await runtime.run(programCall(PROBE, given, blocks, changes), new RunEnd())
  assert.ok(refused !== undefined)
  return { code: refused.code, detail: refused.detail, fuel, missing: refused.missing ?? [] }
}

test('gives a program its arguments, environment and input, and the caller all it wrote, and its exit code', async () => {
  const { exit, stdout, stderr, files } = await runProgram(SHOW, {
    args: ['a', 'b c', ''],
    env: { HOME: '/', X: '' },
    stdin: new TextEncoder().encode('input'),
  })
  assert.deepEqual(
    { exit, stdout, stderr, files },
    {
      exit: 3,
      stdout: 'probe\0a\0b c\0\0X=\0HOME=/\0input',
      stderr: 'done',
      files: undefined,
    },
  )
})

test('has nothing that was not named: no input, no variables, no folder', async () => {
  const { stdout } = await runProgram(SHOW, {})
  assert.equal(stdout, 'probe\0')
  assert.deepEqual(await probe('openf . close 3', {}), ['openf = 8', 'close = 8'])
})

test('makes a folder tree of what was written, and an empty one of nothing', async () => {
  const blocks = new Blocks()
  const args = 'mkdir d mkdir d/e write d/e/f text symlink ../x d/s link d/e/f g'.split(' ')
  const { files } = await runProgram(PROBE, { args, scratch: '/out' }, blocks)
  assert.ok(files !== undefined)
  assert.deepEqual(await contentOf(blocks, files), {
    d: null,
    'd/e': null,
    'd/e/f': 'text',
    'd/s': '../x',
    g: 'text',
  })
  const nothing = await runProgram(PROBE, { scratch: '/out' }, blocks)
  assert.ok(nothing.files?.equals(blocks.folder({})))
})

test('names an output as whoever stores the same files by hand', async () => {
  const blocks = new Blocks()
  const { files } = await runProgram(PROBE, { args: 'write f text mkdir d'.split(' '), scratch: '/' }, blocks)
  assert.ok(files?.equals(blocks.folder({ f: 'text', d: {} })))
})

test('gives the same bytes, blocks and fuel each time', async () => {
  const args = 'write f text time 0 sleep 5 list 256 stat f nest 9 write f x'.split(' ')
  const [one, other] = [
    await runProgram(PROBE, { args, scratch: '/' }),
    await runProgram(
      PROBE,
      { args, scratch: '/' },
      new Blocks(),
      {},
      createWasiRuntime({ monotonic: () => 0 }),
    ),
  ]
  assert.deepEqual(one.run, other.run)
})

test('finds inputs where the arguments say: folders, and files in the folder of their place', async () => {
  const blocks = new Blocks()
  const folder = blocks.folder({ f: 'in a folder' })
  const file = blocks.put(new TextEncoder().encode('alone'))
  const files = { '/in': folder, '/more/text': file, '/more/again': file, name: file }
  const lines = await probe('dir 3 list 99 dir 4 list 99 read f dir 5 list 99 read text', { files }, blocks)
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('dir')),
    ['list . .. f = 0', 'list . .. name = 0', 'read = 44', 'list . .. text again = 0', 'read alone = 0'].map(
      (line, index) => (index === 0 ? lines.find((each) => each.startsWith('list')) : line),
    ),
  )
})

test('waits for nothing: sleeping moves the clock, and each look at it by a nanosecond', async () => {
  const lines = await probe(
    'time 0 time 1 sleep 1500000000 time 0 time 1 sleep 18446744073709551615 time 1 time 4',
  )
  assert.deepEqual(lines, [
    `time ${REALTIME_BEGIN} = 0`,
    'time 1 = 0',
    'sleep 1 = 0',
    `time ${REALTIME_BEGIN + 1_500_000_002n} = 0`,
    'time 1500000003 = 0',
    'sleep 1 = 0',
    `time ${1n << 62n} = 0`,
    'time = 28',
  ])
})

test('refuses arguments that are not the map of a program', async () => {
  const wrong: readonly (readonly [ProgramCall | Uint8Array, RegExp])[] = [
    [new Uint8Array(), /DAG-CBOR/],
    [new Uint8Array([0xa0, 0]), /DAG-CBOR/],
    [encodeDagCbor([]), /is a map/],
    [{ arg: [] }, /unknown field "arg"/],
    [{ args: 'a' }, /args is a list/],
    [{ args: [1] }, /an argument is no text/],
    [{ args: ['a\0'] }, /zero byte/],
    [{ args: Array<string>(PROGRAM_LIMITS.texts + 1).fill('') }, /1025 arguments/],
    [{ args: ['x'.repeat(PROGRAM_LIMITS.textBytes + 1)] }, /65537 bytes/],
    [{ env: [] }, /env is a map/],
    [{ env: { '': 'x' } }, /without =/],
    [{ env: { 'a=b': 'x' } }, /without =/],
    [{ env: { a: null } }, /a variable is no text/],
    [{ stdin: 'text' }, /stdin is bytes/],
    [{ files: { '/': 'x' } }, /by their CID/],
    [{ scratch: '' }, /1 to 255 bytes/],
    [{ scratch: 'é'.repeat(128) }, /1 to 255 bytes/],
    [{ scratch: 1 }, /a place is no text/],
  ]
  for (const [given, detail] of wrong) {
    const ended = await refusal(given)
    assert.equal(ended.code, 'SHAPE')
    assert.match(ended.detail, detail)
    assert.equal(ended.fuel, 0)
  }
})

test('refuses two inputs at one place, a file at a place that is none, and too many of them', async () => {
  const blocks = new Blocks()
  const [folder, file] = [blocks.folder({}), blocks.put(new Uint8Array(1))]
  for (const files of [{ '/in': folder, '/in/text': file }, { '/in/': file }, { '..': file }])
    assert.equal((await refusal({ files }, blocks)).code, 'SHAPE')
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`/${index}`, folder]))
  assert.equal((await refusal({ files: many }, blocks)).code, 'SHAPE')
})

test('names the input that is not here', async () => {
  const blocks = new Blocks()
  const file = blocks.put(new TextEncoder().encode('text'))
  const folder = blocks.folder({ d: { f: 'text' } })
  blocks.delete(file)
  for (const files of [{ '/f': file }, { '/in': folder }]) {
    const ended = await refusal({ files }, blocks)
    assert.deepEqual([ended.code, ended.missing], ['MISSING', [file.toString()]])
  }
})

test('refuses inputs above the bounds before they are read, and counts the same content each time it is named', async () => {
  const blocks = new Blocks()
  const big = new Uint8Array(FILE_LIMITS.inputBytes / 8)
  const eight = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`f${index}`, big]))
  const lines = await probe('statf f7', { files: { '/': blocks.folder(eight) } }, blocks)
  assert.deepEqual(lines, [`statf : 1 4 1 ${big.length} = 0`])
  const ended = await refusal({ files: { '/': blocks.folder({ ...eight, one: 'x' }) } }, blocks)
  assert.equal(ended.code, 'LIMIT')
  const wide = blocks.folder(
    Object.fromEntries(Array.from({ length: 1_100 }, (_, index) => [`${index}`, ''])),
  )
  const widest = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`/${index}`, wide]))
  assert.equal((await refusal({ files: widest }, blocks)).code, 'LIMIT')
  assert.equal((await refusal({ files: { '/': blocks.folder(nested(256, {})) } }, blocks)).code, 'LIMIT')
})

function nested(levels: number, inner: Tree): Tree {
  return levels === 0 ? inner : { d: nested(levels - 1, inner) }
}

test('lets inputs cost fuel before they are read', async () => {
  const blocks = new Blocks()
  const files = { '/': blocks.folder({ f: new Uint8Array(1_600) }) }
  const without = await runProgram(PROBE, { args: ['time', '1'] })
  const taken = await runProgram(PROBE, { args: ['time', '1'], files }, blocks)
  assert.ok(taken.fuel - without.fuel >= 164)
  const ended = await refusal({ files }, blocks, { budget: { fuel: 163 } })
  assert.equal(ended.code, 'BUDGET_FUEL')
})

test('ends a program that writes more than its result may hold', async () => {
  const args = ['time', '0']
  const { run } = await runProgram(PROBE, { args })
  const outputBytes = run.output?.length ?? 0
  await runProgram(PROBE, { args }, new Blocks(), { budget: { outputBytes } })
  for (const less of [outputBytes - 1, 16, 0]) {
    const ended = await refusal({ args }, new Blocks(), { budget: { outputBytes: less } })
    assert.equal(ended.code, 'BUDGET_OUTPUT')
  }
})

test('refuses an output nested deeper than content may be', async () => {
  const { files } = await runProgram(PROBE, { args: ['nest', '255'], scratch: '/' })
  assert.ok(files !== undefined)
  assert.equal((await refusal({ args: ['nest', '256'], scratch: '/' })).code, 'LIMIT')
})

test('keeps an exit code as a part of the result, and a trap as a refusal', async () => {
  assert.equal((await runProgram(PROBE, { args: ['exit', '4294967295'] })).exit, 4_294_967_295)
  assert.equal((await runProgram(PROBE, { args: ['nonsense'] })).exit, 64)
  const trap = assemble('(module (memory 1) (func (export "_start") unreachable))')
  const { refused } = await runtime.run(programCall(trap, {}, new Blocks()), new RunEnd())
  assert.equal(refused?.code, 'TRAP')
})

test('runs a program that imports nothing', async () => {
  const quiet = assemble('(module (memory 1) (func (export "_start")))')
  const { run, exit } = await runProgram(quiet, { scratch: '/' })
  assert.ok(run.output !== undefined)
  assert.equal(exit, 0)
  assert.deepEqual(
    run.blocks?.map(({ codec }) => codec),
    [CODEC.dagCbor],
  )
})

test('knows all 46 functions', () => {
  assert.deepEqual(Object.keys(SYSTEM_FUNCTIONS).sort(), Object.keys(PREVIEW1_SIGNATURES).sort())
  assert.equal(Object.keys(SYSTEM_FUNCTIONS).length, 46)
})

test('has a profile of its own, and leaves that of a command as it is', () => {
  const profile = (entry: string): string =>
    Buffer.from(runtime.profile(describeCode(PROBE, { entry }))).toString('latin1')
  assert.equal(profile('command'), profile('reactor'))
  assert.notEqual(profile('program'), profile('command'))
})

test('reads and writes no address that is not inside the memory, in whichever function', async () => {
  for (const [name, signature] of Object.entries(PREVIEW1_SIGNATURES)) {
    const [parameters = '', results = ''] = signature.split(':')
    if (results === '' || name === 'proc_raise') continue
    for (const first of [3, 0, -16]) {
      const code = assemble(importing(name, parameters, first))
      const { output, refused } = await runtime.run(
        programCall(code, { args: ['a'], scratch: '/' }, new Blocks()),
        new RunEnd(),
      )
      // What is wrong besides is found first, and is an error number.
      assert.ok(refused?.code === 'TRAP' || output !== undefined, `${name}: ${JSON.stringify(refused)}`)
      if (ADDRESS_ALONE.test(name)) assert.equal(refused?.code, 'TRAP', name)
    }
  }
})

/** Functions that fail for nothing but an address. */
const ADDRESS_ALONE = /^(args_|random_get)/

/** Calls one function with addresses and lengths near the end of 32 bits. */
function importing(name: string, parameters: string, first: number): string {
  const types = [...parameters].map((letter) => (letter === 'i' ? 'i32' : 'i64')).join(' ')
  const values = [...parameters].map((letter, index) =>
    letter === 'i'
      ? `(i32.const ${index === 0 && !ADDRESS_ALONE.test(name) ? first : -16})`
      : '(i64.const -1)',
  )
  return `(module
    (import "${PREVIEW1_MODULE}" "${name}" (func $f (param ${types}) (result i32)))
    (memory 1) (func (export "_start") (drop (call $f ${values.join(' ')}))))`
}

test('reads no further into its inputs when the call is given up', async () => {
  const blocks = new Blocks()
  const root = blocks.folder({ 'long.txt': new Uint8Array(8 * 1024 * 1024).map((_, at) => at * at) })
  const end = new RunEnd()
  let reads = 0
  const getBlock = async (cid: CID): Promise<Uint8Array | undefined> => {
    reads += 1
    if (reads === 5) end.abort()
    return blocks.getBlock(cid)
  }
  const { refused } = await runtime.run(programCall(PROBE, { files: { '/in': root } }, { getBlock }), end)
  assert.equal(refused?.code, 'ABORTED')
  assert.equal(reads, 5)
})
