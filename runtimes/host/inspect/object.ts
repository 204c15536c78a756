/** Signed objects of a grid: capabilities, receipts, records of every kind. Each tells its kind by `typ`. */
import {
  readAssessment,
  readCoseSign,
  readCoseSign1,
  readHeartbeat,
  readPromise,
  readReceipt,
  readRevocation,
  readToken,
  verifyToken,
} from '../../../kernel/index.ts'
import { CODEC, CORE_PROFILE, decodeCbor, hashBlock } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { capabilityFacts, capabilityRows } from '../terminal/capability.ts'
import { claimName, claimParts, coseParts, notation } from './parts.ts'
import { explainPolicy } from './policy.ts'
import { explainStatement } from './statement.ts'
import type { KeyRing, Result } from '../../../kernel/index.ts'
import type { Explained, Item, ItemKind, Verdict } from './item.ts'
import type { Signers } from './signers.ts'

/** Objects of which nothing is told but their claims. */
const READERS = {
  promise: readPromise,
  revocation: readRevocation,
  heartbeat: readHeartbeat,
  assessment: readAssessment,
}

type PlainKind = keyof typeof READERS
type ObjectKind = Extract<ItemKind, PlainKind | 'capability' | 'receipt' | 'policy' | 'key-statement'>

export interface ObjectReading extends Signers {
  readonly keys: KeyRing
  /** Seconds since 1970, for what has an end. */
  readonly now: number
}

/** An object by its kind, and what was signed of it. */
export interface FoundObject {
  readonly kind: ObjectKind
  readonly payload: Uint8Array
}

const SAYS: Readonly<Record<ObjectKind, string>> = {
  capability: 'a capability: what its issuer promises its holder',
  receipt: 'a receipt: what a pure call gave, by the one who ran it',
  policy: 'a policy record, as one signed it; whether that is a root, the policy before it tells',
  'key-statement': 'a key statement: what a principal says about its keys',
  promise: 'a promise: what a node says instead of an answer it does not have yet',
  revocation:
    'a revocation: a promise is taken back, and nothing undoes it; whether its signer may, the chain tells',
  heartbeat: 'a heartbeat: which promises a revoker had taken back at a time',
  assessment: 'an assessment: what one says about how another has kept its word; a claim, no fact',
}
const TYP = 16

/** The object that some COSE is; undefined for what is none. A key set signs by COSE_Sign. */
export function findObject(cose: string, bytes: Uint8Array): FoundObject | undefined {
  const sign1 = cose === 'COSE_Sign1' ? readCoseSign1(bytes).ok : undefined
  const sign = cose === 'COSE_Sign' ? readCoseSign(bytes).ok : undefined
  const typ = (sign1 ?? sign?.signatures[0])?.headers.protected.get(TYP)
  const payload = (sign1 ?? sign)?.payload
  const kind = objectKind(typ)
  return kind === undefined || payload === undefined ? undefined : { kind, payload }
}

export function inspectObject(
  { kind, payload }: FoundObject,
  bytes: Uint8Array,
  reading: ObjectReading,
): Item {
  const explained = explain(kind, bytes, reading)
  const rows = claimParts(payload).map(({ name, value }) => [name.replace(/^claim /, ''), value])
  return {
    kind,
    bytes,
    says: SAYS[kind],
    id: hashBlock(nodeCrypto.sha256, CODEC.raw, payload).toString(),
    verdict: explained.verdict,
    rows: explained.rows ?? rows,
    facts: explained.facts ?? { claims: factsOf(payload) },
    parts: [...claimParts(payload), ...coseParts(bytes, false)],
  }
}

function objectKind(typ: unknown): ObjectKind | undefined {
  const [, kind = ''] = /^promisegrid-(.+)\+cwt$/.exec(typeof typ === 'string' ? typ : '') ?? []
  return Object.hasOwn(SAYS, kind) ? (kind as ObjectKind) : undefined
}

function explain(kind: ObjectKind, bytes: Uint8Array, reading: ObjectReading): Explained {
  switch (kind) {
    case 'capability':
      return explainCapability(reading, bytes)
    case 'receipt':
      return explainReceipt(reading.keys, bytes)
    case 'policy':
      return explainPolicy(bytes, reading)
    case 'key-statement':
      return explainStatement(reading.keys, bytes)
    default:
      return explainPlain(kind, reading.keys, bytes)
  }
}

function explainCapability({ keys, now }: ObjectReading, bytes: Uint8Array): Explained {
  const token = readToken(nodeCrypto, keys, bytes)
  if (token.refused !== undefined) return { verdict: { signature: 'broken', refused: token.refused } }
  const { capability } = token.ok
  const verified = verifyToken(nodeCrypto, keys, token.ok)
  const rows = capabilityRows(capability, now).filter(([name]) => name !== 'signature' && name !== 'id')
  return { rows, facts: capabilityFacts(capability), verdict: verdict(verified, capability.issuer) }
}

function explainReceipt(keys: KeyRing, bytes: Uint8Array): Explained {
  const receipt = readReceipt(nodeCrypto, keys, bytes)
  return { verdict: verdict(receipt, receipt.ok?.executor ?? '') }
}

function explainPlain(kind: PlainKind, keys: KeyRing, bytes: Uint8Array): Explained {
  const object = READERS[kind](nodeCrypto, keys, bytes)
  return { verdict: verdict(object, object.ok?.issuer ?? '') }
}

function verdict(result: Result<unknown>, signer: string): Verdict {
  return result.refused === undefined
    ? { signature: 'holds', signer }
    : { signature: 'broken', refused: result.refused }
}

/** Claims by name, in notation: nobody should mistake them for what was verified. */
function factsOf(payload: Uint8Array): object {
  const decoded = decodeCbor(payload, CORE_PROFILE)
  if (!(decoded.ok instanceof Map)) return { notation: notation(payload) }
  const parts = claimParts(payload)
  return Object.fromEntries([...decoded.ok.keys()].map((label, at) => [claimName(label), parts[at]?.value]))
}
