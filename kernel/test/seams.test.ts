/** Where two features meet: what each promises for itself must hold for both together. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor } from '../../promisebase/index.ts'
import { HandlerError } from '../index.ts'
import { idKey, SPACE } from '../spaces.ts'
import { foundGrid, people } from './fixture.ts'
import { watched } from './handlers.ts'
import { promising } from './promise/promising.ts'
import type {
  Capability,
  HandlerAuthority,
  HandlerCall,
  NativeCall,
  NativeHandler,
  Result,
} from '../index.ts'
import type { Answer, Grid, GridOptions, Terms } from './fixture.ts'

const { node } = people
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

type Work = (authority: HandlerAuthority, call: NativeCall) => Promise<unknown>

/** A deputy that does what a test tells it, and a pure handler that it can call. */
async function stage(options: GridOptions = {}) {
  const work: { deputy?: Work } = {}
  const deputy: NativeHandler = {
    name: 'deputy',
    version: 1,
    methods: ['go'],
    pure: false,
    public: false,
    limits: { memoryBytes: 1024 },
    run: async (call) => {
      assert.ok(call.authority !== undefined)
      await work.deputy?.(call.authority, call)
      return utf8('done')
    },
  }
  const calculator = watched('calculator', { pure: true })
  const grid = await foundGrid({ handlers: [deputy, calculator.handler], ...options })
  const promised = (terms: Terms): Capability => grid.grant({ by: node, parent: null, ...terms })
  const counting = (resource: Capability['resource'], calls: number): Capability =>
    promised({ resource, audience: node.principal, caveats: { total: { calls } } })
  const code = (name: string) => ({ kind: 'code', protocol: grid.protocol(name) }) as const
  const request = { protocol: grid.protocol('deputy'), method: 'go' }
  const go = (chain: Capability, lent: readonly Capability[], does: Work): Promise<Answer> => {
    work.deputy = does
    return grid.send({ ...request, chain: [chain], table: lent.map(({ bytes }) => [bytes]) })
  }
  const put = (capability: number, key: string): HandlerCall => ({
    capability,
    protocol: grid.protocol('store'),
    method: 'put',
    resource: grid.space('notes'),
    input: encodeCbor({ key: utf8(key), value: utf8('value') }),
  })
  const calculate = (capability: number): HandlerCall => ({
    capability,
    protocol: grid.protocol('calculator'),
    method: 'same',
  })
  return { grid, work, promised, counting, code, request, go, put, calculate, calculator }
}

const codeOf = (result: Result<unknown>): string => result.refused?.code ?? 'kept'

async function spentOf(grid: Grid, { id }: Capability): Promise<unknown> {
  const snapshot = grid.store.snapshot()
  try {
    const bytes = await snapshot.get(SPACE.spent, idKey(id))
    return bytes && decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  } finally {
    snapshot.close()
  }
}

describe('a total', () => {
  test('that a message and the calls it causes share counts all of them, and their fuel once', async () => {
    const { grid, counting, go, put } = await stage()
    const all = counting({ kind: 'node', owner: node.principal }, 4)
    const codes: string[] = []
    const puts: Work = async (authority) => {
      for (const key of ['a', 'b', 'c', 'd']) codes.push(codeOf(await authority.call(put(0, key))))
    }
    const answer = await go(all, [all], puts)
    assert.ok(answer.signed && answer.outcome.status === 'kept')
    assert.deepEqual(codes, ['kept', 'kept', 'kept', 'SPENT'])
    const [calls, fuel] = (await spentOf(grid, all)) as number[]
    assert.deepEqual([calls, fuel], [4, answer.outcome.fuel])
    assert.equal((await go(all, [all], puts)).code, 'SPENT')
  })

  test('of a lent chain is spent by a message that is refused after it', async () => {
    const { grid, counting, promised, code, go, calculate, calculator } = await stage()
    const lent = counting(code('calculator'), 1)
    const codes: string[] = []
    const refused: Work = async (authority) => {
      codes.push(codeOf(await authority.call(calculate(0))))
      throw new HandlerError('nothing came of it')
    }
    for (let time = 0; time < 3; time += 1)
      assert.equal((await go(promised({ resource: code('deputy') }), [lent], refused)).code, 'HANDLER')
    assert.deepEqual(codes, ['kept', 'SPENT', 'SPENT'])
    assert.equal(((await spentOf(grid, lent)) as number[])[0], 1)
    assert.equal(calculator.calls.length, 1)
  })

  test('of a lent chain is not spent by a pure call that finds no room: nothing was done', async () => {
    const limits = { argumentBytesInFlight: 8 }
    const { grid, counting, promised, code, go, calculate, calculator } = await stage({ limits })
    const lent = counting(code('calculator'), 1)
    const codes: string[] = []
    const answer = await go(promised({ resource: code('deputy') }), [lent], async (authority) => {
      for (const input of ['too long for the room', 'short', 'again'])
        codes.push(codeOf(await authority.call({ ...calculate(0), input: utf8(input) })))
    })
    assert.equal(answer.code, 'kept')
    assert.deepEqual(codes, ['BUSY', 'kept', 'SPENT'])
    assert.equal(((await spentOf(grid, lent)) as number[])[0], 1)
    assert.equal(calculator.calls.length, 1)
  })

  test('of a lent chain is not spent by what found no room in a message that is refused after it', async () => {
    const limits = { argumentBytesInFlight: 8 }
    const { grid, counting, promised, code, go, calculate } = await stage({ limits })
    const lent = counting(code('calculator'), 1)
    const answer = await go(promised({ resource: code('deputy') }), [lent], async (authority) => {
      await authority.call({ ...calculate(0), input: utf8('too long for the room') })
      throw new HandlerError('nothing came of it')
    })
    assert.equal(answer.code, 'HANDLER')
    assert.equal(await spentOf(grid, lent), undefined)
  })

  test('of a chain that is lent on is spent by a message that is refused after it', async () => {
    const { grid, work, counting, promised, code, go, request, calculate } = await stage()
    const lent = counting(code('calculator'), 1)
    const deputy = promised({ resource: code('deputy') })
    const codes: string[] = []
    const within: Work = async (authority) => void codes.push(codeOf(await authority.call(calculate(0))))
    const refused: Work = async (authority) => {
      work.deputy = within
      codes.push(codeOf(await authority.call({ ...request, capability: 1, lend: [0] })))
      throw new HandlerError('nothing came of it')
    }
    for (let time = 0; time < 2; time += 1)
      assert.equal((await go(deputy, [lent, deputy], refused)).code, 'HANDLER')
    assert.deepEqual(codes, ['kept', 'kept', 'SPENT', 'kept'])
    assert.equal(((await spentOf(grid, lent)) as number[])[0], 1)
  })

  test('of a lent chain is spent by a use of a handle that is refused after it', async () => {
    const { grid, work, counting, promised, code, request, calculate } = await stage()
    const lent = counting(code('calculator'), 1)
    const chain = [promised({ resource: code('deputy') })]
    const opened = await grid.kernel.open(grid.compose({ ...request, chain, table: [[lent.bytes]] }).bytes)
    const codes: string[] = []
    work.deputy = async (authority) => {
      codes.push(codeOf(await authority.call(calculate(0))))
      throw new HandlerError('nothing came of it')
    }
    for (let time = 0; time < 2; time += 1) assert.equal((await opened.ok?.call('go'))?.status, 'refused')
    assert.deepEqual(codes, ['kept', 'SPENT'])
  })

  test('of a lent chain is not exceeded by calls at the same time', async () => {
    const { grid, counting, promised, code, go, calculate } = await stage()
    const lent = counting(code('calculator'), 1)
    let codes: readonly string[] = []
    await go(promised({ resource: code('deputy') }), [lent], async (authority) => {
      const both = await Promise.all([authority.call(calculate(0)), authority.call(calculate(0))])
      codes = both.map(codeOf)
    })
    assert.deepEqual(codes, ['kept', 'SPENT'])
    assert.equal(((await spentOf(grid, lent)) as number[])[0], 1)
  })
})

describe('a grant handle', () => {
  test('whose uses are charged leaves no reply for the bytes that opened it', async () => {
    const { grid, counting, code } = await stage()
    const sent = grid.compose({ chain: [counting(code('echo'), 5)] })
    const opened = await grid.kernel.open(sent.bytes)
    assert.equal((await opened.ok?.call('echo', utf8('a secret')))?.status, 'kept')
    assert.equal((await grid.send(sent)).code, 'REPLAY')
  })

  test('ends at once when the node does not rely on its holder any more', async () => {
    let isTrusted = true
    const { grid, promised, code } = await stage({ trusts: () => isTrusted })
    const chain = [promised({ resource: code('echo') })]
    const opened = await grid.kernel.open(grid.compose({ chain }).bytes)
    assert.equal((await opened.ok?.call('echo', utf8('a')))?.status, 'kept')
    isTrusted = false
    for (const input of ['a', 'b']) {
      const outcome = await opened.ok?.call('echo', utf8(input))
      assert.ok(outcome !== undefined && 'code' in outcome && outcome.code === 'TRUST')
    }
  })

  test('takes room for the record of the message that opens it', async () => {
    const { grid } = await stage({ limits: { replayRecords: 1 } })
    assert.ok((await grid.kernel.open(grid.compose().bytes)).ok)
    const second = grid.compose()
    assert.equal((await grid.kernel.open(second.bytes)).refused?.code, 'BUSY')
    await grid.restart({ replayRecords: 2 })
    assert.ok((await grid.kernel.open(second.bytes)).ok)
  })
})

describe('a capability that was taken back', () => {
  test('is refused to a grant handle too, for what it knows as for what it does', async () => {
    const { grid, promised, code } = await stage()
    const chain = [promised({ resource: code('echo') })]
    const opened = await grid.kernel.open(grid.compose({ chain }).bytes)
    const use = async (input: string): Promise<string | undefined> => {
      const outcome = await opened.ok?.call('echo', utf8(input))
      return outcome !== undefined && 'code' in outcome ? outcome.code : outcome?.status
    }
    for (const input of ['a', 'a']) assert.equal(await use(input), 'kept')
    for (const { id } of chain) assert.ok((await grid.kernel.revoke(id)).ok)
    for (const input of ['a', 'b']) assert.equal(await use(input), 'REVOKED')
  })

  test('grants nothing to the handler it is lent to', async () => {
    const { grid, promised, code, go, calculate } = await stage()
    const lent = promised({ resource: code('calculator') })
    assert.ok((await grid.kernel.revoke(lent.id)).ok)
    const codes: string[] = []
    const answer = await go(promised({ resource: code('deputy') }), [lent], async (authority) => {
      codes.push(codeOf(await authority.grant(0)), codeOf(await authority.call(calculate(0))))
    })
    assert.equal(answer.code, 'kept')
    assert.deepEqual(codes, ['REVOKED', 'REVOKED'])
  })
})

describe('room for open promises', () => {
  test('is not made twice by one that was past its time when they were counted', async () => {
    const grid = await foundGrid({ limits: { promisesOpen: 3 } })
    const { defer, ask, outcome } = promising(grid)
    const expired = await defer({ seconds: 10 })
    await grid.restart()
    grid.time.now += 11
    await defer()
    await outcome(expired)
    await defer()
    assert.equal((await ask('defer', { seconds: 600 })).code, 'BUSY')
  })
})
