/** gluecose/test-vectors: COSE_Sign1 to be verified, and to be signed, under the usual algorithms of JOSE. */
import { coseSigner, readCoseSign1, signCoseSign1, sigStructure, verifyCoseSign1 } from 'promisegrid/kernel'
import { decodeCbor, FOREIGN_PROFILE } from 'promisegrid/promisebase'
import { sameBytes, unhex } from './bytes.ts'
import { keyOf, withoutName } from './cose-key.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, verdict, wrong } from './set.ts'
import type { CoseKey, CoseSign1, Result } from 'promisegrid/kernel'
import type { CborMap } from 'promisegrid/promisebase'
import type { JsonKey } from './cose-key.ts'
import type { Providers } from './providers.ts'
import type { Verdict } from './set.ts'

interface Cbor {
  readonly cborHex: string
}

interface Verifying {
  readonly taggedCOSESign1: Cbor
  readonly external?: string
  readonly detachedPayload?: string
  readonly shouldVerify: boolean
}

interface Signing {
  readonly payload: string
  readonly protectedHeaders: Cbor
  readonly unprotectedHeaders: Cbor
  readonly tbsHex: Cbor
  readonly external?: string
  readonly detached: boolean
  readonly expectedOutput: Cbor
}

interface Vector {
  readonly key: JsonKey
  readonly 'sign1::verify'?: Verifying
  readonly 'sign1::sign'?: Signing
}

const FOREIGN = { rules: 'foreign', tag: 'required' } as const

export const gluecose = adapterOf('gluecose', {
  files: /sign1-.*\.json$/,
  cases: (set, file) => [{ name: '', judge: () => judge(set.json(file) as Vector) }],
})

function judge(vector: Vector): Verdict {
  const { 'sign1::verify': verifying, 'sign1::sign': signing } = vector
  // The vector says which key it is; some name another one in the header.
  const key = withoutName(keyOf(vector.key))
  return byEach((providers) => {
    if (verifying !== undefined) return judgeVerifying(providers, key, verifying)
    return signing === undefined ? wrong('neither signs nor verifies') : judgeSigning(providers, key, signing)
  })
}

function judgeVerifying({ crypto }: Providers, key: CoseKey, vector: Verifying): Verdict {
  const { taggedCOSESign1, external = '', detachedPayload, shouldVerify } = vector
  const found = verify(crypto, key, unhex(taggedCOSESign1.cborHex), external, detachedPayload)
  if (!shouldVerify) return verdict(found.refused !== undefined, 'verifies, and must not')
  const other = verify(crypto, key, unhex(taggedCOSESign1.cborHex), `${external}00`, detachedPayload)
  return all(
    verdict(found.refused === undefined, `refused with ${found.refused?.code}: ${found.refused?.detail}`),
    verdict(other.refused?.code === 'SIG', 'verifies with other external data'),
  )
}

/**
 * The signed bytes are those of the vector, the output of the vector verifies, and so does our own. PS384 and
 * its like are signed by nobody here; then the first two are all.
 */
function judgeSigning({ crypto }: Providers, key: CoseKey, vector: Signing): Verdict {
  const { payload, external = '', detached, expectedOutput, tbsHex } = vector
  const content = detached ? payload : undefined
  const read = readCoseSign1(unhex(expectedOutput.cborHex), FOREIGN)
  if (read.refused !== undefined) return wrong(`the output is refused with ${read.refused.code}`)
  const theirs = verify(crypto, key, unhex(expectedOutput.cborHex), external, content)
  const own = sign(crypto, key, read.ok, vector)
  const ours = own === undefined ? undefined : verify(crypto, key, own, external, content)
  return all(
    verdict(
      sameBytes(unhex(tbsHex.cborHex), signedBytes(vector)),
      'the bytes that would be signed are others than in the vector',
    ),
    verdict(theirs.refused === undefined, `the output does not verify: ${theirs.refused?.detail}`),
    verdict(
      ours === undefined || ours.refused === undefined,
      `our own does not verify: ${ours?.refused?.detail}`,
    ),
  )
}

function signedBytes({ protectedHeaders, external = '', payload }: Signing): Uint8Array {
  const header = unhex(protectedHeaders.cborHex)
  return sigStructure('Signature1', header, undefined, unhex(external), unhex(payload))
}

function sign(
  crypto: Providers['crypto'],
  key: CoseKey,
  { algorithm }: CoseSign1,
  { payload, protectedHeaders, unprotectedHeaders, external = '', detached }: Signing,
): Uint8Array | undefined {
  const signer = coseSigner(crypto, key, algorithm)
  if (signer.refused !== undefined) return undefined
  const options = { protected: mapOf(protectedHeaders), unprotected: mapOf(unprotectedHeaders), detached }
  return signCoseSign1(signer.ok, unhex(payload), { ...options, externalAad: unhex(external) })
}

function verify(
  crypto: Providers['crypto'],
  key: CoseKey,
  bytes: Uint8Array,
  external: string,
  detached: string | undefined,
): Result<Uint8Array> {
  const read = readCoseSign1(bytes, FOREIGN)
  if (read.refused !== undefined) return read
  const apart = detached === undefined ? {} : { detached: unhex(detached) }
  return verifyCoseSign1(crypto, read.ok, key, { externalAad: unhex(external), ...apart })
}

function mapOf({ cborHex }: Cbor): CborMap {
  const { ok } = decodeCbor(unhex(cborHex), FOREIGN_PROFILE)
  if (!(ok instanceof Map)) throw new Error('headers that are no deterministic map')
  return ok
}
