import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../conformance/test/laws.ts'
import { PassingMap } from '../passing-map.ts'

const step = fc.record({ key: fc.nat({ max: 3 }), value: fc.option(fc.nat(), { nil: undefined }) })

test('is a Map, however often it becomes empty', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const [passing, map] = [new PassingMap<number, number>(), new Map<number, number>()]
      for (const { key, value } of steps) {
        if (value === undefined) {
          passing.delete(key)
          map.delete(key)
        } else {
          passing.set(key, value)
          map.set(key, value)
        }
        assert.equal(passing.get(key), map.get(key))
        assert.equal(passing.size, map.size)
        assert.deepEqual([...passing.keys()], [...map.keys()])
        assert.deepEqual([...passing.values()], [...map.values()])
      }
    }),
  )
})

test('deletes nothing but what it is asked to', () => {
  const passing = new PassingMap<string, number>()
  passing.delete('alice')
  passing.set('alice', 1)
  passing.delete('bob')
  assert.equal(passing.get('alice'), 1)
})
