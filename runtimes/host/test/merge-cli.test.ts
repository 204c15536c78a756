/** `grid merge`, as processes. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Answer } from './grid.ts'

const folder = temporaryFolder()
const at = (...words: string[]): Promise<Answer & { readonly exit: number | null }> =>
  gridJson(['merge', ...words], { cwd: folder })

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

async function cidOf(answer: Promise<Answer>): Promise<string> {
  const { ok, result, error } = await answer
  assert.ok(ok, error?.message)
  return result['cid'] as string
}

before(async () => {
  assert.equal((await grid(['init'], { cwd: folder })).exit, 0)
})

describe('grid merge', () => {
  test('joins what two have written apart', async () => {
    const base = await cidOf(at('commit', 'notes', file('a', 'a\nb\nc\n')))
    await cidOf(at('commit', 'notes', file('b', 'A\nb\nc\n')))
    await cidOf(at('commit', 'notes', file('c', 'a\nb\nC\n'), '--onto', base, '--note', 'apart'))
    const { result } = await at('heads', 'notes')
    assert.equal((result['commits'] as unknown[]).length, 2)
    const merged = await at('run', 'notes')
    assert.equal(merged.exit, 0)
    const [head] = (await at('heads', 'notes')).result['commits'] as { content: string; made: string }[]
    assert.equal(head?.made, 'text-lines')
    const content = await grid(['block', 'get', head.content], { cwd: folder })
    assert.equal(content.stdout.toString(), 'A\nb\nC\n')
    assert.equal(((await at('log', 'notes')).result['commits'] as unknown[]).length, 4)
  })

  test('keeps a conflict for a person, who sees both sides and ends it', async () => {
    const base = await cidOf(at('commit', 'plan', file('a', 'a\n')))
    await cidOf(at('commit', 'plan', file('b', 'left \x1b[31m\n')))
    await cidOf(at('commit', 'plan', file('c', 'right\n'), '--onto', base))
    const refused = await at('run', 'plan')
    assert.deepEqual([refused.exit, refused.error?.code], [3, 'CONFLICT'])
    const [conflict] = (await at('list', 'plan')).result['conflicts'] as { id: string; name: string }[]
    assert.equal(conflict?.name, 'plan')
    const shown = await grid(['merge', 'show', conflict.id], { cwd: folder })
    for (const words of ['CONFLICT from text-lines', 'base', 'left ', 'right'])
      assert.ok(shown.stdout.toString().includes(words), words)
    assert.ok(!shown.stdout.includes(0x1b), 'what others wrote is made harmless')
    for (const wrong of [[], ['--left', '--right'], ['--with', 'a', '--left']])
      assert.equal((await at('resolve', conflict.id, ...wrong)).error?.code, 'USAGE')
    assert.equal((await at('heads', 'plan')).result['commits'] instanceof Array, true)
    await cidOf(at('resolve', conflict.id, '--with', file('d', 'both\n')))
    assert.deepEqual((await at('list')).result['conflicts'], [])
    assert.equal((await at('resolve', conflict.id, '--left')).error?.code, 'MISSING')
    assert.equal((await at('run', 'plan')).exit, 0)
  })

  test('stores JSON as what functions for values work on', async () => {
    const base = await cidOf(at('commit', 'members', file('a', '["bob","alice"]'), '--function', 'set-union'))
    await cidOf(at('commit', 'members', file('b', '["alice","bob","carol"]')))
    await cidOf(at('commit', 'members', file('c', '["alice"]'), '--onto', base))
    assert.equal((await at('run', 'members')).exit, 0)
    const [head] = (await at('heads', 'members')).result['commits'] as { content: string }[]
    const shown = await gridJson(['block', 'get', head?.content ?? '', '--cbor'], { cwd: folder })
    assert.equal(shown.result['notation'], '["alice", "carol"]')
    assert.equal((await at('commit', 'members', file('x', 'no JSON'))).error?.code, 'FILE')
    assert.equal((await at('commit', 'members', file('x', '[12345678901234567890]'))).error?.code, 'FILE')
  })

  test('refuses what makes no sense, and says what would', async () => {
    assert.equal((await at('heads', 'nowhere')).error?.code, 'MISSING')
    assert.equal((await at('run', 'nowhere')).error?.code, 'MISSING')
    assert.equal((await at('heads', 'a:b')).error?.code, 'USAGE')
    assert.equal((await at('commit', 'x', 'a', '--function', 'nothing')).error?.code, 'MISSING')
    assert.equal((await at('commit', 'x', 'a', '--function', 'json,json')).error?.code, 'USAGE')
    assert.equal((await at('commit', 'x', 'a', '--as', 'nobody')).error?.code, 'MISSING')
    assert.equal((await at('commit', 'x', 'nowhere')).error?.code, 'MISSING')
    const named = (await at('heads')).result['branches'] as { name: string }[]
    assert.deepEqual(
      named.map(({ name }) => name),
      ['members', 'notes', 'plan'],
    )
  })
})
