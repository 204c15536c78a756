/**
 * Stage 1: bytes → Message. Form and bounds first, then the grid, then the claims, and only then one signature
 * check: nothing a stranger sends costs more than its size before that (spec/dispatch.md, "Validate").
 */
import { decisionRule, noteResult, judge } from '../decision.ts'
import { refuse } from '../errors.ts'
import { verifySign1, readSign1 } from '../message/cose.ts'
import { readEnvelope } from '../message/envelope.ts'
import { readMessageClaims } from '../message/message-claims.ts'
import { idOf } from '../message/signed-object.ts'
import type { DecisionContext } from '../decision.ts'
import type { Result } from '../errors.ts'
import type { Message, MessageClaims } from '../interface.ts'
import type { Envelope } from '../message/envelope.ts'

const rule = decisionRule('validate', 'message.md')

export function validate(bytes: Uint8Array, context: DecisionContext): Result<Message> {
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
  const signed = noted(
    context,
    'signature',
    verifySignature(context, envelope.ok, claims.ok),
    () => `signed by ${claims.ok.issuer}`,
  )
  if (signed.refused !== undefined) return signed
  return { ok: messageOf(bytes, envelope.ok, claims.ok, context) }
}

/** A host may take less than the format allows; the format's own bound holds in any case. */
function readBounded(bytes: Uint8Array, bytesMax: number): Result<Envelope> {
  return bytes.length > bytesMax
    ? refuse('LIMIT', `a message has at most ${bytesMax} bytes here, this one ${bytes.length}`)
    : readEnvelope(bytes)
}

function verifySignature(context: DecisionContext, envelope: Envelope, claims: MessageClaims): Result<true> {
  const signature = readSign1(envelope.signature, { detached: true })
  if (signature.refused !== undefined) return signature
  const key = context.keys.read(claims.issuer)
  if (key.refused !== undefined) return key
  const algorithm = judge(
    context,
    rule('algorithms', 'ALG'),
    context.policy.algorithms.includes(key.ok.coseAlgorithm),
    () => `algorithm ${key.ok.coseAlgorithm} of the key of ${claims.issuer}`,
  )
  if (algorithm !== undefined) return { refused: algorithm }
  return verifySign1(context.crypto, signature.ok, envelope.signedPayload, key.ok)
}

/** The one place where a Message comes into being. */
function messageOf(
  bytes: Uint8Array,
  envelope: Envelope,
  claims: MessageClaims,
  context: DecisionContext,
): Message {
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
