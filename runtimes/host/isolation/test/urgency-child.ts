/** Runs a guest that never ends in a thread, and tells how nice the threads of this process were, at most: before, meanwhile, after. */
import { readdirSync, readFileSync } from 'node:fs'

import { createIsolatedRuntime } from '../isolated-runtime.ts'
import { cancelledBy, MODULES, run } from './modules.ts'

/** The 19th field of its line, of which the second may hold anything in brackets. */
function niceMax(): number {
  const nice = readdirSync('/proc/self/task').map((id) => {
    const line = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
    return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[16])
  })
  return Math.max(...nice)
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const TURNS = 100

const runtime = createIsolatedRuntime({ tier: 'thread', lanes: 1 })
await run(runtime, MODULES.echo)
const before = niceMax()
const controller = new AbortController()
const budget = { fuel: Number.MAX_SAFE_INTEGER, wallMs: 3_000 }
const looping = run(runtime, MODULES.loops, { budget, cancel: cancelledBy(controller) })
let meanwhile = before
for (let turn = 0; turn < TURNS && meanwhile < before + 2; turn++) {
  await wait(20)
  meanwhile = niceMax()
}
const { refused } = await looping
await run(runtime, MODULES.echo)
console.log(JSON.stringify({ before, meanwhile, after: niceMax(), code: refused?.code }))
await runtime.close?.()
