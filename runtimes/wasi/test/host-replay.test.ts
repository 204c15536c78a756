/** Calls that are run again for each answer: what they hold, what they count, and hosts that go another way. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { StoreError } from '../../../promisebase/index.ts'
import { Guest } from '../guest.ts'
import { Halt } from '../halt.ts'
import { MemoryPool } from '../memory-pool.ts'
import { writeFields } from '../host/fields.ts'
import { HOST_LIMITS } from '../host/limits.ts'
import { createAnswerer } from '../host/answerer.ts'
import { replay } from '../host/replay.ts'
import { HostRoom } from '../host/room.ts'
import { asking, bytesOf, runAsking } from './asking.ts'
import { callOf, describeCode, RunEnd } from './fixtures.ts'
import type {
  HandlerAuthority,
  HandlerState,
  Resource,
  RunResult,
  RuntimeCall,
} from '../../../kernel/index.ts'
import type { Asking } from '../host/conversation.ts'

const CODE = Uint8Array.of(0)

/** A call whose runs are these functions, one after the other; whoever runs guests otherwise does as they do. */
async function replayed(
  runs: readonly ((ask: (key: string) => Uint8Array) => Uint8Array)[],
  get: HandlerState['get'] = async (key) => key,
): Promise<{ readonly ended: RunResult; readonly room: HostRoom }> {
  const state = { get } as HandlerState
  const call: RuntimeCall = { ...callOf(CODE, describeCode(CODE)), state }
  const room = new HostRoom()
  let count = 0
  const run = (asks: Asking): RunResult => {
    const guest = new Guest(call, new MemoryPool(0).take({ min: 1, max: 1 }), undefined)
    const ask = (key: string): Uint8Array => asks.ask(guest, 'state_get', writeFields([bytesOf(key)])).bytes
    try {
      const output = runs[Math.min(count++, runs.length - 1)]?.(ask) ?? new Uint8Array(0)
      return { output, fuel: guest.fuelUsed }
    } catch (error) {
      if (!(error instanceof Halt && error.code !== 'exit')) throw error
      return { refused: { code: error.code, detail: error.message }, fuel: guest.fuelUsed }
    }
  }
  try {
    return {
      ended: await replay({ call, cancel: new RunEnd(), room, answerer: createAnswerer(call), run }),
      room,
    }
  } catch (error) {
    assertEmpty(room)
    throw error
  }
}

function assertEmpty(room: HostRoom): void {
  assert.ok(room.take(HOST_LIMITS.bytesInFlight), 'something was not given back')
}

test('gives the answers of the runs before, and gives their room back', async () => {
  const { ended, room } = await replayed([(ask) => Uint8Array.from([...ask('a'), ...ask('b')])])
  assert.deepEqual('output' in ended && ended.output, bytesOf('ab'))
  // Two questions of five bytes, each answered with one.
  assert.equal(ended.fuel, 2 * (4096 + 5 + 1))
  assertEmpty(room)
})

test('ends with INTERNAL when a run asks something else than the one before, or less', async () => {
  for (const second of [
    (ask: (key: string) => Uint8Array) => ask('b'),
    (ask: (key: string) => Uint8Array) => ask('aa'),
    () => bytesOf('done'),
  ]) {
    const { ended, room } = await replayed([(ask) => ask('a'), second])
    assert.equal(ended.refused?.code, 'INTERNAL')
    assertEmpty(room)
  }
})

test('gives its room back when the store fails', async () => {
  const failing = replayed([(ask) => ask('a')], async () => {
    throw new StoreError('IO', 'the disk is gone')
  })
  await assert.rejects(failing, { code: 'IO' })
})

/** Calls the handler at the address 200, and returns what is left of nothing. */
const CALL = asking(
  `(i32.store (i32.const 4) (i32.const 200)) (i32.store (i32.const 8) (i32.const 36))
   (i32.store (i32.const 12) (i32.const 240)) (i32.store (i32.const 16) (i32.const 2))
   (call $number (call $call (i32.const 0) (i32.const 0) (i32.const 0)))`,
  `(data (i32.const 200) "\\01\\55\\12\\20") (data (i32.const 240) "go")`,
)

test('refuses terms and names that no message could have, as answers', async () => {
  const refusedAs = async (body: string, lends: Partial<RuntimeCall> = {}): Promise<string> => {
    const read =
      '(call $result (i32.const 300) (call $answer_read (i32.const 0) (i32.const 300) (i32.const 64)))'
    const data =
      '(data (i32.const 0) "\\c8\\00\\00\\00\\24\\00\\00\\00") (data (i32.const 200) "\\01\\55\\12\\20")'
    const { ended } = await runAsking(asking(`(drop ${body}) ${read}`, data), { lends })
    return new TextDecoder().decode('output' in ended ? ended.output : bytesOf(ended.refused?.code ?? ''))
  }
  const promises = { defer: assert.fail, keep: assert.fail, break: assert.fail } as never
  const both = `(call $promise_defer (i32.const 9) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)
    (i32.const 0) (i32.const 0))`
  assert.equal(await refusedAs(both, { promises }), 'SHAPE')

  const owner = 'did:key:node'
  const lent = (resource: Resource): Partial<RuntimeCall> => ({
    authority: {
      ...lending(0).authority,
      grant: async () => ({ ok: { resource, methods: ['*'], caveats: {}, expires: 0 } }),
    },
  })
  const call = (kind: number, length: number): string => `(block (result i32)
    (i32.store (i32.const 1004) (i32.const 200)) (i32.store (i32.const 1008) (i32.const 36))
    (i32.store (i32.const 1036) (i32.const ${kind}))
    (i32.store (i32.const 1040) (i32.const 400)) (i32.store (i32.const 1044) (i32.const ${length}))
    (call $call (i32.const 1000) (i32.const 0) (i32.const 0)))`
  assert.equal(await refusedAs(call(2, 0), lent({ kind: 'node', owner })), 'SHAPE')
  assert.equal(await refusedAs(call(2, 257), lent({ kind: 'node', owner })), 'SHAPE')
  assert.equal(await refusedAs(call(1, 1), lent({ kind: 'node', owner })), 'SHAPE')
  const { code } = describeCode(CODE)
  assert.equal(await refusedAs(call(2, 1), lent({ kind: 'code', protocol: code })), 'RESOURCE')
})

/** Somebody to call, whose work is this much; it is told what it may take. */
function lending(work: number, allowed: number[] = []): { readonly authority: HandlerAuthority } {
  let fuel = 0
  return {
    authority: {
      size: 1,
      get fuel() {
        return fuel
      },
      grant: () => assert.fail('nobody asked'),
      call: async ({ budget }) => {
        allowed.push(budget?.fuel ?? NaN)
        fuel += work
        return { ok: bytesOf('done') }
      },
    },
  }
}

test('takes the work of others from what is left, and counts it as theirs', async () => {
  const allowed: number[] = []
  const [idle, busy] = [
    await runAsking(CALL, { lends: lending(0) }),
    await runAsking(CALL, { lends: lending(50_000, allowed) }),
  ]
  assert.equal(busy.ended.refused, undefined)
  assert.equal(busy.ended.fuel, idle.ended.fuel)
  const whole = idle.ended.fuel + 50_000
  const enough = await runAsking(CALL, { lends: lending(50_000), budget: { fuel: whole } })
  assert.equal(enough.ended.fuel, idle.ended.fuel)
  const { refused, fuel } = (await runAsking(CALL, { lends: lending(50_000), budget: { fuel: whole - 1 } }))
    .ended
  assert.equal(refused?.code, 'BUDGET_FUEL')
  // With what the kernel counts for the other handler it is the whole budget.
  assert.equal(fuel, whole - 1 - 50_000)
  assert.ok(allowed.length === 1 && (allowed[0] ?? 0) > 9_900_000 && (allowed[0] ?? 0) < 10_000_000)
})
