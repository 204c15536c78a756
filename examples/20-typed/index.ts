/** A component whose methods have types: called with values, given values, and spared what is not of its types. */
import { readFile } from 'node:fs/promises'

import { createHost } from 'promisegrid'
import { encodeDagCbor } from 'promisegrid/promisebase'
import type { Shelf } from './shelf.ts'

const host = await createHost()

// Its types are in its bytes, so they are deployed with it; shelf.ts says the same to the compiler of its callers.
// The source is runtimes/wasi/component/guest/shelf.c, the interface shelf.wit beside it.
const code = await readFile(new URL('./shelf.wasm', import.meta.url))
const protocol = await host.deploy(code, { methods: ['mean', 'rest', 'sort', 'split'] })
const shelf = await host.typed<Shelf>(protocol)

const walden = { title: 'Walden', year: 1854, genre: 'novel', marks: ['torn'], 'bytes-long': 640n } as const
const howl = {
  title: 'Howl',
  year: 1956,
  genre: 'poetry',
  marks: [],
  rating: 4.5,
  'bytes-long': 90n,
} as const
const sorted = await shelf.call('sort', { books: [walden, howl], by: 'by-title' })
if (sorted.status === 'kept') for (const { title, year } of sorted.value) console.log(`${title}, ${year}`)

const mean = await shelf.call('mean', { ratings: [4.5, 3] })
console.log(mean.status === 'kept' ? `mean ${mean.value}` : mean.code)

// What is of another type never becomes a message…
try {
  await shelf.call('sort', { books: [{ ...walden, year: -1854 }], by: 'by-title' })
} catch (error) {
  console.log((error as Error).message)
}

// …and from whoever writes messages by hand it is refused before anything runs.
const wrong = await host.call({ protocol, method: 'sort', input: encodeDagCbor({ books: [] }) })
if (wrong.status !== 'kept') console.log(`${wrong.code}: ${wrong.detail}`)

await host.close()
