/** What a request says, from the words of a user: shared by commands that send one and that only sign one. */
import { HostError } from '../host-error.ts'
import { chainNamed, descriptorOf, identityNamed, nameOf, protocolNamed, spaceNamed } from './named.ts'
import { cidValue, durationValue, several } from './options.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Capability, Signer } from '../../../kernel/index.ts'
import type { CallRequest } from '../call/call.ts'
import type { Host } from '../interface.ts'
import type { InputFlags } from './input.ts'
import type { Session } from './session.ts'

export interface RequestFlags extends InputFlags {
  readonly as?: string
  readonly cap?: readonly string[]
  readonly lend?: readonly string[]
  readonly space?: string
  readonly context?: CID
  readonly expires?: number
  readonly tagged?: boolean
}

export function withRequest(command: Command): Command {
  return command
    .option('--input <file>', 'its input, or - for standard input')
    .option('--input-cid <cid>', 'its input, stored here already', cidValue)
    .option('--arg <name=value>', 'its input as a map, an entry at a time', several)
    .option('--input-json <json>', 'its input as DAG-JSON, or @FILE of it; sent as dag-cbor')
    .option(
      '--as <name>',
      'who calls (default: the holder of --cap, else root); without --cap only a root holds anything',
    )
    .option(
      '--cap <file>',
      'the capability to present: a file, a name of `cap list`, or the text itself',
      several,
    )
    .option(
      '--lend <file>',
      'a capability of the caller to lend the handler for this call: the first one is 0',
      several,
    )
    .option('--space <name/prefix>', 'act on keys of this space')
    .option('--context <cid>', 'a context block', cidValue)
    .option(
      '--expires <time>',
      'how long the message may be used; a number is seconds (default: 1m)',
      durationValue,
    )
    .option('--tagged', 'write the message in the tagged envelope; the reply comes in it too')
}

/** `input` is what the flags name, read already. @throws {HostError} MISSING or USAGE */
export async function requestOf(
  session: Session,
  host: Host,
  handler: string,
  method: string | undefined,
  flags: RequestFlags,
  input: Uint8Array | CID | undefined,
): Promise<CallRequest> {
  const protocol = await protocolNamed(host, handler)
  const caller = await callerOf(session, host, flags)
  return {
    protocol,
    method: method ?? (await onlyMethod(host, protocol, caller.capabilities?.at(-1))),
    ...caller,
    ...(flags.lend === undefined ? {} : { table: await chainsNamed(session, host, flags.lend) }),
    ...(input === undefined ? {} : { input }),
    ...(flags.space === undefined ? {} : { resource: spaceNamed(host.node, flags.space) }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    ...(flags.expires === undefined ? {} : { seconds: flags.expires }),
    ...(flags.tagged === true ? { form: 'tagged' } : {}),
  }
}

/** Each a chain of its own. */
async function chainsNamed(
  session: Session,
  host: Host,
  written: readonly string[],
): Promise<readonly (readonly Capability[])[]> {
  const chains: (readonly Capability[])[] = []
  for (const each of written) chains.push(await chainNamed(session, host, [each]))
  return chains
}

async function callerOf(
  session: Session,
  host: Host,
  flags: RequestFlags,
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
