/**
 * The view of public example messages: a raw Ed25519 signature over the untagged array of the first two slots,
 * and in the third a byte string that holds a map of the key and the signature.
 *
 *   envelope = 1735551332([42(pCID), payload, bstr .cbor proof])
 *   proof    = { "algorithm": "Ed25519", "key_id": hex of the key, "public_key": bstr, "signature": bstr }
 *   signed   = [42(pCID), payload]
 */
import { decodeCbor, FOREIGN_PROFILE } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { untaggedSlots } from './signed-slots.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { ForeignEnvelope, ForeignSignature, SignableView } from './view.ts'

export const ed25519MapView: SignableView = { name: 'ed25519-map', read }

function read({ slots }: ForeignEnvelope): Result<ForeignSignature> {
  const [link, payload, proofSlot] = slots
  if (link === undefined || payload === undefined || proofSlot === undefined || slots.length !== 3)
    return refuse('SHAPE', 'a message of this view has three slots')
  const proof = bytesIn(proofSlot)
  if (proof.refused !== undefined) return proof
  const decoded = decodeCbor(proof.ok, FOREIGN_PROFILE)
  if (decoded.refused !== undefined) return decoded
  const found = readProof(decoded.ok)
  return found.refused === undefined ? { ok: { ...found.ok, signed: untaggedSlots([link, payload]) } } : found
}

function bytesIn(slot: Uint8Array): Result<Uint8Array> {
  const decoded = decodeCbor(slot, FOREIGN_PROFILE)
  if (decoded.refused !== undefined) return decoded
  return decoded.ok instanceof Uint8Array
    ? { ok: decoded.ok }
    : refuse('SHAPE', 'the third slot is a byte string holding the proof')
}

function readProof(proof: CborValue): Result<Omit<ForeignSignature, 'signed'>> {
  if (!(proof instanceof Map) || proof.size !== 4) return refuse('SHAPE', 'a proof is a map of four entries')
  const [key, signature] = [proof.get('public_key'), proof.get('signature')]
  if (proof.get('algorithm') !== 'Ed25519') return refuse('ALG', 'the algorithm of this view is Ed25519')
  if (!(key instanceof Uint8Array) || !(signature instanceof Uint8Array))
    return refuse('SHAPE', 'public_key and signature of a proof are byte strings')
  if (key.length !== 32) return refuse('KEY', `an Ed25519 key has 32 bytes, this one ${key.length}`)
  if (signature.length !== 64) return refuse('SIG', `a signature has 64 bytes, this one ${signature.length}`)
  if (proof.get('key_id') !== hexOf(key)) return refuse('KEY', 'key_id is not the key in hexadecimal digits')
  return { ok: { key: { algorithm: 'Ed25519', bytes: key }, signature } }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
