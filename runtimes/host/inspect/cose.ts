/** A COSE object that is none of ours: its headers, and its signature when the user names the key. */
import { COSE_TAG, HEADER, parameter, readCoseSign1, sigStructure } from '../../../kernel/index.ts'
import { CORE_PROFILE, decodeCbor, isTagged, toLowS } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { bytes as size } from '../terminal/units.ts'
import { coseParts } from './parts.ts'
import type { CoseSign1, Result } from '../../../kernel/index.ts'
import type { PublicKey } from '../../../promisebase/index.ts'
import type { Item, Verdict } from './item.ts'

const KINDS = new Map<number, string>(Object.entries(COSE_TAG).map(([kind, tag]) => [tag, `COSE_${kind}`]))
const NOTHING = new Uint8Array(0)
const ALGORITHMS: Readonly<Record<PublicKey['algorithm'], readonly number[]>> = {
  Ed25519: [-8, -19],
  ESP256: [-7, -9],
  PS256: [-37],
  'ML-DSA-44': [-48],
  'ML-DSA-65': [-49],
  'ML-DSA-87': [-50],
}

/** The name of the kind whose tag is in front; undefined for what is no COSE. */
export function coseKind(bytes: Uint8Array): string | undefined {
  const { ok } = decodeCbor(bytes, CORE_PROFILE)
  return isTagged(ok) && Array.isArray(ok.value) ? KINDS.get(ok.tag) : undefined
}

export function inspectCose(kind: string, bytes: Uint8Array, key: PublicKey | undefined): Item {
  const sign1 = kind === 'COSE_Sign1' ? readCoseSign1(bytes) : undefined
  return {
    kind: 'cose',
    bytes,
    says: `a ${kind} on its own: neither a message nor an object of a grid`,
    verdict:
      sign1 === undefined
        ? { signature: 'open', because: `a ${kind} is only shown here` }
        : verdictOf(sign1, key),
    rows: sign1?.ok === undefined ? [] : rowsOf(sign1.ok),
    facts: { cose: kind, ...(sign1?.ok === undefined ? {} : { algorithm: sign1.ok.algorithm }) },
    parts: coseParts(bytes, true),
  }
}

function rowsOf({ headers, algorithm, payload }: CoseSign1): string[][] {
  const { kid } = headers
  const typ = parameter(headers, HEADER.typ)
  return [
    ['algorithm', String(algorithm)],
    ...(kid === undefined ? [] : [['key', `kid ${Buffer.from(kid).toString('hex')}`]]),
    ...(typeof typ === 'string' ? [['typ', typ]] : []),
    ['payload', payload === undefined ? 'detached: it is elsewhere' : size(payload.length)],
  ]
}

function verdictOf(sign1: Result<CoseSign1>, key: PublicKey | undefined): Verdict {
  if (sign1.refused !== undefined) return { signature: 'broken', refused: sign1.refused }
  const { algorithm, headers, payload, signature } = sign1.ok
  if (payload === undefined) return { signature: 'open', because: 'what it signs is not in it' }
  if (key === undefined)
    return { signature: 'open', because: 'whose key it is, is not said; name it with --key' }
  if (!ALGORITHMS[key.algorithm].includes(algorithm))
    return broken('ALG', `the header says ${algorithm}, the key is of ${key.algorithm}`)
  const signed = sigStructure('Signature1', headers.protectedBytes, undefined, NOTHING, payload)
  const low = key.algorithm === 'ESP256' ? toLowS(signature) : signature
  return nodeCrypto.verify(key, signed, low)
    ? { signature: 'holds', signer: 'the key that was named' }
    : broken('SIG', 'the signature does not verify over the received bytes')
}

function broken(code: 'ALG' | 'SIG', detail: string): Verdict {
  return { signature: 'broken', refused: { code, detail } }
}
