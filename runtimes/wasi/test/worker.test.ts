/** The runtime in Web Workers: in headless Chromium, where there are any. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { findChromium, runInBrowser } from '../../../conformance/test/browser-page.ts'
import { createWorkerRuntime } from '../index.ts'
import { asking } from './asking.ts'
import { assemble, ECHO, reactor } from './fixtures.ts'
import type { WorkerAnswer, WorkerGiven } from './worker/claims.ts'

const GET = `
  (local.set $n (call $state_get (local.get $ptr) (local.get $len) (i32.const 8192) (i32.const 1024)))
  (call $result (i32.const 8192) (local.get $n))`

const base64 = (code: Uint8Array): string => Buffer.from(code).toString('base64')
const given: WorkerGiven = {
  echo: base64(assemble(ECHO)),
  endless: base64(assemble(reactor('(loop $l (br $l)) (i64.const 0)'))),
  reader: base64(asking(GET).code),
}

const ECHOED = [1, 2, 3]
const ALL = 1e15

const ran = await answerOfPage()

describe('the runtime in Web Workers', () => {
  const claim = (name: string, check: (answer: WorkerAnswer) => void): void =>
    void it(name, (t) => {
      if (typeof ran === 'string') return t.skip(ran)
      t.diagnostic(ran.browser)
      check(ran)
    })

  claim(
    'gives the bytes and the fuel of a run in the page, before and after it knows the code',
    ({ echoes }) => {
      const [first] = echoes as { output: number[] }[]
      assert.deepEqual(first?.output, ECHOED)
      assert.deepEqual(echoes, [first, first, first])
    },
  )

  claim('leaves the page free while a guest runs without an end, and ends that', (answer) => {
    assert.equal((answer.endless as { code: string }).code, 'BUDGET_TIME')
    assert.ok(answer.turns > 3, `the page had ${answer.turns} turns`)
    assert.deepEqual(answer.afterEndless, answer.echoes[0])
  })

  claim('asks the page what a guest asks its host', ({ asked }) => {
    const [page, worker] = asked as { output: number[] }[]
    assert.deepEqual(page?.output, [2, 3, 4])
    assert.deepEqual(worker, page)
  })

  claim('fails with what the page cannot answer for, as a run in the page would', ({ faulty }) => {
    assert.match(faulty, /the disk is gone/)
  })

  claim('ends a worker that hangs, and takes a new one for the next call', (answer) => {
    assert.deepEqual(answer.stuck, { code: 'BUDGET_TIME', fuel: ALL })
    assert.deepEqual(answer.calledOff, { code: 'ABORTED', fuel: ALL })
    assert.equal(answer.endedStuck, 2)
    assert.deepEqual(answer.afterStuck, answer.echoes[0])
  })

  claim('has so many calls wait and no more', ({ crowd, echoes }) => {
    assert.deepEqual(crowd, [echoes[0], { code: 'BUSY', fuel: 0 }])
  })

  claim('tells that a worker cannot be had as a fault of the page', ({ unloadable }) => {
    assert.deepEqual(unloadable, { code: 'INTERNAL', fuel: 0 })
  })

  claim('admits code in a worker, and refuses it as the page would', ({ admitted }) => {
    const [good, unnamed, malformed] = admitted as {
      ok?: unknown
      refused?: { code: string; detail: string }
    }[]
    assert.deepEqual(good, { ok: { imports: [] } })
    assert.equal(unnamed?.refused?.code, 'ADMIT')
    assert.match(unnamed?.refused?.detail ?? '', /state/)
    assert.equal(malformed?.refused?.code, 'ADMIT')
  })

  claim('runs nothing once it is closed', ({ closed }) => {
    assert.deepEqual(closed, { code: 'BUSY', fuel: 0 })
  })

  it('is not made of options out of range, nor where there are no Web Workers', () => {
    const start = (): Worker => assert.fail('started')
    for (const wrong of [{ workers: 0 }, { workers: 65 }, { workers: 1.5 }, { waiting: -1 }])
      assert.throws(() => createWorkerRuntime({ start, ...wrong }), RangeError)
    assert.throws(() => createWorkerRuntime({ workers: 1 }), TypeError)
  })
})

async function answerOfPage(): Promise<WorkerAnswer | string> {
  const chromium = findChromium()
  if (chromium === undefined) return 'no chromium is installed here'
  const ran = await runInBrowser(chromium, 'runtimes/wasi/test/worker/worker-page.js', given)
  return typeof ran === 'string' ? `${chromium} does not start here: ${ran}` : (ran.answer as WorkerAnswer)
}
