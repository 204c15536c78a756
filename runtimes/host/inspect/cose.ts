/** A COSE object that is none of ours: its headers, and its signatures when their keys are known. */
import {
  COSE_LIMITS,
  COSE_TAG,
  HEADER,
  parameter,
  readCoseEncrypt,
  readCoseEncrypt0,
  readCoseMac,
  readCoseMac0,
  readCoseSign,
  readCoseSign1,
} from '../../../kernel/index.ts'
import { CORE_PROFILE, decodeCbor, isTagged } from '../../../promisebase/index.ts'
import { bytes as size } from '../terminal/units.ts'
import { algorithmName } from './algorithm-names.ts'
import { verdictOfSign, verdictOfSign1 } from './cose-verdict.ts'
import { coseParts } from './parts.ts'
import type { CoseHeaders, CoseKind, CoseRecipient, CoseSign, Result } from '../../../kernel/index.ts'
import type { Item, Verdict } from './item.ts'
import type { Signers } from './signers.ts'

const KINDS = new Map<number, CoseKind>(
  Object.entries(COSE_TAG).map(([kind, tag]) => [tag, kind as CoseKind]),
)
const ENCRYPTED_TYPE = 'promisegrid-encrypted+cose'
/** Others may write as they like: here it is only shown, and verified as it was received. */
const FOREIGN = { rules: 'foreign' } as const

const SEALED = 'it is encrypted, not signed: whoever has the key could have made it'
const TAGGED = 'it has a tag and no signature: only who has the key can check it, and could have made it'

/** The name of the kind whose tag is in front; undefined for what is no COSE. */
export function coseKind(bytes: Uint8Array): string | undefined {
  const { ok } = decodeCbor(bytes, CORE_PROFILE)
  const kind = isTagged(ok) && Array.isArray(ok.value) ? KINDS.get(ok.tag) : undefined
  return kind && `COSE_${kind}`
}

/** What every kind has. */
interface Shown {
  readonly headers: CoseHeaders
  readonly algorithm?: number
  readonly content: readonly [name: string, bytes: Uint8Array | undefined]
  readonly signatures?: CoseSign['signatures']
  readonly recipients?: readonly CoseRecipient[]
  readonly verdict: Verdict
}

export function inspectCose(kind: string, bytes: Uint8Array, signers: Signers): Item {
  const read = readShown(kind.slice('COSE_'.length) as CoseKind, bytes, signers)
  const isOurs = kind === 'COSE_Encrypt' && parameterOf(read.ok, HEADER.typ) === ENCRYPTED_TYPE
  return {
    kind: 'cose',
    bytes,
    says: isOurs
      ? 'content that was encrypted to principals, as `grid encrypt` does'
      : `a ${kind} on its own: neither a message nor an object of a grid`,
    verdict: read.refused === undefined ? read.ok.verdict : { signature: 'broken', refused: read.refused },
    rows: read.ok === undefined ? [] : rowsOf(read.ok),
    facts: { cose: kind, ...(read.ok === undefined ? {} : factsOf(read.ok)) },
    parts: coseParts(bytes, true),
  }
}

function readShown(kind: CoseKind, bytes: Uint8Array, signers: Signers): Result<Shown> {
  switch (kind) {
    case 'Sign1':
      return mapped(readCoseSign1(bytes, FOREIGN), (sign1) => ({
        ...sign1,
        content: ['payload', sign1.payload],
        verdict: verdictOfSign1(sign1, signers),
      }))
    case 'Sign':
      return mapped(readCoseSign(bytes, FOREIGN), (sign) => ({
        ...sign,
        content: ['payload', sign.payload],
        verdict: verdictOfSign(sign, signers),
      }))
    case 'Mac0':
    case 'Mac':
      return mapped((kind === 'Mac' ? readCoseMac : readCoseMac0)(bytes, FOREIGN), (mac) => ({
        ...mac,
        content: ['payload', mac.payload],
        verdict: { signature: 'open', because: TAGGED },
      }))
    case 'Encrypt0':
    case 'Encrypt':
      return mapped((kind === 'Encrypt' ? readCoseEncrypt : readCoseEncrypt0)(bytes, FOREIGN), (sealed) => ({
        ...sealed,
        content: ['ciphertext', sealed.ciphertext],
        verdict: { signature: 'open', because: SEALED },
      }))
  }
}

function mapped<T>(result: Result<T>, show: (value: T) => Shown): Result<Shown> {
  return result.refused === undefined ? { ok: show(result.ok) } : result
}

function rowsOf({ headers, algorithm, content: [name, content], signatures, recipients }: Shown): string[][] {
  const typ = parameter(headers, HEADER.typ)
  return [
    ...(algorithm === undefined ? [] : [['algorithm', algorithmName(algorithm)]]),
    ...(headers.kid === undefined ? [] : [['key', `kid ${hex(headers.kid)}`]]),
    ...(typeof typ === 'string' ? [['typ', typ]] : []),
    [name, content === undefined ? 'detached: it is elsewhere' : size(content.length)],
    ...(signatures ?? []).map((each, at) => [`signature ${at + 1}`, layerText(each)]),
    ...(recipients ?? []).map((each, at) => [`recipient ${at + 1}`, layerText(each)]),
  ]
}

function factsOf({ headers, algorithm, signatures, recipients }: Shown): object {
  return {
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(headers.kid === undefined ? {} : { kid: hex(headers.kid) }),
    ...(signatures && { signatures: signatures.map(layerFacts) }),
    ...(recipients && { recipients: recipients.map(layerFacts) }),
  }
}

type Layer = Pick<CoseRecipient, 'headers' | 'algorithm'>

function layerText({ headers: { kid }, algorithm }: Layer): string {
  return `${algorithmName(algorithm)}${kid === undefined ? '' : `, kid ${hex(kid)}`}`
}

function layerFacts({ headers: { kid }, algorithm }: Layer): object {
  return { algorithm, ...(kid === undefined ? {} : { kid: hex(kid) }) }
}

function parameterOf(shown: Shown | undefined, label: number): unknown {
  return shown && parameter(shown.headers, label)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** How many keys may be named at once: no COSE_Sign is held against more. */
export const NAMED_MAX = COSE_LIMITS.signers
