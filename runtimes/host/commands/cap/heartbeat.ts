/** `grid cap heartbeat`: what keeps the news of revocations new, signed by a revoker or taken in from others. */
import { acceptFeeds, beat, feedLines, readFeeds } from '../../capability/heartbeat.ts'
import { HostError } from '../../host-error.ts'
import { nodePowers } from '../../powers/clock.ts'
import { columns } from '../../terminal/layout.ts'
import { readInput } from '../../terminal/read-input.ts'
import { textOf } from '../../terminal/safe-text.ts'
import { count, instant } from '../../terminal/units.ts'
import { identityNamed, nameOf } from '../named.ts'
import { refusedReport } from '../refused.ts'
import { withHost } from '../session.ts'
import { writeHandout } from '../write-handout.ts'
import type { Command } from 'commander'
import type { Heartbeat, Signer } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface HeartbeatFlags {
  readonly by?: string
  readonly out?: string
  readonly accept?: string
}

/** Some thousand records. */
const FILE_BYTES_MAX = 4 * 1024 * 1024

export function addHeartbeat(cap: Command, act: Act): void {
  cap
    .command('heartbeat')
    .description('say, as a revoker, that nothing else was taken back until now')
    .option('--by <name>', 'the revoker (default: the only one that is an identity here)')
    .option('--out <file>', 'write it there, for other nodes')
    .option('--accept <file>', 'instead: take in heartbeats, and records, that others have signed')
    .addHelpText(
      'after',
      '\nExamples:\n  grid cap heartbeat --out now.feed\n  grid cap heartbeat --accept now.feed' +
        '\n\nA heartbeat is accepted where all records it names are; `grid cap feed --out` writes both.' +
        '\n`grid policy set --revoker` says who is a revoker, and --feed-age how old the news may be.',
    )
    .action((flags: HeartbeatFlags) =>
      act((session) => (flags.accept === undefined ? sign(session, flags) : accept(session, flags))),
    )
}

function sign(session: Session, { by, out }: HeartbeatFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const made = await beat(host, await revokerOf(host, by), Math.floor(nodePowers().clock() / 1_000))
    if (made.refused !== undefined)
      return refusedReport(made.refused, 'only a revoker of the policy is heard: see `grid policy show`')
    const lines = feedLines({ records: [], heartbeats: [made.ok.bytes] })
    const data = { ...heartbeatFacts(made.ok), line: lines.join('\n') }
    return writeHandout(session, { data, rows: heartbeatRows(made.ok), lines }, out)
  })
}

function accept(session: Session, { accept: file = '', by, out }: HeartbeatFlags): Promise<Report> {
  if ((by ?? out) !== undefined) throw new HostError('USAGE', '--accept goes without --by and --out')
  return withHost(session, async (host) => {
    const content = await readInput(session.terminal, session.path(file), {
      bytesMax: FILE_BYTES_MAX,
      as: 'a file of heartbeats',
    })
    const handout = readFeeds(textOf(content) ?? '\0')
    const accepted = await acceptFeeds(host.kernel, handout)
    if (accepted.refused !== undefined)
      return refusedReport(
        accepted.refused,
        'records come before the heartbeat that names them, and the public keys of who signed before both',
      )
    const data = { records: handout.records.length, heartbeats: accepted.ok.map(heartbeatFacts) }
    const rows = [['records', count(handout.records.length)], ...accepted.ok.flatMap(heartbeatRows)]
    return { data, text: columns(rows) }
  })
}

/** @throws {HostError} USAGE where it has to be said who */
async function revokerOf(host: Host, by: string | undefined): Promise<Signer> {
  if (by !== undefined) return identityNamed(host, by)
  const names: string[] = []
  for (const revoker of host.kernel.policy.revokers) {
    const name = await nameOf(host, revoker)
    if (name !== undefined) names.push(name)
  }
  const [only, another] = names
  if (only !== undefined && another === undefined) return host.identity(only)
  throw new HostError(
    'USAGE',
    only === undefined
      ? 'no revoker of this grid is an identity here'
      : 'several revokers are identities here',
    { fix: only === undefined ? 'see `grid policy show`' : `name one with --by: ${names.join(', ')}` },
  )
}

function heartbeatFacts({ issuer, seq, issuedAt, feed }: Heartbeat): object {
  return { issuer, seq, issuedAt, feed: feed.toString() }
}

function heartbeatRows({ issuer, seq, issuedAt }: Heartbeat): string[][] {
  return [
    ['revoker', issuer],
    ['heartbeat', `number ${seq}, ${instant(issuedAt)}`],
  ]
}
