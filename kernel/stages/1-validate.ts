/**
 * Stage 1: bytes → Message. Form and bounds first, then the grid, then the claims, and only then one signature
 * check: nothing a stranger sends costs more than its size before that (spec/dispatch.md, "Validate").
 */
import { decisionRule, noteResult, judge } from '../decision.ts'
import { refuse } from '../errors.ts'
import { refusedAlgorithm } from '../grid/policy.ts'
import { keysOf } from '../key-sets.ts'
import { readSignature, verifySignature } from '../message/cose.ts'
import { readEnvelope } from '../message/envelope.ts'
import { readMessageClaims } from '../message/message-claims.ts'
import { idOf } from '../message/signed-object.ts'
import type { DecisionContext } from '../decision.ts'
import type { Result } from '../errors.ts'
import type { Message, MessageClaims } from '../interface.ts'
import type { ReadSignature } from '../message/cose.ts'
import type { Envelope } from '../message/envelope.ts'
import type { PrincipalKeys } from '../message/key-ring.ts'

const rule = decisionRule('validate', 'message.md')

/** At once when the keys of the sender are remembered: only others make it wait for the store. */
export function validate(
  bytes: Uint8Array,
  context: DecisionContext,
): Result<Message> | Promise<Result<Message>> {
  const envelope = noted(
    context,
    'envelope',
    readBounded(bytes, context.limits.messageBytes),
    () => `${bytes.length} bytes, five elements`,
  )
  if (envelope.refused !== undefined) return envelope
  const sameGrid = envelope.ok.grid.equals(context.grid)
  const otherGrid = judge(context, rule('grid', 'GRID'), sameGrid, () =>
    sameGrid ? 'of this grid' : `of grid ${envelope.ok.grid.toString()}`,
  )
  if (otherGrid !== undefined) return { refused: otherGrid }
  const claims = noted(context, 'claims', readMessageClaims(envelope.ok.claims), () => 'claims of a message')
  if (claims.refused !== undefined) return claims
  const form = readSignature(envelope.ok.signature, { detached: true })
  if (form.refused !== undefined) return noted<never>(context, 'signature', form, () => '')
  const read = { bytes, envelope: envelope.ok, claims: claims.ok, signature: form.ok }
  const sender = keysOf(context, claims.ok.issuer)
  return sender instanceof Promise
    ? sender.then((found) => verified(context, read, found))
    : verified(context, read, sender)
}

/** A message of which all was read, and nothing is believed yet. */
interface ReadMessage {
  readonly bytes: Uint8Array
  readonly envelope: Envelope
  readonly claims: MessageClaims
  readonly signature: ReadSignature
}

function verified(
  context: DecisionContext,
  read: ReadMessage,
  sender: Result<PrincipalKeys>,
): Result<Message> {
  const { issuer } = read.claims
  const signed = sender.refused === undefined ? verify(context, read, sender.ok) : sender
  const { refused } = noted(context, 'signature', signed, () => `signed by ${issuer}`)
  return refused === undefined ? { ok: messageOf(read, context) } : { refused }
}

/** A host may take less than the format allows; the format's own bound holds in any case. */
function readBounded(bytes: Uint8Array, bytesMax: number): Result<Envelope> {
  return bytes.length > bytesMax
    ? refuse('LIMIT', `a message has at most ${bytesMax} bytes here, this one ${bytes.length}`)
    : readEnvelope(bytes)
}

function verify(
  context: DecisionContext,
  { envelope, signature }: ReadMessage,
  sender: PrincipalKeys,
): Result<true> {
  const refusedOne = refusedAlgorithm(context.policy, sender)
  const algorithm = judge(
    context,
    rule('algorithms', 'ALG'),
    refusedOne === undefined,
    () =>
      `algorithm ${refusedOne ?? sender.keys.map((key) => key.coseAlgorithm).join(', ')} of the key of ${sender.principal}`,
  )
  if (algorithm !== undefined) return { refused: algorithm }
  const holds = verifySignature(context.crypto, signature, envelope.signedPayload, sender)
  return holds.refused === undefined ? context.keys.claim(sender) : holds
}

/** The one place where a Message comes into being. */
function messageOf({ bytes, envelope, claims }: ReadMessage, context: DecisionContext): Message {
  const message: Omit<Message, keyof { [K in keyof Message as K extends symbol ? K : never]: true }> = {
    form: envelope.form,
    bytes,
    id: idOf(context.crypto, envelope.signedPayload),
    protocol: envelope.protocol,
    grid: envelope.grid,
    claims,
  }
  return message as Message
}

function noted<T>(
  context: DecisionContext,
  anchor: string,
  result: Result<T>,
  pass: () => string,
): Result<T> {
  return noteResult(context, rule(anchor, result.refused?.code ?? 'SHAPE'), result, pass)
}
