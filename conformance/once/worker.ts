/**
 * The process that is killed: a node on a folder. Each line it reads is a number and a message, dispatched at
 * once; each line it writes the number and the reply. It ends by itself when there is nothing more to read.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { nodePowers } from 'promisegrid'
import { createKernel, joinGrid } from 'promisegrid/kernel'
import { createStore } from 'promisegrid/promisebase'
import { openLevelBackend } from 'promisegrid/promisebase/level'
import { createNativeRuntime } from 'promisegrid/runtimes/native'
import { code, crypto, descriptor, genesis, node, tally } from './world.ts'

const RAW = 0x55
const DAG_CBOR = 0x71

const [folder = ''] = process.argv.slice(2)
const store = await createStore({ backend: await openLevelBackend(folder), crypto })
await joinGrid(store, genesis)
await store.transact((transaction) => {
  transaction.putBlock(code, RAW)
  transaction.putBlock(descriptor, DAG_CBOR)
})
const runtimes = [createNativeRuntime([tally])]
const kernel = await createKernel({ ...nodePowers(), store, crypto, signer: node, runtimes })
writeSync(1, 'open\n')

const running = new Set<Promise<void>>()
for await (const line of createInterface({ input: process.stdin })) {
  const answered = answer(line).finally(() => running.delete(answered))
  running.add(answered)
}
await Promise.all(running)
await kernel.close()
await store.close()

async function answer(line: string): Promise<void> {
  const [number = '', message = ''] = line.split(' ')
  const reply = await kernel.dispatch(new Uint8Array(Buffer.from(message, 'base64')))
  writeSync(1, `${number} ${Buffer.from(reply).toString('base64')}\n`)
}
