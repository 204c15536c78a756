// The same work in processes of Node: an echo in one that is kept, and a program that gets a new one for each call.
// Processor time is that of both processes.
import { fork, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { printRows, scratchFolder } from '../../dist/conformance/bench-kit.js'
import { checkReport, marked, READINGS } from '../../dist/runtimes/wasi/bench/readings.js'

const CHILD = fileURLToPath(new URL('./child-process-child.mjs', import.meta.url))
const INPUT = new Uint8Array(1024).map((_, index) => index & 255)

/** One message there and one back for each call, as structured clones. */
async function echoing() {
  const child = fork(CHILD, ['echo'], { serialization: 'advanced' })
  const ask = (message) =>
    new Promise((resolve) => {
      child.once('message', resolve)
      child.send(message)
    })
  await ask('cpu')
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) {
        if ((await ask(INPUT)).length !== INPUT.length) throw new Error('not echoed')
      }
    },
    othersMs: () => ask('cpu'),
    close: () => void child.kill(),
  }
}

/** The text comes and goes by pipes; node:wasi reads and writes them. The child writes its processor time to 3. */
async function processes() {
  const folder = await scratchFolder()
  const program = join(folder.path, 'program.wasm')
  writeFileSync(program, marked(0))
  let othersMs = 0
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) {
        const stdio = ['pipe', 'pipe', 'ignore', 'pipe']
        const { output } = spawnSync(process.execPath, [CHILD, 'program', program], {
          input: READINGS,
          stdio,
        })
        checkReport(output[1])
        othersMs += Number(output[3].toString())
      }
    },
    othersMs: () => othersMs,
    close: () => rm(folder.path, { recursive: true }),
  }
}

await printRows([
  {
    name: 'wasi/echo/child',
    unit: 'calls/s',
    notes: 'one process that is kept, without any limit but what the system sets',
    setup: echoing,
  },
  {
    name: 'wasi/command/c',
    unit: 'calls/s',
    notes: 'a new process for each call, node:wasi in it',
    setup: processes,
  },
])
