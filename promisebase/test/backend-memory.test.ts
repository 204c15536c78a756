import { describe, test } from 'node:test'
import { backendSuite, storeSuite } from 'promisegrid/conformance'
import { createMemoryBackend } from '../backend-memory.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'

describe('memory backend', () =>
  backendSuite({ test, factory: async () => ({ backend: createMemoryBackend() }) }))

describe('store in memory', () =>
  storeSuite({
    test,
    factory: async () => ({
      store: await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto }),
    }),
  }))
