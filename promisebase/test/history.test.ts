import assert from 'node:assert/strict'
import { test } from 'node:test'
import { History } from '../history.ts'
import { ReadSet } from '../read-set.ts'

function readOf(key: string): ReadSet {
  const reads = new ReadSet(10)
  reads.addKey(key)
  return reads
}

test('what is not known any more stays so when older commits are dropped later', () => {
  const history = new History()
  history.enter(1)
  history.add(8, ['b'], false)
  history.forgetUpTo(10)
  history.leave(1)
  history.forget(12)
  assert.equal(history.contradicts(readOf('a'), 9), true)
  assert.equal(history.contradicts(readOf('a'), 10), false)
})

test('a block may have been deleted by what is not known any more', () => {
  const history = new History()
  history.forgetUpTo(10)
  const reads = new ReadSet(10)
  reads.addBlock('a')
  assert.equal(history.contradicts(reads, 9), true)
  assert.equal(history.contradicts(reads, 10), false)
})
