import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'

import { measure, median, scratchFolder } from '../bench-kit.ts'
import type { Bench, Rig } from '../bench-kit.ts'

const TINY = { seconds: 0, tiny: true }

describe('the bench kit', () => {
  it('prepares each batch before it runs it, and closes at the end', async () => {
    const steps: string[] = []
    const row = await measure(
      bench({
        prepare: (batch) => void steps.push(`prepare ${batch}`),
        run: (batch) => void steps.push(`run ${batch}`),
        close: () => void steps.push('close'),
      }),
      TINY,
    )
    assert.deepEqual(steps, ['prepare 3', 'run 3', 'close'])
    assert.equal(row.samples, 1)
    assert.equal(row.clock, 'cpu')
  })

  it('keeps a fixed batch and times it at least three times', async () => {
    const batches = new Set<number>()
    const row = await measure(
      { ...bench({ run: (batch) => spin(batches.add(batch)) }), batch: 7 },
      { seconds: 0 },
    )
    assert.deepEqual([...batches], [7])
    assert.ok(row.samples >= 3)
  })

  it('hands on what a batch throws, closed all the same', async () => {
    let closed = false
    const failing = bench({
      run: () => Promise.reject(new Error('wrong answer')),
      close: () => void (closed = true),
    })
    await assert.rejects(measure(failing, TINY), /wrong answer/)
    assert.ok(closed)
  })

  it('takes the middle of an odd and of an even number of values', () => {
    assert.equal(median([9, 1, 5]), 5)
    assert.equal(median([9, 1, 5, 7]), 6)
  })

  it('gives every scratch folder its own place and removes it', async () => {
    const [first, second] = [await scratchFolder(), await scratchFolder()]
    assert.notEqual(first.path, second.path)
    assert.equal(dirname(first.path), dirname(second.path))
    await Promise.all([first.remove(), second.remove()])
    assert.ok(!existsSync(first.path) && !existsSync(second.path))
  })
})

function bench(rig: Rig): Bench {
  return { name: 'test/row', unit: 'steps/s', setup: () => rig }
}

/** A batch that takes no time at all would be timed very often. */
function spin(_seen: unknown): void {
  const end = performance.now() + 10
  while (performance.now() < end);
}
