/**
 * States of the database that are held: a read-only transaction of REPEATABLE READ on a connection of its own, begun
 * by reading the number of the newest batch. Whoever asks for a state before that question was sent shares it.
 */
import { StoreError } from '../errors.ts'
import { unwritten } from './driver-error.ts'
import { scanEntries, scanKeys } from './scan.ts'
import type { PoolClient, Pool } from 'pg'
import type { BackendSnapshot, ByteRange } from '../interface.ts'
import type { Scan } from './scan.ts'
import type { Tables } from './tables.ts'

export class PinnedViews {
  readonly #readers: Pool
  readonly #tables: Tables
  readonly #openMax: number
  readonly #open = new Set<Pin>()
  #waiting: Pin | undefined

  constructor(readers: Pool, tables: Tables) {
    this.#readers = readers
    this.#tables = tables
    this.#openMax = readers.options.max
  }

  open(): BackendSnapshot {
    this.#waiting ??= this.#pin()
    return new PinnedView(this.#waiting.retain(), this.#tables)
  }

  /**
   * Resolves when everything opened so far shows its state, or has failed to. What waits for one of too many
   * connections is not waited for: whoever has them may be waiting for the batch that asks.
   */
  async settled(): Promise<void> {
    const isCrowded = this.#open.size > this.#openMax
    const opening = [...this.#open].filter(
      (pin) => pin.number === undefined && !(isCrowded && pin === this.#waiting),
    )
    if (opening.length > 0) await Promise.allSettled(opening.map((pin) => pin.client))
  }

  /** Ends all of them; their reads fail from here on. */
  close(): void {
    for (const pin of this.#open) pin.end()
  }

  #pin(): Pin {
    const pin = new Pin({
      readers: this.#readers,
      question: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT number FROM ${this.#tables.turn}`,
      onSend: () => {
        if (this.#waiting === pin) this.#waiting = undefined
      },
      onEnd: () => this.#open.delete(pin),
    })
    this.#open.add(pin)
    return pin
  }
}

interface PinOptions {
  readonly readers: Pool
  readonly question: string
  readonly onSend: () => void
  readonly onEnd: () => void
}

/** One state, and everyone who looks at it. */
class Pin {
  readonly client: Promise<PoolClient>
  /** Of the newest batch that it shows; undefined as long as the server has not answered. */
  number: number | undefined
  ended = false
  /** The driver takes one question at a time. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #options: PinOptions
  #users = 0

  constructor(options: PinOptions) {
    this.#options = options
    this.client = this.#begin()
    // Each reader hears of a failure; there may be none.
    this.client.catch(() => undefined)
  }

  query<R extends object>(text: string, values: unknown[]): Promise<R[]> {
    const answer = this.#last.then(async () => (await (await this.client).query<R>(text, values)).rows)
    this.#last = answer.catch(() => undefined)
    return answer
  }

  retain(): this {
    this.#users++
    return this
  }

  release(): void {
    if (--this.#users === 0) this.end()
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.#options.onSend()
    this.#options.onEnd()
    void this.#last.then(() => this.client).then(giveBack, () => undefined)
  }

  async #begin(): Promise<PoolClient> {
    try {
      const client = await this.#options.readers.connect()
      this.#options.onSend()
      try {
        const [, answer] = (await client.query(this.#options.question)) as unknown as [
          unknown,
          { rows: { number: string }[] },
        ]
        this.number = Number(answer.rows[0]?.number)
        return client
      } catch (error) {
        client.release(true)
        throw error
      }
    } catch (error) {
      this.#options.onSend()
      throw unwritten(error)
    }
  }
}

/** A connection that cannot even end its transaction is thrown away. */
async function giveBack(client: PoolClient): Promise<void> {
  await client.query('ROLLBACK').then(
    () => client.release(),
    () => client.release(true),
  )
}

class PinnedView implements BackendSnapshot {
  readonly #pin: Pin
  readonly #tables: Tables
  readonly #scan: Scan
  #closed = false

  constructor(pin: Pin, tables: Tables) {
    this.#pin = pin
    this.#tables = tables
    this.#scan = {
      tables,
      query: (text, values) => this.#query(text, values),
      throwIfOver: () => this.#throwIfClosed(),
    }
  }

  get number(): number | undefined {
    return this.#pin.number
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const rows = await this.#query<{ value: Buffer }>(
      `SELECT value FROM ${this.#tables.entries} WHERE key = $1`,
      [key],
    )
    return rows[0] && new Uint8Array(rows[0].value)
  }

  range(range: ByteRange): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    return scanEntries(this.#scan, range)
  }

  keys(range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    return scanKeys(this.#scan, range)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#pin.release()
  }

  async #query<R extends object>(text: string, values: unknown[]): Promise<R[]> {
    this.#throwIfClosed()
    try {
      const rows = await this.#pin.query<R>(text, values)
      this.#throwIfClosed()
      return rows
    } catch (error) {
      this.#throwIfClosed()
      throw unwritten(error)
    }
  }

  #throwIfClosed(): void {
    if (this.#closed || this.#pin.ended) throw new StoreError('CLOSED', 'the snapshot is closed')
  }
}
