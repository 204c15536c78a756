/** The native runtime: what every runtime must do, and that code is what its text names and nothing else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { runtimeSuite } from '../../../conformance/suites/runtime.ts'
import { ForbiddenError, HandlerError, nativeCode, nativeDescriptor } from '../../../kernel/index.ts'
import { nobleCrypto, StoreError } from '../../../promisebase/index.ts'
import { createNativeRuntime } from '../index.ts'
import type { Descriptor, NativeCall, NativeHandler, RunResult, RuntimeCall } from '../../../kernel/index.ts'

const BUDGET = { fuel: 1_000_000, memoryBytes: 1_024, outputBytes: 1_024, wallMs: 1_000 }

function native(name: string, run: NativeHandler['run'], fields: Partial<NativeHandler> = {}): NativeHandler {
  return { name, version: 1, methods: ['handle'], pure: true, public: false, limits: {}, run, ...fields }
}

const echo = native('echo', ({ input }) => input)
const count = native('count', () => {
  let calls = 0
  calls += 1
  return Uint8Array.of(calls)
})
const trap = native('trap', () => {
  throw new RangeError('the secret of the operator')
})
const fail = native('fail', () => {
  throw new HandlerError('no')
})

const fixture = (handler: NativeHandler) => ({
  code: nativeCode(handler),
  descriptor: nativeDescriptor(nobleCrypto, handler),
})

describe('as a runtime', () => {
  const malformed = { ...fixture(echo), code: new TextEncoder().encode('promisegrid:native/nobody/1') }
  runtimeSuite({
    test,
    factory: () => ({
      runtime: createNativeRuntime([echo, count, trap, fail]),
      echo: fixture(echo),
      count: fixture(count),
      trap: fixture(trap),
      fail: fixture(fail),
      malformed: {
        ...malformed,
        descriptor: { ...malformed.descriptor, code: fixture(trap).descriptor.code },
      },
    }),
  })
})

const callOf = (handler: NativeHandler, changes: Partial<RuntimeCall> = {}): RuntimeCall => {
  const { code, descriptor } = fixture(handler)
  return {
    protocol: descriptor.code,
    descriptor,
    method: 'handle',
    input: new Uint8Array(0),
    context: Uint8Array.of(0xa0),
    budget: BUDGET,
    loadCode: async () => code,
    ...changes,
  }
}
const run = async (handler: NativeHandler, changes: Partial<RuntimeCall> = {}): Promise<RunResult> =>
  createNativeRuntime([handler]).run(callOf(handler, changes), {
    aborted: false,
    signal: new AbortController().signal,
  })

describe('native code', () => {
  test('is the text of its name and version, and of no other spelling', async () => {
    assert.equal(
      new TextDecoder().decode(nativeCode({ name: 'a-b2', version: 12 })),
      'promisegrid:native/a-b2/12',
    )
    for (const name of ['', 'Echo', '2x', 'a/b', 'a b', 'é', 'x'.repeat(65), '../x', 'a\n'])
      assert.throws(() => nativeCode({ name, version: 1 }), TypeError, name)
    for (const version of [0, -1, 1.5, Number.NaN, 2 ** 53])
      assert.throws(() => nativeCode({ name: 'echo', version }), RangeError)
  })

  test('of another version, or with anything around its text, is not admitted', async () => {
    const runtime = createNativeRuntime([echo])
    const { descriptor } = fixture(echo)
    for (const text of [
      'promisegrid:native/echo/2',
      'promisegrid:native/echo/01',
      'promisegrid:native/echo/1 ',
      ' promisegrid:native/echo/1',
      '\ufeffpromisegrid:native/echo/1',
      'promisegrid:native/echo/1\0',
      'echo',
      '',
    ]) {
      const code = new TextEncoder().encode(text)
      assert.equal((await runtime.admit(code, descriptor)).refused?.code, 'ADMIT', JSON.stringify(text))
    }
    const notText = Uint8Array.from([...nativeCode(echo).subarray(0, -1), 0xff])
    assert.equal((await runtime.admit(notText, descriptor)).refused?.code, 'ADMIT')
  })

  test('of two handlers is never the same', () => {
    assert.throws(() => createNativeRuntime([echo, native('echo', () => new Uint8Array(0))]), TypeError)
  })
})

describe('a descriptor that lies', () => {
  const impure = native('impure', ({ input }) => input, { pure: false })
  const lies: [string, NativeHandler, Partial<Descriptor>][] = [
    ['calls an effect pure', impure, { pure: true }],
    ['calls pure code an effect', echo, { pure: false }],
    ['offers a method the handler has not', echo, { methods: ['handle', 'more'] }],
    ['offers only such a method', echo, { methods: ['more'] }],
  ]
  for (const [what, handler, fields] of lies) {
    test(`is neither admitted nor run: it ${what}`, async () => {
      const descriptor = { ...fixture(handler).descriptor, ...fields }
      const { refused } = await createNativeRuntime([handler]).admit(nativeCode(handler), descriptor)
      assert.equal(refused?.code, 'ADMIT')
      const ended = await run(handler, { descriptor, method: descriptor.methods[0] ?? '' })
      assert.equal(ended.refused?.code, 'ADMIT')
    })
  }
})

describe('a call', () => {
  test('that traps says nothing of the exception but to the operator', async () => {
    const { refused } = await run(trap)
    assert.equal(refused?.code, 'TRAP')
    assert.ok(!refused.detail.includes('secret'))
    assert.ok(refused.internal?.includes('the secret of the operator'))
  })

  for (const [what, given] of Object.entries({
    text: 'text',
    nothing: undefined,
    null: null,
    'a list of numbers': [1, 2, 3],
    'an ArrayBuffer': new ArrayBuffer(3),
    'something with a length': { length: 3 },
  }))
    test(`that gives ${what} instead of bytes is a trap`, async () =>
      assert.equal((await run(native('odd', () => given as unknown as Uint8Array))).refused?.code, 'TRAP'))

  test('that gives a Buffer gives plain bytes', async () => {
    const { output } = await run(native('buffer', () => Buffer.from([1, 2])))
    assert.equal(Object.getPrototypeOf(output), Uint8Array.prototype)
  })

  test('gets copies: neither its input nor its context nor its output is shared', async () => {
    let seen: NativeCall | undefined
    const kept = new Uint8Array(3)
    const greedy = native('greedy', (call) => {
      seen = call
      call.input.fill(9)
      call.context.fill(9)
      return kept
    })
    const [input, context] = [Uint8Array.of(1, 2, 3), Uint8Array.of(0xa0)]
    const { output } = await run(greedy, { input, context })
    assert.deepEqual([input, context], [Uint8Array.of(1, 2, 3), Uint8Array.of(0xa0)])
    kept.fill(7)
    assert.deepEqual(output, new Uint8Array(3))
    assert.ok(seen)
  })

  test('is given what is in it and nothing else', async () => {
    let seen: NativeCall | undefined
    await run(native('nosy', (call) => ((seen = call), call.input)))
    assert.deepEqual(Object.keys(seen ?? {}).sort(), ['context', 'input', 'method', 'readMessage', 'signal'])
  })

  test('that reaches for what it is not given is forbidden; what the store says is passed on', async () => {
    const forbidden = native('reach', () => {
      throw new ForbiddenError('no')
    })
    assert.equal((await run(forbidden)).refused?.code, 'FORBIDDEN')
    const broken = native('disk', () => {
      throw new StoreError('IO')
    })
    await assert.rejects(run(broken), StoreError)
  })

  test('costs its input before it runs, and its output after', async () => {
    const sized = async (inputBytes: number, fuel: number): Promise<RunResult> =>
      run(echo, { input: new Uint8Array(inputBytes), budget: { ...BUDGET, fuel, outputBytes: 1_000_000 } })
    for (const [bytes, cost] of [
      [0, 2],
      [1, 4],
      [64, 4],
      [65, 6],
      [6_400, 202],
    ] as const) {
      assert.equal((await sized(bytes, cost)).fuel, cost)
      assert.equal((await sized(bytes, cost - 1)).refused?.code, 'BUDGET_FUEL')
      assert.equal((await sized(bytes, 0)).refused?.code, 'BUDGET_FUEL')
    }
  })
})
