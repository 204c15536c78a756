/** `grid audit`: what was done here with which authority, and whether the log of it is whole. */
import { describeResource } from '../../../kernel/index.ts'
import { inWords } from '../graph/words.ts'
import { HostError } from '../host-error.ts'
import { nodePowers } from '../powers/clock.ts'
import { resourceFacts } from '../terminal/claims.ts'
import { columns } from '../terminal/layout.ts'
import { count, instant } from '../terminal/units.ts'
import { knownNames } from './known/names.ts'
import { holderNamed, protocolNamed } from './named.ts'
import { cidValue, countValue, durationValue, checkpointValue } from './options.ts'
import { withHost } from './session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { AuditEntry, AuditCheckpoint, AuditQuery } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface AuditFlags {
  readonly by?: string
  readonly handler?: string
  readonly token?: CID
  readonly since?: number
  readonly limit: number
}

const LIMIT = 50

export function addAudit(grid: Command, act: Act): void {
  const audit = grid
    .command('audit')
    .description('what was done here with which capabilities, the newest last')
    .option('--by <name>', 'only what this identity or principal asked for')
    .option('--handler <handler>', 'only calls of this handler')
    .option('--token <id>', 'only what was done under this token', cidValue)
    .option('--since <time>', 'only what was done within this time: 90s, 10m, 2h, 30d', durationValue)
    .option('--limit <count>', `so many at most (default: ${LIMIT})`, countValue, LIMIT)
    .addHelpText('after', '\nExamples:\n  grid audit --by alice --since 1h\n  grid audit verify')
    .action((flags: AuditFlags) => act((session) => list(session, flags)))
  audit
    .command('verify')
    .description('whether an entry was changed, taken out or moved since it was sealed')
    .option(
      '--checkpoint <checkpoint>',
      'what an earlier `grid audit verify` said: the log must go on from there',
      checkpointValue,
    )
    .addHelpText(
      'after',
      '\nWho can write into the data folder can write another log: keep the checkpoint somewhere else.\n\nExample:\n  grid audit verify',
    )
    .action(({ checkpoint }: { checkpoint?: AuditCheckpoint }) =>
      act((session) => verify(session, checkpoint)),
    )
}

function list(session: Session, flags: AuditFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const query = await queryOf(host, flags)
    const entries: AuditEntry[] = []
    for await (const entry of host.kernel.audit({ ...query, limit: flags.limit + 1, reverse: true }))
      entries.push(entry)
    const isCut = entries.length > flags.limit
    const shown = entries.slice(0, flags.limit).reverse()
    const names = await knownNames(host)
    const rows = shown.map((entry) => entryRow(entry, names))
    return {
      data: { entries: shown.map(entryFacts), isCut },
      text: [
        ...(isCut ? [`the newest ${flags.limit}; more with --limit`] : []),
        ...(rows.length === 0 ? ['nothing was done'] : columns(rows)),
      ],
    }
  })
}

async function queryOf(host: Host, { by, handler, token, since }: AuditFlags): Promise<AuditQuery> {
  const sender = by === undefined ? undefined : await holderNamed(host, by)
  if (sender === 'bearer')
    throw new HostError('USAGE', 'bearer is nobody who sends', {
      fix: 'name an identity here, or a principal',
    })
  const protocol = handler === undefined ? undefined : await protocolNamed(host, handler)
  return {
    ...(sender === undefined ? {} : { sender }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(token === undefined ? {} : { token }),
    ...(since === undefined ? {} : { from: Math.floor(nodePowers().clock() / 1_000) - since }),
  }
}

function entryRow(entry: AuditEntry, names: ReadonlyMap<string, string>): readonly string[] {
  const { time, sender, protocol, method, resource, chain, lent, outcome } = entry
  const { status, code, fuel } = outcome
  const about = resource.kind === 'code' ? '' : ` on ${describeResource(resource)}`
  const others = lent.length === 0 ? '' : `, and ${lent.length} more with what it was lent`
  const end = code ?? (fuel === undefined ? status : `${status}, ${count(fuel)} fuel`)
  return [
    instant(time),
    inWords(names, sender),
    inWords(names, `${protocol.toString()} ${method}${about}${others}`),
    end,
    `under ${String(chain.at(-1) ?? 'nothing')}`,
  ]
}

function entryFacts({ message, protocol, resource, chain, lent, ...entry }: AuditEntry): object {
  return {
    ...entry,
    message: message.toString(),
    protocol: protocol.toString(),
    resource: resourceFacts(resource),
    chain: chain.map(String),
    lent: lent.map((use) => ({ ...use, protocol: use.protocol.toString(), chain: use.chain.map(String) })),
  }
}

function verify(session: Session, since: AuditCheckpoint | undefined): Promise<Report> {
  return withHost(session, async (host) => {
    const verdict = await host.kernel.verifyAudit(since === undefined ? {} : { since })
    const { holds, faults, checkpoint, pages, entries, dropped, lost } = verdict
    const noted = checkpoint === undefined ? undefined : checkpointText(checkpoint)
    const data = { holds, pages, entries, dropped, lost, faults, ...(noted && { checkpoint: noted }) }
    const text = columns([
      ['entries', `${count(entries)} in ${count(pages)} pages`],
      ...(dropped === 0 ? [] : [['dropped before', count(dropped)]]),
      ...(lost === 0 ? [] : [['never sealed', count(lost)]]),
      ...(noted === undefined ? [] : [['checkpoint', noted]]),
    ])
    if (holds) return { data, text: ['the log is whole', ...text] }
    const told = faults.map(({ page, kind, detail }) => `page ${page} ${kind}: ${detail}`)
    return {
      data,
      text: [...told, ...text],
      failure: {
        exit: 'store',
        code: 'CORRUPT',
        message: `the audit log is not what was sealed: ${told[0] ?? ''}`,
        fix: 'compare the data folder with a copy from before',
      },
    }
  })
}

/** `12:` and the hash in hexadecimal. */
function checkpointText({ page, hash }: AuditCheckpoint): string {
  return `${page}:${Buffer.from(hash).toString('hex')}`
}
