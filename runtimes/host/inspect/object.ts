/** Signed objects of a grid: capabilities, receipts, policy records, promises. Each tells its kind by `typ`. */
import { readPromise, readReceipt, readToken, verifyToken } from '../../../kernel/index.ts'
import { CODEC, CORE_PROFILE, decodeCbor, hashBlock } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { capabilityFacts, capabilityRows } from '../terminal/capability.ts'
import { claimName, claimParts, coseParts, notation } from './parts.ts'
import type { CoseSign1, KeyRing, Result } from '../../../kernel/index.ts'
import type { Item, ItemKind, Verdict } from './item.ts'

type ObjectKind = Extract<ItemKind, 'capability' | 'receipt' | 'policy' | 'promise'>

const SAYS: Readonly<Record<ObjectKind, string>> = {
  capability: 'a capability: what its issuer promises its holder',
  receipt: 'a receipt: what a pure call gave, by the one who ran it',
  promise: 'a promise: what a node says instead of an answer it does not have yet',
  policy: 'a policy record, as one of the roots of its grid signed it',
}

export function objectKind(typ: unknown): ObjectKind | undefined {
  const [, kind] =
    /^promisegrid-(capability|receipt|policy|promise)\+cwt$/.exec(typeof typ === 'string' ? typ : '') ?? []
  return kind as ObjectKind | undefined
}

export function inspectObject(
  keys: KeyRing,
  kind: ObjectKind,
  bytes: Uint8Array,
  payload: Uint8Array,
  now: number,
): Item {
  const known = kind === 'capability' ? capabilityOf(keys, bytes, now) : undefined
  const rows = claimParts(payload).map(({ name, value }) => [name.replace(/^claim /, ''), value])
  return {
    kind,
    bytes,
    says: SAYS[kind],
    id: hashBlock(nodeCrypto.sha256, CODEC.raw, payload).toString(),
    verdict: known?.verdict ?? verdictOf(keys, kind, bytes),
    rows: known?.rows ?? rows,
    facts: known?.facts ?? { claims: factsOf(payload) },
    parts: [...claimParts(payload), ...coseParts(bytes, false)],
  }
}

function capabilityOf(
  keys: KeyRing,
  bytes: Uint8Array,
  now: number,
): Partial<Pick<Item, 'rows' | 'facts'>> & { readonly verdict: Verdict } {
  const token = readToken(nodeCrypto, keys, bytes)
  if (token.refused !== undefined) return { verdict: { signature: 'broken', refused: token.refused } }
  const { capability } = token.ok
  const verified = verifyToken(nodeCrypto, keys, token.ok)
  const rows = capabilityRows(capability, now).filter(([name]) => name !== 'signature' && name !== 'id')
  return {
    rows,
    facts: capabilityFacts(capability),
    verdict: verdict(verified, capability.issuer),
  }
}

function verdictOf(keys: KeyRing, kind: ObjectKind, bytes: Uint8Array): Verdict {
  if (kind === 'promise') {
    const promise = readPromise(nodeCrypto, keys, bytes)
    return verdict(promise, promise.ok?.issuer ?? '')
  }
  if (kind !== 'receipt')
    return { signature: 'open', because: 'which root signed it, only the policy before it tells' }
  const receipt = readReceipt(nodeCrypto, keys, bytes)
  return verdict(receipt, receipt.ok?.executor ?? '')
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

/** The `typ` of a COSE_Sign1, wherever it comes from. */
export function typOf({ headers }: CoseSign1): unknown {
  return headers.protected.get(16)
}
