/** spec/cose.md states the limits and numbers of the code. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { COSE_TAG } from '../../cose/labels.ts'
import { COSE_LIMITS } from '../../cose/limits.ts'

const page = readFileSync('spec/cose.md', 'utf8')

/** Cells of the table whose first heading is this. */
function rowsOf(heading: string): string[][] {
  const [, table = ''] = page.split(`| ${heading} |`)
  const lines = table.split('\n').slice(2)
  const end = lines.findIndex((line) => !line.startsWith('|'))
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

test('the limits of the specification are those of the code', () => {
  const said = rowsOf('limit').map(([name, value]) => [name, Number(value)])
  assert.deepEqual(said, Object.entries(COSE_LIMITS))
})

test('the tags of the specification are those of the code', () => {
  const said = rowsOf('kind').map(([name, tag]) => [name?.replace('COSE_', ''), Number(tag)])
  assert.deepEqual(Object.fromEntries(said), COSE_TAG)
})
