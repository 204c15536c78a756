/**
 * Stage 3: Authorised → Invocation. protocol_cid becomes a descriptor, a runtime, arguments and a budget; what
 * is missing is named, and nothing is fetched from anywhere (spec/dispatch.md, "Resolve").
 */
import {
  BoundedMap,
  bytesKey,
  cidKey,
  CODEC,
  encodeCbor,
  hashBlock,
  openContent,
} from '../../promisebase/index.ts'
import { cacheKey } from '../cache/key.ts'
import { argumentsRefusal } from '../capability/argument-check.ts'
import { covers, describeResource } from '../capability/resource.ts'
import { isStateful } from '../capability/spending.ts'
import { decisionRule, judge, noteResult } from '../decision.ts'
import { refuse } from '../errors.ts'
import { findCode } from '../routing/code.ts'
import { defaultDescriptor, readDescriptor } from '../routing/descriptor.ts'
import { loadTypes } from '../types/load-types.ts'
import type { CID } from 'multiformats/cid'
import type { PureInvocation } from '../cache/key.ts'
import type { DecisionContext, Rule } from '../decision.ts'
import type { HandlerTypes } from '../types/handler-types.ts'
import type { Refusal, Result } from '../errors.ts'
import type { ContentRefusal, Refusal as StoreRefusal } from '../../promisebase/index.ts'
import type {
  Arguments,
  Authorised,
  Budget,
  Descriptor,
  Invocation,
  MessageClaims,
  Runtime,
  Value,
} from '../interface.ts'

type Block = Invocation['context']

const rule = decisionRule('resolve', 'dispatch.md')
const EMPTY_MAP = encodeCbor(new Map())
const NOTHING = new Uint8Array(0)

export async function resolve(authorised: Authorised, context: DecisionContext): Promise<Result<Invocation>> {
  const { message } = authorised
  // Each of these is here in nearly every case, and only what is not has to be waited for.
  const loading = loadDescriptor(message.protocol, context)
  const loaded = loading instanceof Promise ? await loading : loading
  const descriptor = noted(context, 'descriptor', loaded, () => message.protocol.toString())
  if (descriptor.refused !== undefined) return descriptor
  const runtime = noted(
    context,
    'runtime',
    findRuntime(descriptor.ok, context),
    () => `runtime ${descriptor.ok.runtime}`,
  )
  if (runtime.refused !== undefined) return runtime
  const budget = budgetOf(authorised, descriptor.ok, context)
  const refused = fitRefusal(authorised, descriptor.ok, budget, context)
  if (refused !== undefined) return { refused }
  const types = noted(context, 'types', await loadTypes(descriptor.ok, context), () => 'types are here')
  if (types.refused !== undefined) return types
  const code = noted(context, 'code', await findCode(descriptor.ok.code, context), () => 'code is here')
  if (code.refused !== undefined) return code
  const named = noted(context, 'future', futureValue(message.claims, context), () => 'a result that is known')
  if (named.refused !== undefined) return named
  const finding = findArguments(named.ok, context)
  const found = finding instanceof Promise ? await finding : finding
  const input = noted(context, 'arguments', found, () => 'arguments are here')
  if (input.refused !== undefined) return input
  const { arguments: constraints } = authorised.grant.caveats
  const unfit = constraints && (await argumentsRefusal(context, constraints, authorised, input.ok))
  if (unfit !== undefined) return { refused: unfit }
  const block = message.claims.context
  const read = block === undefined ? { ok: noContext(context) } : await loadContext(block, context)
  const given = noted(context, 'context', read, () => 'context is here')
  if (given.refused !== undefined) return given
  return {
    ok: invocationOf(authorised, context, {
      descriptor: descriptor.ok,
      ...typesOf(types.ok, message.claims.method),
      runtime: runtime.ok,
      budget,
      arguments: input.ok,
      context: given.ok,
    }),
  }
}

/** The one place where an Invocation comes into being. */
function invocationOf(
  authorised: Authorised,
  context: DecisionContext,
  parts: Pick<Invocation, 'descriptor' | 'types' | 'runtime' | 'budget' | 'arguments' | 'context'>,
): Invocation {
  const { message } = authorised
  const { method } = message.claims
  const block = parts.runtime.profile(parts.descriptor)
  const profile = { cid: profileCid(context, block), block }
  const key = (): PureInvocation => ({
    protocol: message.protocol,
    method,
    arguments: parts.arguments.cid,
    context: parts.context.cid,
    profile: profile.cid,
  })
  const invocation: Omit<
    Invocation,
    keyof { [K in keyof Invocation as K extends symbol ? K : never]: true }
  > = {
    authorised,
    method,
    profile,
    ...parts,
    ...(parts.descriptor.pure ? { cacheKey: cacheKey(context.crypto, key()) } : {}),
  }
  return invocation as Invocation
}

/** CIDs of settings by their bytes: runtimes give the same few blocks again and again. */
const profileCids = new BoundedMap<string, CID>(64)
/** Longer settings than these are cheaper to hash than to look up. */
const PROFILE_BYTES_KNOWN = 256

function profileCid({ crypto }: DecisionContext, block: Uint8Array): CID {
  if (block.length > PROFILE_BYTES_KNOWN) return hashBlock(crypto.sha256, CODEC.dagCbor, block)
  const name = bytesKey(block)
  const cid = profileCids.get(name) ?? hashBlock(crypto.sha256, CODEC.dagCbor, block)
  profileCids.set(name, cid)
  return cid
}

function loadDescriptor(
  protocol: CID,
  context: DecisionContext,
): Result<Descriptor> | Promise<Result<Descriptor>> {
  if (protocol.code === CODEC.raw) return { ok: defaultDescriptor(protocol) }
  const name = cidKey(protocol)
  const known = context.descriptors.get(name)
  return known === undefined ? readProtocol(protocol, name, context) : { ok: known }
}

async function readProtocol(
  protocol: CID,
  name: string,
  context: DecisionContext,
): Promise<Result<Descriptor>> {
  const bytes = await context.snapshot.getBlock(protocol)
  if (bytes === undefined) return missing(protocol)
  const read = readDescriptor(bytes)
  if (read.refused === undefined) context.descriptors.set(name, read.ok)
  return read
}

function findRuntime(descriptor: Descriptor, context: DecisionContext): Result<Runtime> {
  const runtime = context.runtimes.get(descriptor.runtime)
  return runtime === undefined
    ? refuse('RUNTIME', `no ${descriptor.runtime} runtime on this node`)
    : { ok: runtime }
}

/** The smallest of what the grant, the descriptor and the host allow; memory is fixed by the descriptor. */
function budgetOf(
  { grant }: Authorised,
  { limits }: Descriptor,
  { limits: host }: DecisionContext,
): Required<Budget> {
  const least = (name: keyof Budget, stated?: number): number =>
    Math.min(grant.caveats.budget?.[name] ?? host[name], stated ?? host[name], host[name])
  const fuel = grant.caveats.budget?.fuel ?? host.fuelUnstated
  return {
    fuel: Math.min(fuel, least('fuel', limits.fuel)),
    memoryBytes: least('memoryBytes'),
    outputBytes: least('outputBytes', limits.outputBytes),
    wallMs: least('wallMs', limits.wallMs),
  }
}

function fitRefusal(
  authorised: Authorised,
  descriptor: Descriptor,
  budget: Required<Budget>,
  context: DecisionContext,
): Refusal | undefined {
  const { message, resource } = authorised
  const { method, audience } = message.claims
  const needs = Math.min(
    descriptor.limits.memoryBytes ?? context.limits.memoryBytes,
    context.limits.memoryBytes,
  )
  const toGrid = audience !== context.node
  return (
    judge(
      context,
      rule('method', 'UNKNOWN_METHOD'),
      descriptor.methods.includes(method),
      () => `${JSON.stringify(method)} of ${descriptor.methods.join(', ')}`,
    ) ??
    judge(
      context,
      rule('effects', 'EFFECTS'),
      !toGrid || (descriptor.pure && resource.kind === 'code' && !isStateful(authorised.chain)),
      () => (toGrid ? 'addressed to the grid' : 'addressed to this node'),
    ) ??
    (descriptor.pure ? computingRefusal(authorised, context) : undefined) ??
    judge(
      context,
      rule('memory', 'BUDGET_MEMORY'),
      budget.memoryBytes >= needs,
      () => `needs ${needs} bytes, granted ${budget.memoryBytes}`,
    )
  )
}

/** A pure handler acts on nothing: what it uses is this node's work, and a grant of a space promises none. */
function computingRefusal(
  { message, grant, chain }: Authorised,
  context: DecisionContext,
): Refusal | undefined {
  const code = { kind: 'code', protocol: message.protocol } as const
  const detail = (): string => `granted ${describeResource(grant.resource)}, the handler is pure`
  const granted: Rule = {
    stage: 'resolve',
    rule: 'capability.md#resource',
    code: 'RESOURCE',
    link: chain.length - 1,
  }
  return judge(context, granted, covers(grant.resource, code, context.node), detail)
}

/** The arguments of a message, which may be the result of another one. */
function futureValue(
  { future, issuer, arguments: given }: MessageClaims,
  context: DecisionContext,
): Result<Value> {
  return future === undefined ? { ok: given ?? { bytes: NOTHING } } : context.outcomes.valueOf(future, issuer)
}

function findArguments(
  given: Value,
  context: DecisionContext,
): Result<Arguments> | Promise<Result<Arguments>> {
  return 'bytes' in given
    ? { ok: new InlineArguments(context.crypto, given.bytes) }
    : openArguments(given.cid, context)
}

/** Only what is remembered by its arguments needs their name, and a name costs a hash. */
class InlineArguments implements Arguments {
  readonly #crypto: DecisionContext['crypto']
  readonly #bytes: Uint8Array
  #cid: CID | undefined

  constructor(crypto: DecisionContext['crypto'], bytes: Uint8Array) {
    this.#crypto = crypto
    this.#bytes = bytes
  }

  get cid(): CID {
    return (this.#cid ??= hashBlock(this.#crypto.sha256, CODEC.raw, this.#bytes))
  }

  get size(): number {
    return this.#bytes.length
  }

  read(): Result<Uint8Array> {
    return { ok: this.#bytes }
  }
}

async function openArguments(cid: CID, context: DecisionContext): Promise<Result<Arguments>> {
  const content = await openContent(context.snapshot, cid, context.limits.argumentBytes)
  if (content.refused !== undefined) return contentRefusal(cid, content.refused)
  const { size, read } = content.ok
  const readAll = async (): Promise<Result<Uint8Array>> => {
    const bytes = await read()
    return bytes.refused === undefined ? bytes : contentRefusal(cid, bytes.refused)
  }
  return { ok: { cid, size, read: readAll } }
}

function contentRefusal(
  cid: CID,
  { code, detail }: StoreRefusal<ContentRefusal>,
): { readonly refused: Refusal } {
  return code === 'MISSING' ? missing(cid, detail) : refuse(code, detail)
}

async function loadContext(cid: CID, context: DecisionContext): Promise<Result<Block>> {
  const bytes = await context.snapshot.getBlock(cid)
  return bytes === undefined ? missing(cid) : { ok: { cid, bytes } }
}

/** What stands for no context is the same for every message, so it is named once. */
let noContextBlock: Block | undefined

function noContext({ crypto }: DecisionContext): Block {
  noContextBlock ??= { cid: hashBlock(crypto.sha256, CODEC.dagCbor, EMPTY_MAP), bytes: EMPTY_MAP }
  return noContextBlock
}

function typesOf(types: HandlerTypes | undefined, method: string): Pick<Invocation, 'types'> {
  const type = types?.get(method)
  return type === undefined ? {} : { types: type }
}

function missing(
  cid: CID,
  detail = `block ${cid.toString()} is not on this node`,
): { readonly refused: Refusal } {
  return refuse('MISSING', detail, { missing: [cid.toString()] })
}

function noted<T>(
  context: DecisionContext,
  anchor: string,
  result: Result<T>,
  pass: () => string,
): Result<T> {
  return noteResult(context, rule(anchor, result.refused?.code ?? 'DESCRIPTOR'), result, pass)
}
