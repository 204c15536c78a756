/** Runs are known for as long as they work, and hold on to nothing after that. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { PassingMap } from '../../../promisebase/index.ts'
import { cancelBy } from '../../cancel.ts'
import { RevokedIds } from '../../revocation/revoked-ids.ts'
import { underChain } from '../../revocation/runs.ts'
import type { Revocations } from '../../revocation/known.ts'
import type { KernelState } from '../../state.ts'

/** All that a run without links asks of its kernel. */
function kernelWithoutRecords(): { kernel: KernelState; runs: Revocations['runs'] } {
  const ids = new RevokedIds(new Uint8Array(16))
  const revocations: Revocations = { ids, heartbeats: new Map(), runs: new PassingMap() }
  return { kernel: { revocations } as unknown as KernelState, runs: revocations.runs }
}

const never = (): AbortSignal => new AbortController().signal

describe('a run', () => {
  test('is known while it works, and not when it has ended or failed', async () => {
    const { kernel, runs } = kernelWithoutRecords()
    await underChain(kernel, [], cancelBy(never()), async () => {
      assert.equal(runs.size, 1)
      return {}
    })
    assert.equal(runs.size, 0)
    const failing = underChain(kernel, [], cancelBy(never()), () => Promise.reject(new Error('failed')))
    await assert.rejects(failing, /failed/)
    assert.equal(runs.size, 0)
  })

  test('does nothing any more that it was told to forget, when its caller gives up', async () => {
    const { kernel } = kernelWithoutRecords()
    const caller = new AbortController()
    const done: string[] = []
    await underChain(kernel, [], cancelBy(caller.signal), async (cancel) => {
      const forget = cancel.onAbort(() => done.push('forgotten'))
      cancel.onAbort(() => done.push('kept'))
      forget()
      assert.equal(cancel.aborted, false)
      caller.abort()
      assert.equal(cancel.aborted, true)
      return {}
    })
    assert.deepEqual(done, ['kept'])
  })
})
