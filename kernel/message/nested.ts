/**
 * Messages inside messages (spec/message.md, "Nested messages"): the arguments of one may be another, complete
 * and signed by somebody else. What is read here is what was said and by whom. It carries no authority: it was
 * not addressed to whoever reads it, its time and its capabilities were not looked at, and it is not executed.
 */
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { readSignature, verifySignature } from './cose.ts'
import { looksLikeMessage, readEnvelope } from './envelope.ts'
import { readMessageClaims } from './message-claims.ts'
import { idOf } from './signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { MessageClaims, NestedMessage } from '../interface.ts'
import type { Limits } from '../limits.ts'
import type { Envelope } from './envelope.ts'
import type { KeyRing } from './key-ring.ts'

/** What nested messages are judged by. */
export interface NestedContext {
  readonly crypto: CryptoProvider
  readonly keys: KeyRing
  /** The grid all of them must be of. */
  readonly grid: CID
  readonly limits?: Partial<Pick<Limits, 'nestingDepth' | 'messageBytes'>>
}

/**
 * The message in `bytes`, the one in its arguments, and so on to the innermost. All or none: every one is of
 * this grid, well-formed and signed by its issuer. Bounds and form of all of them come before any signature.
 */
export function readNested(context: NestedContext, bytes: Uint8Array): Result<readonly NestedMessage[]> {
  const layers = readLayers(context, bytes)
  if (layers.refused !== undefined) return layers
  const messages: NestedMessage[] = []
  for (const layer of layers.ok) {
    const signed = verifyLayer(context, layer)
    if (signed.refused !== undefined) return signed
    messages.push(messageOf(context, layer))
  }
  return { ok: messages }
}

/**
 * One message, whoever it is for and of whatever grid: its form and its signature hold, or why not. For who
 * shows or keeps messages; like a nested one it carries no authority.
 */
export function readSigned(context: Omit<NestedContext, 'grid'>, bytes: Uint8Array): Result<NestedMessage> {
  const layer = readLayer(context, bytes)
  if (layer.refused !== undefined) return layer
  const signed = verifyLayer(context, layer.ok)
  return signed.refused === undefined ? { ok: messageOf(context, layer.ok) } : signed
}

interface Layer {
  readonly bytes: Uint8Array
  readonly envelope: Envelope
  readonly claims: MessageClaims
}

function readLayers(context: NestedContext, bytes: Uint8Array): Result<readonly Layer[]> {
  const { nestingDepth = LIMITS.nestingDepth } = context.limits ?? {}
  const layers: Layer[] = []
  for (let inner: Uint8Array | undefined = bytes; inner !== undefined; inner = innerOf(layers.at(-1))) {
    // A caller may lower the bound, and not raise it.
    if (layers.length >= LIMITS.nestingDepth || !(layers.length < nestingDepth))
      return refuse('LIMIT', `messages are nested in one another more than ${layers.length} deep`)
    const layer = readLayer(context, inner)
    if (layer.refused !== undefined) return layer
    layers.push(layer.ok)
  }
  return { ok: layers }
}

type Reading = Omit<NestedContext, 'grid'> & Partial<NestedContext>

function readLayer({ grid, limits }: Reading, bytes: Uint8Array): Result<Layer> {
  const { messageBytes = LIMITS.messageBytes } = limits ?? {}
  if (bytes.length > messageBytes)
    return refuse('LIMIT', `a message has at most ${messageBytes} bytes here, this one ${bytes.length}`)
  const envelope = readEnvelope(bytes)
  if (envelope.refused !== undefined) return envelope
  if (grid !== undefined && !envelope.ok.grid.equals(grid))
    return refuse('GRID', `a nested message of grid ${envelope.ok.grid.toString()}`)
  const claims = readMessageClaims(envelope.ok.claims)
  return claims.refused === undefined ? { ok: { bytes, envelope: envelope.ok, claims: claims.ok } } : claims
}

/** Arguments are a message when they begin like one; arguments by CID are not followed. */
function innerOf(layer: Layer | undefined): Uint8Array | undefined {
  const given = layer?.claims.arguments
  return given !== undefined && 'bytes' in given && looksLikeMessage(given.bytes) ? given.bytes : undefined
}

function verifyLayer({ crypto, keys }: Reading, { envelope, claims }: Layer): Result<true> {
  const signature = readSignature(envelope.signature, { detached: true })
  if (signature.refused !== undefined) return signature
  const signer = keys.read(claims.issuer)
  if (signer.refused !== undefined) return signer
  return verifySignature(crypto, signature.ok, envelope.signedPayload, signer.ok)
}

function messageOf({ crypto }: Reading, { bytes, envelope, claims }: Layer): NestedMessage {
  const { form, protocol, grid, signedPayload } = envelope
  return { form, bytes, id: idOf(crypto, signedPayload), protocol, grid, claims }
}
