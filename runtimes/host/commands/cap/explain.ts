/**
 * `grid cap explain`: the decision of this node about a message, made dry, rule by rule. For a capability it
 * tells what is granted, to whom and through whom, and makes the message that would use it where the key of its holder
 * is; nothing is sent, recorded or run.
 */
import { LIMITS } from '../../../../kernel/index.ts'
import { chainFacts, tableFacts, treeFacts } from '../../terminal/explanation-facts.ts'
import { chainExplanationLines, explanationLines, grantLines } from '../../terminal/explanation.ts'
import { readInput } from '../../terminal/read-input.ts'
import { isCapabilityText } from '../../capability/text.ts'
import { knownNames } from '../known/names.ts'
import { capabilityPath, chainNamed, firstMethod, identityNamed, nameOf, protocolNamed } from '../named.ts'
import { failureOf, failureOfRefusal } from '../outcome.ts'
import { withHost } from '../session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Capability, ChainExplanation } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

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
    const { chain, message } = await subjectOf(session, host, file)
    if (chain === undefined) return explainMessage(session, host, message)
    // Without the key of the holder nobody can send anything by it: it is explained as it stands.
    const sender = flags.as ?? (await senderOf(host, chain))
    return sender === undefined
      ? explainTokens(session, host, chain)
      : explainMessage(session, host, await messageFor(host, chain, { ...flags, as: sender }), chain)
  })
}

async function explainMessage(
  session: Session,
  host: Host,
  message: Uint8Array,
  tokens?: readonly Capability[],
): Promise<Report> {
  const { paint } = session.terminal
  const explanation = await host.kernel.explain(message)
  const { checks, refusal, message: read, chain, tree } = explanation
  const known = await knownNames(host)
  const granted = tokens === undefined ? undefined : await explainChain(host, tokens)
  const data = {
    ...(read === undefined ? {} : { message: read.id.toString(), method: read.claims.method }),
    ...(granted === undefined ? {} : chainFacts(granted)),
    wouldRun: refusal === undefined,
    links: chain?.length ?? null,
    checks,
    tree: { ...treeFacts(tree), table: tree.table.map(tableFacts) },
  }
  const text = [
    ...(granted === undefined ? [] : grantLines(known, granted)),
    ...explanationLines(paint, known, explanation),
  ]
  if (refusal === undefined) return { data, text: ['every rule holds: this node would run it', '', ...text] }
  const verdict = paint.bad(`this node would refuse it: ${refusal.code}`)
  const failure = await failureOfRefusal(host, message, refusal)
  return { data, text: [verdict, '', ...text, ''], failure }
}

async function explainTokens(session: Session, host: Host, tokens: readonly Capability[]): Promise<Report> {
  const { paint } = session.terminal
  const explanation = await explainChain(host, tokens)
  const { refusal, checks, tree } = explanation
  const data = { ...chainFacts(explanation), wouldRun: refusal === undefined, checks, tree: treeFacts(tree) }
  const known = await knownNames(host)
  const text = [...grantLines(known, explanation), ...chainExplanationLines(paint, known, explanation)]
  if (refusal === undefined)
    return { data, text: ['every rule holds: its holder could use it here', '', ...text] }
  const verdict = paint.bad(`this node would refuse it: ${refusal.code}`)
  return { data, text: [verdict, '', ...text, ''], failure: failureOf(refusal) }
}

function explainChain(host: Host, tokens: readonly Capability[]): Promise<ChainExplanation> {
  return host.kernel.explainTokens(tokens.map(({ bytes }) => bytes))
}

/** The bytes of a message file, or the chain of a capability. */
async function subjectOf(
  session: Session,
  host: Host,
  file: string,
): Promise<
  | { readonly message: Uint8Array; readonly chain?: undefined }
  | { readonly chain: readonly Capability[]; readonly message?: undefined }
> {
  if (isCapabilityText(file)) return { chain: await chainNamed(session, host, [file]) }
  const rule = { bytesMax: Math.max(LIMITS.messageBytes, 256 * 1024), as: 'a message or capability' }
  const content = await readInput(session.terminal, capabilityPath(session, file), rule)
  const start = Buffer.from(content.subarray(0, 4_096)).toString('latin1')
  const isText = start.split('\n').some((line) => isCapabilityText(line))
  return isText ? { chain: await chainNamed(session, host, [file]) } : { message: content }
}

/** A message that uses a capability; it is not sent. */
async function messageFor(
  host: Host,
  capabilities: readonly Capability[],
  flags: ExplainFlags & { readonly as: string },
): Promise<Uint8Array> {
  const last = capabilities.at(-1) as Capability
  const { resource } = last
  const protocol = await protocolOf(host, last, flags.handler)
  const sent = await host.compose({
    protocol,
    method: flags.method ?? (await firstMethod(host, last, protocol)),
    as: await identityNamed(host, flags.as),
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

/** The name of its holder, when his key is here. */
async function senderOf(host: Host, chain: readonly Capability[]): Promise<string | undefined> {
  const { holder } = chain.at(-1) as Capability
  return holder === 'bearer' ? 'root' : nameOf(host, holder)
}
