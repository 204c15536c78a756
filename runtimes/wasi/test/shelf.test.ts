/** A shelf outlives the runtime: what stands on it is run without its code, and anything wrong with it is as if it were empty. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { createWasiRuntime } from '../index.ts'
import { callOf, describeCode, ECHO, fixture, reactor } from './fixtures.ts'
import type { Descriptor, RunResult } from '../../../kernel/index.ts'
import type { ModuleShelf } from '../index.ts'

const { code, descriptor } = fixture(ECHO)
const INPUT = Uint8Array.of(1, 2, 3)
const unending = { aborted: false, signal: new AbortController().signal }

class Shelf implements ModuleShelf {
  readonly entries = new Map<string, Uint8Array>()

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.entries.get(name)
  }

  async put(name: string, entry: Uint8Array): Promise<void> {
    this.entries.set(name, entry)
  }
}

/** A runtime of its own for each call, as after a restart. */
async function runOver(
  shelf: ModuleShelf,
  called: Descriptor,
  loadCode: () => Promise<Uint8Array>,
): Promise<RunResult> {
  const runtime = createWasiRuntime({ shelf })
  const result = await runtime.run({ ...callOf(code, called, { input: INPUT }), loadCode }, unending)
  await runtime.close?.()
  return result
}

const loads = async (): Promise<Uint8Array> => code
const gone = (): Promise<Uint8Array> => Promise.reject(new Error('the code is asked for'))

async function filled(called = descriptor): Promise<Shelf> {
  const shelf = new Shelf()
  await runOver(shelf, called, loads)
  assert.equal(shelf.entries.size, 1)
  return shelf
}

test('a module on the shelf gives the same bytes and fuel, and its code is not asked for', async () => {
  const without = await createWasiRuntime().run(callOf(code, descriptor, { input: INPUT }), unending)
  assert.deepEqual(without.output, INPUT)
  assert.deepEqual(await runOver(await filled(), descriptor, gone), without)
})

test('a module that was only admitted stands on the shelf', async () => {
  const shelf = new Shelf()
  const runtime = createWasiRuntime({ shelf })
  assert.ok((await runtime.admit(code, descriptor)).ok)
  await runtime.close?.()
  assert.deepEqual((await runOver(shelf, descriptor, gone)).output, INPUT)
})

test('code that is admitted under the CID of other code does not', async () => {
  const shelf = new Shelf()
  const runtime = createWasiRuntime({ shelf })
  const other = fixture(reactor('(i64.const -3)'))
  await runtime.admit(other.code, descriptor)
  await runtime.close?.()
  assert.equal(shelf.entries.size, 0)
})

test('under another clamp of memory it is another module', async () => {
  const shelf = await filled()
  const smaller = describeCode(code, { limits: { memoryBytes: 32 * 65_536 } })
  await assert.rejects(runOver(shelf, smaller, gone), /asked for/)
  assert.deepEqual((await runOver(shelf, smaller, loads)).output, INPUT)
  assert.equal(shelf.entries.size, 2)
})

test('a refused module leaves nothing there', async () => {
  const shelf = new Shelf()
  const runtime = createWasiRuntime({ shelf })
  const bad = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 99)
  const { refused } = await runtime.run(callOf(bad, describeCode(bad)), unending)
  await runtime.close?.()
  assert.equal(refused?.code, 'ADMIT')
  assert.equal(shelf.entries.size, 0)
})

for (const [what, change] of Object.entries({
  'no entry at all': () => Uint8Array.of(1, 2, 3),
  'half an entry': (entry: Uint8Array) => entry.subarray(0, entry.length >> 1),
  'an entry whose module the engine does not accept': (entry: Uint8Array) => {
    const at = Buffer.from(entry).indexOf(Uint8Array.of(0, 97, 115, 109))
    return entry.map((byte, index) => (index === at + 4 ? 9 : byte))
  },
  'an entry of other fields': () => Uint8Array.of(0xa1, 0x61, 0x61, 1),
  'an entry whose fields are of other kinds': (entry: Uint8Array) => {
    // `exports` holds a list of lists; a list of one number instead.
    const at = Buffer.from(entry).indexOf('gexports') + 8
    return new Uint8Array([...entry.subarray(0, at), 0x81, 1, ...entry.subarray(lengthOfExports(entry, at))])
  },
})) {
  test(`the shelf holds ${what}: the code is admitted as if it were empty, and put there again`, async () => {
    const shelf = await filled()
    const [[name, entry]] = [...shelf.entries] as [[string, Uint8Array]]
    shelf.entries.set(name, change(entry))
    await assert.rejects(runOver(shelf, descriptor, gone), /asked for/)
    assert.deepEqual((await runOver(shelf, descriptor, loads)).output, INPUT)
    assert.deepEqual(shelf.entries.get(name), entry)
  })
}

/** Where the field after `exports` begins: its length comes before the keys in the order of DAG-CBOR. */
function lengthOfExports(entry: Uint8Array, from: number): number {
  return Buffer.from(entry).indexOf('gimports', from)
}

test('a shelf that fails refuses no call', async () => {
  const fails = {
    get: () => Promise.reject(new Error('no disk')),
    put: () => Promise.reject(new Error('no disk')),
  }
  assert.deepEqual((await runOver(fails, descriptor, loads)).output, INPUT)
})
