/** The store by itself, as a library: typed spaces with indexes, transactions, a stream that is followed. */
import {
  appendToStream,
  createMemoryBackend,
  createSpace,
  createStore,
  KEY,
  nobleCrypto,
  readStream,
  StoreError,
  VALUE,
} from 'promisegrid/promisebase'

// `openLevelStore('./data', { crypto: nobleCrypto })` of promisegrid/promisebase/level keeps it in a folder.
const store = await createStore({
  backend: createMemoryBackend(),
  crypto: nobleCrypto,
  labelHistory: (name) => (name === 'orders' ? 100 : 0),
})

interface Account {
  readonly mail: string
  readonly cents: number
}

const accounts = createSpace('accounts', {
  key: KEY.text,
  value: VALUE.json<Account>(),
  indexes: {
    mail: { key: KEY.text, of: ({ mail }) => [mail], unique: true },
    cents: { key: KEY.uint, of: ({ cents }) => [cents] },
  },
})

await store.transact(async (transaction) => {
  await accounts.put(transaction, 'alice', { mail: 'alice@example.org', cents: 500 })
  await accounts.put(transaction, 'bob', { mail: 'bob@example.org', cents: 20 })
})

const pay = (from: string, to: string, cents: number) =>
  store.transact(async (transaction) => {
    const [giver, taker] = [await accounts.get(transaction, from), await accounts.get(transaction, to)]
    if (!giver || !taker || giver.cents < cents) throw new RangeError(`${from} cannot pay ${cents}`)
    await accounts.put(transaction, from, { ...giver, cents: giver.cents - cents })
    await accounts.put(transaction, to, { ...taker, cents: taker.cents + cents })
  })

// All three read the same state; two run again, and no cent is lost.
await Promise.all([pay('alice', 'bob', 100), pay('alice', 'bob', 50), pay('bob', 'alice', 5)])

{
  using now = store.snapshot()
  for await (const { key, index } of accounts.rangeBy(now, 'cents')) console.log(`${key} has ${index} cents`)
  for await (const { key } of accounts.find(now, 'mail', 'bob@example.org'))
    console.log(`the mail is ${key}'s`)
}

try {
  await store.transact((transaction) =>
    accounts.put(transaction, 'mallory', { mail: 'bob@example.org', cents: 1 }),
  )
} catch (error) {
  if (!(error instanceof StoreError)) throw error
  console.log(`mallory: ${error.code}`)
}

const followed = (async () => {
  for await (const entry of readStream(store, 'orders', { follow: true, to: 3 }))
    console.log(`order ${entry.position}: ${new TextDecoder().decode(await entry.bytes())}`)
})()
for (const order of ['tea', 'milk', 'sugar'])
  await appendToStream(store, 'orders', new TextEncoder().encode(order))
await followed

let moves = 0
for await (const move of store.labelHistory('orders')) if (move.to !== undefined) moves += 1
console.log(`the head of the stream was moved ${moves} times`)
await store.close()
