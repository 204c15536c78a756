/**
 * `grid cap explain`: the decision of this node about a message, made dry, rule by rule. For a capability it
 * makes the message that would use it; nothing is sent, recorded or run.
 */
import { LIMITS } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { explanationLines } from '../terminal/explanation.ts'
import { readInput } from '../terminal/read-input.ts'
import { isCapabilityText } from '../capability-text.ts'
import { capabilityPath, chainNamed, firstMethod, identityNamed, nameOf, protocolNamed } from './named.ts'
import { failureOfRefusal } from './outcome.ts'
import { presentedLinks } from './presented.ts'
import { withHost } from './session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Capability } from '../../../kernel/index.ts'
import type { Host } from '../create-host.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface ExplainFlags {
  readonly method?: string
  readonly handler?: string
  readonly as?: string
}

export function addExplain(cap: Command, act: Act): void {
  cap
    .command('explain')
    .description('why this node would, or would not, do what a message or a capability asks for')
    .argument('<file>', 'a message, or a capability: a file, a name or the text itself')
    .option('--method <name>', 'for a capability: the method to ask for (default: the first one granted)')
    .option('--handler <handler>', 'for a capability about something else than a handler')
    .option('--as <name>', 'for a capability: who would send it (default: its holder)')
    .addHelpText(
      'after',
      '\nExamples:\n  grid cap explain refused.message\n  grid cap explain bob.cap --method top',
    )
    .action((file: string, flags: ExplainFlags) => act((session) => explain(session, file, flags)))
}

function explain(session: Session, file: string, flags: ExplainFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const message = await messageOf(session, host, file, flags)
    const { checks, refusal, message: read, chain } = await host.kernel.explain(message)
    const data = {
      ...(read === undefined ? {} : { message: read.id.toString(), method: read.claims.method }),
      wouldRun: refusal === undefined,
      links: chain?.length ?? null,
      checks,
    }
    const names = await knownNames(host)
    const text = explanationLines(session.terminal.paint, names, {
      checks,
      ...(read && { message: read }),
      chain: chain ?? presentedLinks(host, message),
    })
    if (refusal === undefined)
      return { data, text: ['every rule holds: this node would run it', '', ...text] }
    const verdict = session.terminal.paint.bad(`this node would refuse it: ${refusal.code}`)
    const failure = await failureOfRefusal(host, message, refusal)
    return { data, text: [verdict, '', ...text, ''], failure }
  })
}

/** The bytes of a message file, or of a message made to use a capability. */
async function messageOf(
  session: Session,
  host: Host,
  file: string,
  flags: ExplainFlags,
): Promise<Uint8Array> {
  if (isCapabilityText(file)) return messageFor(session, host, file, flags)
  const rule = { bytesMax: Math.max(LIMITS.messageBytes, 256 * 1024), as: 'a message or capability' }
  const content = await readInput(capabilityPath(session, file), rule)
  const start = Buffer.from(content.subarray(0, 4_096)).toString('latin1')
  const isText = start.split('\n').some((line) => isCapabilityText(line))
  return isText ? messageFor(session, host, file, flags) : content
}

async function messageFor(
  session: Session,
  host: Host,
  written: string,
  flags: ExplainFlags,
): Promise<Uint8Array> {
  const capabilities = await chainNamed(session, host, [written])
  const last = capabilities.at(-1) as Capability
  const { resource } = last
  const protocol = await protocolOf(host, last, flags.handler)
  const sent = await host.compose({
    protocol,
    method: flags.method ?? (await firstMethod(host, last, protocol)),
    as: await identityNamed(host, flags.as ?? (await senderOf(host, last))),
    capabilities,
    ...(resource.kind === 'space' || resource.kind === 'label' ? { resource } : {}),
  })
  return sent.bytes
}

async function protocolOf(host: Host, { resource }: Capability, handler: string | undefined): Promise<CID> {
  if (handler !== undefined) return protocolNamed(host, handler)
  if (resource.kind === 'code') return resource.protocol
  return host.handler('store')
}

/** Without the key of the holder nobody can prove possession, and the node looks no further. */
async function senderOf(host: Host, { holder }: Capability): Promise<string> {
  const name = holder === 'bearer' ? 'root' : await nameOf(host, holder)
  if (name !== undefined) return name
  throw new HostError(
    'MISSING',
    `the key of its holder ${holder} is not here, so possession cannot be proved`,
    {
      fix: 'explain it where that key is, look at it with `grid cap show`, or name another sender with --as',
    },
  )
}

/** What people call the principals and CIDs that may come up. */
async function knownNames(host: Host): Promise<ReadonlyMap<string, string>> {
  const names = new Map([[host.grid.toString(), 'this grid']])
  for (const [name, protocol] of Object.entries(await host.handlers())) names.set(protocol.toString(), name)
  for (const name of await host.identities()) {
    const known = await host.look(name)
    if (known !== undefined) names.set(known.principal, name)
  }
  return names
}
