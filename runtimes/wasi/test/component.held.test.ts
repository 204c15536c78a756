/** What a component that is kept for its next call holds of the last one: nothing. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { liftFunction } from '../component/abi/lift.ts'
import { lowerFunction } from '../component/abi/lower.ts'
import { Machine } from '../component/abi/machine.ts'
import { Place } from '../component/abi/place.ts'
import { functionType } from '../component/types/function.ts'
import { STRING_TYPE } from '../component/types/text.ts'
import { createComponentWorld } from '../component/wasi/world.ts'
import { Guest } from '../guest.ts'
import { Halt } from '../halt.ts'
import { HOST_EXPORT } from '../rewriter/exports.ts'
import { callOf, ECHO, fixture } from './fixtures.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const { code, descriptor } = fixture(ECHO)
const OPTIONS = { memory: 0, realloc: undefined, encoding: 'utf8' } as const

function begin(machine: Machine, memory: WebAssembly.Memory): void {
  const budget = { fuel: 1e6 }
  const guest = new Guest(callOf(code, descriptor, { budget }), { view: () => new Uint8Array() }, undefined)
  machine.begin(guest, createComponentWorld(guest, 'test', false), [memory])
  guest.start({ exports: { [HOST_EXPORT.fuel]: machine.fuel, [HOST_EXPORT.stack]: machine.stack } })
}

/** A run in which this place reads a text from a memory that is made for it. */
function readText(machine: Machine, place: Place): WeakRef<WebAssembly.Memory> {
  const memory = new WebAssembly.Memory({ initial: 1 })
  new Uint8Array(memory.buffer).set([16, 0, 0, 0, 2, 0, 0, 0], 8)
  new Uint8Array(memory.buffer).set([0x68, 0x69], 16)
  begin(machine, memory)
  assert.equal(STRING_TYPE.load(place, 8), 'hi')
  machine.end()
  return new WeakRef(memory)
}

test('a component keeps no memory of a run that has ended, whichever of its functions was called', async () => {
  const machine = new Machine()
  const places = Array.from({ length: 8 }, () => new Place(machine, 0, OPTIONS))
  const memories = places.map((place) => readText(machine, place))
  // A weak reference holds its target until whoever made it has returned.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  collect()
  assert.equal(memories.filter((memory) => memory.deref() !== undefined).length, 0)
  // They are used again: none of them was let go with its memory.
  for (const place of places) readText(machine, place)
})

test('what was lent in a call that trapped is not kept for the next one', () => {
  const machine = new Machine()
  const type = functionType([], undefined)
  const traps = (): never => {
    throw new Halt('TRAP', 'in the middle of it')
  }
  const place = (): Place => new Place(machine, 0, OPTIONS)
  const [inside, outside] = [place(), place()]
  const core = { sort: 'function', signature: type.lifted, source: { from: 'host', call: traps } } as const
  const lifted = liftFunction({ core, type, place: inside, postReturn: undefined })
  const lowered = lowerFunction(lifted, outside)
  const [insideBefore, outsideBefore] = [inside.scope, outside.scope]
  begin(machine, new WebAssembly.Memory({ initial: 1 }))
  assert.throws(() => lowered(), /in the middle of it/)
  machine.end()
  assert.equal(inside.scope, insideBefore)
  assert.equal(outside.scope, outsideBefore)
})
