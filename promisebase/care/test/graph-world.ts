/** A graph of blocks that workers name, put, import and forget, for the laws of a collection. */
import { setImmediate as turn } from 'node:timers/promises'
import { fc } from '../../../conformance/test/laws.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { cidKey, CODEC, hashBlock } from '../../cid.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { createHold } from '../hold.ts'
import type { CID } from 'multiformats/cid'
import type { Store, Transaction } from '../../interface.ts'

/** Everything that was ever made, whether or not it is in the store now. */
interface Made {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly links: readonly Made[]
}

function make(links: readonly Made[], salt: number): Made {
  const bytes = encodeDagCbor({ links: links.map(({ cid }) => cid), salt })
  return { cid: hashBlock(nodeCrypto.sha256, CODEC.dagCbor, bytes), bytes, links }
}

/** Trusts that a block that is here leads to nothing that is not, as the store promises. */
async function ensure(transaction: Transaction, made: Made): Promise<void> {
  if ((await transaction.getBlock(made.cid)) !== undefined) return
  for (const link of made.links) await ensure(transaction, link)
  transaction.putBlockAs(made.cid, made.bytes)
}

/** All of it, what is linked before what links to it. */
function* upwards(made: Made): Generator<Made, void, undefined> {
  for (const link of made.links) yield* upwards(link)
  yield made
}

/** Looks at nothing. */
export function putAll(transaction: Transaction, made: Made): void {
  for (const link of made.links) putAll(transaction, link)
  transaction.putBlockAs(made.cid, made.bytes)
}

export type Step =
  | { readonly do: 'name' | 'put' | 'import'; readonly which: number; readonly label: number }
  | { readonly do: 'grow'; readonly on: readonly number[]; readonly label: number }
  | { readonly do: 'forget'; readonly label: number }
  | { readonly do: 'wait' }

const [which, label] = [fc.nat(), fc.nat(3)]
export const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('name' as const, 'put' as const, 'import' as const), which, label }),
  fc.record({ do: fc.constant('grow' as const), on: fc.array(which, { maxLength: 2 }), label }),
  fc.record({ do: fc.constant('forget' as const), label }),
  fc.record({ do: fc.constant('wait' as const) }),
)

export const scenario = fc.record({
  graph: fc.array(fc.array(which, { maxLength: 3 }), { minLength: 1, maxLength: 24 }),
  workers: fc.array(fc.array(step, { maxLength: 10 }), { minLength: 1, maxLength: 3 }),
})

export type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

/** No collection is told of so late a second. */
const HELD = { expires: 1_000_000 }

export interface Imports {
  readonly isHeld: boolean
  /** How long each block is in coming. */
  readonly turns: number
}

export class World {
  readonly made: Made[] = []
  readonly imports: Imports

  constructor(imports: Imports) {
    this.imports = imports
  }

  at(which: number): Made {
    return this.made[which % this.made.length]!
  }

  add(links: readonly number[]): Made {
    const made = make(this.made.length === 0 ? [] : links.map((on) => this.at(on)), this.made.length)
    this.made.push(made)
    return made
  }

  async point(transaction: Transaction, label: number, cid: CID | undefined): Promise<void> {
    const name = String(label)
    await transaction.setLabel(name, await transaction.getLabel(name), cid)
  }

  /** Block by block, each in a transaction of its own, and named in one more. */
  async import(store: Store, made: Made, label: number): Promise<void> {
    using _hold = this.imports.isHeld ? createHold(store, HELD) : undefined
    for (const { cid, bytes } of new Set(upwards(made))) {
      await store.transact((transaction) => transaction.putBlockAs(cid, bytes))
      for (let waited = 0; waited < this.imports.turns; waited++) await turn()
    }
    await store.transact((transaction) => this.point(transaction, label, made.cid), { retries: 100 })
  }

  async run(store: Store, step: Step): Promise<void> {
    if (step.do === 'wait') return void (await turn())
    if (step.do === 'import') return this.import(store, this.at(step.which), step.label)
    const made =
      step.do === 'grow' ? this.add(step.on) : step.do === 'forget' ? undefined : this.at(step.which)
    const work = async (transaction: Transaction): Promise<void> => {
      if (made && step.do === 'put') putAll(transaction, made)
      else if (made) await ensure(transaction, made)
      await turn()
      await this.point(transaction, step.label, made?.cid)
    }
    // Deletions one at a time and three workers on few labels can make one of them lose more often than is usual.
    await store.transact(work, { retries: 100 })
  }

  /** What labels lead to, and is not in the store. */
  async lost(store: Store): Promise<string[]> {
    using snapshot = store.snapshot()
    const known = new Map(this.made.map((made) => [cidKey(made.cid), made]))
    const lost: string[] = []
    for await (const { cid } of snapshot.labels()) {
      const way = [known.get(cidKey(cid))!]
      for (let made = way.pop(); made !== undefined; made = way.pop()) {
        if (!(await snapshot.hasBlock(made.cid))) lost.push(String(made.cid))
        way.push(...made.links)
      }
    }
    return lost
  }
}
