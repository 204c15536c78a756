/**
 * Run by postgres-shared.test.ts: runs plans on a store in PostgreSQL, all at once, beside other processes that do the
 * same, and prints what each committed transaction saw. `deaf` hears nothing of what others have written.
 */
import { text } from 'node:stream/consumers'
import { openPostgresBackend } from '../postgres/index.ts'
import { createStore } from '../store.ts'
import { deafened } from './deafened.ts'
import { nodeCrypto } from './node-crypto.ts'
import { run } from './serial.ts'
import type { PostgresBackendOptions } from '../postgres/index.ts'
import type { Plan } from './serial.ts'

export interface RacerTask {
  readonly backend: PostgresBackendOptions
  readonly deaf: boolean
  readonly plans: readonly (Plan & { readonly number: number })[]
}

const task = JSON.parse(process.argv[2] ?? '') as RacerTask
const backend = await openPostgresBackend(task.backend)
const store = await createStore({ backend: task.deaf ? deafened(backend) : backend, crypto: nodeCrypto })
process.stdout.write('ready\n')
await text(process.stdin)
const ends = await Promise.all(task.plans.map((plan) => run(store, plan.number, plan)))
for (const end of ends) {
  if (end !== undefined) process.stdout.write(`${JSON.stringify({ ...end, lists: [...end.lists] })}\n`)
}
await store.close()
