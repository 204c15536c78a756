/**
 * Reads a message of another protocol: bounds and form first, then the one view registered for its protocol,
 * and only then one signature check. What comes out is data for whoever asked; the kernel acts on none of it.
 */
import { FOREIGN_PROFILE, scanGridEnvelope, toLowS } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { principalOf } from '../message/principal.ts'
import type { CryptoProvider, PublicKey } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { ForeignEnvelope, ForeignMessage, ForeignSignature, ForeignSigner } from './view.ts'
import type { Views } from './views.ts'

export interface ForeignOptions {
  /** What becomes of a protocol without a view: refused with FOREIGN (the default), or handed back unread. */
  readonly unknown?: 'refuse' | 'opaque'
}

export function readForeign(
  crypto: CryptoProvider,
  views: Views,
  bytes: Uint8Array,
  { unknown = 'refuse' }: ForeignOptions = {},
): Result<ForeignMessage> {
  const envelope = readForeignEnvelope(bytes)
  if (envelope.refused !== undefined) return envelope
  const view = views.find(envelope.ok.protocol)
  if (view === undefined) return unknownProtocol(envelope.ok, unknown)
  const found = view.read(envelope.ok)
  if (found.refused !== undefined) return found
  const { key, signed } = found.ok
  if (!crypto.admitKey(key)) return refuse('KEY', 'the key of this message is not admitted')
  return holds(crypto, found.ok)
    ? { ok: { ...envelope.ok, verified: true, view: view.name, signer: signerOf(key), signed } }
    : refuse('SIG', `the signature does not verify over the bytes that the view ${view.name} names`)
}

/** The slots of a tagged envelope. Of an array of strings or numbers alone nothing is decoded. */
export function readForeignEnvelope(bytes: Uint8Array): Result<ForeignEnvelope> {
  const scanned = scanGridEnvelope(bytes, FOREIGN_PROFILE)
  if (scanned.refused !== undefined) return scanned
  const { protocol, offsets } = scanned.ok
  if (offsets.length - 1 > LIMITS.envelopeSlots)
    return refuse(
      'LIMIT',
      `an envelope has at most ${LIMITS.envelopeSlots} slots, this one ${offsets.length - 1}`,
    )
  const slots = offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end))
  return { ok: { bytes, protocol, slots } }
}

function unknownProtocol(envelope: ForeignEnvelope, unknown: 'refuse' | 'opaque'): Result<ForeignMessage> {
  return unknown === 'opaque'
    ? { ok: { ...envelope, verified: false } }
    : refuse('FOREIGN', `no view is registered for protocol ${envelope.protocol.toString()}`)
}

/** RFC 9053 lets a signer of ECDSA take either half of s; the provider judges the lower one. */
function holds(crypto: CryptoProvider, { key, signed, signature }: ForeignSignature): boolean {
  return crypto.verify(key, signed, key.algorithm === 'ESP256' ? toLowS(signature) : signature)
}

function signerOf(key: PublicKey): ForeignSigner {
  const isPrincipal = key.algorithm === 'Ed25519' || key.algorithm === 'ESP256'
  return isPrincipal ? { key, principal: principalOf(key) } : { key }
}
