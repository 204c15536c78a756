import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { flips, makeStore, probe, truncations } from './damage.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Damage, Outcome } from './damage.ts'

/** At every how many octets a file is damaged; 1 is all of them, and takes minutes. */
const STRIDE = Number(process.env['PROMISEGRID_STRIDE'] ?? 601)

async function withStore(isClosed: boolean, use: (folder: string) => Promise<void>): Promise<void> {
  const { path, remove } = await temporaryFolder()
  await makeStore(join(path, 'store'), isClosed)
  await use(join(path, 'store'))
  await remove()
}

/** Every outcome is one of those allowed; answers how often each came. */
function tally(
  damages: readonly Damage[],
  outcomes: readonly Outcome[],
  allowed: readonly Outcome[],
): Map<Outcome, number> {
  const counts = new Map<Outcome, number>()
  damages.forEach((damage, at) => {
    const outcome = outcomes[at]!
    assert.ok(allowed.includes(outcome), `${JSON.stringify(damage)}: ${outcome}`)
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  })
  return counts
}

for (const isClosed of [true, false]) {
  test(`answers a flipped bit of a store that was ${isClosed ? 'closed' : 'killed'} with CORRUPT or the truth`, async (t) => {
    await withStore(isClosed, async (folder) => {
      const damages = await flips(folder, STRIDE)
      const counts = tally(damages, await probe(folder, damages), ['CORRUPT', 'truth'])
      assert.ok(counts.get('CORRUPT')! > damages.length / 2)
      t.diagnostic(`${damages.length} flips: ${JSON.stringify([...counts])}`)
    })
  })
}

for (const isClosed of [true, false]) {
  const ends: Outcome[] = isClosed ? ['CORRUPT', 'truth'] : ['CORRUPT', 'truth', 'prefix']
  test(`answers a shortened file of a store that was ${isClosed ? 'closed' : 'killed'} with ${ends}`, async (t) => {
    await withStore(isClosed, async (folder) => {
      const damages = await truncations(folder, STRIDE)
      const counts = tally(damages, await probe(folder, damages), ends)
      t.diagnostic(`${damages.length} truncations: ${JSON.stringify([...counts])}`)
    })
  })
}

test('refuses a store without one of its files, with an empty one, or with two tables swapped', async () => {
  await withStore(true, async (folder) => {
    const files = (await readdir(join(folder, 'level'))).filter((name) => !/^LO(G|CK)/.test(name))
    const [one, other] = files.filter((name) => name.endsWith('.ldb'))
    const damages: Damage[] = [
      ...files.map((file) => ({ kind: 'delete', file }) as const),
      ...files.map((file) => ({ kind: 'empty', file }) as const),
      { kind: 'swap', file: one!, other: other! },
    ]
    tally(damages, await probe(folder, damages), ['CORRUPT'])
  })
})

test('control: the bare engine answers flipped bits with other values and with silence', async (t) => {
  await withStore(false, async (folder) => {
    const damages = await flips(folder, 397)
    const outcomes = await probe(folder, damages, 'bare')
    const count = (outcome: Outcome) => outcomes.filter((found) => found === outcome).length
    assert.ok(count('wrong') > 0, 'wrong values')
    assert.ok(count('missing') > 0, 'missing keys')
    t.diagnostic(`${damages.length} flips: ${count('wrong')} wrong, ${count('missing')} silently missing`)
  })
})
