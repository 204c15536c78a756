/** The store by message: each method under exactly its grant, and no way around it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  CODEC,
  createCid,
  DAG_CBOR_PROFILE,
  decodeCbor,
  encodeCbor,
  hashBlock,
} from '../../../promisebase/index.ts'
import { createHost, nodeCrypto } from '../../../runtimes/host/index.ts'
import { store } from '../index.ts'
import type { CborInput, CborValue } from '../../../promisebase/index.ts'
import type { Resource, Signer } from '../../../kernel/index.ts'
import type { CallResult, Host } from '../../../runtimes/host/index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Calls of one person to the store handler about one space, under a capability with these methods. */
async function holding(
  host: Host,
  {
    prefix = '',
    space = 'notes',
    methods = ['*'],
    as,
  }: { prefix?: string; space?: string; methods?: string[]; as?: Signer } = {},
) {
  const holder = as ?? (await host.identity('alice'))
  const resource: Resource = { kind: 'space', owner: host.node, space, prefix: bytes(prefix) }
  const capability = await host.promise({ to: holder.principal, resource, methods })
  const protocol = await host.handler('store')
  return (method: string, fields: CborInput, about: Resource = resource): Promise<CallResult> =>
    host.call({
      protocol,
      method,
      as: holder,
      capabilities: [capability],
      resource: about,
      input: fields instanceof Uint8Array ? fields : encodeCbor(fields),
    })
}

function valueOf(result: CallResult): CborValue | undefined {
  assert.ok(result.status === 'kept', JSON.stringify({ ...result, message: undefined }))
  return decodeCbor(result.bytes, DAG_CBOR_PROFILE).ok
}

function codeOf(result: CallResult): string {
  return result.status === 'kept' ? 'kept' : result.code
}

describe('the store handler', () => {
  test('puts, gets, lists and deletes entries of a space', async () => {
    await using host = await createHost()
    const call = await holding(host)
    for (const name of ['b', 'a', 'c'])
      assert.equal(valueOf(await call('put', { key: bytes(name), value: bytes(`value ${name}`) })), true)
    assert.deepEqual(valueOf(await call('get', { key: bytes('a') })), bytes('value a'))
    assert.equal(valueOf(await call('get', { key: bytes('absent') })), null)
    const entries = ['a', 'b', 'c'].map((name) => [bytes(name), bytes(`value ${name}`)])
    assert.deepEqual(valueOf(await call('list', { prefix: new Uint8Array(0) })), entries)
    assert.deepEqual(valueOf(await call('list', { prefix: bytes('b') })), [entries[1]])
    assert.deepEqual(
      valueOf(await call('list', { prefix: new Uint8Array(0), limit: 2 })),
      entries.slice(0, 2),
    )
    assert.deepEqual(valueOf(await call('list', { prefix: new Uint8Array(0), limit: 0 })), [])
    assert.equal(valueOf(await call('delete', { key: bytes('a') })), true)
    assert.equal(valueOf(await call('delete', { key: bytes('a') })), true)
    assert.equal(valueOf(await call('get', { key: bytes('a') })), null)
  })

  test('puts and gets blocks by their CID', async () => {
    await using host = await createHost()
    const call = await holding(host)
    const content = bytes('a block')
    const cid = hashBlock(nodeCrypto.sha256, CODEC.raw, content)
    assert.deepEqual(valueOf(await call('block.put', { bytes: content })), cid)
    assert.deepEqual(valueOf(await call('block.get', { cid })), content)
    const map = encodeCbor({ a: 1 })
    const named = hashBlock(nodeCrypto.sha256, CODEC.dagCbor, map)
    assert.deepEqual(valueOf(await call('block.put', { bytes: map, codec: CODEC.dagCbor })), named)
    assert.equal(valueOf(await call('block.get', { cid: createCid(CODEC.raw, new Uint8Array(32)) })), null)
  })

  test('holds no state of its own between two people', async () => {
    await using host = await createHost()
    const [alice, bob] = [
      await holding(host, { prefix: 'alice/' }),
      await holding(host, { prefix: 'bob/', as: await host.identity('bob') }),
    ]
    const key = bytes('alice/secret')
    assert.equal(codeOf(await alice('put', { key, value: bytes('x') })), 'kept')
    assert.equal(codeOf(await bob('get', { key })), 'FORBIDDEN')
    assert.equal(codeOf(await bob('list', { prefix: new Uint8Array(0) })), 'FORBIDDEN')
  })
})

describe('each space under its own capability:', () => {
  const PLACES = [
    ['notes', 'a/'],
    ['notes', 'b/'],
    ['mail', 'a/'],
    ['mail', ''],
    ['note', 'a/'],
    ['notes', ''],
  ] as const
  const key = (prefix: string): Uint8Array => bytes(`${prefix}key`)
  const calls = (prefix: string): readonly (readonly [string, CborInput])[] => [
    ['get', { key: key(prefix) }],
    ['put', { key: key(prefix), value: bytes('changed') }],
    ['delete', { key: key(prefix) }],
    ['list', { prefix: bytes(prefix) }],
  ]
  const entriesOf = async (host: Host): Promise<readonly string[]> => {
    using snapshot = host.store.snapshot()
    const found: string[] = []
    for (const space of ['mail', 'note', 'notes'])
      for await (const entry of snapshot.range(space))
        found.push(`${space} ${Buffer.from(entry.key).toString()} ${Buffer.from(entry.value).toString()}`)
    return found
  }

  test('one over a prefix of a space reaches no other prefix and no other space, by no method', async () => {
    await using host = await createHost()
    await host.store.transact((transaction) => {
      for (const [space, prefix] of PLACES) transaction.put(space, key(prefix), bytes(`${space} ${prefix}`))
    })
    const before = await entriesOf(host)
    const call = await holding(host, { space: 'notes', prefix: 'a/' })
    for (const [space, prefix] of PLACES.slice(1)) {
      const about: Resource = { kind: 'space', owner: host.node, space, prefix: bytes(prefix) }
      for (const [method, fields] of calls(prefix)) {
        assert.equal(codeOf(await call(method, fields, about)), 'RESOURCE', `${method} in ${space}/${prefix}`)
        const within = space === 'notes' ? codeOf(await call(method, fields)) : 'FORBIDDEN'
        assert.equal(within, 'FORBIDDEN', `${method} of ${prefix}key under its own resource`)
      }
    }
    assert.deepEqual(await entriesOf(host), before)
    for (const [method, fields] of calls('a/')) assert.equal(codeOf(await call(method, fields)), 'kept')
  })

  test('one over a whole space reaches all of its prefixes, and still no other space', async () => {
    await using host = await createHost()
    const call = await holding(host, { space: 'notes' })
    for (const prefix of ['a/', 'b/', '']) {
      const about: Resource = { kind: 'space', owner: host.node, space: 'notes', prefix: bytes(prefix) }
      for (const [method, fields] of calls(prefix))
        assert.equal(codeOf(await call(method, fields, about)), 'kept')
      for (const [method, fields] of calls(prefix))
        assert.equal(codeOf(await call(method, fields, { ...about, space: 'mail' })), 'RESOURCE')
    }
  })
})

describe('a caller', () => {
  const REACHES: [string, string, CborInput][] = [
    ['reads beside its prefix', 'get', { key: bytes('other') }],
    ['reads above its prefix', 'get', { key: bytes('mine') }],
    ['reads the empty key', 'get', { key: new Uint8Array(0) }],
    ['writes beside its prefix', 'put', { key: bytes('other'), value: bytes('x') }],
    ['deletes beside its prefix', 'delete', { key: bytes('minus/a') }],
    ['lists everything', 'list', { prefix: new Uint8Array(0) }],
    ['lists above its prefix', 'list', { prefix: bytes('min') }],
  ]
  for (const [what, method, fields] of REACHES) {
    test(`who ${what} is forbidden to`, async () => {
      await using host = await createHost()
      const call = await holding(host, { prefix: 'mine/' })
      assert.equal(codeOf(await call(method, fields)), 'FORBIDDEN')
    })
  }

  test('who asks about another resource than its grant is refused before the handler', async () => {
    await using host = await createHost()
    const call = await holding(host, { prefix: 'mine/' })
    const space = (name: string, prefix: string, owner = host.node): Resource => ({
      kind: 'space',
      owner,
      space: name,
      prefix: bytes(prefix),
    })
    for (const about of [
      space('notes', ''),
      space('notes', 'mine'),
      space('notes2', 'mine/'),
      space('.tokens', 'mine/'),
      space('notes', 'mine/', host.root.principal),
      { kind: 'node', owner: host.node } as const,
      { kind: 'label', owner: host.node, prefix: '' } as const,
    ])
      assert.equal(codeOf(await call('get', { key: bytes('mine/a') }, about)), 'RESOURCE')
  })

  test('who may do one thing may do no other', async () => {
    await using host = await createHost()
    const inputs: Record<string, CborInput> = {
      get: { key: bytes('a') },
      put: { key: bytes('a'), value: bytes('x') },
      delete: { key: bytes('a') },
      list: { prefix: bytes('a') },
      'block.get': { cid: host.grid },
      'block.put': { bytes: bytes('x') },
    }
    for (const granted of Object.keys(inputs)) {
      const call = await holding(host, { methods: [granted] })
      for (const [method, fields] of Object.entries(inputs))
        assert.equal(
          codeOf(await call(method, fields)),
          method === granted ? 'kept' : 'METHOD',
          `${granted} ${method}`,
        )
    }
  })

  test('who was granted a space of the kernel reaches nothing in it', async () => {
    await using host = await createHost()
    for (const space of [
      '.grid',
      '.policy',
      '.tokens',
      '.adopted',
      '.replay',
      '.expiry',
      '.results',
      '.clock',
    ]) {
      const call = await holding(host, { space })
      assert.equal(codeOf(await call('list', { prefix: new Uint8Array(0) })), 'FORBIDDEN')
      assert.equal(codeOf(await call('put', { key: bytes('mark'), value: new Uint8Array(8) })), 'FORBIDDEN')
    }
  })

  test('who was granted only the code of the handler has no space to use it on', async () => {
    await using host = await createHost()
    const alice = await host.identity('alice')
    const protocol = await host.handler('store')
    const capability = await host.promise({ to: alice.principal, resource: { kind: 'code', protocol } })
    const call = (resource?: Resource): Promise<CallResult> =>
      host.call({
        protocol,
        method: 'get',
        as: alice,
        capabilities: [capability],
        input: encodeCbor({ key: bytes('a') }),
        ...(resource === undefined ? {} : { resource }),
      })
    assert.equal(codeOf(await call()), 'FORBIDDEN')
    assert.equal(
      codeOf(await call({ kind: 'space', owner: host.node, space: 'notes', prefix: bytes('') })),
      'RESOURCE',
    )
  })
})

describe('arguments', () => {
  const WRONG: [string, CborInput][] = [
    ['get', bytes('not cbor')],
    ['get', new Uint8Array(0)],
    ['get', Uint8Array.of(0xbf, 0xff)],
    ['get', []],
    ['get', {}],
    ['get', { key: 'text' }],
    ['get', { key: 7 }],
    ['get', { Key: bytes('a') }],
    ['put', { key: bytes('a') }],
    ['put', { value: bytes('a') }],
    ['put', { key: bytes('a'), value: 'text' }],
    ['list', {}],
    ['list', { prefix: bytes('a'), limit: -1 }],
    ['list', { prefix: bytes('a'), limit: 1.5 }],
    ['list', { prefix: bytes('a'), limit: '1' }],
    ['block.get', { cid: 'text' }],
    ['block.get', { cid: bytes('bytes') }],
    ['block.put', { bytes: 'text' }],
    ['block.put', { bytes: bytes('a'), codec: -1 }],
    ['block.put', { bytes: bytes('a'), codec: 'raw' }],
  ]
  for (const [method, fields] of WRONG) {
    test(`${method} of ${JSON.stringify(fields).slice(0, 40)} are refused by the handler`, async () => {
      await using host = await createHost()
      assert.equal(codeOf(await (await holding(host))(method, fields)), 'HANDLER')
    })
  }

  test('longer than the store takes are refused as that', async () => {
    await using host = await createHost()
    const call = await holding(host)
    assert.equal(codeOf(await call('put', { key: new Uint8Array(2_000), value: bytes('x') })), 'LIMIT')
    assert.equal(codeOf(await call('put', { key: bytes('a'), value: new Uint8Array(1_100_000) })), 'LIMIT')
    assert.equal(codeOf(await call('block.put', { bytes: new Uint8Array(1_100_000) })), 'LIMIT')
  })

  test('cannot make a list longer than memory should hold', async () => {
    await using host = await createHost()
    const call = await holding(host)
    for (let index = 0; index < 9; index += 1)
      assert.equal(
        codeOf(await call('put', { key: Uint8Array.of(index), value: new Uint8Array(1_000_000) })),
        'kept',
      )
    assert.equal(codeOf(await call('list', { prefix: new Uint8Array(0) })), 'HANDLER')
    assert.equal(codeOf(await call('list', { prefix: new Uint8Array(0), limit: 2 })), 'kept')
  })

  test('name no method by what every object has', async () => {
    const signal = new AbortController().signal
    const readMessage = (): never => assert.fail('it reads no messages')
    for (const method of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'then'])
      await assert.rejects(
        Promise.resolve(
          store.run({ method, input: encodeCbor({}), context: new Uint8Array(0), readMessage, signal }),
        ),
        { name: 'HandlerError' },
      )
  })
})
