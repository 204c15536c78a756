/** Two kernels of one node over one store, each with its own memory, as two processes have it. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'

import { startPostgres } from '../../conformance/test/postgres-server.ts'
import { SharedMemory } from '../../conformance/test/shared-memory.ts'
import { openPostgresBackend } from '../../promisebase/postgres/index.ts'
import { signRevocation } from '../index.ts'
import { foundGrid, START } from './fixture.ts'
import { watched } from './handlers.ts'
import type { Backend } from '../../promisebase/index.ts'
import type { Capability } from '../index.ts'

/** Answers how to open one store once more. */
type Sharing = () => () => Promise<Backend>

describe('two kernels on one memory', () => {
  const inMemory: Sharing = () => {
    const memory = new SharedMemory()
    return async () => memory.open()
  }
  claims(inMemory)
})

const server = await startPostgres()
describe('two kernels on one PostgreSQL', () => {
  if (typeof server === 'string') return void test('share a store', (t) => t.skip(server))
  after(() => server.stop())
  claims(() => {
    const schema = server.schema()
    return () => openPostgresBackend({ connection: server.connection, schema })
  })
})

/** Two kernels, a handler that counts, and a token for it. */
async function pair(sharing: Sharing) {
  const watch = watched('counter')
  const open = sharing()
  const grid = await foundGrid({ handlers: [watch.handler], backend: await open() })
  const stores = [grid.backend, await open()] as const
  const other = await grid.beside(stores[1])
  const chain = [grid.grant({ by: grid.node, parent: null, resource: grid.space('numbers') })]
  const add = () =>
    grid.compose({
      protocol: grid.protocol('counter'),
      method: 'add',
      resource: grid.space('numbers'),
      chain,
    })
  const count = async (): Promise<number> => {
    const snapshot = grid.store.snapshot()
    const value = await snapshot.get('numbers', new TextEncoder().encode('count'))
    snapshot.close()
    return value?.[0] ?? 0
  }
  const revoke = async (token: Capability): Promise<void> => {
    const fields = { grid: grid.grid, issuedAt: START, revoked: token.id }
    const accepted = await grid.kernel.acceptRevocation(signRevocation(grid.crypto, grid.node, fields).bytes)
    assert.equal(accepted.refused, undefined)
  }
  const close = async (): Promise<void> => {
    await grid.kernel.close()
    await other.close()
    for (const store of stores) await store.close()
  }
  return { grid, other, chain, add, count, revoke, close }
}

function claims(sharing: Sharing): void {
  test('one message sent to both at once acts once, and both give one reply', async () => {
    const { grid, other, add, count, close } = await pair(sharing)
    for (let round = 1; round <= 5; round++) {
      const { bytes } = add()
      const replies = await Promise.all([grid.kernel.dispatch(bytes), other.dispatch(bytes)])
      assert.deepEqual(replies[0], replies[1])
      assert.equal(await count(), round)
    }
    await close()
  })

  test('different messages sent to both at once all act', async () => {
    const { grid, other, add, count, close } = await pair(sharing)
    const kernels = [grid.kernel, other]
    const sent = Array.from({ length: 8 }, () => add())
    const replies = await Promise.all(sent.map(({ bytes }, i) => kernels[i % 2]!.dispatch(bytes)))
    for (const [i, reply] of replies.entries()) assert.equal(grid.read(sent[i]!, reply).code, 'kept')
    assert.equal(await count(), 8)
    await close()
  })

  test('what one has been told is revoked, the other refuses: an effect, a pure call and a repetition', async () => {
    const { grid, other, add, chain, count, revoke, close } = await pair(sharing)
    const token = grid.grant()
    const echo = grid.compose({ chain: [token] })
    assert.equal(grid.read(echo, await other.dispatch(echo.bytes)).code, 'kept')
    const first = add()
    assert.equal(grid.read(first, await other.dispatch(first.bytes)).code, 'kept')
    await revoke(token)
    await revoke(chain[0]!)
    for (const sent of [add(), grid.compose({ chain: [token] }), echo])
      assert.equal(grid.read(sent, await other.dispatch(sent.bytes)).code, 'REVOKED')
    assert.equal(await count(), 1)
    await close()
  })

  test('a grant handle of the other ends with its token', async () => {
    const { grid, other, revoke, close } = await pair(sharing)
    const token = grid.grant()
    const sent = grid.compose({ chain: [token] })
    const opened = await other.open(sent.bytes)
    assert.equal(opened.refused, undefined)
    await revoke(token)
    assert.equal((await other.open(sent.bytes)).refused?.code, 'REVOKED')
    await close()
  })
}
