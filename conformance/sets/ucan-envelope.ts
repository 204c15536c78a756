/**
 * The envelope of UCAN 1.0: [signature, { h: how it was signed, "ucan/…@version": payload }] in DAG-CBOR, the
 * signature over the DAG-CBOR of the second element. Names, bytes and signatures of it are judged here; what a
 * token allows is not.
 */
import { decodeCbor } from 'promisegrid/promisebase'
import { createKeyRing } from 'promisegrid/kernel'

import { hexOf, sameBytes } from './bytes.ts'
import { DAG_CBOR } from './cbor-judge.ts'
import { byEach } from './providers.ts'
import { outOfScope, verdict } from './set.ts'
import type { CborMap, CborValue } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

export interface UcanEnvelope {
  readonly signature: Uint8Array
  /** What was signed: header and payload. */
  readonly signed: CborMap
  /** The key of the payload: `ucan/dlg@1.0.0`. */
  readonly tag: string
  readonly payload: CborMap
}

/** How the payload was encoded for signing stands last in the header. */
const SIGNED_AS_DAG_CBOR = 0x71

/** Reads the bytes of a token; what is wrong with them otherwise. */
export function readUcan(bytes: Uint8Array): UcanEnvelope | string {
  const decoded = decodeCbor(bytes, DAG_CBOR.profile)
  if (decoded.refused !== undefined) return `refused: ${decoded.refused.detail}`
  const again = DAG_CBOR.encode(decoded.ok)
  return sameBytes(again, bytes) ? envelopeOf(decoded.ok) : `encoded as ${hexOf(again)}`
}

function envelopeOf(value: CborValue): UcanEnvelope | string {
  const [signature, signed] = Array.isArray(value) && value.length === 2 ? value : []
  if (!(signature instanceof Uint8Array) || !(signed instanceof Map)) return 'no envelope of a token'
  const tag = [...signed.keys()].find((key) => typeof key === 'string' && key.startsWith('ucan/'))
  const payload = signed.get(tag as string)
  return payload instanceof Map ? { signature, signed, tag: tag as string, payload } : 'no payload'
}

/** Whether the issuer signed it; out of scope where its key is of a kind that nothing here verifies. */
export function judgeUcanSignature({ signature, signed, payload }: UcanEnvelope): Verdict {
  const header = signed.get('h')
  if (!(header instanceof Uint8Array) || header.at(-1) !== SIGNED_AS_DAG_CBOR)
    return outOfScope('a UCAN that was signed in another encoding than DAG-CBOR')
  const bytes = DAG_CBOR.encode(signed)
  const issuer = payload.get('iss')
  return byEach(({ crypto }) => {
    const key = createKeyRing(crypto).read(typeof issuer === 'string' ? issuer : '').ok?.keys[0]?.publicKey
    if (key === undefined) return outOfScope('a UCAN of an issuer whose key is no principal here')
    return verdict(crypto.verify(key, bytes, signature), 'the signature is refused')
  })
}
