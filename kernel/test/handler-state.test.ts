/** What a handler reaches of the store: the resource of its message by the methods of its grant, and no more. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC } from '../../promisebase/index.ts'
import { ForbiddenError } from '../index.ts'
import { SPACE } from '../spaces.ts'
import { descriptorSaying } from './descriptors.ts'
import { foundGrid, people } from './fixture.ts'
import { manyTurns } from './turns.ts'
import type { HandlerState, NativeCall, NativeHandler, Resource } from '../index.ts'
import type { Answer, Grid } from './fixture.ts'

const { node } = people
const utf8 = new TextEncoder()
const bytes = (text: string): Uint8Array => utf8.encode(text)
const DONE = bytes('done')

type Attack = (state: HandlerState, call: NativeCall) => Promise<unknown> | unknown

/** A handler whose every call is an attack that the test hands in. */
async function attacked(attack: Attack, fields: Partial<NativeHandler> = {}) {
  const handler: NativeHandler = {
    name: 'hostile',
    version: 1,
    methods: ['go'],
    pure: false,
    public: false,
    limits: { memoryBytes: 1024 },
    run: async (call) => {
      await attack(call.state as HandlerState, call)
      return DONE
    },
    ...fields,
  }
  const grid = await foundGrid({ handlers: [handler] })
  await grid.store.transact((transaction) => {
    for (const key of ['mine/a', 'mine/b', 'minex', 'yours/a'])
      transaction.put('notes', bytes(key), bytes(`value of ${key}`))
    transaction.put('notes2', bytes('mine/a'), bytes('value elsewhere'))
  })
  return grid
}

/** What comes of the attack under a grant on `notes`, keys from `mine/`, with these methods. */
async function attempt(
  attack: Attack,
  methods: readonly string[] = ['*'],
  resource?: (grid: Grid) => Resource,
): Promise<{ answer: Answer; changed: boolean; grid: Grid }> {
  const grid = await attacked(attack)
  const granted = resource?.(grid) ?? grid.space('notes', 'mine/')
  const grant = grid.grant({ by: node, parent: null, resource: granted, methods: [...methods] })
  const before = await grid.fingerprint()
  const answer = await grid.send({
    protocol: grid.protocol('hostile'),
    resource: granted,
    method: 'go',
    chain: [grant],
  })
  const changed = before !== (await grid.fingerprint()) && answer.code === 'kept'
  return { answer, changed, grid }
}

const list = async (state: HandlerState, prefix: string): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of state.range({ prefix: bytes(prefix), limit: 100 }))
    keys.push(new TextDecoder().decode(key))
  return keys
}

describe('a handler may', () => {
  test('read, write, delete and list below the prefix of its message', async () => {
    const { answer, changed } = await attempt(async (state) => {
      assert.deepEqual(await state.get(bytes('mine/a')), bytes('value of mine/a'))
      state.put(bytes('mine/c'), bytes('new'))
      state.delete(bytes('mine/a'))
      assert.deepEqual(await list(state, 'mine/'), ['mine/b', 'mine/c'])
      assert.equal(await state.get(bytes('mine/a')), undefined)
    })
    assert.equal(answer.code, 'kept')
    assert.ok(changed)
  })

  test('put and get blocks when its grant says so', async () => {
    const { answer } = await attempt(
      async (state) => {
        const cid = state.putBlock(bytes('block'))
        assert.deepEqual(await state.getBlock(cid), bytes('block'))
        assert.equal(state.putBlock(Uint8Array.of(0xa0), CODEC.dagCbor).code, CODEC.dagCbor)
      },
      ['block.get', 'block.put', 'go'],
    )
    assert.equal(answer.code, 'kept')
  })
})

const REACHES: Record<string, Attack> = {
  'reads beside its prefix': (state) => state.get(bytes('yours/a')),
  'reads a key that begins like its prefix': (state) => state.get(bytes('minex')),
  'reads a key shorter than its prefix': (state) => state.get(bytes('mine')),
  'reads the empty key': (state) => state.get(new Uint8Array(0)),
  'writes beside its prefix': (state) => state.put(bytes('yours/a'), DONE),
  'deletes beside its prefix': (state) => state.delete(bytes('yours/a')),
  'lists above its prefix': (state) => list(state, ''),
  'lists beside its prefix': (state) => list(state, 'yours/'),
  'renames its space': (state) => {
    const resource = state.resource as { space: string }
    resource.space = 'notes2'
    return state.get(bytes('mine/a'))
  },
  'empties its prefix': async (state) => {
    const resource = state.resource as { prefix: Uint8Array }
    resource.prefix = new Uint8Array(0)
    return state.get(bytes('yours/a'))
  },
  'writes on its prefix': (state) => {
    const { prefix } = state.resource as { prefix: Uint8Array }
    prefix.set(bytes('yours'))
    return state.get(bytes('yours/a'))
  },
  'replaces a function of its state': (state) => {
    Object.assign(state, { get: () => DONE })
    return undefined
  },
}

describe('a handler is stopped, and nothing of it kept, when it', () => {
  for (const [what, attack] of Object.entries(REACHES)) {
    test(what, async () => {
      const { answer, changed } = await attempt(async (state, call) => {
        state.put(bytes('mine/written'), bytes('before the attack'))
        await attack(state, call)
      })
      assert.ok(['FORBIDDEN', 'TRAP'].includes(answer.code), answer.code)
      assert.equal(changed, false)
    })
  }

  const METHODS: Record<string, Attack> = {
    get: (state) => state.get(bytes('mine/a')),
    put: (state) => state.put(bytes('mine/a'), DONE),
    delete: (state) => state.delete(bytes('mine/a')),
    list: (state) => list(state, 'mine/'),
    'block.get': (state) => state.getBlock(state.putBlock(DONE)),
    'block.put': (state) => state.putBlock(DONE),
  }
  for (const [method, attack] of Object.entries(METHODS)) {
    test(`does what needs the method ${method} without it`, async () => {
      const others = Object.keys(METHODS).filter((each) => each !== method)
      const { answer } = await attempt(attack, ['go', ...others].sort())
      assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code: 'FORBIDDEN' })
    })
  }

  const RESOURCES: Record<string, (grid: Grid) => Resource> = {
    'everything of the node': () => ({ kind: 'node', owner: node.principal }),
    'its code': (grid) => ({ kind: 'code', protocol: grid.protocol('hostile') }),
    'a label': () => ({ kind: 'label', owner: node.principal, prefix: '' }),
    ...Object.fromEntries(
      Object.values(SPACE).map((name) => [`the space ${name}`, (grid: Grid) => grid.space(name)]),
    ),
    'a space of the kernel that does not exist yet': (grid) => grid.space('.later'),
  }
  for (const [what, resource] of Object.entries(RESOURCES)) {
    test(`reaches for keys while its message is about ${what}`, async () => {
      for (const attack of [
        (state: HandlerState) => state.get(bytes('genesis')),
        (state: HandlerState) => state.put(bytes('mark'), new Uint8Array(8)),
        (state: HandlerState) => state.delete(bytes('genesis')),
        (state: HandlerState) => list(state, ''),
      ]) {
        const { answer, changed } = await attempt(attack, ['*'], resource)
        assert.equal(answer.code, 'FORBIDDEN')
        assert.equal(changed, false)
      }
    })
  }
})

describe('a handler that changes what it asked for while it is looked at', () => {
  test('gets the value of a key it may have', async () => {
    const seen: (Uint8Array | undefined)[] = []
    await attempt(async (state) => void seen.push(await state.get(changing('mine/a', 'yours/a'))))
    assert.equal(seen.length, 1)
    assert.notDeepEqual(seen[0], bytes('value of yours/a'))
  })

  test('gets a list below a prefix it may have, whatever else it asks for', async () => {
    let asked = 0
    const ranges = [
      Object.defineProperty({ limit: 10 }, 'prefix', {
        get: () => bytes((asked += 1) === 1 ? 'mine/' : ''),
      }) as { prefix: Uint8Array; limit: number },
      { prefix: bytes('mine/'), gte: bytes(''), lt: bytes('z'), limit: 10 },
      { prefix: bytes('mine/'), after: bytes(''), limit: 10 },
      { prefix: bytes('mine/'), after: bytes('yours/'), limit: 10 },
      { prefix: bytes('mine/'), limit: Number.NaN },
      { prefix: bytes('mine/'), limit: -1 },
    ]
    const seen: string[] = []
    for (const range of ranges)
      await attempt(async (state) => {
        for await (const { key } of state.range(range)) seen.push(new TextDecoder().decode(key))
      })
    assert.ok(seen.length > 0)
    for (const key of seen) assert.ok(key.startsWith('mine/'), key)
  })
})

describe('state', () => {
  test('is listed a page at a time, behind the last key of the page before', async () => {
    const pages: string[][] = []
    await attempt(async (state) => {
      for (const name of ['1', '2', '3']) state.put(bytes(`mine/page/${name}`), DONE)
      let after = bytes('mine/page/')
      for (let page = 0; page < 3; page += 1) {
        const keys: Uint8Array[] = []
        for await (const { key } of state.range({ prefix: bytes('mine/page/'), after, limit: 2 }))
          keys.push(key)
        pages.push(keys.map((key) => new TextDecoder().decode(key)))
        after = keys.at(-1) ?? after
      }
    })
    assert.deepEqual(pages, [['mine/page/1', 'mine/page/2'], ['mine/page/3'], []])
  })

  test('is gone after the call, for a handler that kept it', async () => {
    let kept: HandlerState | undefined
    const { answer, grid } = await attempt((state) => void (kept = state))
    assert.equal(answer.code, 'kept')
    const before = await grid.fingerprint()
    const state = kept as unknown as HandlerState
    await assert.rejects(state.get(bytes('mine/a')), ForbiddenError)
    assert.throws(() => state.put(bytes('mine/a'), DONE), ForbiddenError)
    assert.throws(() => state.delete(bytes('mine/a')), ForbiddenError)
    assert.throws(() => state.range({ prefix: bytes('mine/'), limit: 1 }), ForbiddenError)
    assert.throws(() => state.putBlock(DONE), ForbiddenError)
    await assert.rejects(state.getBlock(grid.grid), ForbiddenError)
    assert.equal(await grid.fingerprint(), before)
  })

  test('is gone for a run that was stopped, though it goes on', async () => {
    let goOn: () => void = () => undefined
    const waiting = new Promise<void>((resolve) => (goOn = resolve))
    let end: unknown
    const grid = await attacked(async (state) => {
      await waiting
      try {
        state.put(bytes('mine/late'), DONE)
      } catch (error) {
        end = error
        throw error
      }
    })
    const resource = grid.space('notes', 'mine/')
    const sent = grid.compose({
      protocol: grid.protocol('hostile'),
      resource,
      method: 'go',
      chain: [grid.grant({ by: node, parent: null, resource })],
    })
    const before = await grid.fingerprint()
    const running = grid.kernel.dispatch(sent.bytes)
    await manyTurns()
    grid.time.fire()
    assert.equal(grid.read(sent, await running).code, 'BUDGET_TIME')
    goOn()
    await manyTurns()
    assert.ok(end instanceof ForbiddenError)
    assert.equal(await grid.fingerprint(), before)
  })

  test('a list begun during the call cannot be finished after it', async () => {
    let kept: AsyncIterator<{ key: Uint8Array }> | undefined
    const { answer } = await attempt(async (state) => {
      kept = state.range({ prefix: bytes('mine/'), limit: 10 })[Symbol.asyncIterator]()
      await kept.next()
    })
    assert.equal(answer.code, 'kept')
    await assert.rejects(Promise.resolve(kept?.next()))
  })

  test('is not given to pure handlers', async () => {
    const seen: unknown[] = []
    const grid = await attacked((state, call) => void seen.push(state, 'state' in call), { pure: true })
    const protocol = grid.protocol('hostile')
    const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
    assert.equal((await grid.send({ protocol, chain, method: 'go' })).code, 'kept')
    assert.deepEqual(seen, [undefined, false])
  })

  test('is what the message asks for, not all that its sender was granted', async () => {
    const grid = await attacked((state) => state.get(bytes('yours/a')))
    const all = grid.grant({ by: node, parent: null, resource: { kind: 'node', owner: node.principal } })
    const answer = await grid.send({
      protocol: grid.protocol('hostile'),
      resource: grid.space('notes', 'mine/'),
      method: 'go',
      chain: [all],
    })
    assert.equal(answer.code, 'FORBIDDEN')
  })

  test('of two handlers at once are two', async () => {
    const states: HandlerState[] = []
    const grid = await attacked((state) => void states.push(state))
    const protocol = grid.protocol('hostile')
    const send = (prefix: string): Promise<Answer> => {
      const resource = grid.space('notes', prefix)
      return grid.send({
        protocol,
        resource,
        method: 'go',
        chain: [grid.grant({ by: node, parent: null, resource })],
      })
    }
    await Promise.all([send('mine/'), send('yours/')])
    assert.equal(states.length, 2)
    assert.notEqual(states[0], states[1])
  })
})

describe('what a handler asks of the store too much', () => {
  for (const [what, attack] of Object.entries({
    'a key longer than a key may be': (state: HandlerState) =>
      state.put(Uint8Array.from([...bytes('mine/'), ...new Uint8Array(2_000)]), DONE),
    'a value longer than a value may be': (state: HandlerState) =>
      state.put(bytes('mine/a'), new Uint8Array(2 * 1024 * 1024)),
    'a block longer than a block may be': (state: HandlerState) =>
      state.putBlock(new Uint8Array(2 * 1024 * 1024)),
  })) {
    test(`is refused as its own fault, not as one of the store: ${what}`, async () => {
      const { answer, changed } = await attempt(attack)
      assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code: 'LIMIT' })
      assert.equal(changed, false)
    })
  }
})

describe('a message', () => {
  test('about a space cannot make pure code run: a space is no promise of computing', async () => {
    const grid = await attacked(() => undefined)
    const resource = grid.space('notes', 'mine/')
    const chain = [grid.grant({ by: node, parent: null, resource })]
    const answer = await grid.send({ resource, chain, method: 'echo' })
    assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code: 'RESOURCE' })
  })

  test('gets no state from a descriptor that calls pure code impure', async () => {
    const grid = await attacked(() => undefined)
    const protocol = await descriptorSaying(grid, 'echo', { pure: false })
    const resource = grid.space('notes', 'mine/')
    const chain = [grid.grant({ by: node, parent: null, resource })]
    assert.equal((await grid.send({ protocol, resource, chain, method: 'echo' })).code, 'ADMIT')
  })
})

/** Bytes that read as one key the first time through, and as another one after that. */
function changing(first: string, then: string): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(then.length))
  shared.set(bytes(first.padEnd(then.length)))
  let reads = 0
  return new Proxy(shared, {
    get: (target, name) => {
      reads += 1
      if (reads > first.length * 3) target.set(bytes(then))
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
