/** `grid call`: a signed message to a handler, and what it answers. */
import { HostError } from '../host-error.ts'
import { columns } from '../terminal/layout.ts'
import { count, milliseconds } from '../terminal/units.ts'
import { inputOf } from './input.ts'
import { chainNamed, descriptorOf, identityNamed, nameOf, protocolNamed, spaceNamed } from './named.ts'
import { cidValue, durationValue, several } from './options.ts'
import { outcomeReport } from './outcome.ts'
import { withHost } from './session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Capability, Signer, TraceEvent } from '../../../kernel/index.ts'
import type { CallRequest } from '../call.ts'
import type { Host } from '../create-host.ts'
import type { Report } from '../terminal/report.ts'
import type { InputFlags } from './input.ts'
import type { OutcomeFlags } from './outcome.ts'
import type { Act, Session } from './session.ts'

interface CallFlags extends OutcomeFlags, InputFlags {
  readonly as?: string
  readonly cap?: readonly string[]
  readonly space?: string
  readonly context?: CID
  readonly expires?: number
  readonly trace?: true
}

const EXAMPLES = `
Examples:
  grid call echo --input letter.txt
  grid call word-index top --input book.txt --as bob --cap bob.cap
  cat photo.raw | grid call lz4 compress --input - --out photo.lz4
  grid call store put --space notes/ --arg key=today --arg value=@today.txt
  grid call store get --space notes/ --arg key=today --cbor

--arg builds the dag-cbor map some handlers take: NAME=TEXT and NAME=@FILE give bytes, NAME:=VALUE a
number, true, false, null or a CID.`

export function addCall(grid: Command, act: Act): void {
  grid
    .command('call')
    .description('send a signed message to a handler and write its result to standard output')
    .argument('<handler>', 'a protocol CID, or the name of a handler here')
    .argument('[method]', 'one it offers; not needed when it offers, or --cap grants, only one')
    .option('--input <file>', 'its input, or - for standard input')
    .option('--input-cid <cid>', 'its input, stored here already', cidValue)
    .option('--arg <name=value>', 'its input as a map, an entry at a time', several)
    .option(
      '--as <name>',
      'who calls (default: the holder of --cap, else root); without --cap only a root holds anything',
    )
    .option('--cap <file>', 'the capability to present, a file or the token itself', several)
    .option('--space <name/prefix>', 'act on keys of this space')
    .option('--context <cid>', 'a context block', cidValue)
    .option(
      '--expires <time>',
      'how long the message may be used; a number is seconds (default: 1m)',
      durationValue,
    )
    .option('--out <file>', 'write the result there')
    .option('--cbor', 'show the result in diagnostic notation')
    .option('--message <file>', 'keep the message there')
    .option('--reply <file>', 'keep the reply there')
    .option('--trace', 'show the stages on standard error')
    .addHelpText('after', EXAMPLES)
    .action((handler: string, method: string | undefined, flags: CallFlags) =>
      act((session) => callHandler(session, handler, method, flags)),
    )
}

async function callHandler(
  session: Session,
  handler: string,
  method: string | undefined,
  flags: CallFlags,
): Promise<Report> {
  const input = await inputOf(session, flags)
  const events: TraceEvent[] = []
  const work = async (host: Host): Promise<Report> => {
    const protocol = await protocolNamed(host, handler)
    const caller = await callerOf(session, host, flags)
    const request: CallRequest = {
      protocol,
      method: method ?? (await onlyMethod(host, protocol, caller.capabilities?.at(-1))),
      ...caller,
      ...(input === undefined ? {} : { input }),
      ...(flags.space === undefined ? {} : { resource: spaceNamed(host.node, flags.space) }),
      ...(flags.context === undefined ? {} : { context: flags.context }),
      ...(flags.expires === undefined ? {} : { seconds: flags.expires }),
    }
    const result = await session.terminal.progress('waiting for the reply', () => host.call(request))
    const report = await outcomeReport(session, host, result, flags)
    if (flags.trace !== true) return report
    if (!session.terminal.json) for (const line of traceLines(events)) session.terminal.err(line)
    return { ...report, data: { ...report.data, trace: events } }
  }
  return withHost(session, work, { trace: (event) => void events.push(event) })
}

/** The stages of one message, a line each. */
function traceLines(events: readonly TraceEvent[]): string[] {
  return columns(
    events.map(({ stage, decision, ms, fuel, code }) => [
      stage,
      decision,
      milliseconds(ms).padStart(8),
      code ?? (fuel === undefined ? '' : `${count(fuel)} fuel`),
    ]),
  )
}

async function callerOf(
  session: Session,
  host: Host,
  flags: CallFlags,
): Promise<{ readonly as: Signer; readonly capabilities?: readonly Capability[] }> {
  const capabilities = flags.cap && (await chainNamed(session, host, flags.cap))
  const holder = capabilities?.at(-1)?.holder ?? host.root.principal
  const name = flags.as ?? (holder === 'bearer' ? 'root' : await nameOf(host, holder))
  if (name === undefined)
    throw new HostError('MISSING', `the key of ${holder}, who holds this capability, is not here`, {
      fix: 'call where that key is, or have the capability delegated to an identity of this folder',
    })
  return { as: await identityNamed(host, name), ...(capabilities === undefined ? {} : { capabilities }) }
}

/** The one the capability grants, else the one the handler offers. */
async function onlyMethod(host: Host, protocol: CID, granted: Capability | undefined): Promise<string> {
  const [only = '*', more] = granted?.methods ?? []
  if (only !== '*' && more === undefined) return only
  const { methods } = await descriptorOf(host, protocol)
  const [method, another] = methods
  if (method !== undefined && another === undefined) return method
  throw new HostError('USAGE', 'this handler offers more than one method', {
    fix: `name one of: ${methods.join(', ')}`,
  })
}
