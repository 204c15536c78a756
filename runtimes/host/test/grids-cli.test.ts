/** `grid grids` and `--grid`: several grids in one data folder, and one that was founded elsewhere. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { gridJson, temporaryFolder } from './grid.ts'
import type { Answer, RunOptions } from './grid.ts'

const folder = temporaryFolder()

async function done(words: string, options: RunOptions = {}): Promise<Answer['result']> {
  const { exit, ok, result, error } = await gridJson(words.split(' '), { cwd: folder, ...options })
  assert.deepEqual([exit, ok, error], [0, true, undefined], words)
  return result
}

async function refused(words: string, exit: number, code: string): Promise<string> {
  const found = await gridJson(words.split(' '), { cwd: folder })
  assert.deepEqual([found.exit, found.error?.code], [exit, code], words)
  return `${found.error?.message ?? ''} ${found.error?.fix ?? ''}`
}

let lab = ''

before(async () => {
  await done('init --name home')
  await done('id new alice')
  lab = (await done('grids found lab'))['grid'] as string
})

describe('several grids in a data folder', () => {
  test('are listed, the first one first', async () => {
    const grids = (await done('grids list'))['grids'] as Record<string, unknown>[]
    assert.deepEqual(
      grids.map(({ name }) => name),
      ['home', 'lab'],
    )
    assert.equal(grids[0]?.['node'], grids[1]?.['node'])
  })

  test('are named by --grid: by name, by CID, and the first one also by its own name', async () => {
    const { cid } = await done('--grid lab block put -', { input: 'of the lab' })
    for (const name of ['lab', lab]) {
      const { text } = await done(`--grid ${name} block get ${String(cid)}`)
      assert.equal(text, 'of the lab')
    }
    await refused(`block get ${String(cid)}`, 5, 'MISSING')
    await refused(`--grid home block get ${String(cid)}`, 5, 'MISSING')
    assert.match(await refused(`--grid attic block get ${String(cid)}`, 5, 'MISSING'), /home, lab/)
    await refused(`--grid ../lab block get ${String(cid)}`, 5, 'MISSING')
    await refused(`--grid ${String(cid)} block get ${String(cid)}`, 5, 'MISSING')
  })

  test('refuse capabilities of each other', async () => {
    await done('cap issue --to alice --handler echo --out home.cap')
    await done('--grid lab cap issue --to alice --handler echo --out lab.cap')
    const call = (grid: string, cap: string): string => `--grid ${grid} call echo --input - --cap ${cap}`
    assert.equal((await done(call('lab', 'lab.cap'), { input: 'hello' }))['text'], 'hello')
    assert.equal((await done(call('home', 'home.cap'), { input: 'hello' }))['text'], 'hello')
    for (const [grid, cap] of [
      ['lab', 'home.cap'],
      ['home', 'lab.cap'],
    ] as const) {
      const found = await gridJson(call(grid, cap).split(' '), { cwd: folder, input: 'hello' })
      assert.equal(found.exit === 0 || found.ok, false)
    }
    assert.match(
      await refused('--grid lab cap delegate --cap home.cap --to bearer', 3, 'EXCESS'),
      /another grid/,
    )
  })

  test('know a key statement each for itself', async () => {
    await done('--grid lab id announce alice')
    assert.ok((await done('--grid lab id show alice'))['statement'] !== undefined)
    assert.equal((await done('id show alice'))['statement'], undefined)
  })

  test('are founded under a free name, and by no command that is about the first one', async () => {
    await refused('grids found lab', 2, 'NAME')
    await refused('grids found home', 2, 'NAME')
    await refused('grids found Lab/../x', 2, 'NAME')
    await refused('--grid lab init', 2, 'USAGE')
    await refused('--grid attic grids found attic', 2, 'USAGE')
    await refused('--grid lab grids list', 2, 'USAGE')
  })
})

describe('a grid founded elsewhere', () => {
  test('is joined by a file, and its root grants what the new node does', async () => {
    await done('--grid lab grids export --out lab.grid')
    await done('id new bob --data there')
    await refused(
      'grids join lab.grid --data there --expect bafyreigdmqpykrgxyaxtlafqpqhzrb7qy2rh75nldvfd4tucqmqqme5yje',
      3,
      'GRID',
    )
    const joined = await done(`grids join lab.grid --data there --expect ${lab}`)
    assert.deepEqual([joined['grid'], joined['name'], joined['isNew']], [lab, 'lab', true])
    assert.equal((await done('grids join lab.grid --data there'))['isNew'], false)
    await done('grids adoption --data there --out there.cap')

    const bob = (await done('id show bob --data there'))['principal'] as string
    const grant = `--grid lab cap delegate --cap there.cap --to ${bob} --space notes/`
    await done(`${grant} --methods put,get --out bob.cap`)
    const call = 'call store --space notes/ --cap bob.cap --data there'
    await done(`${call.replace('store', 'store put')} --arg key=today --arg value=x`)
    await done(`${call.replace('store', 'store get')} --arg key=today`)
    const here = await gridJson('--grid lab call echo --cap there.cap --input -'.split(' '), {
      cwd: folder,
      input: 'x',
    })
    assert.equal(here.ok, false)
    const own = await gridJson('call echo --input - --data there'.split(' '), { cwd: folder, input: 'x' })
    assert.deepEqual([own.exit, own.error?.code], [5, 'MISSING'])
  })

  test('is joined beside others under another name, and no file of something else is', async () => {
    await done('grids export --out home.grid')
    await done('init --data third --name home')
    await refused('grids join home.grid --data third', 2, 'NAME')
    assert.equal((await done('grids join home.grid --data third --name far'))['name'], 'far')
    await refused('grids join nothing.grid --data third', 5, 'MISSING')
    await refused('grids join home.cap --data third', 2, 'FILE')
    const text = readFileSync(join(folder, 'home.grid'), 'utf8')
    writeFileSync(join(folder, 'torn.grid'), text.slice(0, -6))
    await refused('grids join torn.grid --data third --name torn', 2, 'FILE')
    const grids = (await done('grids list --data third'))['grids'] as Record<string, unknown>[]
    assert.deepEqual(
      grids.map(({ name }) => name),
      ['home', 'far'],
    )
    await refused('--grid far grids adoption --root did:key:z6Mk --data third', 2, 'USAGE')
  })
})
