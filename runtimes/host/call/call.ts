/** Calling: a signed message out, a verified reply back. Outcomes are data; nothing is thrown for a refusal. */
import { composeMessage, readEnvelope, readMessageClaims } from '../../../kernel/index.ts'
import { readResult } from './result.ts'
import { introduce } from '../keys/sets.ts'
import { adoption } from '../capability/promise.ts'
import { checkRequest } from '../misuse/terms.ts'
import { CODEC, hashBlock, storeContent } from '../../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type {
  Capability,
  ComposedMessage,
  GrantHandle,
  MessageForm,
  Principal,
  Resource,
  Result,
  Signer,
  Value,
} from '../../../kernel/index.ts'
import type { CallResult } from './result.ts'
import type { HostParts } from '../host-parts.ts'

const MINUTE_SECONDS = 60
const HANDLE_SECONDS = 3_600
/** Input up to this size travels inside the message. */
const INLINE_MAX = 16 * 1024

export interface CallRequest {
  readonly protocol: CID
  readonly method: string
  /** Bytes, the CID of content this node has, or the result of another message of the same caller. */
  readonly input?: Uint8Array | CID | Future
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

/** What the message of this id will give, on the node that both are sent to. */
export interface Future {
  readonly future: CID
}

export async function call(host: HostParts, request: CallRequest): Promise<CallResult> {
  const sent = await compose(host, request)
  return exchange(host, sent, (request.as ?? host.root).principal, request.signal)
}

/** Dispatches a message that is signed already, whoever made it, and reads the reply. */
export async function send(host: HostParts, bytes: Uint8Array, signal?: AbortSignal): Promise<CallResult> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('message must be a Uint8Array')
  const { id, issuer } = senderOf(host, bytes)
  return exchange(host, { bytes, id }, issuer, signal)
}

function senderOf(host: HostParts, bytes: Uint8Array): { readonly id: CID; readonly issuer: Principal } {
  const envelope = readEnvelope(bytes)
  // What cannot be read is answered by a hint, which names the bytes themselves.
  const signed = envelope.ok?.signedPayload ?? bytes
  const claims = envelope.refused === undefined ? readMessageClaims(envelope.ok.claims) : envelope
  return { id: hashBlock(host.crypto.sha256, CODEC.raw, signed), issuer: claims.ok?.issuer ?? '' }
}

/** Dispatches messages that are signed already, in one go, and reads the replies. */
export async function sendAll(
  host: HostParts,
  messages: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<readonly CallResult[]> {
  for (const bytes of messages)
    if (!(bytes instanceof Uint8Array)) throw new TypeError('each message must be a Uint8Array')
  const replies = await host.kernel.dispatchAll(messages, signal === undefined ? {} : { signal })
  return Promise.all(
    messages.map((bytes, at) => {
      const { id, issuer } = senderOf(host, bytes)
      return readResult(host, issuer, { bytes, id, reply: replies[at] as Uint8Array })
    }),
  )
}

/**
 * Opens a grant handle by a message like that of a call, which is not executed. The handle lasts as long as the
 * message: an hour, unless the request says otherwise.
 */
export async function open(host: HostParts, request: CallRequest): Promise<Result<GrantHandle>> {
  return host.kernel.open((await compose(host, { seconds: HANDLE_SECONDS, ...request })).bytes)
}

/** The signed message of a call, not sent yet. */
export async function compose(host: HostParts, request: CallRequest): Promise<ComposedMessage> {
  checkRequest(request)
  const as = request.as ?? host.root
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
    ...(await inputOf(host, request.input)),
    ...(table.length === 0 ? {} : { table: table.map((chain) => chain.map(({ bytes }) => bytes)) }),
    ...(resource === undefined ? {} : { resource }),
    ...(context === undefined ? {} : { context }),
    ...(form === undefined ? {} : { form }),
  })
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

async function inputOf(
  host: HostParts,
  input: CallRequest['input'],
): Promise<{ readonly arguments?: Value; readonly future?: CID }> {
  if (input === undefined) return {}
  return 'future' in input ? { future: input.future } : { arguments: await argumentsOf(host, input) }
}

async function argumentsOf(host: HostParts, input: Uint8Array | CID): Promise<Value> {
  if (!(input instanceof Uint8Array)) return { cid: input }
  if (input.length <= INLINE_MAX) return { bytes: input }
  return { cid: await host.store.transact((transaction) => storeContent(transaction, input)) }
}
