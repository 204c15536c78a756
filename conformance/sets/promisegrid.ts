/**
 * PromiseGrid's own vectors: encodings and envelopes of the registered tag, CIDs, what must be refused, and signed
 * messages of public examples. They are read by public functions, each message through the view of its kind.
 */
import { createViews, ed25519MapView, readForeign } from 'promisegrid/kernel'
import {
  CODEC,
  CORE_PROFILE,
  createCid,
  decodeCbor,
  diagnose,
  encodeCbor,
  encodeDagCbor,
  hashBlock,
  nobleCrypto as crypto,
  parseCid,
} from 'promisegrid/promisebase'

import { hexOf, sameBytes, unbase64, unhex, utf8 } from './bytes.ts'
import { CORE, judgeRoundTrip } from './cbor-judge.ts'
import { olderStore } from './older-store.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { CID } from 'multiformats/cid'
import type { FileReader, SetCase, Verdict } from './set.ts'

// --------------------------------------------------------------------------------------- encodings

interface Conformance {
  readonly must_equal_exact_encoding: readonly { readonly diagnostic: string; readonly hex: string }[]
  readonly float_conflict: {
    readonly value: number
    readonly core_deterministic: string
    readonly dag_cbor: string
  }
  readonly non_string_key_projection?: unknown
}

const encodings: FileReader = {
  files: /^grid-cbor-conformance\.json$/,
  *cases(set, file): Iterable<SetCase> {
    const given = set.json(file) as Conformance
    for (const { diagnostic, hex } of given.must_equal_exact_encoding)
      yield { name: diagnostic, judge: () => all(judgeRoundTrip(hex, CORE), judgeNotation(diagnostic, hex)) }
    const { value, core_deterministic, dag_cbor } = given.float_conflict
    yield { name: 'float, core', judge: () => equals(encodeCbor(value), core_deterministic) }
    yield { name: 'float, dag-cbor', judge: () => equals(encodeDagCbor(value), dag_cbor) }
    if (given.non_string_key_projection !== undefined)
      yield { name: 'projection', judge: () => outOfScope('blocks are not projected to the JSON of IPLD') }
  },
}

/** An envelope is written by its word there, and by its number and bytes here. */
function judgeNotation(diagnostic: string, hex: string): Verdict {
  const [, link] = /^grid\(\[42\((b[a-z2-7]+)\)\]\)$/.exec(diagnostic) ?? []
  if (link === undefined) {
    const notation = diagnose(unhex(hex))
    return verdict(notation === diagnostic, `shown as ${notation}`)
  }
  const read = opaque(unhex(hex))
  return verdict(read.ok?.protocol.toString() === link, read.refused?.detail ?? 'another protocol')
}

interface Codec {
  readonly encode: readonly { readonly hex: string }[]
  readonly checks: readonly { readonly hex: string }[]
  readonly x_wire_must_reject: readonly { readonly hex: string; readonly why: string }[]
  readonly string_to_num: readonly { readonly text: string; readonly num: number }[]
}

/** An older experiment: its maps are CBOR like any other, and no envelopes any more. */
const olderCodec: FileReader = {
  files: /^grid-poc-codec\.json$/,
  *cases(set, file): Iterable<SetCase> {
    const given = set.json(file) as Codec
    for (const { hex } of [...given.encode, ...given.checks])
      yield { name: hex, judge: () => all(judgeRoundTrip(hex, CORE), refused(unhex(hex))) }
    for (const { hex, why } of given.x_wire_must_reject)
      yield { name: `${hex} ${why}`, judge: () => refused(unhex(hex)) }
    for (const { text, num } of given.string_to_num)
      yield { name: text, judge: () => endsWith(encodeCbor(num), utf8(text)) }
  },
}

interface MustReject {
  readonly cases: readonly {
    readonly why: string
    readonly hex?: string
    readonly canonical_twin?: string
    readonly pcid_text?: string
  }[]
}

const mustReject: FileReader = {
  files: /^must-reject\.json$/,
  *cases(set, file): Iterable<SetCase> {
    for (const { why, hex, canonical_twin: twin, pcid_text: text } of (set.json(file) as MustReject).cases) {
      if (hex !== undefined) yield { name: why, judge: () => refused(unhex(hex)) }
      if (twin !== undefined) yield { name: `its twin: ${why}`, judge: () => taken(unhex(twin)) }
      if (text !== undefined)
        yield { name: why, judge: () => verdict(parseCid(text).refused !== undefined, `${text} was taken`) }
    }
  },
}

// -------------------------------------------------------------------------------------------- names

interface Cids {
  readonly vectors: readonly { readonly data_utf8: string; readonly cid: string }[]
  readonly content_addressed_files_in_repo: readonly { readonly path: string; readonly sha256: string }[]
}

const cids: FileReader = {
  files: /^cid\.json$/,
  *cases(set, file): Iterable<SetCase> {
    const given = set.json(file) as Cids
    for (const { data_utf8: text, cid } of given.vectors)
      yield { name: JSON.stringify(text), judge: () => named(rawCid(utf8(text)), cid) }
    for (const { path, sha256 } of given.content_addressed_files_in_repo)
      yield { name: path, judge: () => named(createCid(CODEC.raw, unhex(sha256)), nameIn(path)) }
  },
}

/** `transports/room/CID.txt` */
function nameIn(path: string): string {
  return /([^/]+?)(\.[a-z]+)?$/.exec(path)?.[1] ?? ''
}

// ----------------------------------------------------------------------------------------- messages

/** A signed envelope with what it is known to be, in a JSON document or on a line of one. */
interface Signed {
  readonly bytes: Uint8Array
  readonly protocol: string
  readonly cid?: string
}

/** Files of signed envelopes differ in layout; a record is one when it names a protocol and holds bytes. */
const messages: FileReader = {
  files: /\.jsonl?$/,
  *cases(set, file): Iterable<SetCase> {
    const documents = file.endsWith('l') ? linesOf(set.text(file)) : [set.json(file)]
    const found = documents.flatMap((document) => [...signedIn(document)])
    if (found.length === 0)
      yield { name: 'the whole file', judge: () => outOfScope('a file without signed envelopes') }
    for (const [at, each] of found.entries())
      yield {
        name: `envelope ${at}${each.cid === undefined ? '' : ` ${each.cid}`}`,
        judge: () => judgeSigned(each),
      }
  },
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown)
}

function* signedIn(value: unknown): Iterable<Signed> {
  if (typeof value !== 'object' || value === null) return
  const record = value as Readonly<Record<string, unknown>>
  const [bytes, protocol, cid] = [envelopeIn(record), record['pcid'], record['envelope_cid']]
  if (bytes !== undefined && typeof protocol === 'string')
    yield { bytes, protocol, ...(typeof cid === 'string' ? { cid } : {}) }
  else for (const inner of Object.values(record)) yield* signedIn(inner)
}

function envelopeIn(record: Readonly<Record<string, unknown>>): Uint8Array | undefined {
  const [base64, hex] = [record['envelope_base64'], record['envelope_hex'] ?? record['hex']]
  if (typeof base64 === 'string') return unbase64(base64)
  return typeof hex === 'string' ? unhex(hex) : undefined
}

/** Its name, its protocol and its signature, which nothing else of it may satisfy. */
function judgeSigned({ bytes, protocol, cid }: Signed): Verdict {
  const pcid = parseCid(protocol)
  if (pcid.refused !== undefined) return wrong(`pcid: ${pcid.refused.detail}`)
  const views = createViews([[pcid.ok, ed25519MapView]])
  const read = readForeign(crypto, views, bytes)
  if (read.refused !== undefined) return wrong(`${read.refused.code}: ${read.refused.detail}`)
  const changed = bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1)
  return all(
    verdict(read.ok.verified, 'not verified'),
    cid === undefined ? 'passed' : named(rawCid(bytes), cid),
    verdict(readForeign(crypto, views, changed).refused !== undefined, 'a changed message was taken'),
    verdict(sameBytes(encodeCbor(decodeCbor(bytes, CORE_PROFILE).ok ?? null), bytes), 'encoded otherwise'),
  )
}

export const promisegrid = adapterOf(
  'promisegrid',
  encodings,
  olderCodec,
  mustReject,
  cids,
  olderStore,
  messages,
)

function opaque(bytes: Uint8Array): ReturnType<typeof readForeign> {
  return readForeign(crypto, createViews(), bytes, { unknown: 'opaque' })
}

function refused(bytes: Uint8Array): Verdict {
  return verdict(opaque(bytes).refused !== undefined, 'taken for an envelope')
}

function taken(bytes: Uint8Array): Verdict {
  const { refused: refusal } = opaque(bytes)
  return verdict(refusal === undefined, `${refusal?.code}: ${refusal?.detail}`)
}

function rawCid(bytes: Uint8Array): CID {
  return hashBlock(crypto.sha256, CODEC.raw, bytes)
}

function named(cid: CID, expect: string): Verdict {
  return verdict(cid.toString() === expect, `named ${cid.toString()}`)
}

function equals(bytes: Uint8Array, expect: string): Verdict {
  return verdict(hexOf(bytes) === expect, `gave ${hexOf(bytes)}`)
}

function endsWith(bytes: Uint8Array, end: Uint8Array): Verdict {
  return verdict(sameBytes(bytes.subarray(bytes.length - end.length), end), `encoded as ${hexOf(bytes)}`)
}
