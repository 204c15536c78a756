/**
 * Damage to the files of a small store, and what becomes of it: each damage is made in a fresh copy, which is then
 * opened and read wholly, in a process of its own, since an engine may end the process that reads damaged files.
 */
import { cp, readdir, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openLevelBackend } from '../level/index.ts'
import { createStore } from '../store.ts'
import { startChild } from './child.ts'
import { nodeCrypto } from './node-crypto.ts'
import { MEMORY_FOLDER, temporaryFolder } from './temporary-folder.ts'
import type { Store } from '../interface.ts'

/** One change to one file below `level/`. */
export type Damage =
  | { readonly kind: 'flip'; readonly file: string; readonly offset: number; readonly bit: number }
  | { readonly kind: 'truncate'; readonly file: string; readonly offset: number }
  | { readonly kind: 'delete' | 'empty'; readonly file: string }
  | { readonly kind: 'swap'; readonly file: string; readonly other: string }

/** `truth`: all is there and right. `missing` and `wrong` mean without any error. */
export type Outcome = 'CORRUPT' | 'truth' | 'prefix' | 'missing' | 'wrong' | 'abort' | `error ${string}`

const RECORDS = 200
const PER_TRANSACTION = 10
const bytes = (text: string) => new TextEncoder().encode(text)

function recordOf(number: number): { readonly key: Uint8Array; readonly value: Uint8Array } {
  const text = `value ${number} `.repeat(1 + (number % 7))
  return { key: bytes(`key ${String(number).padStart(4, '0')}`), value: bytes(text) }
}

/**
 * Three openings: what the first two wrote lies in tables, what the third wrote in the log. Without `isClosed` the
 * folder is copied while the store is open, as a kill leaves it.
 */
export async function makeStore(folder: string, isClosed = true): Promise<void> {
  const begun = isClosed ? folder : `${folder}.open`
  let store: Store | undefined
  for (let from = 0; from < RECORDS; from += PER_TRANSACTION) {
    if (from === 60 || from === 120) await store?.close()
    if (from === 0 || from === 60 || from === 120) {
      store = await createStore({
        backend: await openLevelBackend(begun, { ballastBytes: 0 }),
        crypto: nodeCrypto,
      })
    }
    await store!.transact(async (transaction) => {
      for (let number = from; number < from + PER_TRANSACTION; number++) {
        const { key, value } = recordOf(number)
        transaction.put('records', key, value)
      }
      await transaction.setLabel(`label ${from}`, undefined, transaction.putBlock(bytes(`block ${from}`)))
    })
  }
  if (!isClosed) {
    await cp(join(begun, 'level'), join(folder, 'level'), { recursive: true })
  }
  await store?.close()
}

/** How the store differs from what was written. Throws what the store throws. */
export async function compare(store: Store): Promise<'truth' | 'prefix' | 'missing' | 'wrong'> {
  using snapshot = store.snapshot()
  const isThere: boolean[] = []
  for (let number = 0; number < RECORDS; number++) {
    const { key, value } = recordOf(number)
    const found = await snapshot.get('records', key)
    if (found !== undefined && Buffer.compare(found, value) !== 0) return 'wrong'
    isThere.push(found !== undefined)
  }
  let scanned = 0
  for await (const _ of snapshot.range('records')) scanned++
  for (let from = 0; from < RECORDS; from += PER_TRANSACTION) {
    const cid = await snapshot.getLabel(`label ${from}`)
    const block = cid && (await snapshot.getBlock(cid))
    if (block !== undefined && Buffer.compare(block, bytes(`block ${from}`)) !== 0) return 'wrong'
    isThere[from] &&= block !== undefined
  }
  const count = isThere.filter(Boolean).length
  if (scanned !== count) return 'missing'
  if (count === RECORDS) return 'truth'
  return count % PER_TRANSACTION === 0 && !isThere.slice(count).some(Boolean) ? 'prefix' : 'missing'
}

/** A flip at every `stride`-th octet of every file of the engine, another bit each time. */
export async function flips(folder: string, stride = 1): Promise<Damage[]> {
  return along(folder, stride, (file, offset) => ({ kind: 'flip', file, offset, bit: (offset * 5 + 3) % 8 }))
}

export async function truncations(folder: string, stride = 1): Promise<Damage[]> {
  return along(folder, stride, (file, offset) => ({ kind: 'truncate', file, offset }))
}

async function along(
  folder: string,
  stride: number,
  damage: (file: string, offset: number) => Damage,
): Promise<Damage[]> {
  const damages: Damage[] = []
  // The engine's diary and lock hold nothing of the store.
  for (const file of (await readdir(join(folder, 'level'))).filter((name) => !/^LO(G|CK)/.test(name))) {
    const { size } = await stat(join(folder, 'level', file))
    for (let offset = damages.length % stride; offset < size; offset += stride)
      damages.push(damage(file, offset))
  }
  return damages
}

/**
 * What becomes of each damage. `reader` is `store`, or `bare`: the engine without any of our checks, as a control.
 * One process for each core.
 */
export async function probe(
  folder: string,
  damages: readonly Damage[],
  reader: 'store' | 'bare' = 'store',
): Promise<Outcome[]> {
  const share = Math.ceil(damages.length / availableParallelism())
  const shares: Promise<Outcome[]>[] = []
  for (let from = 0; from < damages.length; from += share)
    shares.push(probeShare(folder, damages.slice(from, from + share), reader))
  return (await Promise.all(shares)).flat()
}

/** A process that ends is started again for the rest. */
async function probeShare(
  folder: string,
  damages: readonly Damage[],
  reader: 'store' | 'bare',
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const copies = await temporaryFolder(MEMORY_FOLDER)
  while (outcomes.length < damages.length) {
    const child = startChild('damage-prober.js', [folder, reader, copies.path])
    child.process.stdin.end(JSON.stringify(damages.slice(outcomes.length)))
    await child.ended()
    const lines = child.lines.filter((line) => line.startsWith('outcome '))
    outcomes.push(...lines.map((line) => line.slice('outcome '.length) as Outcome))
    if (outcomes.length < damages.length) outcomes.push('abort')
  }
  await copies.remove()
  return outcomes
}
