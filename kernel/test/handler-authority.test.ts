/** What a handler can do to others: as much as its message lends it, in that call, and the whole or nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor } from '../../promisebase/index.ts'
import { ForbiddenError, HandlerError } from '../index.ts'
import { countingCrypto } from './counting-crypto.ts'
import { idKey, SPACE } from '../spaces.ts'
import { foundGrid, people, seededCrypto } from './fixture.ts'
import { takeBack } from './revocation/feeds.ts'
import type {
  Capability,
  HandlerAuthority,
  HandlerCall,
  NativeCall,
  NativeHandler,
  RefusalCode,
  Result,
  Runtime,
} from '../index.ts'
import type { Answer, Grid, Request } from './fixture.ts'

const { node, alice, bob, mallory } = people
const utf8 = new TextEncoder()
const bytes = (text: string): Uint8Array => utf8.encode(text)
const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value)

type Setting = Awaited<ReturnType<typeof stage>>
type Work = (call: NativeCall & { readonly authority: HandlerAuthority }, grid: Grid) => Promise<unknown>

/** Two deputies that do what a test tells them, and the store handler beside them. */
async function stage(powers: Parameters<typeof foundGrid>[0] = {}) {
  const work: { deputy?: Work; second?: Work } = {}
  const handler = (name: 'deputy' | 'second'): NativeHandler => ({
    name,
    version: 1,
    methods: ['go'],
    pure: false,
    public: false,
    limits: { memoryBytes: 1024 },
    run: async (call) => {
      const { authority } = call
      assert.ok(authority !== undefined)
      const given = await work[name]?.({ ...call, authority }, grid)
      return given instanceof Uint8Array ? given : bytes('done')
    },
  })
  const pure: NativeHandler = {
    ...handler('second'),
    name: 'calculator',
    pure: true,
    run: (call) => {
      assert.equal(call.authority, undefined)
      if (call.input.length > 100) throw new HandlerError('too long for me')
      return bytes(`${call.input.length}`)
    },
  }
  const grid = await foundGrid({ ...powers, handlers: [handler('deputy'), handler('second'), pure] })
  const promiseOf = (resource: Capability['resource'], terms: object = {}): Capability =>
    grid.grant({ by: node, parent: null, resource, ...terms })
  const codeOf = (name: string): Capability['resource'] => ({ kind: 'code', protocol: grid.protocol(name) })
  /** What comes of a message by alice to the deputy, who is lent these capabilities. */
  const go = (lent: readonly (Capability | Capability[])[], deputy: Work, request: Request = {}) => {
    work.deputy = deputy
    const table = lent.map((chain) => (Array.isArray(chain) ? chain : [chain]).map((link) => link.bytes))
    return grid.send({
      protocol: grid.protocol('deputy'),
      method: 'go',
      chain: [promiseOf(codeOf('deputy'), request.as === undefined ? {} : { holder: request.as.principal })],
      ...(table.length === 0 ? {} : { table }),
      ...request,
    })
  }
  const put = (capability: number, key: string, more: Partial<HandlerCall> = {}): HandlerCall => ({
    capability,
    protocol: grid.protocol('store'),
    method: 'put',
    resource: grid.space('notes'),
    input: encodeCbor({ key: bytes(key), value: bytes(`value of ${key}`) }),
    ...more,
  })
  const stored = async (key: string): Promise<string | undefined> => {
    const snapshot = grid.store.snapshot()
    try {
      const value = await snapshot.get('notes', bytes(key))
      return value && text(value)
    } finally {
      snapshot.close()
    }
  }
  return { grid, work, promiseOf, codeOf, go, put, stored }
}

/** The code of a refusal that a handler was given as a value. */
const codeOf = (result: Result<unknown>): RefusalCode | 'kept' => result.refused?.code ?? 'kept'

function assertKept(answer: Answer): void {
  assert.ok(answer.signed && answer.outcome.status === 'kept', answer.code)
}

describe('a handler that is lent a capability', () => {
  test('calls another handler with it, and both changes are kept together', async () => {
    const { grid, promiseOf, go, put, stored } = await stage()
    const notes = promiseOf(grid.space('notes'))
    const answer = await go([notes], async ({ authority }) => {
      assert.equal(authority.size, 1)
      const granted = await authority.grant(0)
      assert.deepEqual(granted.ok?.resource, notes.resource)
      assert.equal(codeOf(await authority.call(put(0, 'a'))), 'kept')
      // The next call sees what the last one wrote.
      const read = await authority.call(
        put(0, 'a', { method: 'get', input: encodeCbor({ key: bytes('a') }) }),
      )
      return read.ok
    })
    assertKept(answer)
    assert.equal(await stored('a'), 'value of a')
  })

  test('gets what a pure handler makes, from the cache the second time', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const lent = promiseOf(code('calculator'))
    const request = {
      capability: 0,
      protocol: grid.protocol('calculator'),
      method: 'go',
      input: bytes('four'),
    }
    for (let time = 0; time < 2; time += 1) {
      const answer = await go([lent], async ({ authority }) => (await authority.call(request)).ok)
      assert.ok(answer.signed && answer.outcome.status === 'kept')
      assert.equal(text(answer.outcome.result.bytes), '4')
    }
  })

  test('may lend it on to the handler it calls', async () => {
    const { grid, work, promiseOf, codeOf: code, go, put, stored } = await stage()
    work.second = async ({ authority }) => {
      assert.equal(authority.size, 1)
      assert.equal(codeOf(await authority.call(put(0, 'through'))), 'kept')
    }
    const answer = await go([promiseOf(code('second')), promiseOf(grid.space('notes'))], ({ authority }) =>
      authority.call({ capability: 0, protocol: grid.protocol('second'), method: 'go', lend: [1] }),
    )
    assertKept(answer)
    assert.equal(await stored('through'), 'value of through')
  })
})

describe('a confused deputy', () => {
  const refused = async (lent: (stage: Setting) => readonly Capability[], more = {}) => {
    const setting = await stage()
    let code: string | undefined
    await setting.go(lent(setting), async ({ authority }) => {
      code = codeOf(await authority.call(setting.put(0, 'a', more)))
    })
    assert.equal(await setting.stored('a'), undefined)
    return code
  }

  test('cannot write what its caller lacks, whatever others were promised (K-31)', async () => {
    const setting = await stage()
    // Bob may write, and the node itself may do everything: neither helps mallory.
    setting.promiseOf(setting.grid.space('notes'), { holder: bob.principal })
    setting.promiseOf(setting.grid.space('notes'), { holder: node.principal })
    const codes: string[] = []
    const answer = await setting.go(
      [],
      async ({ authority }) => {
        assert.equal(authority.size, 0)
        codes.push(codeOf(await authority.call(setting.put(0, 'a'))))
      },
      { as: mallory },
    )
    assertKept(answer)
    assert.deepEqual(codes, ['SHAPE'])
    assert.equal(await setting.stored('a'), undefined)
  })

  test('cannot use a capability that its caller presents and does not hold', async () => {
    assert.equal(
      await refused(({ grid, promiseOf }) => [promiseOf(grid.space('notes'), { holder: bob.principal })]),
      'POP',
    )
  })

  test('cannot reach another space, key or method than the chain grants', async () => {
    const narrow = ({ grid, promiseOf }: Setting): readonly Capability[] => [
      promiseOf(grid.space('notes', 'b')),
    ]
    assert.equal(await refused(narrow), 'RESOURCE')
    assert.equal(
      await refused(({ grid, promiseOf }) => [promiseOf(grid.space('notes'), { methods: ['get'] })]),
      'METHOD',
    )
    assert.equal(await refused(({ grid, promiseOf }) => [promiseOf(grid.space('other'))]), 'RESOURCE')
  })

  test('cannot use one that has expired, or that was made for another grid', async () => {
    const { grid } = await stage()
    assert.equal(
      await refused(({ promiseOf, grid: here }) => [
        promiseOf(here.space('notes'), { expires: grid.time.now }),
      ]),
      'EXPIRED',
    )
    const other = await foundGrid({ threshold: 1, roots: [alice] })
    assert.equal(
      await refused(({ promiseOf, grid: here }) => [promiseOf(here.space('notes'), { grid: other.grid })]),
      'GRID',
    )
  })

  test('learns nothing of a chain that would be refused, and lends it to nobody', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const notes = grid.space('notes')
    const revoked = promiseOf(notes)
    await takeBack(grid, node, revoked)
    const lent: Record<string, Capability> = {
      POP: promiseOf(notes, { holder: bob.principal }),
      EXPIRED: promiseOf(notes, { expires: grid.time.now }),
      REVOKED: revoked,
      STALE: promiseOf(notes, { caveats: { feedSeconds: 60 } }),
      kept: promiseOf(notes),
    }
    const last = Object.keys(lent).length
    const answer = await go([...Object.values(lent), promiseOf(code('second'))], async ({ authority }) => {
      const second = { capability: last, protocol: grid.protocol('second'), method: 'go' }
      for (const [index, expected] of Object.keys(lent).entries()) {
        assert.equal(codeOf(await authority.grant(index)), expected)
        assert.equal(codeOf(await authority.call({ ...second, lend: [index] })), expected)
      }
    })
    assertKept(answer)
  })

  test('is judged by what it asked, not by what it makes of its request meanwhile', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const answer = await go([promiseOf(code('second')), promiseOf(code('calculator'))], async (own) => {
      const [lend, budget] = [[0, 1, 0], { fuel: 0 }]
      const second = { capability: 0, protocol: grid.protocol('second'), method: 'go', lend }
      const sum = { capability: 1, protocol: grid.protocol('calculator'), method: 'go', budget }
      const [lent, added] = [own.authority.call(second), own.authority.call(sum)]
      lend.length = 1
      budget.fuel = 1_000
      assert.deepEqual([codeOf(await lent), codeOf(await added)], ['SHAPE', 'BUDGET_FUEL'])
    })
    assertKept(answer)
  })

  test('is told as a value that the handler it calls has no such method', async () => {
    assert.equal(
      await refused(({ grid, promiseOf }) => [promiseOf(grid.space('notes'))], { method: 'shout' }),
      'UNKNOWN_METHOD',
    )
  })

  test('cannot take its own call as a capability for another one', async () => {
    const setting = await stage()
    const codes: string[] = []
    await setting.go([setting.promiseOf(setting.codeOf('deputy'))], async ({ authority }) => {
      codes.push(codeOf(await authority.call(setting.put(0, 'a'))))
    })
    assert.deepEqual(codes, ['RESOURCE'])
  })
})

describe('the table', () => {
  test('has no entry beyond its end, below its beginning or between two (D-15)', async () => {
    const { grid, promiseOf, go, put } = await stage()
    const indexes = [1, -1, 0.5, NaN, 2 ** 32, '0' as unknown as number, '__proto__' as unknown as number]
    const answer = await go([promiseOf(grid.space('notes'))], async ({ authority }) => {
      for (const index of indexes) {
        assert.equal(codeOf(await authority.call(put(index, 'a'))), 'SHAPE', String(index))
        assert.equal(codeOf(await authority.grant(index)), 'SHAPE', String(index))
        assert.equal(codeOf(await authority.call(put(0, 'a', { lend: [index] }))), 'SHAPE', String(index))
      }
    })
    assertKept(answer)
  })

  test('is lent on in part or whole, and not longer than it is', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const answer = await go([promiseOf(code('second'))], async ({ authority }) => {
      const second = { capability: 0, protocol: grid.protocol('second'), method: 'go' }
      assert.equal(codeOf(await authority.call({ ...second, lend: [0] })), 'kept')
      assert.equal(codeOf(await authority.call({ ...second, lend: [0, 0] })), 'SHAPE')
    })
    assertKept(answer)
  })

  test('gives a handler no token it could return or pass on by itself (D-16)', async () => {
    const { grid, promiseOf, go } = await stage()
    const lent = promiseOf(grid.space('notes'))
    await go([lent], async (call) => {
      const seen = JSON.stringify([call, await call.authority.grant(0)], (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
      )
      assert.ok(!seen.includes(Buffer.from(lent.bytes).toString('hex').slice(0, 64)))
      assert.deepEqual(Object.keys(call.authority).sort(), ['call', 'grant', 'size'])
    })
  })

  test('is closed when the call is over (D-17)', async () => {
    const { grid, promiseOf, go, put, stored } = await stage()
    let kept: HandlerAuthority | undefined
    await go([promiseOf(grid.space('notes'))], async ({ authority }) => {
      kept = authority
    })
    assert.ok(kept !== undefined)
    await assert.rejects(kept.call(put(0, 'late')), ForbiddenError)
    await assert.rejects(kept.grant(0), ForbiddenError)
    const next = await go([], async () => kept?.call(put(0, 'late')))
    assert.equal(next.code, 'FORBIDDEN')
    assert.equal(await stored('late'), undefined)
  })

  test('of a handler that was called is closed with its call, and so is its state', async () => {
    const { grid, work, promiseOf, go } = await stage()
    let kept: Parameters<Work>[0] | undefined
    work.second = async (call) => {
      kept = call
    }
    const notes = promiseOf(grid.space('notes'))
    const resource = grid.space('notes')
    const answer = await go([notes], async ({ authority }) => {
      const second = { capability: 0, protocol: grid.protocol('second'), method: 'go', resource }
      assert.equal(codeOf(await authority.call(second)), 'kept')
      assert.ok(kept?.state !== undefined)
      await assert.rejects(async () => kept?.state?.get(bytes('a')), ForbiddenError)
      await assert.rejects(kept.authority.grant(0), ForbiddenError)
    })
    assertKept(answer)
  })

  test('does not pass on what is final (D-18)', async () => {
    const { grid, promiseOf, codeOf: code, go, put } = await stage()
    const final = promiseOf(grid.space('notes'), { caveats: { final: true } })
    const codes: string[] = []
    const answer = await go([promiseOf(code('second')), final], async ({ authority }) => {
      const second = { capability: 0, protocol: grid.protocol('second'), method: 'go' }
      codes.push(codeOf(await authority.call({ ...second, lend: [1] })))
      // What is lent to the deputy itself it may use.
      codes.push(codeOf(await authority.call(put(1, 'own'))))
    })
    assertKept(answer)
    assert.deepEqual(codes, ['FORBIDDEN', 'kept'])
  })

  test('with sixteen chains through the same links costs each signature once (K-10)', async () => {
    const { crypto, counts } = countingCrypto(seededCrypto())
    const { grid, promiseOf, go, put } = await stage({ crypto })
    const shared = [promiseOf(grid.space('notes'))]
    while (shared.length < 4)
      shared.push(
        grid.grant({ by: alice, parent: shared.at(-1) as Capability, resource: grid.space('notes') }),
      )
    const parent = shared.at(-1) as Capability
    const lent = Array.from({ length: 16 }, () => [
      ...shared,
      grid.grant({ by: alice, parent, resource: grid.space('notes') }),
    ])
    counts.reset()
    const answer = await go(lent, async ({ authority }) => {
      for (const index of lent.keys())
        assert.equal(codeOf(await authority.call(put(index, `key ${index}`))), 'kept')
    })
    assertKept(answer)
    assert.equal(new Set(counts.signatures).size, counts.signatures.length)
    // Beside the links lent: the message, the link under which it is sent, and the reply that is read here.
    assert.equal(counts.verify, 3 + shared.length + lent.length)
  })

  test('holds at most sixteen chains', async () => {
    const { grid, promiseOf, go } = await stage()
    const lent = Array.from({ length: 16 }, () => promiseOf(grid.space('notes')))
    assertKept(await go(lent, async ({ authority }) => assert.equal(authority.size, 16)))
    await assert.rejects(
      go([...lent, promiseOf(grid.space('notes'))], async () => undefined),
      TypeError,
    )
  })
})

describe('a cascade of calls', () => {
  test('is kept or discarded as a whole: a later failure of the caller', async () => {
    const { grid, promiseOf, go, put, stored } = await stage()
    const answer = await go([promiseOf(grid.space('notes'))], async ({ authority }) => {
      await authority.call(put(0, 'a'))
      throw new HandlerError('thought better of it')
    })
    assert.equal(answer.code, 'HANDLER')
    assert.equal(await stored('a'), undefined)
  })

  test('ends with a handler that failed after it may have written, whatever its caller says', async () => {
    const { grid, work, promiseOf, codeOf: code, go, put, stored } = await stage()
    let begun = 0
    work.second = async ({ authority }) => {
      begun += 1
      await authority.call(put(0, 'half'))
      throw new HandlerError('half way')
    }
    const codes: string[] = []
    const answer = await go(
      [promiseOf(code('second')), promiseOf(grid.space('notes'))],
      async ({ authority }) => {
        const second = { capability: 0, protocol: grid.protocol('second'), method: 'go', lend: [1] }
        for (let time = 0; time < 2; time += 1) codes.push(codeOf(await authority.call(second)))
        return bytes('all is well')
      },
    )
    assert.equal(answer.code, 'HANDLER')
    assert.deepEqual(codes, ['HANDLER', 'HANDLER'])
    assert.equal(begun, 1, 'nothing goes on after it')
    assert.equal(await stored('half'), undefined)
  })

  test('goes on after a pure handler that failed', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const answer = await go([promiseOf(code('calculator'))], async ({ authority }) => {
      const input = new Uint8Array(101)
      const sum = { capability: 0, protocol: grid.protocol('calculator'), method: 'go', input }
      assert.equal(codeOf(await authority.call(sum)), 'HANDLER')
    })
    assertKept(answer)
  })

  test('is told to the runtime as what another handler waits for, pure or not, and the first is not', async () => {
    const told: unknown[] = []
    const native = (): Runtime => grid.runtimes[0] as Runtime
    const watching: Runtime = {
      kind: 'native',
      profile: (descriptor) => native().profile(descriptor),
      admit: (code, descriptor) => native().admit(code, descriptor),
      run: (call, cancel) => (told.push(call.isNested), native().run(call, cancel)),
    }
    const { grid, promiseOf, codeOf: code, go } = await stage({ runtimes: [watching] })
    const answer = await go(
      [promiseOf(code('calculator')), promiseOf(code('second'))],
      async ({ authority }) => {
        for (const [capability, name] of ['calculator', 'second'].entries())
          await authority.call({ capability, protocol: grid.protocol(name), method: 'go' })
      },
    )
    assertKept(answer)
    assert.deepEqual(told, [undefined, true, true])
  })

  test('is eight handlers deep at most, and nothing of a deeper one is kept (D-05)', async () => {
    const { grid, work, promiseOf, codeOf: code, go, put, stored } = await stage()
    let depth = 0
    const down: Work = async ({ authority }) => {
      depth += 1
      await authority.call(put(2, `level ${depth}`))
      const next = grid.protocol(depth % 2 === 1 ? 'second' : 'deputy')
      await authority.call({ capability: depth % 2, protocol: next, method: 'go', lend: [0, 1, 2] })
    }
    work.second = down
    const lent = [promiseOf(code('deputy')), promiseOf(code('second')), promiseOf(grid.space('notes'))]
    const answer = await go(lent, down)
    assert.equal(answer.code, 'BUDGET_DEPTH')
    assert.equal(depth, 9)
    assert.equal(await stored('level 1'), undefined)
  })

  test('is 64 calls at most, and none of more is kept (D-04)', async () => {
    const { grid, promiseOf, go, put, stored } = await stage()
    const many = (count: number): Promise<Answer> =>
      go([promiseOf(grid.space('notes'))], async ({ authority }) => {
        for (let index = 0; index < count; index += 1) await authority.call(put(0, `${count} ${index}`))
      })
    assert.equal((await many(65)).code, 'BUDGET_CALLS')
    assert.equal(await stored('65 0'), undefined)
    assertKept(await many(64))
    assert.equal(await stored('64 63'), 'value of 64 63')
  })

  test('is waited for: an answer before it has ended is none', async () => {
    const { grid, promiseOf, go, put, stored } = await stage()
    const answer = await go([promiseOf(grid.space('notes'))], async ({ authority }) => {
      void authority.call(put(0, 'a')).catch(() => undefined)
    })
    assert.equal(answer.code, 'TRAP')
    assert.equal(await stored('a'), undefined)
  })
})

describe('the budget of a cascade', () => {
  test('is that of its first call: work of all handlers is counted together', async () => {
    const { grid, promiseOf, codeOf: code, go, put } = await stage()
    const lent = [promiseOf(grid.space('notes'))]
    const twice: Work = async ({ authority }) => {
      await authority.call(put(0, 'a'))
      await authority.call(put(0, 'b'))
    }
    const whole = await go(lent, twice)
    assert.ok(whole.signed && whole.outcome.status === 'kept')
    const { fuel } = whole.outcome
    const allowing = (amount: number): Promise<Answer> =>
      go(lent, twice, { chain: [promiseOf(code('deputy'), { caveats: { budget: { fuel: amount } } })] })
    assertKept(await allowing(fuel))
    assert.equal((await allowing(fuel - 1)).code, 'BUDGET_FUEL')
  })

  test('is the smallest of what the caller has, what it allows and what the lent chain grants', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const sum = { capability: 0, protocol: grid.protocol('calculator'), method: 'go' }
    const codes: string[] = []
    const attempts: readonly [number | undefined, number | undefined][] = [
      [undefined, undefined],
      [1, undefined],
      [undefined, 1],
      [undefined, 0],
    ]
    for (const [granted, allowed] of attempts)
      await go(
        [
          promiseOf(code('calculator'), {
            caveats: granted === undefined ? {} : { budget: { fuel: granted } },
          }),
        ],
        async ({ authority }) => {
          const request = allowed === undefined ? sum : { ...sum, budget: { fuel: allowed } }
          codes.push(codeOf(await authority.call(request)))
        },
      )
    assert.deepEqual(codes, ['kept', 'BUDGET_FUEL', 'BUDGET_FUEL', 'BUDGET_FUEL'])
  })

  test('is charged to what is lent: each call, its fuel and the bytes of its result, or none', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const terms = { audience: node.principal, caveats: { total: { calls: 9 } } }
    const lent = promiseOf(code('calculator'), terms)
    const ask = { capability: 0, protocol: grid.protocol('calculator'), method: 'go' }
    const answer = await go([lent], async ({ authority }) => {
      assert.equal(text((await authority.call(ask)).ok), '0')
      assert.equal(text((await authority.call({ ...ask, input: bytes('x'.repeat(12)) })).ok), '12')
      assert.equal(codeOf(await authority.call({ ...ask, input: new Uint8Array(101) })), 'HANDLER')
    })
    assertKept(answer)
    const snapshot = grid.store.snapshot()
    const spent = await snapshot.get(SPACE.spent, idKey(lent.id))
    snapshot.close()
    const [calls, , outputBytes] = decodeCbor(spent ?? bytes(''), DAG_CBOR_PROFILE).ok as number[]
    assert.deepEqual([calls, outputBytes], [3, 3])
  })

  test('that is no number ends the call', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const sum = { capability: 0, protocol: grid.protocol('calculator'), method: 'go' }
    for (const fuel of [-1, 10.5, Number.NaN, -Infinity, 2 ** 53]) {
      const lent = [promiseOf(code('calculator'))]
      const answer = await go(lent, ({ authority }) => authority.call({ ...sum, budget: { fuel } }))
      assert.equal(answer.code, 'TRAP', String(fuel))
    }
  })

  test('leaves a handler that needs more memory unbegun: BUDGET_MEMORY', async () => {
    const { grid, promiseOf, codeOf: code, go } = await stage()
    const sum = { capability: 0, protocol: grid.protocol('calculator'), method: 'go' }
    const codes: string[] = []
    await go([promiseOf(code('calculator'))], async ({ authority }) => {
      for (const memoryBytes of [1023, 1024])
        codes.push(codeOf(await authority.call({ ...sum, budget: { memoryBytes } })))
    })
    assert.deepEqual(codes, ['BUDGET_MEMORY', 'kept'])
  })

  test('of wall time ends the handlers that are called too', async () => {
    const { grid, work, promiseOf, codeOf: code, go } = await stage()
    let ended = false
    work.second = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended = true
          reject(new Error('ended'))
        })
        // Two timers wait: the caller's fires first.
        setImmediate(() => grid.time.fire())
      })
    const answer = await go([promiseOf(code('second'))], ({ authority }) =>
      authority.call({ capability: 0, protocol: grid.protocol('second'), method: 'go' }),
    )
    // Retryable before its chain was proved would be a hint; it was proved.
    assert.equal(answer.code, 'BUDGET_TIME')
    assert.equal(ended, true)
  })
})
