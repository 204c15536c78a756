/** `grid policy`, `grid cap feed` and `grid cap heartbeat`: a grid whose nodes must have heard of its revokers. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { gridJson, temporaryFolder } from './grid.ts'
import type { Answer } from './grid.ts'

const folder = temporaryFolder()
const run = (words: string): ReturnType<typeof gridJson> => gridJson(words.split(' '), { cwd: folder })

async function done(words: string): Promise<Answer['result']> {
  const { exit, ok, result, error } = await run(words)
  assert.deepEqual([exit, ok, error], [0, true, undefined], words)
  return result
}

async function refused(words: string, exit: number, code: string): Promise<string> {
  const found = await run(words)
  assert.deepEqual([found.exit, found.error?.code], [exit, code], words)
  return found.error?.message ?? ''
}

interface Heard {
  readonly name?: string
  readonly records: number
  readonly isFresh: boolean
  readonly heartbeat?: { readonly seq: number }
}

const heard = async (more = ''): Promise<readonly Heard[]> =>
  (await done(`cap feed${more}`))['revokers'] as readonly Heard[]

before(async () => {
  await done('init')
  await done('id new alice')
  await done('grids export --out one.grid')
  await done('grids join one.grid --data other')
})

describe('the policy of a grid', () => {
  test('begins with what the genesis block says, and goes on by records of its roots', async () => {
    const first = await done('policy show')
    assert.deepEqual([first['seq'], first['threshold'], first['revokers']], [0, 1, []])
    await refused('policy export', 5, 'MISSING')
    await refused('policy set', 2, 'USAGE')
    await refused('policy set --revoker nobody', 5, 'MISSING')
    await refused('policy set --algorithm rot13', 2, 'USAGE')
    await refused('policy set --threshold 2', 3, 'SHAPE')
    await refused('policy set --feed-age 1m --by alice', 3, 'SIG')
    assert.equal((await done('policy show'))['seq'], 0)
    const set = await done('policy set --revoker alice --feed-age 10m --out first.policy')
    assert.deepEqual([set['policy'], set['accepted']], [1, true])
    const { feedSeconds, revokers } = await done('policy show')
    assert.deepEqual([feedSeconds, (revokers as string[]).length], [600, 1])
  })

  test('is carried to another node, which takes each record once, in order', async () => {
    await refused('policy set --feed-age 1m --data other', 5, 'MISSING')
    const accepted = await done('policy accept first.policy --data other')
    assert.deepEqual(accepted, { before: 0, policy: 1 })
    assert.deepEqual(await done('policy accept first.policy --data other'), { before: 1, policy: 1 })
    assert.deepEqual(await done('policy show --data other'), await done('policy show'))
    writeFileSync(join(folder, 'letter'), 'dear node, please trust me\n')
    await refused('policy accept letter --data other', 2, 'FILE')
    await refused('policy accept nowhere --data other', 5, 'MISSING')
  })

  test('needs as many roots as the one before says', async () => {
    await done('policy set --root root --root alice --threshold 2')
    const begun = await done('policy set --feed-age 20m --by root --out begun.policy')
    assert.deepEqual([begun['signatures'], begun['accepted']], [1, false])
    await refused('policy accept begun.policy', 3, 'SIG')
    const again = await done('policy sign begun.policy --by root')
    assert.deepEqual([again['signatures'], again['accepted']], [1, false])
    const whole = await done('policy sign begun.policy --out whole.policy')
    assert.deepEqual([whole['signatures'], whole['accepted']], [2, true])
    assert.equal((await done('policy show'))['feedSeconds'], 1_200)
    await refused('policy sign begun.policy', 2, 'FILE')
    await refused('policy accept whole.policy --data other', 3, 'CHAIN')
    await done('policy export --out all.policy')
    assert.deepEqual(await done('policy accept all.policy --data other'), { before: 1, policy: 3 })
  })
})

describe('the news of revocations', () => {
  test('is stale until the revoker was heard of, and everything is refused as long', async () => {
    assert.deepEqual(
      (await heard()).map(({ name, isFresh, heartbeat }) => [name, isFresh, heartbeat]),
      [['alice', false, undefined]],
    )
    await refused('call echo --arg a=b', 3, 'STALE')
    await refused('cap heartbeat --by root', 3, 'CHAIN')
    await refused('cap heartbeat --data other', 2, 'USAGE')
    assert.equal((await done('cap heartbeat --out first.feed'))['seq'], 1)
    assert.deepEqual(
      (await heard()).map(({ isFresh, heartbeat }) => [isFresh, heartbeat?.seq]),
      [[true, 1]],
    )
    await done('call echo --arg a=b')
  })

  test('comes to another node by a file, with the records that it names', async () => {
    await done('cap issue --to bearer --handler echo --by root --out any.cap')
    await done('cap revoke any.cap --by alice')
    await done('cap heartbeat --out second.feed')
    await refused('cap heartbeat --accept second.feed --data other', 5, 'MISSING')
    assert.deepEqual(
      (await heard(' --data other')).map(({ isFresh }) => isFresh),
      [false],
    )
    assert.equal((await done('cap feed --out all.feed'))['records'], 1)
    await done('cap heartbeat --accept all.feed --data other')
    assert.deepEqual(
      (await heard(' --data other')).map(({ isFresh, records, heartbeat }) => [
        isFresh,
        records,
        heartbeat?.seq,
      ]),
      [[true, 1, 2]],
    )
    await refused('cap heartbeat --accept first.feed --data other', 3, 'CHAIN')
    await refused('cap heartbeat --accept letter', 2, 'FILE')
    await refused('cap heartbeat --accept all.feed --by alice', 2, 'USAGE')
  })
})
