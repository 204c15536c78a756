/** Who signs generic COSE: a number, maybe a key identifier, and a function that has the secret. */
import { encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { HEADER } from './labels.ts'
import { signatureKey } from './signature-algorithms.ts'
import type { CborMap, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseKey } from './key.ts'

export interface CoseSigner {
  readonly algorithm: number
  readonly kid?: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

/** A signer over the secret part of a COSE_Key; `algorithm` where the key names none. */
export function coseSigner(
  crypto: CryptoProvider,
  key: CoseKey,
  algorithm: number | undefined = key.algorithm,
): Result<CoseSigner> {
  if (algorithm === undefined) return refuse('ALG', 'neither the key nor the caller names an algorithm')
  const ready = signatureKey(crypto, algorithm, key, 'sign')
  if (ready.refused !== undefined) return ready
  const { sign } = ready.ok
  if (sign === undefined) return refuse('KEY', 'the key has no secret part to sign with')
  return { ok: { algorithm, ...(key.kid && { kid: key.kid }), sign } }
}

/** The headers of what a signer makes: `alg` protected, `kid` as a hint beside it. */
export function signerHeaders(
  { algorithm, kid }: Pick<CoseSigner, 'algorithm' | 'kid'>,
  further: { readonly protected?: CborMap; readonly unprotected?: CborMap },
): { readonly protected: CborMap; readonly unprotected: CborMap } {
  const headers: CborMap = new Map([...(further.protected ?? []), [HEADER.alg, algorithm] as const])
  const unprotected: CborMap = new Map(further.unprotected ?? [])
  if (kid !== undefined && !headers.has(HEADER.kid)) unprotected.set(HEADER.kid, kid)
  return { protected: headers, unprotected }
}

/** A protected header as it is written: one without entries is no bytes. */
export function encodeProtected(headers: CborMap = new Map()): Uint8Array {
  return headers.size === 0 ? new Uint8Array(0) : encodeCbor(headers)
}
