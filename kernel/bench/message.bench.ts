/**
 * What a message costs without a node around it: read and checked but for its signature, verified, signed.
 * The floor does as little as can be with the fastest decoder and node's own signatures: it checks no
 * encoding, no type, no key.
 */
import { nodeCrypto } from '../../runtimes/host/index.ts'
import { createKeyRing } from '../index.ts'
import { decode, verify } from './read-message.ts'
import { messages, signers } from './signed-messages.ts'
import type { PublicKey } from '../../promisebase/index.ts'
import type { Bench, Rig } from '../../conformance/bench-kit.ts'

const FLOOR = 'message-floor.mjs'
const MESSAGES = 64

export const benches: readonly Bench[] = [
  {
    name: 'message/decode',
    unit: 'messages/s',
    baseline: { file: FLOOR, name: 'message/decode' },
    notes:
      'envelope, claims and COSE_Sign1 decoded and checked, no signature; the floor decodes and checks nothing',
    setup: () => overMessages((bytes) => void decode(bytes)),
  },
  {
    name: 'message/verify',
    unit: 'messages/s',
    baseline: { file: FLOOR, name: 'message/verify' },
    notes: 'decoded, checked and its Ed25519 signature verified; the key was seen before on both sides',
    setup: () => {
      const keys = createKeyRing(nodeCrypto)
      return overMessages((bytes) => verify(bytes, keys, nodeCrypto))
    },
  },
  {
    name: 'message/sign',
    unit: 'messages/s',
    baseline: { file: FLOOR, name: 'message/sign' },
    notes: 'claims encoded, signed and put in their envelope',
    setup: () => {
      const all = signers(1)
      return repeat(() => void messages(1, all))
    },
  },
  {
    name: 'message/hybrid-verify',
    unit: 'messages/s',
    baseline: { file: FLOOR, name: 'message/hybrid-verify' },
    notes:
      'Ed25519 and ML-DSA-65 over one payload of half a kilobyte; the floor has neither checks nor known keys',
    setup: () => {
      const payload = new Uint8Array(512).fill(7)
      const halves = (['Ed25519', 'ML-DSA-65'] as const).map((algorithm) => signedBy(algorithm, payload))
      return repeat(() => {
        if (!halves.every(([key, signature]) => nodeCrypto.verify(key, payload, signature)))
          throw new Error('a good half was refused')
      })
    },
  },
]

/** Runs over messages of one signer in turns, so that none of them is special. */
function overMessages(work: (bytes: Uint8Array) => void): Rig {
  const all = messages(MESSAGES, signers(1))
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) work(all[done % all.length] as Uint8Array)
    },
  }
}

function repeat(work: () => void): Rig {
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) work()
    },
  }
}

function signedBy(algorithm: 'Ed25519' | 'ML-DSA-65', payload: Uint8Array): readonly [PublicKey, Uint8Array] {
  const secret = new Uint8Array(32).fill(9)
  return [nodeCrypto.publicKey(algorithm, secret), nodeCrypto.sign(algorithm, secret, payload)]
}
