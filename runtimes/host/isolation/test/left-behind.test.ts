// What a process of a lane has begun and not yet bound to itself, as bubblewrap has for a moment, ends with it all the same.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { confined, confinement } from '../confinement.ts'
import { openProgram } from '../process-lane.ts'

const scratch = mkdtempSync(join(tmpdir(), 'left-behind-'))
after(() => rmSync(scratch, { recursive: true }))

const hasShell = process.platform === 'linux' && existsSync('/bin/sh')
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Whether it still does something: nobody may have asked yet how it ended. */
function lives(pid: number): boolean {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^[ZX]/.test(line.slice(line.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** The number of what a program has begun that is ended by the end of its lane. */
async function begunBy(leads: boolean): Promise<number> {
  const file = join(scratch, `${leads}`)
  const words = ['-c', `sleep 600 & echo $! > '${file}.new'; mv '${file}.new' '${file}'; exec sleep 600`]
  const lane = openProgram({ command: '/bin/sh', words, leads })
  for (let turn = 0; turn < 500 && !existsSync(file); turn++) await wait(10)
  const pid = Number(readFileSync(file, 'utf8'))
  assert.ok(lives(pid))
  await lane.end()
  return pid
}

test('what a lane has begun ends with it', { skip: !hasShell && 'only Linux with /bin/sh' }, async () => {
  const pid = await begunBy(true)
  for (let turn = 0; turn < 500 && lives(pid); turn++) await wait(10)
  assert.equal(lives(pid), false)
})

test('without a process group it would stay', { skip: !hasShell && 'only Linux with /bin/sh' }, async () => {
  const pid = await begunBy(false)
  await wait(100)
  assert.ok(lives(pid))
  process.kill(pid, 'SIGKILL')
})

test('bubblewrap has a process group of its own', (t) => {
  const started = confined('x', [])
  started.group?.remove()
  if (confinement().bubblewrap === undefined) return t.skip('no bubblewrap works here')
  assert.equal(started.leads, true)
})
