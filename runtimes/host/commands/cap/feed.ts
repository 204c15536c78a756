/** `grid cap feed`: what was heard of the revokers of the grid, and all of it for another node. */
import { feedLines, handoutOfFeeds } from '../../capability/heartbeat.ts'
import { nodePowers } from '../../powers/clock.ts'
import { columns } from '../../terminal/layout.ts'
import { count, duration, instant } from '../../terminal/units.ts'
import { nameOf } from '../named.ts'
import { withHost } from '../session.ts'
import { writeHandout } from '../write-handout.ts'
import type { Command } from 'commander'
import type { Feed, Principal } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface FeedFlags {
  readonly out?: string
}

export function addFeed(cap: Command, act: Act): void {
  cap
    .command('feed')
    .description('what was heard of each revoker of the grid, and whether it is new enough')
    .option('--out <file>', 'write every record and the newest heartbeats there, for another node')
    .addHelpText('after', '\nExamples:\n  grid cap feed\n  grid cap feed --out news.feed')
    .action((flags: FeedFlags) => act((session) => show(session, flags)))
}

function show(session: Session, { out }: FeedFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const { feedSeconds, revokers } = host.kernel.policy
    const feeds = await Promise.all(revokers.map((revoker) => feedFacts(host, revoker)))
    const data = { feedSeconds, revokers: feeds }
    const rows = [
      ['may be', feedSeconds === 0 ? 'as old as it likes' : `${duration(feedSeconds)} old`],
      ...feeds.flatMap(feedRows),
    ]
    const none = ['this grid has no revoker; `grid policy set --revoker` names one']
    if (out === undefined) return { data, text: revokers.length === 0 ? none : columns(rows) }
    const handout = await handoutOfFeeds(host.kernel)
    const written = { ...data, records: handout.records.length, heartbeats: handout.heartbeats.length }
    const counted = [['records', count(handout.records.length)]]
    return writeHandout(session, { data: written, rows: counted, lines: feedLines(handout) }, out)
  })
}

interface FeedFacts {
  readonly revoker: Principal
  readonly name?: string
  readonly records: number
  readonly heartbeat?: { readonly seq: number; readonly issuedAt: number; readonly age: number }
  /** A node need not hear from itself. */
  readonly isSelf: boolean
  readonly isFresh: boolean
  readonly isContradicted: boolean
}

async function feedFacts(host: Host, revoker: Principal): Promise<FeedFacts> {
  const { records, heartbeat, contradicted }: Feed = await host.kernel.feed(revoker)
  const name = await nameOf(host, revoker)
  const { feedSeconds } = host.kernel.policy
  const isSelf = revoker === host.node
  const now = Math.floor(nodePowers().clock() / 1_000)
  const age = heartbeat === undefined ? Infinity : Math.max(0, now - heartbeat.issuedAt)
  return {
    revoker,
    ...(name === undefined ? {} : { name }),
    records,
    ...(heartbeat === undefined
      ? {}
      : { heartbeat: { seq: heartbeat.seq, issuedAt: heartbeat.issuedAt, age } }),
    isSelf,
    isFresh: isSelf || feedSeconds === 0 || age <= feedSeconds,
    isContradicted: contradicted !== undefined,
  }
}

function feedRows(facts: FeedFacts): string[][] {
  const { revoker, name, records, heartbeat, isSelf, isFresh, isContradicted } = facts
  const heard =
    heartbeat === undefined
      ? 'never heard of'
      : `number ${heartbeat.seq} of ${instant(heartbeat.issuedAt)}, ${duration(heartbeat.age)} ago`
  return [
    ['revoker', name === undefined ? revoker : `${name}, ${revoker}`],
    ['', `${heard}: ${isSelf ? 'this node' : isFresh ? 'fresh' : 'stale'}`],
    ['', `records here: ${count(records)}`],
    ...(isContradicted ? [['', 'it has signed two heartbeats of one number']] : []),
  ]
}
