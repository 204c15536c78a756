/** F1: the process is killed at a random moment, and F13: so is the one that recovers, while it opens. */
import { join } from 'node:path'
import { temporaryFolder } from '../temporary-folder.ts'
import { Lives, wait } from './lives.ts'
import { createRandom } from './random.ts'
import type { Fault, Outcome } from './fault.ts'
import type { Manner } from './plan.ts'
import type { Random } from './random.ts'

/** A store is replaced after so many lives, so that looking at all of it stays quick. */
const LIVES = 25
const WRITING_MS = 120
const OPENING_MS = 60

async function killAgainAndAgain(
  n: number,
  random: Random,
  manner: Manner,
  opening: (at: number) => boolean,
): Promise<Outcome> {
  const lives = new Lives()
  for (let at = 0; at < n;) {
    const { path, remove } = await temporaryFolder()
    const plan = { folder: join(path, 'store'), manner, lanes: 3, valueBytes: 3000 }
    lives.renew()
    for (const end = Math.min(n, at + LIVES); at < end; at++) {
      const isOpening = opening(at)
      await lives.live(
        plan,
        async (child) => {
          await child.line(isOpening ? /^begin/ : /^(ack|failed)/)
          await wait(random(isOpening ? OPENING_MS : WRITING_MS))
          await child.kill()
        },
        { isSpared: isOpening },
      )
    }
    await lives.look(plan)
    await remove()
  }
  return lives.outcome(n)
}

const early = {
  title: 'acknowledges before it writes',
  n: 5,
  run: (n: number, seed: number) => killAgainAndAgain(n, createRandom(seed), 'early', () => false),
}

export const kill: Fault = {
  id: 'F1',
  title: 'kill -9 at a random moment, one in six while it opens',
  sizes: { small: 3, full: 1000 },
  run: (n, seed) => {
    const random = createRandom(seed)
    return killAgainAndAgain(n, random, 'durable', () => random(6) === 0)
  },
  control: early,
}

export const killTwice: Fault = {
  id: 'F13',
  title: 'kill -9 while it writes, then while it recovers from that, in turn',
  sizes: { small: 4, full: 200 },
  run: (n, seed) => killAgainAndAgain(n, createRandom(seed), 'durable', (at) => at % 2 === 1),
  control: early,
}
