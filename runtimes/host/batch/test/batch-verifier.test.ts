import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createBatchVerifier } from '../batch-verifier.ts'
import { packItems, unpackItems } from '../packed.ts'
import { HostError } from '../../host-error.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import { ours, readVectors } from '../../test/verdicts/node.ts'
import { allCases, expectedLines, verdictLines } from '../../test/verdicts/table.ts'
import type { Worker } from 'node:worker_threads'
import type { SignatureAlgorithm } from '../../../../promisebase/index.ts'
import type { SignatureItem } from '../packed.ts'

const SECRET = new Uint8Array(32).fill(5)

/** A signature over message `index` of alice, each seventh with one bit wrong, and what must be said of it. */
function item(index: number, algorithm: SignatureAlgorithm = 'Ed25519'): readonly [SignatureItem, boolean] {
  const message = Uint8Array.of(index >> 8, index & 255)
  const signature = nodeCrypto.sign(algorithm, SECRET, message)
  const isGood = index % 7 !== 3
  if (!isGood) signature[index % signature.length] = (signature[index % signature.length] as number) ^ 1
  return [{ key: nodeCrypto.publicKey(algorithm, SECRET), message, signature }, isGood]
}

function many(count: number): {
  readonly items: readonly SignatureItem[]
  readonly right: readonly boolean[]
} {
  const made = Array.from({ length: count }, (_, index) => item(index, index % 2 ? 'ESP256' : 'Ed25519'))
  return { items: made.map(([given]) => given), right: made.map(([, verdict]) => verdict) }
}

const { items, right } = many(150)

/** Sees every thread that this process starts, as long as `work` runs. */
async function withThreads(seen: (worker: Worker) => void, work: () => Promise<void>): Promise<void> {
  process.on('worker', seen)
  try {
    await work()
  } finally {
    process.off('worker', seen)
  }
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HostError && error.code === code
}

describe('a batch verifier', () => {
  for (const threads of [0, 1, 3]) {
    it(`gives each signature its own verdict, in order, on ${threads} threads`, async () => {
      await using verifier = createBatchVerifier({ threads })
      assert.deepEqual(await verifier.verify(items), right)
      assert.deepEqual(await verifier.verify(items.slice(0, 4)), right.slice(0, 4))
      assert.deepEqual(await verifier.verify([]), [])
    })
  }

  it('verifies ML-DSA beside the others', async () => {
    await using verifier = createBatchVerifier({ threads: 2 })
    const made = [item(2, 'ML-DSA-65'), item(3, 'ML-DSA-65'), item(4)]
    assert.deepEqual(
      await verifier.verify(made.map(([given]) => given)),
      made.map(([, verdict]) => verdict),
    )
  })

  it('answers the whole verdict table as one after the other does', async () => {
    await using verifier = createBatchVerifier({ threads: 2 })
    const cases = allCases(readVectors)
    const asked: SignatureItem[] = []
    const collecting = {
      ...ours.crypto,
      verify: (key: SignatureItem['key'], message: Uint8Array, signature: Uint8Array) => {
        asked.push({ key, message: message.slice(), signature })
        return false
      },
    }
    verdictLines(cases, { ...ours, crypto: collecting })
    const verdicts = await verifier.verify(asked)
    let at = 0
    const answering = { ...ours.crypto, verify: () => verdicts[at++] === true }
    assert.deepEqual(verdictLines(cases, { ...ours, crypto: answering }), expectedLines(cases))
    assert.equal(at, asked.length)
  })

  it('loses no verdict with a thread that dies at its start, at work or at rest', async () => {
    await using verifier = createBatchVerifier({ threads: 2 })
    const threads: Worker[] = []
    const seen = (worker: Worker): void => {
      threads.push(worker)
      if (threads.length === 1) void worker.terminate()
    }
    await withThreads(seen, async () => {
      assert.deepEqual(await verifier.verify(items), right)
      const answer = verifier.verify(items)
      await threads.at(-1)?.terminate()
      assert.deepEqual(await answer, right)
      await Promise.all(threads.map((worker) => worker.terminate()))
      assert.deepEqual(await verifier.verify(items), right)
    })
    assert.ok(threads.length >= 3)
  })

  it('goes on in this thread when every thread dies', async () => {
    await using verifier = createBatchVerifier({ threads: 1 })
    let started = 0
    const kill = (worker: Worker): void => {
      started += 1
      void worker.terminate()
    }
    await withThreads(kill, async () => {
      assert.deepEqual(await verifier.verify(items), right)
      assert.deepEqual(await verifier.verify(items), right)
    })
    assert.equal(started, 3)
  })

  it('judges what it was given, not what became of it', async () => {
    await using verifier = createBatchVerifier({ threads: 1 })
    const [given] = item(1)
    const answer = verifier.verify([given])
    given.signature.fill(0)
    assert.deepEqual(await answer, [true])
  })

  it('refuses what finds no room, and takes it when there is room again', async () => {
    const [given] = item(1)
    const bytesMax = packItems([given]).bytes.length + 256
    await using verifier = createBatchVerifier({ threads: 1, bytesMax })
    const first = verifier.verify([given])
    await assert.rejects(verifier.verify([given]), hasCode('BUSY'))
    assert.deepEqual(await first, [true])
    assert.deepEqual(await verifier.verify([given]), [true])
    await assert.rejects(verifier.verify([given, given]), RangeError)
  })

  it('closed while busy refuses what is not done, and everything after', async () => {
    const verifier = createBatchVerifier({ threads: 2 })
    const calls = [verifier.verify(items), verifier.verify(items)]
    const refused = calls.map((call) => assert.rejects(call, hasCode('CLOSED')))
    await verifier.close()
    await Promise.all(refused)
    await assert.rejects(verifier.verify(items), hasCode('CLOSED'))
    await verifier.close()
  })

  it('aborted gives its reason, and the other calls their verdicts', async () => {
    await using verifier = createBatchVerifier({ threads: 1 })
    const reason = new Error('bob hung up')
    const controller = new AbortController()
    const aborted = assert.rejects(verifier.verify(items, { signal: controller.signal }), reason)
    const other = verifier.verify(items)
    controller.abort(reason)
    await aborted
    assert.deepEqual(await other, right)
    await assert.rejects(verifier.verify(items, { signal: controller.signal }), reason)
  })

  it('throws for options out of range', () => {
    for (const threads of [-1, 1.5, NaN, 257])
      assert.throws(() => createBatchVerifier({ threads }), /RangeError: threads/)
    for (const bytesMax of [0, 1.5, Infinity])
      assert.throws(() => createBatchVerifier({ bytesMax }), /RangeError: bytesMax/)
  })
})

describe('packed items', () => {
  it('are unpacked as they were, empty parts and views of larger buffers included', () => {
    const large = new Uint8Array(100).map((_, index) => index)
    const given: readonly SignatureItem[] = [
      {
        key: { algorithm: 'Ed25519', bytes: large.subarray(1, 3) },
        message: large.subarray(0, 0),
        signature: large.subarray(9),
      },
      {
        key: { algorithm: 'ESP256', bytes: new Uint8Array(0) },
        message: large,
        signature: new Uint8Array(0),
      },
    ]
    assert.deepEqual([...unpackItems(packItems(given))], given)
    assert.equal(packItems(given).bytes.buffer.byteLength, 2 + 91 + 100)
  })
})
