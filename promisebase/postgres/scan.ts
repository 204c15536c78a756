/** Reads a range of entries page by page, so that a long one is never in memory as a whole. */
import type { ByteRange } from '../interface.ts'
import type { Tables } from './tables.ts'

/** What a scan reads with. */
export interface Scan {
  readonly tables: Tables
  readonly query: <R extends object>(text: string, values: unknown[]) => Promise<R[]>
  /** Called between two entries. */
  readonly throwIfOver: () => void
}

/** How many entries a scan asks for at first, at most, and how many bytes it wants at once. */
const ENTRIES_AT_FIRST = 8
const ENTRIES_AT_ONCE = 512
const BYTES_AT_ONCE = 4 * 1024 * 1024

interface KeyRow {
  readonly key: Buffer
  readonly value?: Buffer
}

interface Row extends KeyRow {
  readonly value: Buffer
}

export async function* scanEntries(
  scan: Scan,
  range: ByteRange,
): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
  for await (const { key, value } of scanRows<Row>(scan, range, 'key, value'))
    yield [new Uint8Array(key), new Uint8Array(value)]
}

export async function* scanKeys(scan: Scan, range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { key } of scanRows<KeyRow>(scan, range, 'key')) yield new Uint8Array(key)
}

/** Rows of these columns. */
async function* scanRows<R extends KeyRow>(
  { query, tables, throwIfOver }: Scan,
  range: ByteRange,
  columns: string,
): AsyncGenerator<R, void, undefined> {
  let left = range.limit ?? Infinity
  let size = ENTRIES_AT_FIRST
  let bounds: PageBounds = { gte: range.gte, lt: range.lt, reverse: range.reverse ?? false }
  while (left > 0) {
    const limit = Math.min(size, left)
    const rows = await query<R>(...pageOf(tables, columns, bounds, limit))
    for (const row of rows) {
      yield row
      throwIfOver()
    }
    if (rows.length < limit) return
    left -= rows.length
    size = nextSize(rows)
    const { key } = rows.at(-1)!
    bounds = bounds.reverse ? { ...bounds, lt: key } : { ...bounds, gte: undefined, gt: key }
  }
}

interface PageBounds {
  readonly gte?: Uint8Array | undefined
  readonly gt?: Uint8Array | undefined
  readonly lt?: Uint8Array | undefined
  readonly reverse: boolean
}

function pageOf(
  tables: Tables,
  columns: string,
  bounds: PageBounds,
  limit: number,
): [text: string, values: unknown[]] {
  const values: unknown[] = []
  const terms = (['gte', 'gt', 'lt'] as const).flatMap((name) => {
    const bound = bounds[name]
    if (bound === undefined) return []
    const sign = { gte: '>=', gt: '>', lt: '<' }[name]
    return [`key ${sign} $${values.push(bound)}`]
  })
  const where = terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`
  const order = bounds.reverse ? 'DESC' : 'ASC'
  return [`SELECT ${columns} FROM ${tables.entries}${where} ORDER BY key ${order} LIMIT ${limit}`, values]
}

/** As many entries as probably are BYTES_AT_ONCE long, judged by those that came. */
function nextSize(rows: readonly KeyRow[]): number {
  const bytes = rows.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 1)
  return Math.max(1, Math.min(ENTRIES_AT_ONCE, Math.floor((rows.length * BYTES_AT_ONCE) / bytes)))
}
