/** A node that is closed, or dies, in the middle of many messages: none is lost, and none happens twice. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { foundGrid, people } from './fixture.ts'
import { watched } from './handlers.ts'
import { manyTurns } from './turns.ts'
import type { ComposedMessage } from '../index.ts'

const { node } = people
const MESSAGES = 100

/** A hundred messages, each about a counter of its own or all about one. */
async function hundred(method: string, isShared: boolean) {
  const watch = watched('counter')
  const grid = await foundGrid({ handlers: [watch.handler] })
  const protocol = grid.protocol('counter')
  const messages: { readonly sent: ComposedMessage; readonly space: string }[] = []
  for (let index = 0; index < MESSAGES; index += 1) {
    const space = isShared ? 'numbers' : `numbers-${index}`
    const resource = grid.space(space)
    const chain = [grid.grant({ by: node, parent: null, resource })]
    messages.push({ sent: grid.compose({ protocol, resource, method, chain }), space })
  }
  const count = async (space: string): Promise<number> => {
    const snapshot = grid.store.snapshot()
    const value = await snapshot.get(space, new TextEncoder().encode('count'))
    snapshot.close()
    return value?.[0] ?? 0
  }
  return { ...watch, grid, messages, count }
}

describe('a kernel that closes with a hundred messages in flight', () => {
  for (const isShared of [false, true]) {
    test(`loses none and does none twice, ${isShared ? 'all on one key' : 'each on its own'}`, async () => {
      const { grid, messages, count, arrived, release } = await hundred('addWait', isShared)
      const running = messages.map(({ sent }) => grid.kernel.dispatch(sent.bytes))
      await arrived()
      for (let some = 0; some < 30; some += 1) release()
      await manyTurns()
      await grid.kernel.close()
      const answers = await Promise.all(running)
      await grid.restart()
      for (let each = 0; each < 2 * MESSAGES; each += 1) release()
      let kept = 0
      for (const [index, { sent }] of messages.entries()) {
        const first = answers[index] as Uint8Array
        const { code } = grid.read(sent, first)
        assert.ok(['kept', 'ABORTED', 'CONFLICT'].includes(code), code)
        const again = await grid.kernel.dispatch(sent.bytes)
        assert.equal(grid.read(sent, again).code, 'kept')
        if (code !== 'kept') continue
        kept += 1
        assert.deepEqual(again, first)
      }
      assert.ok(kept < MESSAGES)
      const spaces = isShared ? ['numbers'] : messages.map(({ space }) => space)
      for (const space of spaces) assert.equal(await count(space), isShared ? MESSAGES : 1)
    })
  }
})

describe('a message that ends its run badly', () => {
  test('is put away with its refusal: it runs once, and those behind it are served', async () => {
    const { grid, calls } = await hundred('add', true)
    const chain = [grid.grant({ by: node, parent: null, resource: grid.space('numbers') })]
    const request = { protocol: grid.protocol('counter'), resource: grid.space('numbers'), chain }
    const poison = grid.compose({ ...request, method: 'addThrow' })
    for (let time = 0; time < 3; time += 1) {
      assert.equal((await grid.send(poison)).code, 'TRAP')
      assert.equal((await grid.send({ ...request, method: 'add' })).code, 'kept')
      await grid.restart()
    }
    assert.equal(calls.filter(({ method }) => method === 'addThrow').length, 1)
  })
})
