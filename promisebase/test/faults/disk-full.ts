/** F8: the disk is full, and has room again while the process goes on. */
import { join } from 'node:path'
import { temporaryFolder } from '../temporary-folder.ts'
import { Lives, wait } from './lives.ts'
import { command, noMounts } from './mounts.ts'
import { createRandom } from './random.ts'
import type { Child } from '../child.ts'
import type { Fault, Outcome } from './fault.ts'
import type { Manner } from './plan.ts'
import type { Random } from './random.ts'

const KIB = 1024
/** How long it may go on after there is room. */
const AFTER_MS = 150

async function fillAgainAndAgain(n: number, random: Random, manner: Manner): Promise<Outcome> {
  const lives = new Lives()
  for (let at = 0; at < n; at++) {
    const { path, remove } = await temporaryFolder()
    const size = 700 + random(3000)
    command('mount', '-t', 'tmpfs', '-o', `size=${size}k`, 'full', path)
    const plan = {
      folder: join(path, 'store'),
      manner,
      lanes: 1 + random(3),
      valueBytes: [100, 3 * KIB, 50 * KIB, 70 * KIB][random(4)] ?? KIB,
      ballastBytes: random(2) === 0 ? 0 : 128 * KIB,
    }
    lives.renew()
    const grow = (): void => command('mount', '-o', 'remount,size=64M', path)
    // Half of them are killed and opened again while the disk is still full.
    if (at % 2 === 1) {
      await lives.live(plan, (child) => fill(child, () => undefined, random))
      await lives.live({ ...plan, lanes: 0 }, (child) => child.ended(), { isSpared: true })
      grow()
    } else await lives.live(plan, (child) => fill(child, grow, random))
    await lives.look(plan)
    command('umount', path)
    await remove()
  }
  return lives.outcome(n)
}

async function fill(child: Child, grow: () => void, random: Random): Promise<void> {
  await child.line(/^(error|failed)/)
  grow()
  await wait(random(AFTER_MS))
  await child.kill()
}

export const diskFull: Fault = {
  id: 'F8',
  title: 'disk full, then with room again while the process goes on, or opened again while full',
  sizes: { small: 4, full: 100 },
  mounts: true,
  unavailable: () => noMounts(),
  run: (n, seed) => fillAgainAndAgain(n, createRandom(seed), 'durable'),
  control: {
    title: 'the bare engine',
    n: 6,
    run: (n, seed) => fillAgainAndAgain(n, createRandom(seed), 'bare'),
  },
}
