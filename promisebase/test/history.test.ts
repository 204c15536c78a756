import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fc } from '../../conformance/test/laws.ts'
import { History } from '../history.ts'
import { ReadSet } from '../read-set.ts'

const key = fc.constantFrom('a', 'b', 'c', 'd')

/** What may happen to a history, in any order: versions and ages are made to fit where it is played. */
const event = fc.oneof(
  fc.record({ do: fc.constant('add' as const), keys: fc.uniqueArray(key) }),
  fc.record({ do: fc.constant('takeBack' as const) }),
  fc.record({ do: fc.constant('forget' as const), open: fc.nat(3) }),
  fc.record({ do: fc.constant('ask' as const), key, age: fc.nat(3) }),
)

function readOf(read: string): ReadSet {
  const reads = new ReadSet(10)
  reads.addKey(read)
  return reads
}

describe('the history of writes', () => {
  it('answers as the list of all commits does, whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const history = new History()
        const all: { version: number; keys: readonly string[] }[] = []
        let [newest, floor] = [0, 0]
        for (const each of events) {
          if (each.do === 'add') {
            newest += 1
            history.add(newest, each.keys, false)
            all.push({ version: newest, keys: each.keys })
          } else if (each.do === 'takeBack' && newest > floor) {
            history.takeBack(newest)
            for (const commit of all) if (commit.version === newest) commit.version -= 1
            newest -= 1
          } else if (each.do === 'forget') {
            const oldest = Math.max(floor, newest - each.open)
            history.enter(oldest)
            history.forget(newest)
            history.leave(oldest)
            floor = oldest
          } else if (each.do === 'ask') {
            const since = Math.max(floor, newest - each.age)
            const isWritten = all.some(({ version, keys }) => version > since && keys.includes(each.key))
            assert.equal(history.contradicts(readOf(each.key), since), isWritten)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('contradicts whoever began before what is forgotten', () => {
    const history = new History()
    history.add(1, ['a'], false)
    history.forget(1)
    assert.equal(history.contradicts(readOf('b'), 0), true)
    assert.equal(history.contradicts(readOf('a'), 1), false)
  })

  it('what is not known any more stays so when older commits are dropped later', () => {
    const history = new History()
    history.enter(1)
    history.add(8, ['b'], false)
    history.forgetUpTo(10)
    history.leave(1)
    history.forget(12)
    assert.equal(history.contradicts(readOf('a'), 9), true)
    assert.equal(history.contradicts(readOf('a'), 10), false)
  })

  it('a block may have been deleted by what is not known any more', () => {
    const history = new History()
    history.forgetUpTo(10)
    const reads = new ReadSet(10)
    reads.addBlock('a')
    assert.equal(history.contradicts(reads, 9), true)
    assert.equal(history.contradicts(reads, 10), false)
  })
})
