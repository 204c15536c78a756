/** Calling: a signed message out, a verified reply back. Outcomes are data; nothing is thrown for a refusal. */
import { composeMessage, readEnvelope, readMessageClaims } from '../../kernel/index.ts'
import { readResult } from './call-result.ts'
import { introduce } from './key-sets.ts'
import { adoption } from './promise.ts'
import { CODEC, hashBlock, isCid, storeContent } from '../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type {
  Capability,
  ComposedMessage,
  MessageForm,
  Principal,
  Resource,
  Signer,
  Value,
} from '../../kernel/index.ts'
import type { CallResult } from './call-result.ts'
import type { HostParts } from './host-parts.ts'

const MINUTE_SECONDS = 60
/** Input up to this size travels inside the message. */
const INLINE_MAX = 16 * 1024

export interface CallRequest {
  readonly protocol: CID
  readonly method: string
  /** Bytes, or the CID of content this node has. */
  readonly input?: Uint8Array | CID
  readonly resource?: Resource
  readonly context?: CID
  /** How the message is written; the reply is in the same form. Five elements without it. */
  readonly form?: MessageForm
  /** Who calls; the root of the grid by default. */
  readonly as?: Signer
  /**
   * Every link from the first promise to the one `as` holds, in order. Only a root of the grid, and the node,
   * may leave it out: for them the node's adoption stands.
   */
  readonly capabilities?: readonly Capability[]
  /** Chains lent to the handler for this call, which it names by their index; `as` holds the last link of each. */
  readonly table?: readonly (readonly Capability[])[]
  /** How long the message may be used. */
  readonly seconds?: number
  /**
   * Gives up waiting, and ends a native handler that looks at it. A WebAssembly loop runs in this thread and is
   * ended by its fuel and wall time alone: state a budget.
   */
  readonly signal?: AbortSignal
}

export async function call(host: HostParts, request: CallRequest): Promise<CallResult> {
  const sent = await compose(host, request)
  return exchange(host, sent, (request.as ?? host.root).principal, request.signal)
}

/** Dispatches a message that is signed already, whoever made it, and reads the reply. */
export async function send(host: HostParts, bytes: Uint8Array, signal?: AbortSignal): Promise<CallResult> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('message must be a Uint8Array')
  const envelope = readEnvelope(bytes)
  // What cannot be read is answered by a hint, which names the bytes themselves.
  const signed = envelope.ok?.signedPayload ?? bytes
  const claims = envelope.refused === undefined ? readMessageClaims(envelope.ok.claims) : envelope
  const id = hashBlock(host.crypto.sha256, CODEC.raw, signed)
  return exchange(host, { bytes, id }, claims.ok?.issuer ?? '', signal)
}

/** The signed message of a call, not sent yet. */
export async function compose(host: HostParts, request: CallRequest): Promise<ComposedMessage> {
  const as = request.as ?? host.root
  checkRequest(request)
  await introduce(host, as)
  const now = host.now()
  const capabilities = request.capabilities?.map(({ bytes }) => bytes) ?? [
    (await adoption(host, as.principal)).id,
  ]
  const { resource, context, form, table = [] } = request
  return composeMessage(host.crypto, as, {
    protocol: request.protocol,
    grid: host.kernel.grid,
    audience: host.kernel.node,
    issuedAt: now,
    expires: now + (request.seconds ?? MINUTE_SECONDS),
    method: request.method,
    capabilities,
    ...(request.input === undefined ? {} : { arguments: await argumentsOf(host, request.input) }),
    ...(table.length === 0 ? {} : { table: table.map((chain) => chain.map(({ bytes }) => bytes)) }),
    ...(resource === undefined ? {} : { resource }),
    ...(context === undefined ? {} : { context }),
    ...(form === undefined ? {} : { form }),
  })
}

/** Misuse by the program that calls is its own to hear of, before anything is signed. */
function checkRequest(request: CallRequest): void {
  if (!isCid(request.protocol)) throw new TypeError('protocol must be a CID; host.handler(name) gives one')
  if (typeof request.method !== 'string') throw new TypeError('method must be a string')
  if (request.as !== undefined && !Array.isArray(request.as.keys)) throw new TypeError('as must be a Signer')
  const { input } = request
  if (request.form !== undefined && request.form !== 'array' && request.form !== 'tagged')
    throw new TypeError("form must be 'array' or 'tagged'")
  if (input !== undefined && !(input instanceof Uint8Array) && !isCid(input))
    throw new TypeError('input must be a Uint8Array or a CID')
}

async function exchange(
  host: HostParts,
  sent: ComposedMessage,
  sender: Principal,
  signal: AbortSignal | undefined,
): Promise<CallResult> {
  const reply = await host.kernel.dispatch(sent.bytes, signal === undefined ? {} : { signal })
  return readResult(host, sender, { reply, ...sent })
}

async function argumentsOf(host: HostParts, input: Uint8Array | CID): Promise<Value> {
  if (!(input instanceof Uint8Array)) return { cid: input }
  if (input.length <= INLINE_MAX) return { bytes: input }
  return { cid: await host.store.transact((transaction) => storeContent(transaction, input)) }
}
