/** F12: memory runs out. The system kills the process that wants more, or gives it none. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../temporary-folder.ts'
import { Lives, wait } from './lives.ts'
import { MemoryGroup, noMemoryGroups } from './memory-group.ts'
import { command, noProgram } from './mounts.ts'
import { createRandom } from './random.ts'
import type { Child } from '../child.ts'
import type { Fault, Outcome } from './fault.ts'
import type { Manner } from './plan.ts'
import type { Random } from './random.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** A store is replaced after so many lives, so that looking at all of it stays quick. */
const LIVES = 5
/** A process that still lives this long after was given enough. */
const PATIENCE_MS = 4_000

/** How the strikes ended, for people. */
interface Tally {
  killed: number
  ended: number
  spared: number
}

async function starveAgainAndAgain(n: number, random: Random, manner: Manner): Promise<Outcome> {
  const lives = new Lives()
  const tally: Tally = { killed: 0, ended: 0, spared: 0 }
  for (let at = 0; at < n;) {
    const { path, remove } = await temporaryFolder()
    const plan = { folder: join(path, 'store'), manner, lanes: 2 + random(3), valueBytes: 64 * KIB }
    lives.renew()
    for (const end = Math.min(n, at + LIVES); at < end; at++) {
      // One in five lacks memory from its start on, and need not come to open the store.
      const isOpening = random(5) === 0
      const starve = at % 2 === 0 ? kill : deny
      await lives.live(plan, (child) => starve(child, isOpening, random, tally), { isSpared: isOpening })
    }
    await lives.look(plan)
    await remove()
  }
  const outcome = lives.outcome(n)
  const ends = `${tally.killed} killed, ${tally.ended} ended by themselves, ${tally.spared} had enough`
  return { ...outcome, notes: [ends, outcome.notes].filter(Boolean).join(', ') }
}

/** Killed by the system when it wants more than some MiB besides what it has. */
async function kill(child: Child, isOpening: boolean, random: Random, tally: Tally): Promise<void> {
  await child.line(isOpening ? /^begin/ : /^(ack|failed)/)
  const group = new MemoryGroup(MIB * (1 + random(isOpening ? 12 : 24)))
  try {
    group.take(child.process.pid!)
    await endsOrIsKilled(child, tally, () => group.hasKilled)
  } finally {
    group.remove()
  }
}

/** Asks in vain for more than some MiB besides what it has. */
async function deny(child: Child, isOpening: boolean, random: Random, tally: Tally): Promise<void> {
  await child.line(isOpening ? /^begin/ : /^(ack|failed)/)
  const limit = dataBytes(child.process.pid!) + MIB * random(isOpening ? 12 : 24)
  command('prlimit', '--pid', String(child.process.pid), `--data=${limit}`)
  await endsOrIsKilled(child, tally, () => false)
}

async function endsOrIsKilled(child: Child, tally: Tally, wasKilled: () => boolean): Promise<void> {
  const isGone = await Promise.race([child.ended().then(() => true), wait(PATIENCE_MS).then(() => false)])
  tally[!isGone ? 'spared' : wasKilled() ? 'killed' : 'ended'] += 1
  await child.kill()
}

/** What the limit is compared with: its heap and other memory of its own that can be written to. */
function dataBytes(pid: number): number {
  const kibibytes = /^VmData:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * KIB
}

export const memory: Fault = {
  id: 'F12',
  title: 'memory runs out: the system kills the process, or refuses what it asks for, in turn',
  sizes: { small: 4, full: 500 },
  unavailable: () => noMemoryGroups() ?? noProgram('prlimit'),
  run: (n, seed) => starveAgainAndAgain(n, createRandom(seed), 'durable'),
  control: {
    title: 'acknowledges before it writes',
    n: 6,
    run: (n, seed) => starveAgainAndAgain(n, createRandom(seed), 'early'),
  },
}
