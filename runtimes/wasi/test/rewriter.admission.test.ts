import assert from 'node:assert/strict'
import test from 'node:test'

import { BOUNDS } from '../rewriter/bounds.ts'
import { PREVIEW1_MODULE } from '../preview1/signatures.ts'
import { assemble, ECHO } from './fixtures.ts'
import { refusal, rewritten } from './harness.ts'

const unchecked = (text: string): Uint8Array => assemble(text, { check: false })

function repeat(count: number, piece: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => piece(index)).join(' ')
}

/** A module of these bytes after the header. */
function raw(...sections: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()])
}

const MEMORY = [5, 3, 1, 0, 1]
const ONE_FUNCTION = [
  [1, 4, 1, 0x60, 0, 0],
  [3, 2, 1, 0],
]

function body(...code: readonly number[]): Uint8Array {
  const size = code.length + 2
  return raw(...ONE_FUNCTION, MEMORY, [10, size + 2, 1, size, 0, ...code, 0x0b])
}

test('admits the echo reactor, and says what it found', () => {
  const { exports, imports, memory } = rewritten(assemble(ECHO))
  assert.deepEqual(
    [...exports],
    [
      ['alloc', 'i:i'],
      ['handle', 'ii:I'],
    ],
  )
  assert.deepEqual(imports, [])
  assert.deepEqual(memory, { min: 2, max: 16 })
})

test('what comes out is admitted by no second rewriting: it imports from the host', () => {
  assert.match(refusal(rewritten(assemble(ECHO)).bytes), /"\$.refill" is not offered/)
})

const FEATURES: readonly (readonly [name: string, text: string, reason: RegExp])[] = [
  ['shared memory', '(memory 1 1 shared)', /threads/],
  ['atomic instructions', '(memory 1) (func (drop (i32.atomic.load (i32.const 0))))', /threads/],
  ['a 64-bit memory', '(memory i64 1)', /memory64/],
  ['two memories', '(memory 1) (memory 1)', /multi-memory/],
  [
    'relaxed SIMD',
    `(memory 1) (func (drop
      (f32x4.relaxed_min (v128.const i64x2 0 0) (v128.const i64x2 0 0))))`,
    /relaxed SIMD/,
  ],
  ['tags', '(memory 1) (tag $t)', /exceptions/],
  ['throwing', '(memory 1) (tag $t) (func (throw $t))', /exceptions/],
  ['tail calls', '(memory 1) (func $f (return_call $f))', /tail call/],
  [
    'indirect tail calls',
    '(memory 1) (table 1 funcref) (func (return_call_indirect (i32.const 0)))',
    /tail call/,
  ],
  [
    'extended constants',
    '(memory 1) (global i32 (i32.add (i32.const 1) (i32.const 2)))',
    /extended constant/,
  ],
]

for (const [name, text, reason] of FEATURES) {
  test(`refuses ${name}`, () => {
    assert.match(refusal(unchecked(`(module ${text})`)), reason)
  })
}

test('refuses instructions and types of proposals that come after vectors', () => {
  assert.match(refusal(body(0xfb, 0x00, 0x00)), /garbage collection/)
  assert.match(refusal(body(0x14, 0x00)), /typed function references/)
  assert.match(refusal(body(0xd5, 0x00)), /garbage collection/)
  assert.match(refusal(body(0xd0, 0x6e, 0x1a)), /value type 0x6e is not allowed/)
  assert.match(refusal(raw([1, 3, 1, 0x5f, 0])), /garbage collection/)
  assert.match(refusal(raw([1, 5, 1, 0x60, 1, 0x64, 0])), /value type 0x64 is not allowed/)
  assert.match(refusal(body(0xff)), /instruction 0xff is not known/)
  assert.match(refusal(body(0xfc, 0x12)), /0xfc 0x12 is not known/)
  assert.match(refusal(body(0xfd, 0x9a, 0x01)), /0xfd 0x9a is not known/)
  assert.match(refusal(body(0xc5)), /instruction 0xc5 is not known/)
})

test('refuses a global as a constant: only imported ones could be meant', () => {
  assert.match(
    refusal(unchecked('(module (memory 1) (global $a i32 (i32.const 1)) (global i32 (global.get $a)))')),
    /0x23 in a constant expression/,
  )
})

test('refuses what is not a core module of version 1', () => {
  assert.match(refusal(new Uint8Array()), /shorter than the header/)
  assert.match(refusal(new TextEncoder().encode('#!/bin/sh\n')), /not a WebAssembly module/)
  assert.match(refusal(Uint8Array.of(0, 0x61, 0x73, 0x6d, 13, 0, 1, 0)), /a component/)
  assert.match(refusal(Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0)), /another format version/)
})

// ------------------------------------------------------------------------------------------------ bounds

test('refuses a memory that begins above the clamp, or none', () => {
  assert.match(refusal(assemble('(module (memory 17))')), /17 pages .* 16 are allowed/)
  assert.match(refusal(assemble('(module (memory 32768))')), /32768 pages/)
  assert.match(refusal(assemble('(module)')), /no memory/)
})

test('clamps a memory without a maximum and keeps a smaller one', () => {
  assert.deepEqual(rewritten(assemble('(module (memory 1))')).memory, { min: 1, max: 16 })
  assert.deepEqual(rewritten(assemble('(module (memory 1 900))')).memory, { min: 1, max: 16 })
  assert.deepEqual(rewritten(assemble('(module (memory 2 3))')).memory, { min: 2, max: 3 })
  assert.deepEqual(rewritten(assemble('(module (memory 16 16))')).memory, { min: 16, max: 16 })
})

test('refuses large and many tables', () => {
  assert.match(refusal(assemble('(module (memory 1) (table 4000000 funcref))')), /4000000 table elements/)
  assert.match(
    refusal(assemble(`(module (memory 1) ${repeat(5, () => '(table 1 funcref)')})`)),
    /5 tables, 4 are allowed/,
  )
})

test('gives a table without a maximum one that growth cannot pass', () => {
  const code = assemble(`(module (memory 1) (table 1 funcref)
    (func (export "f") (result i32) (table.grow (ref.null func) (i32.const 9000000))))`)
  const { bytes, memory } = rewritten(code)
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    $: {
      refill: () => assert.fail(),
      memory: new WebAssembly.Memory({ initial: memory.min, maximum: memory.max }),
    },
  })
  const fuel = instance.exports['$fuel'] as WebAssembly.Global
  fuel.value = 1_000_000n
  assert.equal((instance.exports['f'] as () => number)(), -1)
})

test('refuses too many functions, locals, exports, imports and globals', () => {
  const { functions, locals, exports, imports, globals } = BOUNDS
  const refuses = (text: string, reason: RegExp): void =>
    assert.match(refusal(assemble(`(module (memory 1) ${text})`)), reason)
  refuses(`(func) ${repeat(functions, () => '(func)')}`, /16385 functions, 16384 are allowed/)
  refuses(`(func (local ${repeat(locals + 1, () => 'i32')}))`, /more than 4096 locals/)
  refuses(`(func (param i32) (local ${repeat(locals, () => 'i32')}))`, /more than 4096 locals/)
  refuses(`(func $f) ${repeat(exports + 1, (index) => `(export "e${index}" (func $f))`)}`, /1025 exports/)
  refuses(
    repeat(globals + 1, () => '(global i32 (i32.const 0))'),
    /4097 globals/,
  )
  assert.match(
    refusal(
      assemble(`(module ${repeat(imports + 1, () => `(import "${PREVIEW1_MODULE}" "sched_yield" (func (result i32)))`)}
        (memory 1))`),
    ),
    /257 imports/,
  )
})

test('refuses a count of locals that would overflow', () => {
  const locals = [2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b]
  const code = [10, locals.length + 2, 1, locals.length, ...locals]
  assert.match(refusal(raw(...ONE_FUNCTION, MEMORY, code)), /more than 4096 locals/)
})

test('refuses deep nesting, wide branch tables and a mountain of operands', () => {
  const { nesting, branchTargets, operands } = BOUNDS
  const nested = (count: number): Uint8Array =>
    body(...Array.from({ length: count }, () => [0x02, 0x40]).flat(), ...Array<number>(count).fill(0x0b))
  assert.match(refusal(bodyOf(nested, nesting + 1)), /nested deeper than 2048/)
  assert.match(
    refusal(
      assemble(`(module (memory 1) (func (param i32)
      (br_table ${repeat(branchTargets + 2, () => '0')} (local.get 0))))`),
    ),
    /8193 targets of one br_table/,
  )
  assert.match(
    refusal(
      assemble(`(module (memory 1) (func
      ${repeat(operands + 1, () => 'i32.const 0')} ${repeat(operands + 1, () => 'drop')}))`),
    ),
    /more than 4096 operands/,
  )
})

test('refuses code that would grow too much by what is put in', () => {
  const roots = (count: number): Uint8Array => {
    const code = Buffer.concat([
      Uint8Array.of(0, 0x43, 0, 0, 0, 0),
      Buffer.alloc(count, Uint8Array.of(0x91)),
      Uint8Array.of(0x1a, 0x0b),
    ])
    const head = [1, ...leb(code.length)]
    return Buffer.concat([
      raw(...ONE_FUNCTION, MEMORY, [10, ...leb(head.length + code.length), ...head]),
      code,
    ])
  }
  assert.ok(rewritten(roots(BOUNDS.additions)).bytes.length > 0)
  assert.match(refusal(roots(BOUNDS.additions + 1)), /more than 262144 calls, loops/)
})

/** One function of so many locals of i32, whose code is `piece`, so many times. */
function blocks(times: number, piece: readonly number[], locals: number): Uint8Array {
  const code = [1, ...leb(locals), 0x7f, ...Array.from({ length: times }, () => piece).flat(), 0x0b]
  const sized = [1, ...leb(code.length), ...code]
  return raw(...ONE_FUNCTION, MEMORY, [10, ...leb(sized.length), ...sized])
}

const LOOP = [0x03, 0x40, 0x0b]
const IF = [0x41, 0, 0x04, 0x40, 0x0b]
const FORWARD = [0x02, 0x40, 0x41, 0, 0x0d, 0, 0x0b]
const TABLE = [0x02, 0x40, 0x41, 0, 0x0e, 3, 0, 0, 0, 0, 0x0b]
const CALL = [0x10, 0]

test('bounds what many branches and blocks make of many locals', () => {
  const { crossingValues } = BOUNDS
  // What each piece crosses: a loop twice, `block` and `br_if` once each, a table once for each target.
  const pieces = [
    [LOOP, 2],
    [IF, 1],
    [FORWARD, 2],
    [TABLE, 5],
    [CALL, 1],
  ] as const
  for (const [piece, crossings] of pieces) {
    const locals = 1_024
    // The beginning of the function is a crossing too.
    const most = Math.floor((crossingValues / locals - 1) / crossings)
    const admitted = most - (piece === TABLE ? 4 : 0)
    assert.ok(rewritten(blocks(admitted, piece, locals)).bytes.length > 0)
    assert.match(refusal(blocks(most + 1, piece, locals)), /1048576 values at the branches and blocks of one/)
  }
})

test('bounds branches and blocks of one function even where it has no locals', () => {
  const { crossings } = BOUNDS
  assert.ok(rewritten(blocks(crossings - 1, IF, 0)).bytes.length > 0)
  assert.match(refusal(blocks(crossings, IF, 0)), /more than 32768 branches and blocks in one function/)
})

test('bounds the values of all functions together', () => {
  const piece = repeat(1_000, () => '(block)')
  const functions = (count: number): string =>
    repeat(count, () => `(func (local ${'i32 '.repeat(1_000)}) ${piece})`)
  assert.ok(rewritten(assemble(`(module (memory 1) ${functions(8)})`)).bytes.length > 0)
  assert.match(
    refusal(assemble(`(module (memory 1) ${functions(9)})`)),
    /more than 8388608 values at the branches and blocks of the module/,
  )
})

test('counts operands that stand below a block', () => {
  const operands = 4_000
  const text = (blocks: number): string => `(module (memory 1) (func ${repeat(operands, () => 'i32.const 0')}
    ${repeat(blocks, () => '(block)')} ${repeat(operands, () => 'drop')}))`
  assert.ok(rewritten(assemble(text(262))).bytes.length > 0)
  assert.match(refusal(assemble(text(263))), /values at the branches and blocks of one function/)
})

test('refuses the nest of blocks and locals that ends a compiler', () => {
  const nest = (depth: number, locals: number): Uint8Array => {
    const every = (count: number, piece: (index: number) => readonly number[]): readonly number[] =>
      Array.from({ length: count }, (_, index) => piece(index)).flat()
    const code = [
      ...every(depth, () => [0x02, 0x40]),
      ...every(depth, (index) => [0x20, 0, 0x41, 0, 0x48, 0x0d, ...leb(index)]),
      ...every(locals - 1, (index) => [0x20, 0, 0x21, ...leb(index + 1)]),
      ...every(depth, () => [0x0b]),
    ]
    return blocks(1, code, locals)
  }
  assert.match(refusal(nest(2_000, 4_000)), /values at the branches and blocks of one function/)
  assert.ok(rewritten(nest(120, 4_000)).bytes.length > 0)
})

test('refuses a large module and large custom sections', () => {
  assert.match(refusal(new Uint8Array(BOUNDS.moduleBytes + 1)), /a module of 33554433 bytes/)
  const custom = new Uint8Array(BOUNDS.customBytes + 1)
  assert.match(refusal(raw([0, ...leb(custom.length), ...custom])), /bytes of custom sections/)
})

test('drops custom sections, which carry nothing a run needs', () => {
  const secret = [...new TextEncoder().encode('src/alice/handler.c')]
  const code = Uint8Array.from([...assemble(ECHO), 0, secret.length + 2, 1, 0x78, ...secret])
  assert.ok(WebAssembly.validate(code))
  assert.deepEqual(rewritten(code).bytes, rewritten(assemble(ECHO)).bytes)
})

// ---------------------------------------------------------------------------------------------- imports

test('refuses imports that are not offered, or offered with another signature', () => {
  const importing = (text: string): Uint8Array => assemble(`(module ${text} (memory 1))`)
  assert.match(refusal(importing('(import "env" "system" (func))')), /"env.system" is not offered/)
  assert.match(
    refusal(importing(`(import "${PREVIEW1_MODULE}" "path_openat" (func))`)),
    /path_openat" is not offered/,
  )
  assert.match(
    refusal(importing(`(import "${PREVIEW1_MODULE}" "fd_close" (func (param i64) (result i32)))`)),
    /has signature I:i, offered is i:i/,
  )
  assert.match(refusal(importing('(import "$" "memory" (func))')), /"\$.memory" is not offered/)
  assert.match(refusal(importing('(import "$" "refill" (func))')), /"\$.refill" is not offered/)
  assert.match(refusal(importing(`(import "${PREVIEW1_MODULE}" "toString" (func))`)), /not offered/)
})

test('refuses to import anything but functions', () => {
  const importing = (text: string): Uint8Array => unchecked(`(module (import "env" "x" ${text}))`)
  assert.match(refusal(importing('(memory 1)')), /is a memory; only functions/)
  assert.match(refusal(importing('(table 1 funcref)')), /is a table; only functions/)
  assert.match(refusal(importing('(global i32)')), /is a global; only functions/)
  assert.match(refusal(importing('(tag)')), /is a tag; only functions/)
})

// ---------------------------------------------------------------------------------------------- exports

for (const name of [
  '__proto__',
  'then',
  'constructor',
  "'];alert(1)//",
  '$fuel',
  '$stack',
  '$start',
  '$refill',
  '',
  'a b',
]) {
  test(`refuses an export called ${JSON.stringify(name)}`, () => {
    const code = assemble(`(module (memory 1) (func (export "${name}")))`)
    assert.match(refusal(code), /name that is not allowed/)
  })
}

test('keeps functions only of what a module exports', () => {
  const { bytes } = rewritten(
    assemble(`(module (memory (export "memory") 1) (table (export "t") 1 funcref)
      (global (export "g") (mut i32) (i32.const 0)) (func (export "f")))`),
  )
  const names = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name)
  assert.deepEqual(names, ['f', '$fuel', '$stack'])
})

// ----------------------------------------------------------------------------- what the host adds is safe

test('refuses an index that would reach the fuel or the stack', () => {
  // Both indices do not exist in the module: 0 would be the fuel, 1 the stack.
  assert.match(refusal(body(0x42, 0x7f, 0x24, 0x00)), /global 0 of 0/)
  assert.match(refusal(body(0x41, 0x7f, 0x24, 0x01)), /global 1 of 0/)
  assert.match(refusal(body(0x23, 0x00, 0x1a)), /global 0 of 0/)
})

test('refuses an index that would reach a local the rewriter adds', () => {
  assert.match(refusal(body(0x20, 0x00, 0x1a)), /local 0 of 0/)
})

test('refuses calls of what is not there', () => {
  assert.match(refusal(body(0x10, 0x07)), /call of function 7/)
  assert.match(refusal(body(0x11, 0x07, 0x00)), /a call of type 7/)
})

// -------------------------------------------------------------------------------------------- malformed

const MALFORMED: readonly (readonly [name: string, code: Uint8Array, reason: RegExp])[] = [
  ['a section that claims more than there is', raw([1, 0x7f, 1]), /cut off/],
  ['a size in six bytes', raw([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), /longer than 32 bits/],
  ['a size above 32 bits', raw([1, 0xff, 0xff, 0xff, 0xff, 0x1f]), /longer than 32 bits/],
  ['a section twice', raw(MEMORY, MEMORY), /memory section is out of order/],
  ['sections out of order', raw(MEMORY, [1, 1, 0]), /type section is out of order/],
  ['an unknown section', raw([14, 0]), /section 14 is not known/],
  ['a tag section', raw([13, 1, 0]), /exceptions/],
  ['a vector longer than its section', raw([1, 2, 0x64, 0x60]), /cut off/],
  ['bytes after a section', raw([5, 4, 1, 0, 1, 0]), /1 bytes too many in the memory section/],
  ['a function without its body', raw(...ONE_FUNCTION, MEMORY), /1 functions and 0 bodies/],
  ['a body without its function', raw(MEMORY, [10, 4, 1, 2, 0, 0x0b]), /0 functions and 1 bodies/],
  ['a body without end', raw(...ONE_FUNCTION, MEMORY, [10, 4, 1, 2, 0, 0x01]), /cut off/],
  ['code after the end of a body', body(0x0b, 0x01), /bytes too many in the function body/],
  ['a number that does not end', body(0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80), /longer than 5 bytes/],
  ['a maximum below its minimum', raw([5, 4, 1, 1, 2, 1]), /maximum below the minimum/],
  ['unknown limits', raw([5, 3, 1, 8, 1]), /custom page sizes/],
  ['a name that is not UTF-8', raw(MEMORY, [7, 6, 1, 2, 0xff, 0xff, 0, 0]), /not UTF-8/],
]

for (const [name, code, reason] of MALFORMED) {
  test(`refuses ${name}`, () => {
    assert.match(refusal(code), reason)
  })
}

function leb(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

/** The same body with sizes in the long form, for code that does not fit a byte. */
function bodyOf(make: (count: number) => Uint8Array, count: number): Uint8Array {
  const [short, code] = [make(0), make(count)]
  const start = short.length - 1
  const inner = [0, ...code.subarray(start)]
  const sized = [1, ...leb(inner.length), ...inner]
  return raw(...ONE_FUNCTION, MEMORY, [10, ...leb(sized.length), ...sized])
}
