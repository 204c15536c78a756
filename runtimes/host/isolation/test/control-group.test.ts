// What a process of a lane can take of its machine, where the system bounds it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { confined, confinement } from '../confinement.ts'
import { openControlGroup } from '../control-group.ts'
import { PROCESS_MIB } from '../heap.ts'
import { isolatedRuntime } from '../isolated-runtime.ts'
import { openProcess, openProgram } from '../process-lane.ts'
import { MODULES, run } from './modules.ts'
import type { Readable } from 'node:stream'
import type { ControlGroup } from '../control-group.ts'
import type { Started } from '../confinement.ts'

const GREEDY = fileURLToPath(new URL('./greedy-child.js', import.meta.url))
const HOSTILE = fileURLToPath(new URL('./hostile-lane-child.js', import.meta.url))
const NO_GROUPS =
  'this process may make no control groups here: memory and processes of a lane are bounded by no group'
const MIB = 2 ** 20

/** How many MiB a program had before it was told or made to stop; undefined where it was made to. */
async function taken({ command, words }: Started): Promise<number | undefined> {
  const child = spawn(command, words, { env: {}, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const said = await text(child.stdio[3] as Readable)
  await exited
  return said === '' ? undefined : Number(said)
}

/** Node, or a shell, in a group. */
function inGroup(group: ControlGroup, ...words: readonly string[]): Started {
  const joins = group.joins.map((file) => `echo 0 > '${file}'`)
  return { command: '/bin/sh', words: ['-c', [...joins, 'exec "$@"'].join('\n'), 'sh', ...words] }
}

async function isGone(group: ControlGroup): Promise<boolean> {
  for (let tries = 0; tries < 400; tries++) {
    if (group.joins.every((file) => !existsSync(file))) return true
    await setTimeout(25)
  }
  return false
}

test('a process of a lane has no more memory than it may, and one that is not bounded has', async (t) => {
  const { controlGroups, resourceLimits } = confinement()
  if (!controlGroups && !resourceLimits) return t.skip('neither control groups nor resource limits are here')
  const started = confined(GREEDY, [])
  const had = await taken(started)
  started.group?.remove()
  assert.ok(had === undefined || had < PROCESS_MIB, `it had ${had} MiB`)
})

describe('a control group', () => {
  test('ends what takes more memory than it has, and knows that it did', async (t) => {
    const group = openControlGroup({ memoryBytes: 192 * MIB, processes: 64 })
    if (group === undefined) return t.skip(NO_GROUPS)
    assert.equal(group.ranOutOfMemory(), false)
    assert.equal(await taken(inGroup(group, process.execPath, GREEDY)), undefined)
    assert.equal(group.ranOutOfMemory(), true)
    group.remove()
    assert.ok(await isGone(group))
  })

  test('lets no more processes begin than it has room for', async (t) => {
    const group = openControlGroup({ memoryBytes: 192 * MIB, processes: 8 })
    if (group === undefined) return t.skip(NO_GROUPS)
    const many = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; wait'
    const { command, words } = inGroup(group, '/bin/sh', '-c', many)
    const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] })
    assert.match(await text(child.stderr), /fork/i)
    group.remove()
    assert.ok(await isGone(group))
  })

  test('ends what is still in it when it is given back', async (t) => {
    const group = openControlGroup({ memoryBytes: 192 * MIB, processes: 8 })
    if (group === undefined) return t.skip(NO_GROUPS)
    const { command, words } = inGroup(group, '/bin/sh', '-c', 'echo in; exec sleep 1000')
    const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    group.remove()
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
    assert.ok(await isGone(group))
  })

  test('of a lane is its own, and gone with it', async (t) => {
    if (!confinement().controlGroups) return t.skip(NO_GROUPS)
    const started = confined(fileURLToPath(new URL('../lane-worker.js', import.meta.url)), ['{}'])
    const group = started.group as ControlGroup
    const lane = openProgram(started)
    for (const file of group.joins)
      for (let tries = 0; readFileSync(file, 'utf8') === ''; tries++) {
        assert.ok(tries < 400, `nothing is in ${file}`)
        await setTimeout(25)
      }
    await lane.end()
    assert.ok(await isGone(group))
  })

  test('that ends a lane ends the run for its memory', async (t) => {
    const group = openControlGroup({ memoryBytes: 192 * MIB, processes: 64 })
    if (group === undefined) return t.skip(NO_GROUPS)
    const lanes = [
      () =>
        openProgram({
          ...inGroup(group, process.execPath, HOSTILE, 'takes all the memory there is'),
          group,
        }),
      () => openProcess({ memoryBytes: undefined }),
    ]
    const runtime = isolatedRuntime(
      { lanes: 1 },
      {
        thread: () => assert.fail('no thread is asked for'),
        process: () => (lanes.shift() ?? assert.fail('two lanes are enough'))(),
      },
    )
    assert.equal((await run(runtime, MODULES.echo)).refused?.code, 'BUDGET_MEMORY')
    assert.equal((await run(runtime, MODULES.echo)).refused, undefined)
    await runtime.close?.()
  })
})
