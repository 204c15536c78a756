/**
 * Two nodes that share results must have the same ones. A table of runs gives the same bytes, fuel and refusals on this
 * node, on others, in a page of a browser and in a Web Worker of it.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { findChromium, runInBrowser } from '../../../conformance/test/browser-page.ts'
import { findNode, OTHER_NODES } from '../../../conformance/test/other-node.ts'
import { answerAll } from './engines/answer.ts'
import { coreJobs } from './engines/core-jobs.ts'
import { handlerJobs } from './engines/handler-jobs.ts'
import { ADD, nanJobs } from './engines/nan-jobs.ts'
import { assemble } from './fixtures.ts'
import { runOriginal, runRewritten } from './harness.ts'
import type { PageAnswer } from './engines/engine-page.ts'
import type { Running } from './harness.ts'

const jobs = [...nanJobs(), ...(await coreJobs()), ...(await handlerJobs())]
// The others begin while this node still works; who asks for their answers waits for them.
const nodes = OTHER_NODES.map((version) => ({ version, answer: answerOn(version) }))
const browser = answerInBrowser()
// What went wrong there is told by the test that waits for it.
for (const answer of [browser, ...nodes.map((node) => node.answer)]) answer.catch(() => undefined)
const expected = await answerAll(jobs)

describe('the table of runs', () => {
  it('names every run once, and knows every end that code can have', (t) => {
    assert.equal(new Set(jobs.map(({ name }) => name)).size, jobs.length)
    const ends = new Set(expected.map((line) => / ([A-Z_]+), fuel \d+$/.exec(line)?.[1] ?? 'output'))
    const all = [
      'ADMIT',
      'BUDGET_DEPTH',
      'BUDGET_FUEL',
      'BUDGET_MEMORY',
      'BUDGET_OUTPUT',
      'HANDLER',
      'TRAP',
      'output',
    ]
    assert.deepEqual([...ends].sort(), all)
    t.diagnostic(`${jobs.length} runs`)
  })

  it('is the same a second time, in another order', async () => {
    same((await answerAll(jobs.toReversed())).reverse())
  })

  for (const { version, answer } of nodes) {
    it(`is the same on node ${version}`, async (t) => {
      const child = await answer
      if (typeof child === 'string') return t.skip(`node ${version} does not run here: ${child}`)
      assert.equal(child.version, `v${version}`)
      same(child.lines)
    })
  }

  it('is the same in a page of headless Chromium', async (t) => {
    const answer = await browser
    if (typeof answer === 'string') return t.skip(answer)
    t.diagnostic(answer.browser)
    same(answer.page)
  })

  it('is the same in a Web Worker of that page', async (t) => {
    const answer = await browser
    if (typeof answer === 'string') return t.skip(answer)
    same(answer.worker)
  })
})

describe('the comparison', () => {
  it('names the run whose bytes, fuel or end are others, and one that is missing', async () => {
    const [run] = jobs.filter(({ name }) => name === 'loops in loops')
    assert.ok(run !== undefined)
    const [line] = await answerAll([run])
    const changed = [
      { ...run, input: 'KQ==' },
      { ...run, fuel: 9_000 },
      { ...run, method: 'other' },
    ]
    for (const other of await answerAll(changed)) {
      assert.notEqual(other, line)
      const lines = expected.map((each) => (each === line ? other : each))
      assert.deepEqual(differences(lines), [other])
    }
    assert.deepEqual(differences(expected.slice(0, -1)), [
      `${jobs.length - 1} runs instead of ${jobs.length}`,
    ])
  })

  it('would find what the rewriter takes away: the NaN of a processor, and its own end of the stack', () => {
    const code = assemble(ADD.text)
    assert.notDeepEqual(given(runOriginal(code)), given(runRewritten(code)))
    const deep = assemble('(module (memory (export "memory") 1) (func $f (export "f") (call $f)))')
    assert.throws(() => runOriginal(deep).call('f'), RangeError)
    assert.throws(() => runRewritten(deep).call('f'), WebAssembly.RuntimeError)
  })
})

/** What `handle` makes of the operands. */
function given(running: Running): Uint8Array {
  const at = running.call('alloc', ADD.input.length) as number
  new Uint8Array(running.memory.buffer).set(ADD.input, at)
  const length = Number(running.call('handle', at, ADD.input.length))
  return new Uint8Array(running.memory.buffer.slice(0, length))
}

function same(lines: readonly string[]): void {
  assert.deepEqual(differences(lines), [])
}

/** The lines that are not as here. */
function differences(lines: readonly string[]): string[] {
  if (lines.length !== expected.length) return [`${lines.length} runs instead of ${expected.length}`]
  return lines.filter((line, index) => line !== expected[index])
}

interface ChildAnswer {
  readonly version: string
  readonly lines: readonly string[]
}

/** The table of another node, or why there is none here. */
async function answerOn(version: string): Promise<ChildAnswer | string> {
  const run = await findNode(version)
  if (typeof run === 'string') return run
  const child = join(import.meta.dirname, 'engines', 'engine-child.js')
  return JSON.parse(await run(child, JSON.stringify(jobs))) as ChildAnswer
}

/** The tables of a browser, or why there are none here. */
async function answerInBrowser(): Promise<PageAnswer | string> {
  const chromium = findChromium()
  if (chromium === undefined) return 'no chromium is installed here'
  const ran = await runInBrowser(chromium, 'runtimes/wasi/test/engines/engine-page.js', jobs)
  return typeof ran === 'string' ? `${chromium} does not start here: ${ran}` : (ran.answer as PageAnswer)
}
