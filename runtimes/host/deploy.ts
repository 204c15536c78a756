/**
 * Deploying: code is admitted by its runtime, then stored beside the descriptor that says how to run it. A
 * descriptor with a name is found by it as well: the label `handler/NAME` points at it.
 */
import { BLOCK_BYTES_MAX, CODEC, hashBlock, stageContent } from '../../promisebase/index.ts'
import { encodeDescriptor } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import { typesFor } from './types/types-block.ts'
import type { CID } from 'multiformats/cid'
import type { Descriptor, HandlerTypes } from '../../kernel/index.ts'
import type { PutBlock, Transaction } from '../../promisebase/index.ts'
import type { HostParts } from './host-parts.ts'

/**
 * What differs from a pure program with the method `run`, which is a WASI command or a component. A component whose
 * methods have types brings them itself.
 */
export type DeployOptions = Partial<Omit<Descriptor, 'code' | 'types'>> & {
  readonly types?: CID | HandlerTypes
}

/** Where a WebAssembly file says which layer of the format it is of: 0 for modules, 1 for components. */
const LAYER_AT = 6
const LABEL = 'handler/'
/** Of a handler: nothing that means another folder, where it is a part of the name of a file. */
export const HANDLER_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** @throws {HostError} ADMIT when the runtime refuses the code, NAME for a name that cannot be used */
export async function deploy(host: HostParts, code: Uint8Array, options: DeployOptions = {}): Promise<CID> {
  const { types: stated, ...others } = options
  const untyped: Descriptor = {
    runtime: 'wasi',
    entry: entryOf(code),
    methods: ['run'],
    pure: true,
    imports: [],
    limits: {},
    public: false,
    ...others,
    code: nameCode(code, (bytes, codec = CODEC.raw) => hashBlock(host.crypto.sha256, codec, bytes)),
  }
  const { types: typesBlock, named } = typesFor(host, code, untyped, stated)
  const descriptor = { ...untyped, ...named }
  checkName(host, descriptor.name)
  const block = encodeDescriptor(descriptor)
  await admit(host, code, descriptor)
  return host.store.transact(async (transaction) => {
    if (typesBlock !== undefined) transaction.putBlock(typesBlock, CODEC.dagCbor)
    nameCode(code, transaction.putBlock.bind(transaction))
    const protocol = transaction.putBlock(block, CODEC.dagCbor)
    if (descriptor.name !== undefined) await nameHandler(transaction, descriptor.name, protocol)
    return protocol
  })
}

/** Code that fits into a block is one; else it is content, with the CID that `grid base add` gives it. */
function nameCode(code: Uint8Array, put: PutBlock): CID {
  return code.length <= BLOCK_BYTES_MAX ? put(code, CODEC.raw) : stageContent(code, put).cid
}

/** How code is entered where nothing else is said: components and core modules differ in one byte. */
export function entryOf(code: Uint8Array): 'command' | 'component' {
  return code[LAYER_AT] === 1 ? 'component' : 'command'
}

/** protocol_cid of a handler by its name: built in, or deployed with it last. @throws {HostError} MISSING */
export async function findHandler(host: HostParts, name: string): Promise<CID> {
  const handlers = await listHandlers(host)
  const found = Object.hasOwn(handlers, name) ? handlers[name] : undefined
  if (found !== undefined) return found
  throw new HostError('MISSING', `there is no handler ${JSON.stringify(name)} here`, {
    fix: `deploy it, or use one of: ${Object.keys(handlers).join(', ')}`,
  })
}

/** Every handler with a name. */
export async function listHandlers(host: HostParts): Promise<Readonly<Record<string, CID>>> {
  const found = new Map<string, CID>(Object.entries(host.protocols))
  const snapshot = host.store.snapshot()
  try {
    for await (const { name, cid } of snapshot.labels(LABEL)) found.set(name.slice(LABEL.length), cid)
  } finally {
    snapshot.close()
  }
  return Object.fromEntries(found)
}

async function admit(host: HostParts, code: Uint8Array, descriptor: Descriptor): Promise<void> {
  const { codeBytes } = host
  if (code.length > codeBytes)
    throw new HostError('ADMIT', `code of ${code.length} bytes, ${codeBytes} are allowed here`)
  const runtime = host.runtimes.find(({ kind }) => kind === descriptor.runtime)
  if (runtime === undefined) throw new HostError('ADMIT', `this host has no ${descriptor.runtime} runtime`)
  const admitted = await runtime.admit(code, descriptor)
  if (admitted.refused === undefined) return
  throw new HostError('ADMIT', `the code is not admitted: ${admitted.refused.detail}`, {
    fix: 'see spec/handler-abi.md for what a module may contain and must export',
  })
}

/** @throws {HostError} NAME for what cannot be the name of a handler */
export function checkHandlerName(name: string): void {
  if (HANDLER_NAME.test(name)) return
  throw new HostError('NAME', `${JSON.stringify(name)} cannot be the name of a handler`, {
    fix: 'use 1 to 64 lower-case letters, digits, dots, hyphens and underscores, a letter or digit first',
  })
}

function checkName(host: HostParts, name: string | undefined): void {
  if (name === undefined) return
  checkHandlerName(name)
  if (Object.hasOwn(host.protocols, name))
    throw new HostError('NAME', `${name} is the name of a built-in handler`, { fix: 'choose another name' })
}

async function nameHandler(transaction: Transaction, name: string, protocol: CID): Promise<void> {
  const before = await transaction.getLabel(LABEL + name)
  if (before?.equals(protocol) !== true) await transaction.setLabel(LABEL + name, before, protocol)
}
