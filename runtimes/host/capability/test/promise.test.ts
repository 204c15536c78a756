/** Promises on a host: awaited in the program, after a restart on the same folder, and from the command line. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { encodeCbor } from '../../../../promisebase/index.ts'
import { createHost } from '../../index.ts'
import { grid, temporaryFolder } from '../../test/grid.ts'
import type { CborInput } from '../../../../promisebase/index.ts'
import type { CallResult, Host } from '../../index.ts'

const folder = temporaryFolder()

async function ask(host: Host, method: string, fields: CborInput): Promise<CallResult> {
  const protocol = await host.handler('promises')
  return host.call({ protocol, method, input: encodeCbor(fields) })
}

async function defer(host: Host, seconds = 600) {
  const answer = await ask(host, 'defer', { seconds })
  assert.ok(answer.status === 'deferred', answer.status)
  return answer
}

function textOf(result: CallResult): string {
  assert.ok(result.status === 'kept', JSON.stringify({ ...result, message: undefined }))
  return new TextDecoder().decode(result.bytes)
}

const output = new TextEncoder().encode('done')

describe('a promise on a host', () => {
  test('is awaited, and settles as its resolution says', async () => {
    await using host = await createHost()
    const answer = await defer(host)
    const settled = answer.settled()
    assert.equal((await ask(host, 'keep', { promise: answer.promise.id, output })).status, 'kept')
    assert.equal(textOf(await settled), 'done')
    assert.equal(textOf(await host.when(answer.promise.id)), 'done')
  })

  test('settles with content that is too long for a message', async () => {
    await using host = await createHost()
    const { promise, settled } = await defer(host)
    const long = new Uint8Array(40_000).fill(65)
    assert.equal((await ask(host, 'keep', { promise: promise.id, output: long })).status, 'kept')
    assert.equal(textOf(await settled()).length, 40_000)
  })

  test('is broken, expires, or is waited for no longer', async () => {
    let now = Date.now()
    await using host = await createHost({ clock: () => now })
    const broken = await defer(host)
    await ask(host, 'break', { promise: broken.promise.id, detail: 'no' })
    const result = await broken.settled()
    assert.ok(result.status === 'broken' && result.detail === 'no' && result.signed)
    const late = await defer(host, 10)
    const early = await late.settled({ timeoutMs: 1 })
    assert.ok(early.status === 'refused' && early.code === 'PENDING' && !early.signed)
    const given = await late.settled({ signal: AbortSignal.abort() })
    assert.ok(given.status === 'refused' && given.code === 'ABORTED')
    now += 11_000
    assert.equal((await late.settled()).status, 'expired')
    const nothing = await host.when(host.grid)
    assert.ok(nothing.status === 'refused' && nothing.code === 'MISSING')
  })

  test('survives the host: who waits again on the same folder is told', async () => {
    const data = join(folder, 'restart')
    const promise = await (async () => {
      await using host = await createHost({ data })
      const answer = await defer(host)
      const interrupted = answer.settled()
      await host.kernel.close()
      const result = await interrupted
      assert.ok(result.status === 'refused' && result.code === 'ABORTED')
      return answer.promise.id
    })()
    await using host = await createHost({ data })
    const waiting = host.when(promise)
    await ask(host, 'keep', { promise, output })
    assert.equal(textOf(await waiting), 'done')
  })
})

describe('grid promise', () => {
  test('shows and waits for what grid call was promised', async () => {
    const data = join(folder, 'cli')
    const run = async (...words: string[]) => {
      const { exit, stdout, stderr } = await grid(['--data', data, ...words])
      return { code: exit, out: stdout.toString(), err: stderr }
    }
    assert.equal((await run('init')).code, 0)
    const call = await run('--json', 'call', 'promises', 'defer', '--arg', 'seconds:=600')
    assert.equal(call.code, 7)
    const { error, result } = JSON.parse(call.out)
    assert.equal(error.code, 'PENDING')
    assert.equal(result.status, 'deferred')
    const { id } = result.promise
    assert.match((await run('promise', 'show', id)).out, /status +open/)
    const early = await run('promise', 'wait', id, '--timeout', '0')
    assert.deepEqual([early.code, early.out], [7, ''])
    assert.match(early.err, /PENDING/)
    const waiting = run('promise', 'wait', id)
    const kept = await run('call', 'promises', 'keep', '--arg', `promise:=${id}`, '--arg', 'output=done')
    assert.equal(kept.code, 0, kept.err)
    const told = await waiting
    assert.deepEqual([told.code, told.out], [0, 'done'], told.err)
    assert.match((await run('promise', 'show', id)).out, /status +kept/)
    const text = await run('call', 'promises', 'defer', '--arg', 'seconds:=1')
    assert.match(text.out + text.err, /grid promise wait b/)
    const missing = await run('promise', 'show', result.message.id)
    assert.equal(missing.code, 5)
  })
})
