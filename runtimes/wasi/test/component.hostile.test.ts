import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'

import { CANONICAL_FRAME, COMPONENT_BOUNDS, COMPONENT_VERSION } from '../component/bounds.ts'
import { createWasiRuntime } from '../index.ts'
import {
  bytesOf,
  builtComponent,
  component,
  externName,
  leb,
  list,
  name,
  nested,
  section,
  types,
} from './components.ts'
import { assemble, run } from './fixtures.ts'

const runtime = createWasiRuntime()

/** The detail a component is refused with. */
async function refusal(code: Uint8Array): Promise<string> {
  const { descriptor } = component(code)
  const { refused } = await runtime.admit(code, descriptor)
  assert.equal(refused?.code, 'ADMIT')
  return refused?.detail ?? ''
}

/** Whatever the bytes are: refused, or run to an end that has a code; never an exception. */
async function survives(code: Uint8Array): Promise<void> {
  const { refused } = await run(runtime, component(code), {
    input: Uint8Array.of(1, 2, 3),
    budget: { fuel: 300_000 },
  })
  if (refused !== undefined) assert.ok(refused.detail.length > 0)
}

// --------------------------------------------------------------------------------------- any bytes

const whole = [builtComponent('echo'), builtComponent('shapes')]

test('no component cut short ends in an exception', async () => {
  for (const [index, code] of whole.entries()) {
    // The long one at every third byte: each cut makes another module to compile.
    for (let length = 0; length < code.length; length += 1 + 2 * index) {
      await survives(code.subarray(0, length))
    }
  }
})

test('no component with one byte changed ends in an exception', async () => {
  const [echo = new Uint8Array()] = whole
  for (let at = 0; at < echo.length; at += 1) {
    for (const value of [0x00, 0xff, (echo[at] ?? 0) ^ 0x01]) await survives(echo.with(at, value))
  }
})

test('no component with several bytes changed ends in an exception', async () => {
  const edit = fc.record({ at: fc.nat(4_000), value: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...whole),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      async (code, edits) => {
        const changed = code.slice()
        for (const { at, value } of edits) changed[at % changed.length] = value
        await survives(changed)
      },
    ),
    { numRuns: 400 },
  )
})

test('no bytes after a good header end in an exception', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 48 }), async (bytes) => survives(bytesOf([...bytes]))),
    { numRuns: 400 },
  )
})

// ----------------------------------------------------------------------------------- what grows

const U8 = 0x7d

/** Signed in the format, so that primitive types can be negative. */
function typeIndex(index: number): readonly number[] {
  return index < 0x40 ? [index] : [(index & 0x7f) | 0x80, index >>> 7]
}

test('refuses types that double at every level', async () => {
  const doubling = Array.from({ length: 40 }, (_, level) =>
    level === 0 ? [U8] : [0x6f, ...list([leb(level - 1), leb(level - 1)])],
  )
  assert.match(await refusal(bytesOf(types(...doubling))), /a type of more than 4096 parts/)
})

test('refuses types too many levels deep', async () => {
  const deep = Array.from({ length: 80 }, (_, level) =>
    level === 0 ? [U8] : [0x70, ...typeIndex(level - 1)],
  )
  assert.match(await refusal(bytesOf(types(...deep))), /types more than 64 levels deep/)
})

test('refuses components too deep inside each other', async () => {
  let inside = nested()
  for (let level = 0; level < 20; level += 1) inside = nested(inside)
  assert.match(await refusal(bytesOf(inside)), /more than 16 inside each other/)
})

test('refuses types of instances too deep inside each other', async () => {
  let inside: readonly number[] = [0x42, 0]
  for (let level = 0; level < 20; level += 1) inside = [0x42, 1, 0x01, ...inside]
  assert.match(await refusal(bytesOf(types(inside))), /more than 16 inside each other/)
})

test('refuses a component that instantiates another more often than there may be instances', async () => {
  const again = [0x00, 0, 0]
  const many = section(5, list(Array.from({ length: 80 }, () => again)))
  assert.match(await refusal(bytesOf(nested(), many)), /more than 64 instances of components/)
})

test('refuses a component that is given to itself without end', async () => {
  // A component that takes a component, and instantiates it with itself.
  const anyComponent = types([0x41, 0])
  const imported = section(10, list([[...externName('c'), 0x04, ...leb(0)]]))
  const giveItself = section(5, list([[0x00, 0, ...list([[...name('c'), 0x04, 0]])]]))
  const eater = nested(anyComponent, imported, giveItself)
  assert.match(await refusal(bytesOf(eater, giveItself)), /more than 64 instances of components/)
})

test('refuses types of instances that say little and mean too much', async () => {
  const exporting = (first: readonly number[], description: readonly number[]): readonly number[] => [
    0x42,
    ...list([
      first,
      ...Array.from({ length: 250 }, (_, index) => [0x04, ...externName(`n${index}`), ...description]),
    ]),
  ]
  const bytes = exporting([0x01, U8], [0x03, 0x00, 0x00])
  const outer = (index: number): readonly number[] => [0x02, 0x03, 0x02, 1, index]
  const often = (index: number): readonly number[] => exporting(outer(index), [0x05, 0])
  const asking = (index: number): Uint8Array =>
    bytesOf(types(bytes, often(0), often(1)), section(10, list([[...externName('x:y/z'), 0x05, index]])))
  assert.match(await refusal(asking(0)), /exports neither/, 'only the method is missing')
  assert.match(await refusal(asking(2)), /more than 65536 definitions/)
})

// -------------------------------------------------------------------------- what is not allowed

test('refuses what needs a caller that waits, and what is not known', async () => {
  for (const [code, expected] of [
    [types([0x66, 0]), /a stream is not allowed/],
    [types([0x65, 0]), /a future is not allowed/],
    [types([0x43, 0, 1, 0]), /an asynchronous function is not allowed/],
    [types([0x20]), /type 0x20 is not allowed/],
    [section(8, list([[0x05]])), /canonical function 0x5 is not allowed/],
    [section(9, [0, 0, 0]), /a start function of a component: not allowed/],
    [section(12, [0]), /values in a component: not allowed/],
    [section(3, [0]), /core types in a component: not allowed/],
    [section(13, [0]), /section 13 of a component: not allowed/],
    [types([0x72, 0]), /a type of nothing/],
    [types([0x6d, ...list([name('a'), name('A')])]), /two names of one type are the same/],
    [
      types([0x6e, ...list(Array.from({ length: 33 }, (_, index) => name(`f${index}`)))]),
      /33 flags, 32 are allowed/,
    ],
    [section(10, list([[...externName('f'), 0x01, 0]])), /there is no type 0/],
    [section(10, list([[...externName('a b'), 0x01, 0]])), /is not a name of an import/],
    [section(11, list([[...externName('f'), 0x01, 0, 0]])), /there is no function 0/],
    [section(6, list([[0x03, 0x02, ...leb(5), 0]])), /an alias of a component further out than there is/],
  ] as const) {
    assert.match(await refusal(bytesOf(code)), expected)
  }
})

test('refuses functions of the host under another type than theirs', async () => {
  // get-arguments: func() -> string, where it is a list of strings.
  const wrong = [
    0x42,
    ...list([
      [0x01, 0x40, 0, 0x00, 0x73],
      [0x04, ...externName('get-arguments'), 0x01, 0],
    ]),
  ]
  const code = bytesOf(
    types(wrong),
    section(10, list([[...externName('wasi:cli/environment@0.2.3'), 0x05, 0]])),
  )
  assert.match(await refusal(code), /#get-arguments" is offered with another type/)
})

test('refuses interfaces of another version, or not of this host', async () => {
  const asking = (interfaceName: string): Uint8Array =>
    bytesOf(
      types([
        0x42,
        ...list([
          [0x01, 0x40, 0, 0x01, 0x00],
          [0x04, ...externName('go'), 0x01, 0],
        ]),
      ]),
      section(10, list([[...externName(interfaceName), 0x05, 0]])),
    )
  for (const interfaceName of ['wasi:cli/environment@0.3.0', 'wasi:sockets/tcp@0.2.3', 'my:own/thing']) {
    assert.equal(
      await refusal(asking(interfaceName)),
      `import "${interfaceName}#go" is not offered to handlers`,
    )
  }
})

// ------------------------------------------------------------------------------ core modules inside

function withModules(modules: readonly string[], instances: readonly (readonly number[])[]): Uint8Array {
  return bytesOf(...modules.map((text) => section(1, [...assemble(text)])), section(2, list(instances)))
}

const plain = (module: number, ...given: readonly (readonly [string, number])[]): readonly number[] => [
  0x00,
  ...leb(module),
  ...list(given.map(([key, instance]) => [...name(key), 0x12, ...leb(instance)])),
]

test('refuses core modules that are given what they do not ask for', async () => {
  const gives =
    '(module (memory (export "m") 1) (global (export "g") i32 (i32.const 0)) (table (export "t") 1 2 funcref) (func (export "f")))'
  const takes = (what: string): Uint8Array =>
    withModules([gives, `(module (import "a" ${what}))`], [plain(0), plain(1, ['a', 0])])
  for (const what of [
    '"f" (func (param i32))',
    '"m" (memory 2)',
    '"g" (global (mut i32))',
    '"g" (global i64)',
    '"t" (table 2 funcref)',
    '"t" (table 1 1 funcref)',
    '"t" (table 1 2 externref)',
    '"f" (memory 1)',
  ]) {
    assert.match(await refusal(takes(what)), /is given a \w+ of another type/, what)
  }
  assert.match(await refusal(takes('"x" (func)')), /core import "a.x" is not given/)
  assert.match(await refusal(takes('"m" (memory 1 2)')), /a memory that may grow larger than it allows/)
})

test('refuses more memories, tables and instances than a component may have', async () => {
  const many = (text: string, count: number): Uint8Array =>
    withModules(
      [text],
      Array.from({ length: count }, () => plain(0)),
    )
  assert.match(await refusal(many('(module (memory 1))', 9)), /more than 8 memories/)
  assert.match(
    await refusal(many('(module (table 1 funcref) (table 1 funcref) (table 1 funcref))', 11)),
    /more than 32 tables/,
  )
  assert.match(await refusal(many('(module)', 65)), /more than 64 instances of core modules/)
})

test('admits a module that reads imported globals in constants, and refuses one that reads others', async () => {
  const gives = '(module (global (export "g") i32 (i32.const 7)))'
  const good = withModules(
    [gives, '(module (import "a" "g" (global i32)) (global i32 (global.get 0)))'],
    [plain(0), plain(1, ['a', 0])],
  )
  assert.match(await refusal(good), /exports neither/, 'only the method is missing')
  const own = assemble('(module (global i32 (i32.const 1)) (global i32 (global.get 0)))', { check: false })
  assert.match(
    await refusal(bytesOf(section(1, [...own]), section(2, list([plain(0)])))),
    /0x23 in a constant expression/,
  )
})

test('the chapter states every bound that the code applies', () => {
  const chapter = readFileSync(new URL('../../../../spec/component.md', import.meta.url), 'utf8')
  for (const [key, bound] of Object.entries(COMPONENT_BOUNDS)) {
    assert.ok(chapter.includes(bound.toLocaleString('en')), `the chapter does not state ${key}`)
  }
  assert.match(chapter, new RegExp(`\\b${CANONICAL_FRAME} units of the stack`))
  assert.match(chapter, new RegExp(`\`component\`: ${COMPONENT_VERSION}\\b`))
})
