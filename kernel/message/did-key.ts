/**
 * did:key: the text of a public key, whatever its kind. Reading one says which key the text is of, and nothing about
 * who may use it: principals are two of these kinds, and are read by principal.ts.
 */
import { base58btc } from 'multiformats/bases/base58'

import { readMultibase } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import type { Result } from '../errors.ts'

/** A kind of key: what a curve is called, also where it is used for agreement. */
export type DidKeyKind = 'Ed25519' | 'X25519' | 'secp256k1' | 'P-256' | 'P-384' | 'P-521'

/** A public key as a did:key has it: 32 bytes, or a compressed point. Nobody has looked whether it is on the curve. */
export interface DidKey {
  readonly kind: DidKeyKind
  readonly bytes: Uint8Array
}

const DID_KEY = 'did:key:'
/** A did:key text is at most this long: longer ones are not even decoded. */
const TEXT_MAX = 128
const BASES = [base58btc]

/** By kind: its multicodec as two bytes, how long the key is, and whether it is a point by x and the sign of y. */
const KINDS: ReadonlyMap<
  DidKeyKind,
  { prefix: readonly [number, number]; length: number; isPoint: boolean }
> = new Map([
  ['Ed25519', { prefix: [0xed, 0x01], length: 32, isPoint: false }],
  ['X25519', { prefix: [0xec, 0x01], length: 32, isPoint: false }],
  ['secp256k1', { prefix: [0xe7, 0x01], length: 33, isPoint: true }],
  ['P-256', { prefix: [0x80, 0x24], length: 33, isPoint: true }],
  ['P-384', { prefix: [0x81, 0x24], length: 49, isPoint: true }],
  ['P-521', { prefix: [0x82, 0x24], length: 67, isPoint: true }],
])

/** The did:key text of a key. @throws {TypeError} for bytes that are none of its kind */
export function writeDidKey({ kind, bytes }: DidKey): string {
  const prefix = KINDS.get(kind)?.prefix
  if (prefix === undefined || !fits(kind, bytes)) throw new TypeError(`these bytes are no key of ${kind}`)
  return DID_KEY + base58btc.encode(Uint8Array.of(...prefix, ...bytes))
}

/** The key of a did:key text in its one spelling. Never throws. */
export function readDidKey(text: string): Result<DidKey> {
  if (!text.startsWith(DID_KEY) || text.length > TEXT_MAX)
    return refuse('KEY', `a did:key is ${DID_KEY}z… of at most ${TEXT_MAX} characters`)
  const coded = readMultibase(text.slice(DID_KEY.length), BASES)
  if (coded === undefined) return refuse('KEY', 'behind did:key: stands no base58btc in its one spelling')
  const bytes = coded.slice(2)
  for (const [kind, { prefix }] of KINDS)
    if (coded[0] === prefix[0] && coded[1] === prefix[1] && fits(kind, bytes)) return { ok: { kind, bytes } }
  return refuse('KEY', 'the did:key is of a kind that is not known, or its key is cut')
}

function fits(kind: DidKeyKind, bytes: Uint8Array): boolean {
  const rule = KINDS.get(kind)
  if (rule === undefined || bytes.length !== rule.length) return false
  return !rule.isPoint || bytes[0] === 2 || bytes[0] === 3
}
