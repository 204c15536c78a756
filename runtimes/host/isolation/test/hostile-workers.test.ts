// The hostile guests W-01 to W-23 and W-30 to W-36 in Web Workers of headless Chromium: each ends as it does in this process.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { findChromium, runInBrowser } from '../../../../conformance/test/browser-page.ts'
import { encodeDescriptor } from '../../../../kernel/index.ts'
import { isolatedRuntime } from '../isolated-runtime.ts'
import { descriptorOf, HOSTILE, inputOf, methodOf } from './hostile-modules.ts'
import { BUDGET, MODULES, run } from './modules.ts'
import type { HandlerState, Runtime } from '../../../../kernel/index.ts'
import type { BrowserAnswer, BrowserEnd, BrowserGuest } from './browser-guests.ts'
import type { Hostile } from './hostile-modules.ts'

const ECHO: Hostile = { case: 'none', tries: 'nothing', code: MODULES.echo, ends: undefined }
const WORKERS = 2
const state = { put: () => undefined } as Partial<HandlerState> as HandlerState
const unused = (): never => assert.fail('a lane was opened')
const here = isolatedRuntime({ tier: 'here' }, { thread: unused, process: unused })
after(() => here.close?.())

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function givenOf(guest: Hostile): BrowserGuest {
  const { code, budget, blocks } = guest
  // Tens of megabytes of them in one case.
  const end = code.findLastIndex((byte) => byte !== 0) + 1
  return {
    code: base64(code.subarray(0, end)),
    zeros: code.length - end,
    descriptor: base64(encodeDescriptor(descriptorOf(guest))),
    method: methodOf(guest),
    input: base64(inputOf(guest)),
    budget: { ...BUDGET, ...budget },
    blocks: (blocks?.entries ?? []).map(([cid, bytes]) => [cid, base64(bytes)]),
  }
}

/** As the page tells it, which leaves out what is not there. */
async function endOf(runtime: Runtime, guest: Hostile): Promise<BrowserEnd> {
  const { code, budget = {}, blocks } = guest
  const descriptor = descriptorOf(guest)
  const admitted = await runtime.admit(code, descriptor)
  if (admitted.refused !== undefined) return { code: admitted.refused.code }
  const lends = { descriptor, method: methodOf(guest), state, ...(blocks && { getBlock: blocks.getBlock }) }
  const { refused, fuel, output } = await run(runtime, code, { budget, input: inputOf(guest), lends })
  return refused === undefined ? { fuel, output: [...(output ?? [])] } : { code: refused.code, fuel }
}

const ran = await answerOfPage()

describe('in Web Workers', () => {
  for (const [index, hostile] of HOSTILE.entries())
    it(`${hostile.case}: ${hostile.tries} ends with ${hostile.ends ?? 'a result'}`, async (t) => {
      if (typeof ran === 'string') return t.skip(ran)
      assert.equal(ran.ends[index]?.code, hostile.ends)
      assert.deepEqual(ran.ends[index], await endOf(here, hostile))
    })

  it('none of them has ended a worker, and an honest guest runs after each', async (t) => {
    if (typeof ran === 'string') return t.skip(ran)
    t.diagnostic(ran.browser)
    assert.equal(ran.started, WORKERS)
    const echoed = await endOf(here, ECHO)
    assert.ok(ran.echoes.length > HOSTILE.length)
    for (const end of ran.echoes) assert.deepEqual(end, echoed)
  })
})

async function answerOfPage(): Promise<BrowserAnswer | string> {
  const chromium = findChromium()
  if (chromium === undefined) return 'no chromium is installed here'
  const given = [ECHO, ...HOSTILE].map(givenOf)
  const ran = await runInBrowser(chromium, 'runtimes/host/isolation/test/hostile-page.js', given)
  return typeof ran === 'string' ? `${chromium} does not start here: ${ran}` : (ran.answer as BrowserAnswer)
}
