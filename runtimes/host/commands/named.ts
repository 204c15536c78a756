/** From what a user names to what it is: identities, handlers, resources, capabilities. */
import { existsSync } from 'node:fs'

import { CODEC, parseCid } from '../../../promisebase/index.ts'
import { readDescriptor, defaultDescriptor } from '../../../kernel/index.ts'
import { CAPABILITY_TEXT_MAX, isCapabilityText, issuersNamed, readCapabilities } from '../capability/text.ts'
import { walletFile, walletIn } from '../capability/wallet.ts'
import { HostError } from '../host-error.ts'
import { isName } from '../keys/keys.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { readInput } from '../terminal/read-input.ts'
import { cidOfText } from './cid-text.ts'
import type { CID } from 'multiformats/cid'
import type { Capability, Descriptor, Principal, Resource, Signer } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { KnownKeys } from './known/keys.ts'
import type { Session } from './session.ts'

/** What a command without a descriptor offers. */
const DEFAULT_METHOD = 'run'

/** An identity of this folder. @throws {HostError} MISSING */
export async function identityNamed(host: Host, name: string): Promise<Signer> {
  await principalNamed(host, name)
  return host.identity(name)
}

/** Who an identity of this folder is; its secret stays where it is. @throws {HostError} MISSING */
export async function principalNamed(host: Host, name: string): Promise<Principal> {
  const names = await host.identities()
  const found = names.includes(name) ? await host.look(name) : undefined
  if (found !== undefined) return found.principal
  throw new HostError('MISSING', `there is no identity ${JSON.stringify(name)} here`, {
    fix: `make it with \`grid id new ${/^[a-z0-9._-]+$/.test(name) ? name : 'NAME'}\`, or use one of: ${names.join(', ')}`,
  })
}

/** Whether text is meant to be a principal, and not the name of an identity. */
export function isPrincipalText(text: string): boolean {
  return text.startsWith('did:') || parseCid(text, { codecs: [CODEC.cbor] }).ok !== undefined
}

/** The name under which this folder holds the key of a principal. */
export async function nameOf(host: Host, principal: Principal): Promise<string | undefined> {
  for (const name of await host.identities())
    if ((await host.look(name))?.principal === principal) return name
  return undefined
}

/** A holder: `bearer`, a principal, or the name of an identity here. */
export async function holderNamed(host: Host, text: string): Promise<Principal | 'bearer'> {
  if (text === 'bearer') return text
  if (!isPrincipalText(text)) return principalNamed(host, text)
  await host.learnKeySet(text)
  const key = host.keys.lookUp(text)
  // A key set is needed where its signatures are: who promises it something may know its name alone.
  if (key.refused !== undefined && key.refused.code !== 'MISSING')
    throw new HostError('USAGE', key.refused.detail)
  return text
}

/** A protocol_cid: written out, or by the name of a handler here. @throws {HostError} MISSING */
export async function protocolNamed(host: Host, text: string): Promise<CID> {
  return cidOfText(text, { codecs: [CODEC.raw, CODEC.dagCbor] }) ?? host.handler(text)
}

/** @throws {HostError} MISSING or DATA */
export async function descriptorOf(host: Host, protocol: CID): Promise<Descriptor> {
  if (protocol.code === CODEC.raw) return defaultDescriptor(protocol)
  const snapshot = host.store.snapshot()
  try {
    const block = await snapshot.getBlock(protocol)
    if (block === undefined)
      throw new HostError('MISSING', `the descriptor ${protocol.toString()} is not here`)
    const read = readDescriptor(block)
    if (read.refused !== undefined)
      throw new HostError('USAGE', `${protocol.toString()}: ${read.refused.detail}`)
    return read.ok
  } finally {
    snapshot.close()
  }
}

/** What a capability is used for when nothing is said: the first method it grants that its handler offers. */
export async function firstMethod(host: Host, { methods }: Capability, protocol: CID): Promise<string> {
  const [first = '*'] = methods
  return first === '*' ? offered(host, protocol) : first
}

/** Of a handler that is not here nothing is known; the refusal of the message then says so. */
async function offered(host: Host, protocol: CID): Promise<string> {
  try {
    const { methods } = await descriptorOf(host, protocol)
    return methods[0] ?? DEFAULT_METHOD
  } catch (error) {
    if (error instanceof HostError && error.code === 'MISSING') return DEFAULT_METHOD
    throw error
  }
}

export interface ResourceFlags {
  readonly handler?: string
  readonly space?: string
  readonly label?: string
  readonly node?: boolean
}

/** What a capability is about, from exactly one option; undefined for none. What is a node's is `owner`'s. */
export async function resourceNamed(
  host: Host,
  flags: ResourceFlags,
  owner: Principal = host.node,
): Promise<Resource | undefined> {
  const { handler, space, label, node } = flags
  const given = [handler, space, label, node].filter((flag) => flag !== undefined)
  if (given.length > 1) throw new HostError('USAGE', 'name one of --handler, --space, --label and --node')
  if (handler !== undefined) return { kind: 'code', protocol: await protocolNamed(host, handler) }
  if (space !== undefined) return spaceNamed(owner, space)
  if (label !== undefined) return { kind: 'label', owner, prefix: label }
  return node === true ? { kind: 'node', owner } : undefined
}

/** `notes` or `notes/alice/`: a space, and what its keys begin with. */
export function spaceNamed(owner: Principal, text: string): Resource {
  const slash = text.indexOf('/')
  const [space, prefix] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)]
  if (space === '' || space.startsWith('.'))
    throw new HostError('USAGE', 'a space has a name, and those with a dot in front belong to the kernel')
  return { kind: 'space', owner, space, prefix: new TextEncoder().encode(prefix) }
}

/** A chain from capability files, from names of the wallet, or from text pasted as it is. */
export async function chainNamed(
  session: Session,
  known: KnownKeys,
  written: readonly string[],
): Promise<Capability[]> {
  const chain: Capability[] = []
  for (const each of written) {
    const text = isCapabilityText(each) ? each : await capabilityFile(session, each)
    for (const issuer of inFile(each, () => issuersNamed(nodeCrypto, known.keys, text)))
      await known.learnKeySet(issuer)
    chain.push(...inFile(each, () => readCapabilities(nodeCrypto, known.keys, text)))
  }
  return chain
}

/**
 * The file of a capability: a name of the wallet, else a path. The name comes first, so that what it means does not
 * depend on the folder one stands in; ./NAME is the file.
 */
export function capabilityPath(session: Session, written: string): string {
  const kept = isName(written) ? walletFile(walletIn(session.data), written) : undefined
  return kept !== undefined && existsSync(kept) ? kept : session.path(written)
}

async function capabilityFile(session: Session, written: string): Promise<string> {
  const content = await readInput(session.terminal, capabilityPath(session, written), {
    bytesMax: CAPABILITY_TEXT_MAX,
    as: 'a capability file',
    fix: 'name a file of `grid cap issue`, or a name of `grid cap list`, or paste the text itself',
  })
  return Buffer.from(content).toString('latin1')
}

function inFile<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof HostError) || isCapabilityText(name)) throw error
    throw new HostError(
      error.code,
      `${name}: ${error.message}`,
      error.fix === undefined ? {} : { fix: error.fix },
    )
  }
}
