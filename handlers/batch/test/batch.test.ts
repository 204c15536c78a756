/** What a batch takes and tells; that it has no authority of its own is held in kernel/test and in the vectors. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { createHost } from '../../../runtimes/host/index.ts'
import { encodeCbor } from '../../../promisebase/index.ts'
import type { CborInput } from '../../../promisebase/index.ts'
import type { CallResult, Host } from '../../../runtimes/host/index.ts'

let host: Host

before(async () => {
  host = await createHost({ clock: () => 1_780_000_000_000 })
})

after(() => host.close())

describe('a batch', () => {
  const send = async (calls: CborInput, method = 'all'): Promise<CallResult> => {
    const alice = await host.identity('alice')
    const promise = (name: string) =>
      host
        .handler(name)
        .then((protocol) => host.promise({ to: alice.principal, resource: { kind: 'code', protocol } }))
    const [own, echo] = [await promise('batch'), await promise('echo')]
    return host.call({
      protocol: await host.handler('batch'),
      method,
      input: encodeCbor(calls),
      as: alice,
      capabilities: [own],
      table: [[echo]],
    })
  }
  const echoCall = async (more: Readonly<Record<string, CborInput>> = {}) => ({
    capability: 0,
    protocol: await host.handler('echo'),
    method: 'echo',
    input: Uint8Array.of(1, 2, 3),
    ...more,
  })

  test('gives the results in the order of its calls', async () => {
    const result = await send([await echoCall(), await echoCall({ input: Uint8Array.of(4) })])
    assert.ok(result.status === 'kept')
    assert.deepEqual(result.bytes, encodeCbor([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]))
  })

  test('of no calls gives no results', async () => {
    const result = await send([])
    assert.ok(result.status === 'kept')
    assert.deepEqual(result.bytes, encodeCbor([]))
  })

  test('of all ends with the first that is refused; of each tells its code', async () => {
    const calls = [await echoCall({ method: 'shout' }), await echoCall()]
    const all = await send(calls)
    assert.ok(all.status === 'refused' && all.code === 'HANDLER')
    assert.match(all.detail ?? '', /call 0: UNKNOWN_METHOD/)
    const each = await send(calls, 'each')
    assert.ok(each.status === 'kept')
    assert.deepEqual(each.bytes, encodeCbor(['UNKNOWN_METHOD', Uint8Array.of(1, 2, 3)]))
  })

  test('that cannot be read is refused, and says where', async () => {
    const wrong: readonly [CborInput, RegExp][] = [
      [{ calls: [] }, /array of calls/],
      [[1], /call 0: it is not a map/],
      [[await echoCall({ capability: '0' })], /call 0: capability/],
      [[await echoCall({ protocol: 'echo' })], /call 0: protocol/],
      [[await echoCall(), await echoCall({ method: 1 })], /call 1: method/],
      [[await echoCall({ input: 'text' })], /call 0: input/],
      [[await echoCall({ lend: [null] })], /call 0: lend/],
      [[await echoCall({ resource: ['file', 'x'] })], /call 0: resource/],
      [[await echoCall({ budget: 1 })], /call 0: budget/],
    ]
    for (const [calls, says] of wrong) {
      const result = await send(calls)
      assert.ok(result.status === 'refused' && result.code === 'HANDLER', says.source)
      assert.match(result.detail ?? '', says)
    }
  })
})
