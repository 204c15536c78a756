/** The smallest handler, through a host: what comes in goes out, and nothing else happens. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHost } from '../../../runtimes/host/index.ts'
import { echo } from '../index.ts'

test('gives back every byte it is given, none or many', async () => {
  await using host = await createHost()
  const protocol = await host.handler('echo')
  for (const length of [0, 1, 255, 20_000, 1_200_000]) {
    const input = Uint8Array.from({ length }, (_, index) => index % 251)
    const result = await host.call({ protocol, method: 'echo', input })
    assert.ok(result.status === 'kept', JSON.stringify(result))
    assert.deepEqual(result.bytes, input)
  }
})

test('is pure, has one method, and takes no state', async () => {
  assert.deepEqual([echo.pure, echo.methods], [true, ['echo']])
  const signal = new AbortController().signal
  const readMessage = (): never => assert.fail('it reads no messages')
  const input = Uint8Array.of(1, 2)
  assert.deepEqual(
    await echo.run({ method: 'echo', input, context: new Uint8Array(0), readMessage, signal }),
    input,
  )
})

test('refuses any other method', async () => {
  await using host = await createHost()
  const protocol = await host.handler('echo')
  for (const method of ['Echo', 'echo2', '*', 'constructor']) {
    const result = await host.call({ protocol, method, input: new Uint8Array(0) })
    assert.deepEqual([result.status, 'code' in result && result.code], ['refused', 'UNKNOWN_METHOD'])
  }
})
