/**
 * Many messages of several signers at a time, one after the other in this thread or with their signatures
 * on as many threads as there are processors. The floor is one thread in all rows: by the wall clock, a
 * ratio above its neighbour's says what the threads gain on this machine.
 */
import { createBatchVerifier, nodeCrypto } from '../../runtimes/host/index.ts'
import { createKeyRing } from '../index.ts'
import { verify } from './read-message.ts'
import { messages, signers } from './signed-messages.ts'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { BatchVerifier, SignatureItem } from '../../runtimes/host/index.ts'
import type { Bench, Rig } from '../../conformance/bench-kit.ts'

const FLOOR = 'message-floor.mjs'
const MESSAGES = 256
const SIGNERS = 32

export const benches: readonly Bench[] = [
  {
    name: 'message/batch',
    unit: 'messages/s',
    clock: 'wall',
    baseline: { file: FLOOR, name: 'message/batch' },
    notes: `${MESSAGES} messages of ${SIGNERS} signers in turns, each decoded and verified before the next`,
    setup: () => {
      const keys = createKeyRing(nodeCrypto)
      const all = messages(MESSAGES, signers(SIGNERS))
      return {
        run: (batch) => {
          for (let done = 0; done < batch; done += 1)
            verify(all[done % MESSAGES] as Uint8Array, keys, nodeCrypto)
        },
      }
    },
  },
  {
    name: 'message/batch/threads',
    unit: 'messages/s',
    clock: 'wall',
    baseline: { file: FLOOR, name: 'message/batch' },
    notes: 'the same messages, decoded in this thread and verified by a batch verifier',
    setup: () => {
      const keys = createKeyRing(nodeCrypto)
      const all = messages(MESSAGES, signers(SIGNERS))
      return inThreads(() => signaturesOf(all, keys))
    },
  },
  {
    name: 'message/batch/ml-dsa',
    unit: 'signatures/s',
    clock: 'wall',
    baseline: { file: FLOOR, name: 'message/ml-dsa' },
    notes: 'signatures by ML-DSA-65 over half a kilobyte by a batch verifier',
    setup: () => {
      const items = Array.from({ length: SIGNERS }, (_, index) => mlDsaItem(index))
      return inThreads(() => items)
    },
  },
]

/** Runs batches of what `next` gives, whatever number is asked for. */
function inThreads(next: () => readonly SignatureItem[]): Rig {
  const verifier = createBatchVerifier()
  return {
    run: async (batch) => {
      for (let left = batch; left > 0; left -= await verifyAll(verifier, next().slice(0, left)));
    },
    close: () => verifier.close(),
  }
}

async function verifyAll(verifier: BatchVerifier, items: readonly SignatureItem[]): Promise<number> {
  const verdicts = await verifier.verify(items)
  if (!verdicts.every(Boolean)) throw new Error('a good signature was refused')
  return items.length
}

/** Decodes all, and collects what the cryptography would have been asked. */
function signaturesOf(
  all: readonly Uint8Array[],
  keys: ReturnType<typeof createKeyRing>,
): readonly SignatureItem[] {
  const items: SignatureItem[] = []
  const collecting: CryptoProvider = {
    ...nodeCrypto,
    // What is signed is lent for the moment.
    verify: (key, message, signature) => items.push({ key, message: message.slice(), signature }) > 0,
  }
  for (const bytes of all) verify(bytes, keys, collecting)
  return items
}

function mlDsaItem(index: number): SignatureItem {
  const secret = new Uint8Array(32).fill(index)
  const message = new Uint8Array(512).fill(index)
  const key = nodeCrypto.publicKey('ML-DSA-65', secret)
  return { key, message, signature: nodeCrypto.sign('ML-DSA-65', secret, message) }
}
