/**
 * Keys of the store: whatever spaces and keys are called, an entry is found under its own name alone, and a
 * scan of one space shows exactly its entries, in order, within its bounds.
 */
import { nodeCrypto } from 'promisegrid'
import { createMemoryBackend, createStore, StoreError } from 'promisegrid/promisebase'
import { Counts, Finding } from './target.ts'
import type { SpaceRange, Store } from 'promisegrid/promisebase'
import type { Random } from './random.ts'
import type { Target } from './target.ts'

type Model = Map<string, Map<string, Uint8Array>>

const NAMES = [
  'a',
  'ab',
  'b',
  '\0',
  '\0a',
  'é',
  'a/b',
  '\u{10ffff}',
  'x'.repeat(256),
  'ß'.repeat(128),
  '\ud800',
  '',
  'y'.repeat(257),
]

/** The store begins anew so often that scans stay short. */
const STEPS_PER_STORE = 500

export async function openStoreKey(): Promise<Target> {
  const counts = new Counts()
  let store = await open()
  let model: Model = new Map()
  let steps = 0
  const step = async (random: Random): Promise<void> => {
    if (steps++ % STEPS_PER_STORE === 0) {
      await store.close()
      store = await open()
      model = new Map()
    }
    const [space, key] = [nameOf(random), keyOf(random)]
    counts.add(
      random.once(2) ? await put(store, model, space, key, random) : await scan(store, model, space, random),
    )
  }
  return { step, counts, close: () => store.close() }
}

function open(): Promise<Store> {
  return createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
}

function nameOf(random: Random): string {
  const known = random.pick(NAMES)
  return random.once(3) ? String.fromCharCode(random.byte(), random.bits() & 0xffff) + known : known
}

function keyOf(random: Random): Uint8Array {
  const length = random.once(30) ? 1_023 + random.below(3) : random.size(5)
  return Uint8Array.from({ length }, () => random.pick([0, 1, 0x20, 0x61, 0xfe, 0xff]))
}

async function put(
  store: Store,
  model: Model,
  space: string,
  key: Uint8Array,
  random: Random,
): Promise<string> {
  const value = random.bytes(4)
  const isLegal = isName(space) && key.length <= 1_024
  try {
    await store.transact((transaction) => transaction.put(space, key, value))
  } catch (error) {
    return refusal(error, isLegal, space, key)
  }
  if (!isLegal) throw new Finding(`put under the name ${JSON.stringify(space)}`, key)
  const entries = model.get(space) ?? new Map<string, Uint8Array>()
  model.set(space, entries.set(hex(key), value))
  return 'put'
}

async function scan(store: Store, model: Model, space: string, random: Random): Promise<string> {
  const range: SpaceRange = {
    ...(random.once(2) ? { prefix: keyOf(random) } : {}),
    ...(random.once(3) ? { gte: keyOf(random) } : {}),
    ...(random.once(3) ? { lt: keyOf(random) } : {}),
  }
  const isLegal =
    isName(space) && Object.values(range).every((bound) => (bound as Uint8Array).length <= 1_025)
  const found: string[] = []
  using snapshot = store.snapshot()
  try {
    for await (const { key, value } of snapshot.range(space, range)) found.push(`${hex(key)}=${hex(value)}`)
  } catch (error) {
    return refusal(error, isLegal, space, range.prefix ?? new Uint8Array())
  }
  const expected = [...(model.get(space) ?? [])]
    .filter(([key]) => isWithin(key, range))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${key}=${hex(value)}`)
  if (found.join() !== expected.join())
    throw new Finding(
      `a scan of ${JSON.stringify(space)} shows ${found.join()} instead of ${expected.join()}`,
      '',
    )
  return 'scanned'
}

/** In hex, which keeps the order of bytes. */
function isWithin(key: string, { prefix, gte, lt }: SpaceRange): boolean {
  const isBelow = lt === undefined || key < hex(lt)
  return isBelow && key.startsWith(hex(prefix ?? new Uint8Array())) && key >= hex(gte ?? new Uint8Array())
}

function isName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length
  return !/\p{Surrogate}/u.test(name) && bytes > 0 && bytes <= 256
}

function refusal(error: unknown, isLegal: boolean, space: string, key: Uint8Array): string {
  const isExpected = error instanceof TypeError || (error instanceof StoreError && error.code === 'LIMIT')
  if (isLegal || !isExpected)
    throw new Finding(`the name ${JSON.stringify(space)} threw ${String(error)}`, key, { cause: error })
  return 'refused'
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
