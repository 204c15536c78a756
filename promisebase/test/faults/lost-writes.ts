/** F5: what was not flushed is lost from any point on; a disk that reorders is found out. In memory, by seeds. */
import { StoreError } from '../../errors.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { add, Ledger, NOTHING_FOUND } from './ledger.ts'
import { LossyDisk } from './lossy-disk.ts'
import { createRandom } from './random.ts'
import { subjectOf } from './subject.ts'
import type { Fault, Outcome } from './fault.ts'
import type { Findings } from './ledger.ts'
import type { Random } from './random.ts'

const LIVES = 3
const LANES = 3
const BATCHES = 12

/** `isHonest`: what was flushed stays. */
async function loseAgainAndAgain(n: number, seed: number, isHonest: boolean): Promise<Outcome> {
  let findings = NOTHING_FOUND
  let acked = 0
  for (let at = 0; at < n; at++) {
    const random = createRandom(seed + at)
    const ledger = new Ledger()
    let disk = new LossyDisk()
    for (let life = 0; life < LIVES; life++) {
      findings = add(findings, ledger.take(await live(disk, life, ledger.ask, random)))
      findings = add(findings, await reorder(disk, random))
      const least = isHonest ? disk.flushed : 0
      disk = disk.keep(least + random(disk.batches - least + 1))
    }
    findings = add(findings, ledger.take(await live(disk, LIVES, ledger.ask, random)))
    acked += ledger.acked
  }
  return { n, findings, acked, openMs: [] }
}

/** A life until one of its batches; what it says is in the form of life.ts. */
async function live(
  disk: LossyDisk,
  life: number,
  ask: readonly string[],
  random: Random,
): Promise<string[]> {
  const lines: string[] = []
  let left = 2 + random(BATCHES)
  let die = (): void => undefined
  const death = new Promise<void>((resolve) => (die = resolve))
  const backend = await disk.open(() => {
    if (--left === 0) die()
    return left > 0
  })
  const store = await createStore({ backend, crypto: nodeCrypto })
  const subject = subjectOf(store, true)
  for (const [name, found] of await subject.inventory()) lines.push(`found ${name} ${found}`)
  for (const id of ask) lines.push(`committed ${id} ${await store.committed(id)}`)
  lines.push('told')
  const write = async (lane: number): Promise<void> => {
    for (let count = 0; left > 0; count++) {
      const durable = random(3) > 0
      const name = `${life}-${lane}-${count}-${1 + random(40)}`
      let id = ''
      await subjectOf(store, durable).write(name, (given) => (id = given))
      // Without a flush nothing was promised.
      if (durable) lines.push(`ack ${name} ${id}`)
    }
  }
  for (let lane = 0; lane < LANES; lane++) void write(lane)
  await death
  return [...lines]
}

/** A batch is gone and a later one is there: that must not open. */
async function reorder(disk: LossyDisk, random: Random): Promise<Partial<Findings>> {
  if (disk.batches < 2) return {}
  const backend = await disk.without(random(disk.batches - 1)).open(() => true)
  try {
    await createStore({ backend, crypto: nodeCrypto })
    return { silentMissing: 1 }
  } catch (error) {
    return error instanceof StoreError && error.code === 'CORRUPT' ? {} : { openFailed: 1 }
  }
}

export const lostWrites: Fault = {
  id: 'F5',
  title:
    'batches that were not flushed are lost, three times in a row; one lost before a kept one is CORRUPT',
  sizes: { small: 15, full: 5000 },
  run: (n, seed) => loseAgainAndAgain(n, seed, true),
  control: {
    title: 'a disk that forgets what it has flushed',
    n: 5,
    run: (n, seed) => loseAgainAndAgain(n, seed, false),
  },
}
