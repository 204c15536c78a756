/** The confirmation claim of RFC 8747 sections 3.1 to 3.4: by key, by encrypted key, by name, and what must not be. */
import { nodeCcm } from 'promisegrid'
import {
  openCoseEncrypt0,
  readCoseEncrypt0,
  readCoseKey,
  readConfirmation,
  readCwtClaims,
} from 'promisegrid/kernel'
import { decodeCbor, FOREIGN_PROFILE } from 'promisegrid/promisebase'
import { hexOf, unhex } from './bytes.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { Confirmation, CoseKey, Result } from 'promisegrid/kernel'
import type { Verdict } from './set.ts'

interface Vector {
  readonly name: string
  readonly kind: string
  readonly cnf_value_hex?: string
  readonly claims_set_hex?: string
  readonly expect: 'accept' | 'reject'
  readonly key?: { readonly kty: number; readonly crv: number; readonly x: string; readonly y: string }
  readonly kid?: string
  readonly kid_hex?: string
  readonly decryption_key_hex?: string
  readonly plaintext_cose_key_diag?: string
}

export const rfc8747Pop = adapterOf('rfc8747-pop', {
  files: /\.json$/,
  cases: (set, file) =>
    (set.json(file) as readonly Vector[]).map((vector) => ({
      name: vector.name,
      judge: () => judge(vector),
    })),
})

function judge(vector: Vector): Verdict {
  const { cnf_value_hex, claims_set_hex, expect } = vector
  const ways = [
    ...(cnf_value_hex === undefined ? [] : [confirmationIn(cnf_value_hex)]),
    ...(claims_set_hex === undefined ? [] : [claimIn(claims_set_hex)]),
  ]
  if (ways.length === 0) return outOfScope('neither a confirmation nor a claims set in it')
  return all(
    ...ways.map((found) => {
      if (expect === 'reject')
        return verdict(
          found.refused !== undefined && ['SHAPE', 'KEY'].includes(found.refused.code),
          `${found.refused?.code ?? 'taken'}, though it must be refused for its form`,
        )
      return found.refused === undefined
        ? judgeConfirmation(vector, found.ok)
        : wrong(`refused: ${found.refused.detail}`)
    }),
  )
}

function confirmationIn(hex: string): Result<Confirmation> {
  const value = decodeCbor(unhex(hex), FOREIGN_PROFILE)
  if (value.refused !== undefined) throw new Error(value.refused.detail)
  return readConfirmation(value.ok)
}

function claimIn(hex: string): Result<Confirmation> {
  const claims = readCwtClaims(unhex(hex), { rules: 'foreign' })
  if (claims.refused !== undefined) return claims
  if (claims.ok.confirmation === undefined) throw new Error('a claims set without cnf')
  return { ok: claims.ok.confirmation }
}

function judgeConfirmation(vector: Vector, found: Confirmation): Verdict {
  const kid = vector.kid_hex ?? vector.kid
  if (vector.key !== undefined) return judgePoint(vector.key, found.key)
  if (vector.decryption_key_hex !== undefined) return judgeEncrypted(vector, found)
  if (kid !== undefined) return verdict(namesOf(found.kid).includes(kid), 'another kid')
  return verdict(Object.keys(found).length > 0, 'nothing that confirms')
}

/** The ways in which a vector may write a key identifier. */
function namesOf(kid: Uint8Array | undefined): readonly string[] {
  return kid === undefined
    ? []
    : (['hex', 'utf8', 'base64url'] as const).map((way) => Buffer.from(kid).toString(way))
}

function judgePoint({ kty, crv, x, y }: NonNullable<Vector['key']>, key: CoseKey | undefined): Verdict {
  if (key?.material.type !== 'EC2') return wrong('no point')
  const isP256 = kty === 2 && crv === 1 && key.material.curve === 'P-256'
  return verdict(isP256 && hexOf(key.material.point) === `04${x}${y}`, 'another point')
}

function judgeEncrypted(
  { decryption_key_hex, plaintext_cose_key_diag }: Vector,
  found: Confirmation,
): Verdict {
  const sealed = readCoseEncrypt0(found.encryptedKey ?? new Uint8Array(0), { rules: 'foreign' })
  if (sealed.refused !== undefined) return wrong(`not sealed: ${sealed.refused.detail}`)
  const k = unhex(decryption_key_hex ?? '')
  const opened = openCoseEncrypt0(sealed.ok, symmetric(k), { ccm: nodeCcm })
  if (opened.refused !== undefined) return wrong(`does not open: ${opened.refused.detail}`)
  const other = openCoseEncrypt0(sealed.ok, symmetric(k.map((byte) => byte ^ 1)), { ccm: nodeCcm })
  const key = readCoseKey(opened.ok, { rules: 'foreign' })
  if (key.refused !== undefined) return wrong(`no key in it: ${key.refused.detail}`)
  const { material, algorithm } = key.ok
  const said = plaintext_cose_key_diag ?? ''
  const isSaid =
    material.type === 'Symmetric' &&
    said.includes(`-1: h'${hexOf(material.k)}'`) &&
    said.includes('1: 4') &&
    (algorithm === undefined || said.includes(`3: ${algorithm}`))
  return all(
    verdict(isSaid, 'another key than the vector has'),
    verdict(other.refused?.code === 'SIG', 'another key opens it too'),
  )
}

function symmetric(k: Uint8Array): CoseKey {
  return { material: { type: 'Symmetric', k } }
}
