/** The thread behind a lane: packed signatures in, one verdict for each out, in their order. */
import { parentPort } from 'node:worker_threads'

import { nodeCrypto } from '../powers/crypto.ts'
import { unpackItems } from './packed.ts'
import type { PackedItems } from './packed.ts'

parentPort?.on('message', (packed: PackedItems) => {
  const verdicts = Array.from(unpackItems(packed), ({ key, message, signature }) =>
    nodeCrypto.verify(key, message, signature),
  )
  parentPort?.postMessage(verdicts)
})
