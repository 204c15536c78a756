/**
 * Health certificates of many states: real CWTs under keys from X.509 certificates. What is judged is COSE and
 * CWT; what the profile of these certificates asks for beyond (its schema, key usages by purpose) is not.
 */
import { createHash, X509Certificate } from 'node:crypto'

import { checkCwtTime, readCoseSign1, readCwtClaims, unwrapCwt, verifyCoseSign1 } from 'promisegrid/kernel'
import { unhex } from './bytes.ts'
import { keyOf } from './cose-key.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { CoseKey, CwtClaims, Result } from 'promisegrid/kernel'
import type { CryptoProvider } from 'promisegrid/promisebase'
import type { JsonKey } from './cose-key.ts'
import type { Verdict } from './set.ts'

interface Vector {
  readonly COSE?: string
  readonly TESTCTX: { readonly CERTIFICATE?: string; readonly VALIDATIONCLOCK?: string }
  readonly EXPECTEDRESULTS?: {
    readonly EXPECTEDVERIFY?: boolean
    readonly EXPECTEDDECODE?: boolean
    readonly EXPECTEDEXPIRATIONCHECK?: boolean
  }
}

const FOREIGN = { rules: 'foreign' } as const

export const dgcCwt = adapterOf('dgc-cwt', {
  files: /\.json$/,
  cases: (set, file) => [
    { name: '', judge: () => judge(JSON.parse(set.text(file).replace(/^\uFEFF/, '')) as Vector) },
  ],
})

function judge({ COSE, TESTCTX, EXPECTEDRESULTS = {} }: Vector): Verdict {
  const { EXPECTEDVERIFY, EXPECTEDDECODE, EXPECTEDEXPIRATIONCHECK } = EXPECTEDRESULTS
  const { CERTIFICATE, VALIDATIONCLOCK } = TESTCTX
  if (COSE === undefined || COSE === '') return outOfScope('no COSE object in it')
  const asked = [EXPECTEDVERIFY, EXPECTEDDECODE, EXPECTEDEXPIRATIONCHECK]
  if (asked.every((each) => each === undefined))
    return outOfScope('asks only for what the profile of health certificates adds to COSE and CWT')
  const bytes = unhex(COSE.toLowerCase())
  return byEach(({ crypto }) =>
    all(
      judgeVerifying(crypto, bytes, CERTIFICATE, EXPECTEDVERIFY),
      judgeDecoding(bytes, EXPECTEDDECODE),
      judgeTime(bytes, VALIDATIONCLOCK, EXPECTEDEXPIRATIONCHECK),
    ),
  )
}

function judgeVerifying(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  certificate: string | undefined,
  expected: boolean | undefined,
): Verdict {
  if (expected === undefined) return 'passed'
  if (certificate === undefined) return outOfScope('asks for a signature, and has no key')
  const found = verify(crypto, bytes, keyOfCertificate(certificate))
  if (expected)
    return verdict(found.refused === undefined, `refused: ${found.refused?.code} ${found.refused?.detail}`)
  const { refused } = found
  return verdict(
    refused !== undefined && ['SIG', 'KEY', 'ALG'].includes(refused.code),
    'verifies, and must not',
  )
}

function verify(crypto: CryptoProvider, bytes: Uint8Array, key: CoseKey): Result<Uint8Array> {
  const inner = unwrapCwt(bytes)
  if (inner.refused !== undefined) return inner
  const read = readCoseSign1(inner.ok, FOREIGN)
  if (read.refused !== undefined) return read
  const verified = verifyCoseSign1(crypto, read.ok, key)
  if (verified.refused !== undefined) return verified
  const { protectedBytes } = read.ok.headers
  // The same object with one more byte in its payload, or another header, is another object.
  const other = { ...read.ok, payload: Uint8Array.of(...verified.ok, 0) }
  const moved = {
    ...read.ok,
    headers: { ...read.ok.headers, protectedBytes: Uint8Array.of(...protectedBytes, 0) },
  }
  for (const changed of [other, moved])
    if (verifyCoseSign1(crypto, changed, key).refused?.code !== 'SIG')
      throw new Error('verifies when changed')
  return verified
}

function judgeDecoding(bytes: Uint8Array, expected: boolean | undefined): Verdict {
  if (expected === undefined) return 'passed'
  const claims = claimsIn(bytes)
  return expected
    ? verdict(claims.refused === undefined, `no claims: ${claims.refused?.code} ${claims.refused?.detail}`)
    : verdict(claims.refused !== undefined, 'is decoded, and must not be')
}

function judgeTime(bytes: Uint8Array, clock: string | undefined, expected: boolean | undefined): Verdict {
  if (expected === undefined) return 'passed'
  if (clock === undefined) return outOfScope('asks for times, and has no clock')
  const claims = claimsIn(bytes)
  if (claims.refused !== undefined) return wrong(`no claims: ${claims.refused.detail}`)
  const { refused } = checkCwtTime(claims.ok, secondsOf(clock))
  return expected
    ? verdict(refused === undefined, `not valid then: ${refused?.detail}`)
    : verdict(refused?.code === 'EXPIRED' || refused?.code === 'EARLY', 'valid then, and must not be')
}

function claimsIn(bytes: Uint8Array): Result<CwtClaims> {
  const inner = unwrapCwt(bytes)
  if (inner.refused !== undefined) return inner
  const read = readCoseSign1(inner.ok, FOREIGN)
  if (read.refused !== undefined) return read
  return readCwtClaims(read.ok.payload ?? new Uint8Array(0), FOREIGN)
}

/** The key of a certificate, by the name these objects give it: the first 8 bytes of the certificate's hash. */
function keyOfCertificate(text: string): CoseKey {
  const der = Buffer.from(text, 'base64')
  // Base64 of DER; some wrap PEM in it, or are PEM.
  const pem = [text, der.toString('latin1')].find((each) => each.includes('-----BEGIN CERTIFICATE'))
  const certificate = new X509Certificate(pem ?? der)
  const jwk = certificate.publicKey.export({ format: 'jwk' }) as JsonKey
  const kid = createHash('sha256').update(certificate.raw).digest('hex').slice(0, 16)
  return keyOf({ ...jwk, kid_hex: kid })
}

/** ISO 8601, with any number of digits behind the second, `+0000` for `+00:00`, and UTC where no zone is said. */
function secondsOf(clock: string): number {
  const [, time = '', fraction = '', zone = 'Z'] =
    /^(.*?\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(clock) ?? []
  const offset = zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')
  const seconds = Date.parse(`${time}${fraction.slice(0, 4)}${offset}`) / 1000
  if (!Number.isFinite(seconds)) throw new Error(`no time: ${clock}`)
  return seconds
}
