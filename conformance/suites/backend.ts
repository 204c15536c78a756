/**
 * What every backend must do, as tests. Give it your test function and a factory:
 *
 *   backendSuite({ test, factory: async () => ({ backend: await openMyBackend(), dispose: async () => {} }) })
 */
import assert from 'node:assert/strict'
import type { Backend, BackendSnapshot, ByteRange } from 'promisegrid/promisebase'

/** The part of a test runner that a suite needs; `test` of node:test fits. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown

export interface BackendSuiteOptions {
  readonly test: TestFunction
  /** A new, empty backend; `dispose` removes what it leaves behind once it is closed. */
  readonly factory: () => Promise<{ readonly backend: Backend; readonly dispose?: () => Promise<void> }>
}

export function backendSuite({ test, factory }: BackendSuiteOptions): void {
  const check = (claim: string, body: (backend: Backend) => Promise<void>) =>
    test(claim, async () => {
      const { backend, dispose } = await factory()
      try {
        await body(backend)
      } finally {
        await backend.close()
        await dispose?.()
      }
    })

  check('begins empty', async (backend) => {
    assert.deepEqual(await all(backend), [])
    assert.equal(await read(backend, [1]), undefined)
  })

  check('gives back what was put', async (backend) => {
    await put(backend, [1], [2, 3])
    assert.deepEqual(await read(backend, [1]), Uint8Array.of(2, 3))
    assert.equal(await read(backend, [1, 0]), undefined)
    assert.equal(await read(backend, []), undefined)
  })

  check('answers with plain byte arrays', async (backend) => {
    await put(backend, [1], [2])
    assert.equal(Object.getPrototypeOf(await read(backend, [1])), Uint8Array.prototype)
    for (const part of (await all(backend))[0]!)
      assert.equal(Object.getPrototypeOf(part), Uint8Array.prototype)
  })

  check('keeps empty values apart from absent ones', async (backend) => {
    await put(backend, [1], [])
    assert.deepEqual(await read(backend, [1]), new Uint8Array(0))
    assert.equal((await all(backend)).length, 1)
  })

  check('replaces and deletes', async (backend) => {
    await put(backend, [1], [1])
    await put(backend, [1], [2])
    assert.deepEqual(await read(backend, [1]), Uint8Array.of(2))
    await backend.batch([{ type: 'delete', key: Uint8Array.of(1) }], { durable: true })
    assert.equal(await read(backend, [1]), undefined)
  })

  check('deletes what is not there without complaint', async (backend) => {
    await backend.batch([{ type: 'delete', key: Uint8Array.of(9) }], { durable: true })
    assert.deepEqual(await all(backend), [])
  })

  check('lets the last write of a batch decide', async (backend) => {
    const key = Uint8Array.of(1)
    await backend.batch(
      [
        { type: 'put', key, value: Uint8Array.of(1) },
        { type: 'delete', key },
        { type: 'put', key, value: Uint8Array.of(2) },
        { type: 'put', key: Uint8Array.of(2), value: Uint8Array.of(3) },
        { type: 'delete', key: Uint8Array.of(2) },
      ],
      { durable: false },
    )
    assert.deepEqual(await all(backend), [[key, Uint8Array.of(2)]])
  })

  check('takes an empty batch', async (backend) => {
    await backend.batch([], { durable: true })
    assert.deepEqual(await all(backend), [])
  })

  check('orders keys as unsigned bytes, shorter first', async (backend) => {
    const keys = [[0], [0, 0], [0, 255], [1], [127], [128], [128, 0], [255], [255, 0], [255, 255]]
    for (const key of keys.toReversed()) await put(backend, key, key)
    assert.deepEqual(await keysIn(backend, {}), keys)
    assert.deepEqual(await keysIn(backend, { reverse: true }), keys.toReversed())
  })

  check('keeps the empty key before all others, and 0xff after them', async (backend) => {
    const keys = [[], [0], [0, 0], [254, 255], [255], [255, 255, 255]]
    for (const key of keys.toReversed()) await put(backend, key, key)
    assert.deepEqual(await read(backend, []), new Uint8Array(0))
    assert.deepEqual(await keysIn(backend, {}), keys)
    assert.deepEqual(await keysIn(backend, { reverse: true, limit: 2 }), [[255, 255, 255], [255]])
    assert.deepEqual(await keysIn(backend, { gte: new Uint8Array(0), lt: Uint8Array.of(0, 0) }), [[], [0]])
    assert.deepEqual(await keysIn(backend, { gte: Uint8Array.of(255, 0) }), [[255, 255, 255]])
    assert.deepEqual(await keysIn(backend, { lt: new Uint8Array(0) }), [])
    await backend.batch([{ type: 'delete', key: new Uint8Array(0) }], { durable: true })
    assert.deepEqual(await keysIn(backend, { limit: 1 }), [[0]])
  })

  check('orders and bounds as a sorted list does, whatever the bytes are', async (backend) => {
    const draw = pseudoRandom(7)
    // Few different bytes, those at which orders go wrong: keys share beginnings, and bounds hit keys.
    const bytes = () => Array.from({ length: draw(4) }, () => [0, 1, 0x5c, 0x7f, 0x80, 0xff][draw(6)]!)
    const keys = Array.from({ length: 60 }, bytes)
    await backend.batch(
      keys.map((key) => ({ type: 'put', key: Uint8Array.from(key), value: Uint8Array.from(key) })),
      { durable: false },
    )
    const sorted = keys.toSorted(compare).filter((key, i, all) => i === 0 || compare(all[i - 1]!, key) !== 0)
    for (let round = 0; round < 40; round++) {
      const [gte, lt, limit, reverse] = [bytes(), bytes(), draw(12), draw(2) === 1]
      const within = sorted.filter((key) => compare(gte, key) <= 0 && compare(key, lt) < 0)
      const expected = (reverse ? within.toReversed() : within).slice(0, limit)
      const range = { gte: Uint8Array.from(gte), lt: Uint8Array.from(lt), limit, reverse }
      assert.deepEqual(await keysIn(backend, range), expected, JSON.stringify({ gte, lt, limit, reverse }))
    }
  })

  check('scans from the first key included to the last excluded', async (backend) => {
    for (const key of [1, 2, 3, 4, 5]) await put(backend, [key], [key])
    const bounds = { gte: Uint8Array.of(2), lt: Uint8Array.of(5) }
    assert.deepEqual(await keysIn(backend, bounds), [[2], [3], [4]])
    assert.deepEqual(await keysIn(backend, { ...bounds, reverse: true }), [[4], [3], [2]])
    assert.deepEqual(await keysIn(backend, { gte: Uint8Array.of(4) }), [[4], [5]])
    assert.deepEqual(await keysIn(backend, { lt: Uint8Array.of(2) }), [[1]])
    assert.deepEqual(await keysIn(backend, { gte: Uint8Array.of(2, 0), lt: Uint8Array.of(3, 0) }), [[3]])
  })

  check('finds nothing in a range that ends before it begins', async (backend) => {
    await put(backend, [3], [3])
    assert.deepEqual(await keysIn(backend, { gte: Uint8Array.of(5), lt: Uint8Array.of(2) }), [])
    assert.deepEqual(await keysIn(backend, { gte: Uint8Array.of(3), lt: Uint8Array.of(3) }), [])
  })

  check('stops at the limit, from either end', async (backend) => {
    for (const key of [1, 2, 3]) await put(backend, [key], [key])
    assert.deepEqual(await keysIn(backend, { limit: 0 }), [])
    assert.deepEqual(await keysIn(backend, { limit: 2 }), [[1], [2]])
    assert.deepEqual(await keysIn(backend, { limit: 2, reverse: true }), [[3], [2]])
    assert.deepEqual(await keysIn(backend, { limit: 9 }), [[1], [2], [3]])
  })

  check('gives back whole what a scan passes in many pieces, from either end', async (backend) => {
    const keys = Array.from({ length: 1500 }, (_, i) => [i >> 8, i & 255])
    await backend.batch(
      keys.map((key) => ({ type: 'put', key: Uint8Array.from(key), value: Uint8Array.from(key) })),
      { durable: false },
    )
    assert.deepEqual(await keysIn(backend, {}), keys)
    assert.deepEqual(await keysIn(backend, { reverse: true }), keys.toReversed())
    assert.deepEqual(await keysIn(backend, { limit: 1001 }), keys.slice(0, 1001))
  })

  check('may be left in the middle of a scan', async (backend) => {
    for (let key = 0; key < 20; key++) await put(backend, [key], [key])
    const snapshot = backend.snapshot()
    for (let round = 0; round < 20; round++) {
      for await (const [key] of snapshot.range({})) if (key[0] === round) break
    }
    assert.deepEqual(await snapshot.get(Uint8Array.of(19)), Uint8Array.of(19))
    snapshot.close()
    assert.equal((await all(backend)).length, 20)
  })

  check('answers questions that are asked of a snapshot at the same time', async (backend) => {
    for (let key = 0; key < 20; key++) await put(backend, [key], [key])
    const snapshot = backend.snapshot()
    const values = Array.from({ length: 20 }, (_, key) => snapshot.get(Uint8Array.of(key)))
    const scans = [entriesIn(snapshot, {}), entriesIn(snapshot, { reverse: true })]
    assert.deepEqual(
      (await Promise.all(values)).map((value) => value?.[0]),
      Array.from({ length: 20 }, (_, key) => key),
    )
    for (const scan of await Promise.all(scans)) assert.equal(scan.length, 20)
    snapshot.close()
  })

  check('applies batches in the order in which they were begun', async (backend) => {
    await Promise.all(Array.from({ length: 20 }, (_, round) => put(backend, [1], [round])))
    assert.deepEqual(await read(backend, [1]), Uint8Array.of(19))
  })

  check('shows a snapshot the state at which it was taken', async (backend) => {
    await put(backend, [1], [1])
    await put(backend, [2], [1])
    const before = backend.snapshot()
    await backend.batch(
      [
        { type: 'put', key: Uint8Array.of(1), value: Uint8Array.of(2) },
        { type: 'delete', key: Uint8Array.of(2) },
        { type: 'put', key: Uint8Array.of(3), value: Uint8Array.of(2) },
      ],
      { durable: true },
    )
    assert.deepEqual(await entriesIn(before, {}), [
      [[1], [1]],
      [[2], [1]],
    ])
    assert.deepEqual(await entriesIn(before, { reverse: true, limit: 1 }), [[[2], [1]]])
    assert.deepEqual(await before.get(Uint8Array.of(1)), Uint8Array.of(1))
    assert.deepEqual(await before.get(Uint8Array.of(2)), Uint8Array.of(1))
    assert.equal(await before.get(Uint8Array.of(3)), undefined)
    before.close()
    assert.deepEqual(await keysIn(backend, {}), [[1], [3]])
  })

  check('keeps many snapshots apart while writing', async (backend) => {
    const taken: [number, BackendSnapshot][] = []
    for (let round = 0; round < 20; round++) {
      await backend.batch(
        Array.from({ length: 50 }, (_, i) => ({
          type: 'put',
          key: Uint8Array.of(i),
          value: Uint8Array.of(round),
        })),
        { durable: false },
      )
      taken.push([round, backend.snapshot()])
    }
    for (const [round, snapshot] of taken.filter(([round]) => round % 3 > 0)) {
      for (const [, value] of await entriesIn(snapshot, {})) assert.deepEqual(value, [round])
      snapshot.close()
    }
    for (const [round, snapshot] of taken.filter(([round]) => round % 3 === 0)) {
      assert.equal((await entriesIn(snapshot, {})).length, 50)
      assert.deepEqual(await snapshot.get(Uint8Array.of(49)), Uint8Array.of(round))
      snapshot.close()
    }
  })

  check('goes on with a scan while others write', async (backend) => {
    for (let key = 0; key < 200; key++) await put(backend, [key], [0])
    const snapshot = backend.snapshot()
    const seen: number[] = []
    for await (const [key, value] of snapshot.range({})) {
      assert.deepEqual(value, Uint8Array.of(0))
      seen.push(key[0]!)
      if (seen.length % 40 === 0) {
        await put(backend, [199], [seen.length])
        await put(backend, [key[0]!, 1], [1])
      }
    }
    snapshot.close()
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, i) => i),
    )
  })

  check('never shows half of a batch', async (backend) => {
    const writing = (async () => {
      for (let round = 1; round <= 30; round++) {
        await backend.batch(
          Array.from({ length: 100 }, (_, i) => ({
            type: 'put',
            key: Uint8Array.of(i),
            value: Uint8Array.of(round),
          })),
          { durable: false },
        )
      }
    })()
    for (let look = 0; look < 30; look++) {
      const snapshot = backend.snapshot()
      const rounds = new Set((await entriesIn(snapshot, {})).map(([, value]) => value[0]))
      const first = await snapshot.get(Uint8Array.of(0))
      snapshot.close()
      assert.ok(rounds.size <= 1, `one look saw the rounds ${[...rounds].join()}`)
      assert.equal(first?.[0], [...rounds][0])
    }
    await writing
  })

  check('gives arrays that the caller may change', async (backend) => {
    await put(backend, [1], [1, 2, 3])
    ;(await read(backend, [1]))!.fill(9)
    for (const [key, value] of await all(backend)) {
      key.fill(9)
      value.fill(9)
    }
    assert.deepEqual(await read(backend, [1]), Uint8Array.of(1, 2, 3))
  })

  check('takes keys of 1,300 bytes and values of 1 MiB', async (backend) => {
    const key = new Uint8Array(1300).fill(7)
    const value = new Uint8Array(1024 * 1024).map((_, i) => i)
    await backend.batch([{ type: 'put', key, value }], { durable: true })
    assert.deepEqual(await read(backend, [...key]), value)
  })

  check('takes what was given as it was when the batch ends, and shows it for ever', async (backend) => {
    const [key, value] = [Uint8Array.of(1), Uint8Array.of(2)]
    await backend.batch([{ type: 'put', key, value }], { durable: true })
    const snapshot = backend.snapshot()
    assert.deepEqual(await snapshot.get(key), Uint8Array.of(2))
    await put(backend, [1], [3])
    assert.deepEqual(await snapshot.get(Uint8Array.of(1)), Uint8Array.of(2))
    snapshot.close()
  })

  check('takes a thousand writes in one batch, deleted and put anew', async (backend) => {
    const numbered = (from: number, round: number) =>
      Array.from({ length: 500 }, (_, i) => ({
        type: 'put' as const,
        key: Uint8Array.of((from + i) >> 8, (from + i) & 255),
        value: Uint8Array.of(round),
      }))
    await backend.batch(numbered(0, 1), { durable: false })
    const gone = numbered(0, 1).map(({ key }) => ({ type: 'delete' as const, key }))
    await backend.batch([...gone, ...numbered(250, 2)], { durable: true })
    const found = await all(backend)
    assert.equal(found.length, 500)
    assert.ok(found.every(([, value]) => value[0] === 2))
  })

  check('refuses to read from a closed snapshot', async (backend) => {
    await put(backend, [1], [1])
    const snapshot = backend.snapshot()
    snapshot.close()
    snapshot.close()
    await assert.rejects(async () => snapshot.get(Uint8Array.of(1)))
    await assert.rejects(async () => entriesIn(snapshot, {}))
  })

  check('refuses everything with CLOSED once it is closed', async (backend) => {
    await backend.close()
    await backend.close()
    await assert.rejects(async () => backend.snapshot(), { code: 'CLOSED' })
    await assert.rejects(put(backend, [1], [1]), { code: 'CLOSED' })
  })

  check('ends the scan of a snapshot that is closed in the middle of it', async (backend) => {
    for (let key = 0; key < 100; key++) await put(backend, [key], [key])
    const snapshot = backend.snapshot()
    let seen = 0
    await assert.rejects(async () => {
      for await (const _ of snapshot.range({})) if (++seen === 3) snapshot.close()
    })
    assert.ok(seen < 100)
  })

  check('closes while snapshots are open, and they show nothing wrong afterwards', async (backend) => {
    await put(backend, [1], [1])
    const snapshot = backend.snapshot()
    assert.deepEqual(await snapshot.get(Uint8Array.of(1)), Uint8Array.of(1))
    await backend.close()
    const after = await snapshot.get(Uint8Array.of(1)).catch(() => 'refused')
    if (after !== 'refused') assert.deepEqual(after, Uint8Array.of(1))
    snapshot.close()
  })

  check('finishes a batch that was begun before close', async (backend) => {
    const writing = put(backend, [1], [1])
    await backend.close()
    await writing
  })
}

/** Numbers below a bound that are the same in every run, so that a failure can be repeated. */
function pseudoRandom(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % bound
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

async function put(backend: Backend, key: readonly number[], value: readonly number[]): Promise<void> {
  const write = { type: 'put', key: Uint8Array.from(key), value: Uint8Array.from(value) } as const
  await backend.batch([write], { durable: true })
}

async function read(backend: Backend, key: readonly number[]): Promise<Uint8Array | undefined> {
  const snapshot = backend.snapshot()
  try {
    return await snapshot.get(Uint8Array.from(key))
  } finally {
    snapshot.close()
  }
}

async function all(backend: Backend): Promise<(readonly [Uint8Array, Uint8Array])[]> {
  const snapshot = backend.snapshot()
  try {
    const found: (readonly [Uint8Array, Uint8Array])[] = []
    for await (const entry of snapshot.range({})) found.push(entry)
    return found
  } finally {
    snapshot.close()
  }
}

async function keysIn(backend: Backend, range: ByteRange): Promise<number[][]> {
  const snapshot = backend.snapshot()
  try {
    return (await entriesIn(snapshot, range)).map(([key]) => key)
  } finally {
    snapshot.close()
  }
}

async function entriesIn(snapshot: BackendSnapshot, range: ByteRange): Promise<[number[], number[]][]> {
  const found: [number[], number[]][] = []
  for await (const [key, value] of snapshot.range(range)) found.push([[...key], [...value]])
  if (snapshot.keys === undefined) return found
  const keys: number[][] = []
  for await (const key of snapshot.keys(range)) keys.push([...key])
  const expected = found.map(([key]) => key)
  assert.deepEqual(keys, expected, 'the keys alone are those of the entries')
  return found
}
