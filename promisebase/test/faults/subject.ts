/** What is under test, store or bare engine, behind one contract. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { CODEC, hashBlock } from '../../cid.ts'
import { openLevelStore } from '../../level/index.ts'
import { nodeCrypto } from '../node-crypto.ts'
import type { Snapshot, Store } from '../../interface.ts'
import type { Found, Manner, Plan } from './plan.ts'

export interface Subject {
  /** One transaction of several parts; `begun` is told its id. */
  write(name: string, begun: (id: string) => void): Promise<void>
  /** Every transaction of which any part is there. */
  inventory(): Promise<ReadonlyMap<string, Found>>
  committed(id: string): Promise<boolean>
  close(): Promise<void>
}

export async function openSubject(plan: Plan): Promise<Subject> {
  return plan.manner === 'bare' ? openBare(plan.folder) : openStore(plan, plan.manner)
}

/** What a transaction writes follows from its name, whose end is the length: it does not compress. */
function valueOf(name: string): Uint8Array {
  const outputLength = Number(name.split('-').at(-1))
  return new Uint8Array(createHash('shake256', { outputLength }).update(name).digest())
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (octets: Uint8Array) => new TextDecoder().decode(octets)
const SPACES = ['left', 'right'] as const

async function openStore({ folder, ballastBytes = 0 }: Plan, manner: Manner): Promise<Subject> {
  return subjectOf(await openLevelStore(folder, { crypto: nodeCrypto, ballastBytes }), manner !== 'lazy')
}

export function subjectOf(store: Store, durable: boolean): Subject {
  return {
    write: (name, begun) =>
      store.transact(
        async (transaction) => {
          begun(transaction.id)
          const value = valueOf(name)
          transaction.put('left', bytes(name), value)
          await transaction.setLabel(name, undefined, transaction.putBlock(bytes(name)))
          transaction.put('right', bytes(name), value)
        },
        { durable },
      ),
    inventory: async () => {
      using snapshot = store.snapshot()
      const names = new Set<string>()
      for (const space of SPACES) for await (const { key } of snapshot.range(space)) names.add(text(key))
      for await (const label of snapshot.labels()) names.add(label.name)
      const found = new Map<string, Found>()
      for (const name of names) found.set(name, await look(snapshot, name))
      return found
    },
    committed: (id) => store.committed(id),
    close: () => store.close(),
  }
}

async function look(snapshot: Snapshot, name: string): Promise<Found> {
  const cid = hashBlock(nodeCrypto.sha256, CODEC.raw, bytes(name))
  const label = await snapshot.getLabel(name)
  const parts = [
    [await snapshot.get('left', bytes(name)), valueOf(name)],
    [await snapshot.get('right', bytes(name)), valueOf(name)],
    [await snapshot.getBlock(cid), bytes(name)],
    [label?.bytes, cid.bytes],
  ] as const
  return judge(parts)
}

function judge(parts: readonly (readonly [Uint8Array | undefined, Uint8Array])[]): Found {
  if (parts.some(([found, due]) => found && Buffer.compare(found, due) !== 0)) return 'wrong'
  return parts.every(([found]) => found) ? 'whole' : 'torn'
}

async function openBare(folder: string): Promise<Subject> {
  await mkdir(folder, { recursive: true })
  const db = new Level<string, Uint8Array>(join(folder, 'level'), { valueEncoding: 'view' })
  await db.open()
  return {
    write: (name, begun) => {
      begun('')
      const puts = SPACES.map((space) => ({
        type: 'put' as const,
        key: `${space}/${name}`,
        value: valueOf(name),
      }))
      return db.batch(puts, { sync: true })
    },
    inventory: async () => {
      const names = new Set<string>()
      for await (const key of db.keys()) names.add(key.slice(key.indexOf('/') + 1))
      const found = new Map<string, Found>()
      for (const name of names) {
        const parts = SPACES.map(async (space) => [await db.get(`${space}/${name}`), valueOf(name)] as const)
        found.set(name, judge(await Promise.all(parts)))
      }
      return found
    },
    committed: async () => false,
    close: () => db.close(),
  }
}
