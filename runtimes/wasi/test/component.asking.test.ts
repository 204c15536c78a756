/** Components that ask their host: the same questions, rules and bounds as core modules have, under real types. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { CODEC, hashBlock, nobleCrypto } from '../../../promisebase/index.ts'
import { REFUSALS } from '../../../kernel/index.ts'
import { caseOf, REFUSAL_CASES } from '../component/promisegrid/refusal.ts'
import { asking, bytesOf, memoryStore, runAsking, runtime, SPACE, textOf } from './asking.ts'
import { Answers, askingComponent, questions } from './component-questions.ts'
import { built, component, externName, list, section } from './components.ts'
import { bytesOf as componentOf, types } from './components.ts'
import type { Grant, HandlerCall, Resource, RuntimeCall } from '../../../kernel/index.ts'
import type { DeferTerms } from '../../../kernel/index.ts'
import type { AskingRun } from './asking.ts'
import type { Question } from './component-questions.ts'

const guest = askingComponent()
const host = readFileSync(new URL('../../../../spec/wit/host.wit', import.meta.url), 'utf8')

type Options = Parameters<typeof runAsking>[1]

async function ask(asked: readonly Question[], options: Options = {}): Promise<AskingRun> {
  return runAsking(guest, { ...options, input: questions(...asked) })
}

/** What a run that was kept says came back. */
async function answersTo(asked: readonly Question[], options: Options = {}): Promise<Answers> {
  const { ended } = await ask(asked, options)
  assert.ok('output' in ended && ended.output !== undefined, JSON.stringify(ended.refused))
  return new Answers(ended.output)
}

async function refusedAs(asked: readonly Question[], options: Options = {}): Promise<string> {
  const { ended } = await ask(asked, options)
  return `${ended.refused?.code}: ${ended.refused?.detail}`
}

/** The code that a question was refused with. */
async function codeOf(asked: Question, lends: Partial<RuntimeCall> = {}): Promise<string> {
  const answers = await answersTo([asked, ['w']], { lends })
  assert.equal(answers.status(), 2)
  const index = answers.number()
  assert.equal(answers.status(), 0)
  const code = answers.text()
  assert.equal(REFUSAL_CASES[index], code.toLowerCase().replaceAll('_', '-'))
  return code
}

// -------------------------------------------------------------------------------------------------- state

test('a component writes, reads what it has written, deletes and finds nothing any more', async () => {
  const run = await ask([
    ['p', 'a', 'apple'],
    ['p', 'b', 'bear'],
    ['g', 'a'],
    ['d', 'a'],
    ['g', 'a'],
  ])
  const answers = new Answers(
    'output' in run.ended ? (run.ended.output ?? new Uint8Array()) : new Uint8Array(),
  )
  assert.deepEqual([answers.status(), answers.status()], [0, 0])
  assert.deepEqual([answers.status(), answers.text()], [0, 'apple'])
  assert.deepEqual([answers.status(), answers.status(), answers.isAtEnd], [0, 1, true])
  // Repeated for each answer that was waited for, and nothing written twice.
  assert.deepEqual(run.asked, ['put', 'put', 'get', 'delete', 'get'])
  const snapshot = run.store.snapshot()
  assert.equal(await snapshot.get(SPACE, bytesOf('a')), undefined)
  assert.equal(textOf(await snapshot.get(SPACE, bytesOf('b'))), 'bear')
  snapshot.close()
})

test('a component lists entries by prefix, a page at a time', async () => {
  const put: readonly Question[] = [
    ['p', 'k1', 'one'],
    ['p', 'k2', ''],
    ['p', 'k3', 'three'],
    ['p', 'l', 'x'],
    ['m'],
  ]
  const first = await answersTo([...put, ['r', 'k', '', 2]])
  assert.deepEqual([first.status(), first.number()], [0, 2])
  assert.deepEqual([first.text(), first.text(), first.text(), first.text()], ['k1', 'one', 'k2', ''])
  assert.equal(first.isAtEnd, true)
  const none = await answersTo([['r', 'k', '', 2]])
  assert.deepEqual([none.status(), none.number(), none.isAtEnd], [0, 0, true])
})

test('a component is told which space and prefix the message names', async () => {
  const answers = await answersTo([['s'], ['x']])
  assert.deepEqual([answers.status(), answers.text()], [0, SPACE])
  assert.deepEqual([answers.status(), answers.text()], [0, ''])
})

test('what a component names ahead is read with what it waits for', async () => {
  const store = await memoryStore()
  await store.transact(async (transaction) => transaction.put(SPACE, bytesOf('b'), bytesOf('bear')))
  const run = await ask(
    [
      ['a', 'b'],
      ['g', 'a'],
      ['g', 'b'],
    ],
    { store },
  )
  assert.deepEqual(run.asked, ['get', 'get'])
  assert.equal(run.ended.refused, undefined)
})

test('a component keeps blocks and finds them by their CID', async () => {
  const cid = hashBlock(nobleCrypto.sha256, CODEC.raw, bytesOf('hello')).bytes
  const answers = await answersTo([
    ['G', cid],
    ['P', 'hello', CODEC.raw],
    ['A', cid],
    ['G', cid],
  ])
  assert.equal(answers.status(), 1)
  assert.deepEqual([answers.status(), answers.bytes()], [0, cid])
  assert.deepEqual([answers.status(), answers.status(), answers.text()], [0, 0, 'hello'])
})

// ------------------------------------------------------------------------------------------------ refusals

test('a component is told by case and by name what it is refused, and may end with it', async () => {
  assert.equal(await codeOf(['g', '!']), 'FORBIDDEN')
  assert.equal(await codeOf(['G', 'no CID']), 'CID')
  assert.equal(await codeOf(['s'], { state: undefined as never }), 'FORBIDDEN')
  assert.equal(await codeOf(['h', 0]), 'FORBIDDEN')
  assert.equal(await codeOf(['D', 9, 0, 0]), 'FORBIDDEN')
  assert.equal(await codeOf(['o', guest.descriptor.code.bytes]), 'FORBIDDEN')
  const { ended, store } = await ask([['p', 'a', 'x'], ['g', '!'], ['R']])
  assert.deepEqual(ended.refused, {
    code: 'FORBIDDEN',
    detail: 'keys with an exclamation mark are not for you',
  })
  const snapshot = store.snapshot()
  assert.equal(await snapshot.get(SPACE, bytesOf('a')), undefined, 'nothing of it is kept')
  snapshot.close()
})

test('ends a component that wants the refusal of a question that was not refused, or not asked', async () => {
  assert.match(await refusedAs([['R']]), /^TRAP: nothing was asked yet/)
  assert.match(await refusedAs([['w']]), /^TRAP: nothing was asked yet/)
  assert.match(await refusedAs([['g', 'a'], ['R']]), /^TRAP: the last question was not refused/)
  const kept = await answersTo([['p', 'a', ''], ['w']])
  assert.deepEqual([kept.status(), kept.status()], [0, 1])
})

test('the enum of refusals is that of the chapter: every case a code, every younger code `other`', () => {
  const cases = /enum refusal \{([^}]*)\}/.exec(host)?.[1] ?? ''
  const named = cases.split(',').flatMap((name) => name.trim().replace('%', '') || [])
  assert.deepEqual(named, [...REFUSAL_CASES])
  const codes = Object.keys(REFUSALS).map((code) => code.toLowerCase().replaceAll('_', '-'))
  for (const name of REFUSAL_CASES.slice(0, -1)) assert.ok(codes.includes(name), name)
  for (const code of Object.keys(REFUSALS)) {
    const name = REFUSAL_CASES[caseOf(code)]
    assert.equal(name, codes.includes(name ?? '') ? code.toLowerCase().replaceAll('_', '-') : 'other')
  }
  assert.equal(REFUSAL_CASES[caseOf('A_CODE_THAT_IS_YOUNGER')], 'other')
})

// --------------------------------------------------------------------------------------------------- calls

const owner = 'did:key:node'
const handler = guest.descriptor.code
const expires = 1_800_000_000

function lending(resource: Resource, asked: HandlerCall[] = []): Partial<RuntimeCall> {
  const grant: Grant = { resource, methods: ['read', 'write'], caveats: {}, expires }
  return {
    authority: {
      size: 3,
      fuel: 0,
      grant: async (index) =>
        index < 3 ? { ok: grant } : { refused: { code: 'SHAPE', detail: 'there is no such chain' } },
      call: async (request) => {
        asked.push(request)
        return { ok: bytesOf('done') }
      },
    },
  }
}

const CALL: Question = [
  'c',
  1,
  handler.bytes,
  'read',
  'input',
  Uint8Array.of(2, 0, 0, 0),
  1,
  'notes',
  'k',
  77,
]

test('a component calls another handler with what its message lends', async () => {
  const asked: HandlerCall[] = []
  const lends = lending({ kind: 'node', owner }, asked)
  const answers = await answersTo([['t'], CALL], { lends })
  assert.deepEqual([answers.status(), answers.number()], [0, 3])
  assert.deepEqual([answers.status(), answers.text()], [0, 'done'])
  assert.equal(asked.length, 1)
  const { capability, protocol, method, input, lend, budget, resource } = asked[0] as HandlerCall
  assert.deepEqual([capability, method, lend], [1, 'read', [2]])
  assert.ok(protocol.equals(handler))
  assert.equal(textOf(input), 'input')
  assert.equal(budget?.fuel, 77)
  assert.deepEqual(resource, { kind: 'space', owner, space: 'notes', prefix: bytesOf('k') })
})

test('a component that names labels, nothing, or no fuel means those', async () => {
  const asked: HandlerCall[] = []
  const lends = lending({ kind: 'node', owner }, asked)
  const about = (kind: number): Question => ['c', 1, handler.bytes, 'read', '', '', kind, 'a/b', '', 0]
  await answersTo([about(2), about(0)], { lends })
  assert.deepEqual(asked[0]?.resource, { kind: 'label', owner, prefix: 'a/b' })
  assert.equal(asked[1]?.resource, undefined)
  assert.ok((asked[0]?.budget?.fuel ?? 0) > 9_000_000)
})

test('a component is told what a lent chain grants, of every kind', async () => {
  const told = async (resource: Resource): Promise<readonly unknown[]> => {
    const answers = await answersTo([['h', 2]], { lends: lending(resource) })
    assert.equal(answers.status(), 0)
    const about = [answers.number(), answers.bytes(), answers.text(), answers.text()]
    assert.deepEqual(
      [answers.number(), answers.number(), answers.text(), answers.text(), answers.isAtEnd],
      [expires, 2, 'read', 'write', true],
    )
    return about
  }
  assert.deepEqual(await told({ kind: 'node', owner }), [0, bytesOf(owner), '', ''])
  assert.deepEqual(await told({ kind: 'code', protocol: handler }), [1, handler.bytes, '', ''])
  const space = { kind: 'space' as const, owner, space: 'notes', prefix: bytesOf('k') }
  assert.deepEqual(await told(space), [2, bytesOf(owner), 'notes', 'k'])
  assert.deepEqual(await told({ kind: 'label', owner, prefix: 'a/' }), [3, bytesOf(owner), 'a/', ''])
  assert.equal(await codeOf(['h', 3], lending(space)), 'SHAPE')
})

test('refuses a component calls about what no message could name, and with lists that are too long', async () => {
  const lends = lending({ kind: 'node', owner })
  const about = (kind: number, name: string): Question => [
    'c',
    0,
    handler.bytes,
    'read',
    '',
    '',
    kind,
    name,
    '',
    0,
  ]
  assert.equal(await codeOf(about(1, ''), lends), 'SHAPE')
  assert.equal(await codeOf(about(1, 'x'), lending({ kind: 'code', protocol: handler })), 'RESOURCE')
  assert.equal(await codeOf(['c', 0, 'x', 'read', '', '', 0, '', '', 0], lends), 'CID')
  const indices = (count: number): Question => {
    return ['c', 0, handler.bytes, 'read', '', new Uint8Array(4 * count), 0, '', '', 0]
  }
  assert.match(await refusedAs([indices(65)], { lends }), /^TRAP: a list of 65 items, 64 are allowed/)
  assert.equal((await answersTo([indices(64)], { lends })).status(), 0)
  assert.match(await refusedAs([about(3, 'x')], { lends }), /^TRAP: case 3 of a variant of 3/)
})

// ------------------------------------------------------------------------------------------------ promises

/** Somebody who makes promises, and notes what is said of them. */
function promising(noted: unknown[]): Partial<RuntimeCall> {
  const note = async (...said: readonly unknown[]) => {
    noted.push(said)
    return { ok: true as const }
  }
  return {
    promises: {
      defer: (terms: DeferTerms) => {
        noted.push(terms)
        return { promise: handler }
      },
      keep: (promise, output) => note('keep', promise.equals(handler), textOf(output)),
      break: (promise, detail) => note('break', promise.equals(handler), detail),
    },
    outcomeOf: async () => ({ ok: bytesOf('resolution') }),
  }
}

test('a component makes a promise instead of a result, under each kind of terms', async () => {
  const noted: unknown[] = []
  const lends = promising(noted)
  const [cid, end] = [handler.bytes, ['m'] as const]
  for (const defer of [
    ['D', 60, 0, 0],
    ['D', 60, 1, 1, 'a promise'],
    ['D', 60, 2, 2, cid, cid],
  ] as const) {
    const { ended } = await ask([defer, end], { lends })
    assert.ok('deferred' in ended && ended.deferred?.promise.equals(handler), JSON.stringify(ended))
  }
  assert.deepEqual(noted, [
    { seconds: 60 },
    { seconds: 60, wraps: bytesOf('a promise') },
    { seconds: 60, conditions: [handler, handler] },
  ])
  const both = await refusedAs([['D', 60, 0, 0]], { lends })
  assert.match(both, /^TRAP: a call that makes a promise returns no bytes/)
  const many = Array.from({ length: 65 }, () => cid)
  assert.match(await refusedAs([['D', 60, 2, 65, ...many]], { lends }), /^TRAP: a list of 65 items/)
  assert.equal(await codeOf(['D', 0, 0, 0], lends).catch((error: unknown) => String(error)), 'LIFETIME')
})

test('a component keeps and breaks promises, and asks how one ended', async () => {
  const noted: unknown[] = []
  const answers = await answersTo(
    [
      ['k', handler.bytes, 'output'],
      ['b', handler.bytes, 'no time'],
      ['o', handler.bytes],
    ],
    { lends: promising(noted) },
  )
  assert.deepEqual([answers.status(), answers.status(), answers.status()], [0, 0, 0])
  assert.equal(answers.text(), 'resolution')
  assert.deepEqual(noted, [
    ['keep', true, 'output'],
    ['break', true, 'no time'],
  ])
})

// --------------------------------------------------------------------------------------- words and the rest

test('what a component logs explains its failure, and is no more than fits', async () => {
  const said = await refusedAs([['l', 'at step\n3'], ['!']])
  assert.match(said, /^TRAP: .*it logged: at step\\n3$/)
  const much = await refusedAs([['l', 'x'.repeat(5_000)], ['!']])
  assert.equal(/x+$/.exec(much)?.[0].length, 4_096)
})

test('admits a component for the groups its descriptor names, and for nothing else', async () => {
  const admitted = async (changes: object): Promise<string> => {
    const { code, descriptor } = askingComponent(changes)
    return (await runtime.admit(code, descriptor)).refused?.detail ?? 'admitted'
  }
  const { imports } = guest.descriptor
  assert.equal(await admitted({}), 'admitted')
  for (const group of imports) {
    const others = imports.filter((name) => name !== group)
    const reason = await admitted({ imports: others })
    assert.match(reason, /^import "promisegrid:handler\/[a-z-]+@1\.0\.0#[a-z-]+" is of the group/)
    assert.ok(
      reason.includes(`the group ${JSON.stringify(group)}, which the descriptor does not name`),
      reason,
    )
  }
  assert.match(await admitted({ pure: true }), /a pure handler cannot ask for the group/)
  assert.match(await admitted({ imports: ['clock', ...imports] }), /no host function of the group "clock"/)
  // The code may have been named by CID alone: the same at every call.
  const unnamed = askingComponent({ imports: [] })
  assert.equal((await runAsking(unnamed)).ended.refused?.code, 'ADMIT')
})

/** A component that imports one function of one interface, of the type `func()`. */
function importing(name: string, called: string): Uint8Array {
  const type = [
    0x42,
    ...list([
      [0x01, 0x40, 0x00, 0x01, 0x00],
      [0x04, ...externName(called), 0x01, 0x00],
    ]),
  ]
  return componentOf(types(type), section(10, list([[...externName(name), 0x05, 0x00]])))
}

test('refuses interfaces, versions, functions and types that are not those of the host', async () => {
  const detail = async (name: string, called: string): Promise<string> => {
    const { code, descriptor } = component(importing(name, called), { pure: false, imports: ['state'] })
    return (await runtime.admit(code, descriptor)).refused?.detail ?? 'admitted'
  }
  assert.match(await detail('promisegrid:handler/state@1.0.0', 'get'), /is offered with another type/)
  assert.match(await detail('promisegrid:handler/state@1.0.0', 'take'), /is not offered/)
  assert.match(await detail('promisegrid:handler/state@1.0.0', 'toString'), /is not offered/)
  assert.match(await detail('promisegrid:handler/state@1.0.1', 'get'), /is not offered/)
  assert.match(await detail('promisegrid:handler/state', 'get'), /is not offered/)
  assert.match(await detail('promisegrid:handler/kv@1.0.0', 'get'), /is not offered/)
  assert.match(await detail('promisegrid:handler/answer@1.0.0', 'refuse'), /exports neither/)
})

test('questions cost a component what they cost a core module, and the values that carry them', async () => {
  const entries = async (count: number): Promise<number> => {
    const asked = Array.from({ length: count }, (): Question => ['p', 'key', 'value'])
    return (await ask([...asked, ['m']])).ended.fuel
  }
  const [one, two, three] = [await entries(1), await entries(2), await entries(3)]
  assert.equal(three - two, two - one)
  // 4,096 and a unit for each byte of two fields; the call: 256, and 16 for each of the five parts.
  assert.ok(two - one > 4_096 + 4 + 3 + 4 + 5 + 256 + 16 * 5, String(two - one))
  const { fuel } = (await ask([['g', 'a']])).ended
  assert.equal((await ask([['g', 'a']], { budget: { fuel } })).ended.refused, undefined)
  assert.equal((await ask([['g', 'a']], { budget: { fuel: fuel - 1 } })).ended.refused?.code, 'BUDGET_FUEL')
})

test('a component and a core module that ask the same are told the same', async () => {
  const store = await memoryStore()
  await store.transact(async (transaction) => transaction.put(SPACE, bytesOf('a'), bytesOf('apple')))
  const core = asking(`(call $result (i32.const 64)
    (call $state_get (local.get $ptr) (local.get $len) (i32.const 64) (i32.const 64)))`)
  const { ended } = await runAsking(core, { store, input: bytesOf('a') })
  const answers = await answersTo([['g', 'a']], { store })
  assert.equal(answers.status(), 0)
  assert.deepEqual('output' in ended && ended.output, answers.bytes())
})

test('ends a component that asks without end, and gives its room back', async () => {
  const asked = Array.from({ length: 5_000 }, (): Question => ['a', 'x'])
  const budget = { fuel: 1_000_000_000 }
  assert.match(await refusedAs(asked, { budget }), /^LIMIT: .*more than 4096 questions/)
  const waiting = Array.from({ length: 2_000 }, (_, index): Question => ['g', `key ${index}`])
  assert.match(await refusedAs(waiting), /^BUDGET_FUEL: /)
  assert.equal((await answersTo([['g', 'a']])).status(), 1)
})

// ------------------------------------------------------------------------------------------- tidying up

test('W-22 keeps nothing of a call whose component fails while it tidies up', async () => {
  const untidy = built('untidy', { pure: false, imports: ['state'] })
  const ordered = (order: number): Promise<AskingRun> =>
    runAsking(untidy, { input: Uint8Array.of(order), budget: { fuel: 1_000_000 } })
  const written = async ({ store }: AskingRun): Promise<string> => {
    const snapshot = store.snapshot()
    const value = await snapshot.get(SPACE, bytesOf('k'))
    snapshot.close()
    return value === undefined ? 'nothing' : textOf(value)
  }
  const before = await ordered(0)
  assert.deepEqual([before.ended.refused, await written(before)], [undefined, 'k'])
  for (const [order, code, detail] of [
    [1, 'TRAP', /unreachable/],
    [2, 'BUDGET_FUEL', /used up/],
    [3, 'BUDGET_DEPTH', /the stack/],
    [4, 'TRAP', /called out where it may not/],
    [5, 'TRAP', /unreachable/],
  ] as const) {
    const run = await ordered(order)
    assert.equal(run.ended.refused?.code, code)
    assert.match(run.ended.refused?.detail ?? '', detail)
    assert.deepEqual([run.asked, await written(run)], [['put'], 'nothing'])
    // The instance is gone with its call: the next one is a new one.
    const after = await ordered(0)
    assert.deepEqual([after.ended, await written(after)], [before.ended, 'k'])
  }
  assert.equal((await ordered(6)).ended.refused, undefined)
})
