/** F3: the power fails: what the file system has not flushed is gone. */
import { join } from 'node:path'
import { temporaryFolder } from '../temporary-folder.ts'
import { Lives, wait } from './lives.ts'
import { Disk, freeze, noLoopDevices } from './mounts.ts'
import { createRandom } from './random.ts'
import type { Child } from '../child.ts'
import type { Fault, Outcome } from './fault.ts'
import type { Manner } from './plan.ts'
import type { Random } from './random.ts'

/** A disk is replaced after so many cuts; the first of each strikes the creation of the store. */
const CUTS = 5
const WRITING_MS = 300
const OPENING_MS = 120

async function cutAgainAndAgain(n: number, random: Random, manner: Manner): Promise<Outcome> {
  const lives = new Lives()
  for (let at = 0; at < n;) {
    const { path, remove } = await temporaryFolder()
    const disk = new Disk(path)
    await disk.make()
    const plan = { folder: join(disk.folder, 'store'), manner, lanes: 3, valueBytes: 3000 }
    lives.renew()
    for (const end = Math.min(n, at + CUTS); at < end; at++) {
      // Also what the recovery from the last cut does is cut.
      const isOpening = at % CUTS === 0 || random(4) === 0
      await lives.live(plan, (child) => cut(child, disk, isOpening, random), { isSpared: isOpening })
    }
    await lives.look(plan)
    disk.unmount()
    await remove()
  }
  return lives.outcome(n)
}

async function cut(child: Child, disk: Disk, isOpening: boolean, random: Random): Promise<void> {
  await child.line(isOpening ? /^begin/ : /^(ack|failed)/)
  await wait(random(isOpening ? OPENING_MS : WRITING_MS))
  try {
    if (child.process.exitCode === null) await freeze(child.process.pid ?? 0)
    disk.cutPower()
  } finally {
    await child.kill()
  }
  disk.unmount()
  disk.mount()
}

export const powerCut: Fault = {
  id: 'F3',
  title: 'power cut on ext4, two in five while the store is made or recovers',
  sizes: { small: 5, full: 300 },
  mounts: true,
  unavailable: noLoopDevices,
  run: (n, seed) => cutAgainAndAgain(n, createRandom(seed), 'durable'),
  control: {
    title: 'acknowledges before the disk has it',
    n: 5,
    run: (n, seed) => cutAgainAndAgain(n, createRandom(seed), 'lazy'),
  },
}
