/**
 * Run by crash.test.ts in a process that is killed: writes one transaction after another, several at a time,
 * and prints the name and id of each one that was acknowledged.
 */
import { writeSync } from 'node:fs'
import { openLevelBackend } from '../level/index.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'

const [folder = '', run = '0'] = process.argv.slice(2)
const store = await createStore({ backend: await openLevelBackend(folder), crypto: nodeCrypto })
writeSync(1, 'open\n')
await Promise.all([0, 1, 2].map(writeForEver))

async function writeForEver(lane: number): Promise<void> {
  for (let count = 0; ; count++) {
    const name = `${run}-${lane}-${count}`
    let id = ''
    try {
      await store.transact((transaction) => {
        id = transaction.id
        const value = new Uint8Array(200 + ((count * 37) % 3000)).fill(count)
        transaction.put('left', new TextEncoder().encode(name), value)
        transaction.putBlock(new TextEncoder().encode(name))
        transaction.put('right', new TextEncoder().encode(name), value)
      })
      writeSync(1, `ack ${name} ${id}\n`)
    } catch (error) {
      writeSync(1, `${(error as { code?: string }).code} ${name} ${id}\n`)
      if (count > 20_000) process.exit(3)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
