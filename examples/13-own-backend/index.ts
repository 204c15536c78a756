import { backendSuite } from 'promisegrid/conformance'
import { createStore, nobleCrypto } from 'promisegrid/promisebase'
import { SortedArray } from './sorted-array.ts'
import type { TestFunction } from 'promisegrid/conformance'
import type { Backend } from 'promisegrid/promisebase'

// Under a test runner this is all: backendSuite({ test, factory: async () => ({ backend: new SortedArray() }) })
// Here a runner of a few lines is the `test`: it runs one claim after another and keeps those that do not hold.
async function failures(suite: (test: TestFunction) => void): Promise<string[]> {
  const claims: [name: string, body: () => Promise<void>][] = []
  suite((name, body) => claims.push([name, body]))
  const failed: string[] = []
  for (const [name, body] of claims) await body().catch(() => failed.push(name))
  return failed
}

const prove = (open: () => Backend) =>
  failures((test) => backendSuite({ test, factory: async () => ({ backend: open() }) }))

console.log('a sorted array fails:', await prove(() => new SortedArray()))

// The same array, sorted by text as many an engine does by default: the suite says what is wrong.
const asText = (a: Uint8Array, b: Uint8Array) => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0)
console.log('sorted by text it fails:', (await prove(() => new SortedArray(asText))).slice(0, 2))

// What passes is fit to carry a store, with everything a store does.
const store = await createStore({ backend: new SortedArray(), crypto: nobleCrypto })
const hello = await store.transact((transaction) => transaction.putBlock(new TextEncoder().encode('hello')))
console.log('a block in it:', hello.toString())
await store.close()
