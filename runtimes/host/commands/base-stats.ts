/** `grid base stats`: how much of what is in the store. */
import { pins } from '../../../promisebase/index.ts'
import { columns } from '../terminal/layout.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { bytes, count } from '../terminal/units.ts'
import { withSnapshot } from './base-store.ts'
import type { Command } from 'commander'
import type { OpenSnapshot } from '../../../promisebase/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addBaseStats(base: Command, act: Act): void {
  base
    .command('stats')
    .description('how many blocks, labels, pins and entries there are, and their bytes')
    .action(() => act(stats))
}

interface Amount {
  count: number
  bytes: number
}

function stats(session: Session): Promise<Report> {
  return withSnapshot(session, (snapshot, signal) =>
    session.terminal.counting(async (tell) => {
      const seen = (kind: string, amount: Amount): void => {
        signal.throwIfAborted()
        tell(() => `${count(amount.count)} ${kind}, ${bytes(amount.bytes)}`)
      }
      const blocks = await blocksOf(snapshot, (amount) => seen('blocks', amount))
      const spaces: Record<string, Amount> = {}
      for await (const space of snapshot.spaces())
        spaces[space] = await entriesOf(snapshot, space, (amount) => seen('entries', amount))
      const labels = await countOf(snapshot.labels())
      const facts = { blocks, labels, pins: await countOf(pins(snapshot)), spaces }
      return { data: facts, text: columns(rowsOf(facts)) }
    }),
  )
}

async function blocksOf(snapshot: OpenSnapshot, seen: (amount: Amount) => void): Promise<Amount> {
  const amount = { count: 0, bytes: 0 }
  for await (const { size } of snapshot.blocks()) {
    amount.count++
    amount.bytes += size
    seen(amount)
  }
  return amount
}

/** Keys and values. */
async function entriesOf(
  snapshot: OpenSnapshot,
  space: string,
  seen: (amount: Amount) => void,
): Promise<Amount> {
  const amount = { count: 0, bytes: 0 }
  for await (const { key, value } of snapshot.range(space)) {
    amount.count++
    amount.bytes += key.length + value.length
    seen(amount)
  }
  return amount
}

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let many = 0
  for await (const _ of items) many++
  return many
}

interface Facts {
  readonly blocks: Amount
  readonly labels: number
  readonly pins: number
  readonly spaces: Readonly<Record<string, Amount>>
}

function rowsOf({ blocks, labels, pins: pinned, spaces }: Facts): readonly string[][] {
  return [
    ['blocks', count(blocks.count), bytes(blocks.bytes)],
    ['labels', count(labels)],
    ['pins', count(pinned)],
    ...Object.entries(spaces).map(([name, amount]) => [
      `space ${safeLine(name)}`,
      count(amount.count),
      bytes(amount.bytes),
    ]),
  ]
}
