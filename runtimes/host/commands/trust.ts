/** `grid trust`: what this node has seen of how others keep their word, and what others say about it. */
import { writeFile } from 'node:fs/promises'

import { LIMITS, readEnvelope, readMessageClaims } from '../../../kernel/index.ts'
import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { columns } from '../terminal/layout.ts'
import { readInput } from '../terminal/read-input.ts'
import { instant } from '../terminal/units.ts'
import { isPrincipalText, nameOf, principalNamed, protocolNamed } from './named.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { Assessment, Counts, PendingRequest, Principal } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface AssessFlags {
  readonly handler?: string
  readonly out?: string
}

export function addTrust(grid: Command, act: Act): void {
  const trust = grid.command('trust').description('how others have kept their word, as this node has seen it')
  trust
    .command('show')
    .description('the counts of one principal with what others say about it, or those of everybody')
    .argument('[who]', 'the name of an identity here, or a principal')
    .action((who: string | undefined) => act((session) => show(session, who)))
  trust
    .command('note')
    .description('count a reply from another node to a message that was sent from here')
    .argument('<message>', 'file of the message, as `grid call --message FILE` writes it')
    .argument('<reply>', 'file of the reply that came back')
    .action((message: string, reply: string) => act((session) => note(session, message, reply)))
  trust
    .command('assess')
    .description('sign what this node has seen of a principal, to show to others')
    .argument('<who>', 'the name of an identity here, or a principal')
    .option('--handler <handler>', 'in one protocol instead of all')
    .option('--out <file>', 'where to write it', 'assessment')
    .action((who: string, flags: AssessFlags) => act((session) => assess(session, who, flags)))
  trust
    .command('accept')
    .description('keep what somebody else says about a principal; it changes no count of this node')
    .argument('<file>', 'an assessment')
    .action((file: string) => act((session) => accept(session, file)))
  trust
    .command('rebuild')
    .description('make every count again from the replies it was counted from')
    .action(() => act(rebuild))
  trust.addHelpText(
    'after',
    '\nExamples:\n  grid trust note asked.message answer.reply\n  grid trust show did:key:z6Mk…',
  )
}

function show(session: Session, who: string | undefined): Promise<Report> {
  return withHost(session, async (host) => {
    if (who === undefined) return everybody(host)
    const principal = await principalOf(host, who)
    const { trust } = host.kernel
    const [counts, assessments] = [await trust.counts(principal), await trust.assessments(principal)]
    const rows = [
      ['seen here', ...cells(counts)],
      ...(await Promise.all(assessments.map((each) => said(host, each)))),
    ]
    return {
      data: { principal, counts, assessments: assessments.map(assessmentData) },
      text: columns([HEAD, ...rows]),
    }
  })
}

async function everybody(host: Host): Promise<Report> {
  const standings = await host.kernel.trust.standings()
  const names = Object.entries(await host.handlers())
  const rows = standings.map(async ({ principal, protocol, counts }) => [
    `${(await nameOf(host, principal)) ?? principal}, ${names.find(([, cid]) => cid.equals(protocol))?.[0] ?? protocol.toString()}`,
    ...cells(counts),
  ])
  const data = standings.map(({ protocol, ...rest }) => ({ protocol: protocol.toString(), ...rest }))
  const text =
    standings.length === 0 ? ['nothing is noted yet'] : columns([HEAD, ...(await Promise.all(rows))])
  return { data: { standings: data }, text }
}

const HEAD = ['', 'kept', 'broken', 'refused', 'expired']

function cells({ kept, broken, refused, expired }: Counts): string[] {
  return [kept, broken, refused, expired].map(String)
}

async function said(host: Host, assessment: Assessment): Promise<string[]> {
  const issuer = (await nameOf(host, assessment.issuer)) ?? assessment.issuer
  return [`says ${issuer}, ${instant(assessment.issuedAt)}`, ...cells(assessment.counts)]
}

function assessmentData({ issuer, issuedAt, counts, protocol }: Assessment): object {
  return { issuer, issuedAt, counts, ...(protocol === undefined ? {} : { protocol: protocol.toString() }) }
}

function note(session: Session, message: string, reply: string): Promise<Report> {
  return withHost(session, async (host) => {
    const pending = await pendingOf(host, message, await read(session, message, 'a message'))
    for (const executor of pending.executors) await host.learnKeySet(executor)
    const noted = await host.kernel.trust.note(pending, await read(session, reply, 'a reply'))
    if (noted.refused !== undefined)
      throw new HostError(
        'FILE',
        `${reply} is no answer to it: ${noted.refused.code}, ${noted.refused.detail}`,
      )
    if (noted.ok === undefined) return { data: {}, text: ['it decides nothing, so nothing is counted'] }
    const { principal, counts } = noted.ok
    return { data: { principal, counts }, text: [`${principal}: ${summary(counts)}`] }
  })
}

/** @throws {HostError} FILE for what is no message of somebody here */
async function pendingOf(host: Host, file: string, bytes: Uint8Array): Promise<PendingRequest> {
  const envelope = readEnvelope(bytes)
  const claims = envelope.refused === undefined ? readMessageClaims(envelope.ok.claims) : envelope
  if (envelope.refused !== undefined || claims.refused !== undefined)
    throw new HostError(
      'FILE',
      `${file} is no message: ${(envelope.refused ?? claims.refused)?.detail ?? ''}`,
    )
  const { issuer, audience } = claims.ok
  if ((await nameOf(host, issuer)) === undefined)
    throw new HostError('FILE', `${file} was not sent by an identity of this folder`, {
      fix: 'a node counts only answers to its own people',
    })
  const executors = audience === host.grid.toString() ? host.kernel.policy.executors : [audience]
  const id = hashBlock(host.crypto.sha256, CODEC.raw, envelope.ok.signedPayload)
  return { bytes, id, grid: host.grid, sender: issuer, executors }
}

function assess(session: Session, who: string, flags: AssessFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const subject = await principalOf(host, who)
    if (subject === host.node) throw new HostError('USAGE', 'nobody assesses himself')
    const protocol = flags.handler === undefined ? undefined : await protocolNamed(host, flags.handler)
    const bytes = await host.kernel.trust.assess(subject, protocol)
    const file = flags.out ?? 'assessment'
    await writeFile(session.path(file), bytes).catch((error: NodeJS.ErrnoException) => {
      throw new HostError('FILE', `${file} cannot be written: ${error.code ?? error.message}`, {
        cause: error,
      })
    })
    const counts = await host.kernel.trust.counts(subject, protocol)
    return { data: { subject, counts, file }, text: [`${subject}: ${summary(counts)}`, `written to ${file}`] }
  })
}

function accept(session: Session, file: string): Promise<Report> {
  return withHost(session, async (host) => {
    const accepted = await host.kernel.trust.accept(await read(session, file, 'an assessment'))
    if (accepted.refused !== undefined)
      throw new HostError('FILE', `${file}: ${accepted.refused.code}, ${accepted.refused.detail}`)
    const { issuer, subject, counts } = accepted.ok
    return { data: { issuer, subject, counts }, text: [`${issuer} says of ${subject}: ${summary(counts)}`] }
  })
}

function rebuild(session: Session): Promise<Report> {
  return withHost(session, async (host) => {
    const differing = await host.kernel.trust.rebuild()
    const text =
      differing === 0 ? 'every count was right' : `${differing} counts were wrong and are right now`
    return { data: { differing }, text: [text] }
  })
}

async function principalOf(host: Host, who: string): Promise<Principal> {
  return isPrincipalText(who) ? who : principalNamed(host, who)
}

function read(session: Session, file: string, as: string): Promise<Uint8Array> {
  return readInput(session.terminal, session.path(file), { bytesMax: LIMITS.messageBytes, as })
}

function summary({ kept, broken, refused, expired }: Counts): string {
  return `${kept} kept, ${broken} broken, ${refused} refused, ${expired} expired`
}
