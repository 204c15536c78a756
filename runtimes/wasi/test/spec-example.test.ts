import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { createWasiRuntime } from '../index.ts'
import { BOUNDS } from '../rewriter/bounds.ts'
import { FUEL } from '../rewriter/fuel.ts'
import { STACK } from '../rewriter/stack.ts'
import { fixture, run } from './fixtures.ts'

const CHAPTER = new URL('../../../../spec/handler-abi.md', import.meta.url)
const chapter = readFileSync(CHAPTER, 'utf8')

test('the example of the chapter costs what the chapter says', async () => {
  const text = /```wat\n([^]*?)```/.exec(chapter)?.[1] ?? ''
  const stated = Number(/it takes \*\*(\d+)\*\* units/.exec(chapter)?.[1])
  const input = new Uint8Array(20).fill(3)
  const example = fixture(text, { methods: ['sum'] })
  const { output, fuel } = await run(createWasiRuntime(), example, { method: 'sum', input })
  assert.deepEqual(output, Uint8Array.of(60, 0, 0, 0))
  assert.equal(fuel, stated)
})

test('the chapter states every bound and every price that the code applies', () => {
  const { pages, ...stated } = BOUNDS
  assert.ok(pages > 1_024, 'the largest memory of a host leaves pointers positive')
  for (const bound of [...Object.values(stated), STACK.units]) {
    assert.ok(chapter.includes(bound.toLocaleString('en')), `the chapter does not state ${bound}`)
  }
  for (const price of Object.values(FUEL)) {
    assert.match(chapter, new RegExp(`\\b${price}\\b`), `the chapter does not state ${price}`)
  }
})
