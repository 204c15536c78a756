/** `grid trust`, as processes: two nodes, one of which answers the other. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { gridJson, temporaryFolder } from './grid.ts'
import type { Answer } from './grid.ts'

const folder = temporaryFolder()
const at = (...words: string[]): Promise<Answer> => gridJson(words, { cwd: folder })
const NONE = { kept: 0, broken: 0, refused: 0, expired: 0 }

describe('grid trust', () => {
  test('counts the reply of a node, and says what it counted', async () => {
    assert.ok((await at('init')).ok)
    assert.ok((await at('id', 'new', 'alice')).ok)
    assert.ok((await at('cap', 'issue', '--to', 'alice', '--handler', 'echo', '--out', 'alice.cap')).ok)
    const sent = ['--cap', 'alice.cap', '--message', 'asked', '--reply', 'answer', '--out', 'result']
    assert.ok((await at('call', 'echo', '--input', join(folder, 'alice.cap'), ...sent)).ok)
    const noted = await at('trust', 'note', 'asked', 'answer')
    assert.deepEqual(noted.result['counts'], { ...NONE, kept: 1 })
    assert.deepEqual((await at('trust', 'note', 'asked', 'answer')).result['counts'], { ...NONE, kept: 1 })
    const everybody = (await at('trust', 'show')).result['standings'] as { counts: object }[]
    assert.deepEqual(
      everybody.map(({ counts }) => counts),
      [{ ...NONE, kept: 1 }],
    )
    assert.deepEqual((await at('trust', 'rebuild')).result, { differing: 0 })
  })

  test('takes no reply that answers something else, nor a message that was sent from elsewhere', async () => {
    const swapped = await at('trust', 'note', 'answer', 'asked')
    assert.equal(swapped.error?.code, 'FILE')
    const other = await at('trust', 'note', 'asked', 'asked')
    assert.equal(other.error?.code, 'FILE')
    assert.equal((await at('trust', 'note', 'alice.cap', 'answer')).error?.code, 'FILE')
    assert.equal((await at('trust', 'note', 'asked', 'nowhere')).error?.code, 'MISSING')
  })

  test('writes an assessment that another node keeps, and that changes no count there', async () => {
    const assessed = await at('trust', 'assess', 'alice', '--out', 'of-alice')
    assert.deepEqual(assessed.result['counts'], NONE)
    const accepted = await at('trust', 'accept', 'of-alice')
    assert.equal(accepted.result['subject'], assessed.result['subject'])
    const shown = await at('trust', 'show', 'alice')
    assert.deepEqual(shown.result['counts'], NONE)
    assert.equal((shown.result['assessments'] as unknown[]).length, 1)
    assert.equal((await at('trust', 'accept', 'alice.cap')).error?.code, 'FILE')
    assert.equal((await at('trust', 'assess', 'node')).error?.code, 'USAGE')
    assert.equal((await at('trust', 'show', 'nobody')).error?.code, 'MISSING')
  })
})
