/** AT Protocol: its data model in DAG-CBOR, the texts of CIDs and DIDs, P-256 signatures with low s. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { CODEC, HASH, hashBlock, parseCid } from 'promisegrid/promisebase'
import { createKeyRing } from 'promisegrid/kernel'

import { ALL_BASES } from './bases.ts'
import { hexOf, sameBytes, unbase64, unhex } from './bytes.ts'
import { DAG_CBOR, judgeRoundTrip } from './cbor-judge.ts'
import { compressed, judgeDidKey } from './did-key-judge.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { CborInput } from 'promisegrid/promisebase'
import type { FileReader, Verdict } from './set.ts'

interface Fixture {
  readonly json: unknown
  readonly cbor_base64: string
  readonly cid: string
  readonly note?: string
}

interface Signed {
  readonly comment: string
  readonly algorithm: string
  readonly messageBase64: string
  readonly publicKeyDid: string
  readonly publicKeyMultibase: string
  readonly signatureBase64: string
  readonly validSignature: boolean
}

interface KeyPair {
  readonly privateKeyBytesHex?: string
  readonly privateKeyBytesBase58?: string
  readonly publicDidKey: string
}

const ANY_CID = { hashes: Object.values<number>(HASH), identityBytes: 128, bases: ALL_BASES }

export const atprotoInterop = adapterOf(
  'atproto-interop',
  jsonRows<Fixture>(/^data-model\/.*-fixtures\.json$/, ({ cid }) => cid, judgeFixture),
  jsonRows<Fixture>(/^data-model\/.*-invalid\.json$/, ({ note }) => note ?? '', judgeInvalid),
  jsonRows<Fixture>(/^data-model\/.*-valid\.json$/, ({ note }) => note ?? '', judgeValid),
  jsonRows<Signed>(/^crypto\/signature-fixtures\.json$/, ({ comment }) => comment, judgeSignature),
  jsonRows<KeyPair>(/^crypto\/w3c_didkey_[PK]256\.json$/, ({ publicDidKey }) => publicDidKey, judgePair),
  lines(/^syntax\/cid_syntax_valid\.txt$/, (line) => judgeCid(line)),
  lines(/^syntax\/cid_syntax_invalid\.txt$/, (line) => verdict(!isCidText(line), 'taken as a CID')),
  lines(/^syntax\/did_syntax_valid\.txt$/, (line) => judgeDid(line)),
  lines(/^syntax\/did_syntax_invalid\.txt$/, (line) => judgeNoDid(line)),
  lines(/^syntax\//, () => outOfScope('a text of AT Protocol alone: no name of a block or a principal')),
)

/** A reader of a JSON list, with the name and the verdict of each row. */
function jsonRows<Row>(
  files: RegExp,
  nameOf: (row: Row) => string,
  judge: (row: Row) => Verdict,
): FileReader {
  return {
    files,
    *cases(set, file) {
      for (const row of set.json(file) as readonly Row[]) yield { name: nameOf(row), judge: () => judge(row) }
    },
  }
}

/** Blanks around a line are part of it; lines with # are comments. */
function lines(files: RegExp, judge: (line: string) => Verdict): FileReader {
  return {
    files,
    *cases(set, file) {
      for (const line of set.text(file).split('\n'))
        if (line !== '' && !line.startsWith('#'))
          yield { name: JSON.stringify(line.slice(0, 80)), judge: () => judge(line) }
    },
  }
}

function judgeFixture({ json, cbor_base64, cid }: Fixture): Verdict {
  const bytes = DAG_CBOR.encode(valueOf(json))
  return all(
    verdict(sameBytes(bytes, unbase64(cbor_base64)), `encoded as ${hexOf(bytes)}`),
    judgeRoundTrip(hexOf(bytes), DAG_CBOR),
    byEach(({ crypto }) => {
      const made = hashBlock((input) => crypto.sha256(input), CODEC.dagCbor, bytes).toString()
      return verdict(made === cid, `the CID is ${made}`)
    }),
  )
}

function judgeValid({ json }: Fixture): Verdict {
  return judgeRoundTrip(hexOf(DAG_CBOR.encode(valueOf(json))), DAG_CBOR)
}

/** Of what AT Protocol forbids, the links that are none are ours to refuse: the rest is well-formed DAG-CBOR. */
function judgeInvalid({ json }: Fixture): Verdict {
  const isRefused = linkTexts(json).some((text) => parseCid(text as string).refused !== undefined)
  return isRefused
    ? 'passed'
    : outOfScope('a rule of AT Protocol about records, blobs and $-keys, or no floats: above the codec')
}

/** The rule there is one of letters and lengths, so some texts are a CID to no reader. */
function judgeCid(line: string): Verdict {
  if (isCidText(line)) return 'passed'
  const cid = readByOthers(line)
  if (cid === undefined) return outOfScope('a text that has the letters of a CID and is none')
  const isOurs = cid.version === 1 && ANY_CID.hashes.includes(cid.multihash.code)
  return isOurs ? wrong('refused') : outOfScope('a CID of a version or a hash that no block here has')
}

function readByOthers(line: string): CID | undefined {
  try {
    const base = ALL_BASES.find(({ prefix }) => line.startsWith(prefix))
    return base === undefined ? CID.parse(line) : CID.decode(base.decode(line))
  } catch {
    return undefined
  }
}

/** Where a base is known the text must be written again. */
function isCidText(line: string): boolean {
  const cid = parseCid(line, ANY_CID).ok
  const base = ALL_BASES.find(({ prefix }) => line.startsWith(prefix))
  return cid !== undefined && base?.encode(cid.bytes) === line
}

/** A principal is one kind of DID. */
function judgeDid(line: string): Verdict {
  const taken = byEach(({ crypto }) => verdict(createKeyRing(crypto).read(line).ok !== undefined, 'refused'))
  return taken === 'passed' ? taken : outOfScope('a DID of another method than did:key, or of another key')
}

function judgeNoDid(line: string): Verdict {
  return byEach(({ crypto }) =>
    verdict(createKeyRing(crypto).read(line).refused !== undefined, 'taken for a principal'),
  )
}

function judgeSignature(row: Signed): Verdict {
  if (row.algorithm === 'ES256K') return judgeKeyOnly(row)
  return byEach(({ crypto }) => {
    const key = createKeyRing(crypto).read(row.publicKeyDid).ok?.keys[0]?.publicKey
    if (key === undefined) return wrong(`${row.publicKeyDid} is refused`)
    const isValid = crypto.verify(key, unbase64(row.messageBase64), unbase64(row.signatureBase64))
    const point = compressed(key.bytes.subarray(1, 33), key.bytes.subarray(33))
    return all(
      verdict(
        isValid === row.validSignature,
        isValid ? 'the signature is taken' : 'the signature is refused',
      ),
      verdict(sameBytes(base58btc.decode(row.publicKeyMultibase), point), `the key is ${hexOf(point)}`),
    )
  })
}

/** The key is the one that stands beside its text. */
function judgeKeyOnly({ publicKeyDid, publicKeyMultibase }: Signed): Verdict {
  const point = secp256k1.Point.fromBytes(base58btc.decode(publicKeyMultibase)).toBytes(true)
  return all(
    judgeDidKey(publicKeyDid, { publics: [point], secrets: [] }),
    outOfScope('a signature of secp256k1, which nothing here verifies (the key is read right)'),
  )
}

function judgePair(row: KeyPair): Verdict {
  return judgeDidKey(row.publicDidKey, { publics: [], secrets: [secretOf(row)] })
}

function secretOf({ privateKeyBytesHex, privateKeyBytesBase58 = '' }: KeyPair): Uint8Array {
  return privateKeyBytesHex === undefined
    ? base58btc.decode(`z${privateKeyBytesBase58}`)
    : unhex(privateKeyBytesHex)
}

/** JSON of AT Protocol as a value: `$link` is a CID, `$bytes` are bytes. */
function valueOf(json: unknown): CborInput {
  if (Array.isArray(json)) return json.map(valueOf)
  if (typeof json !== 'object' || json === null) return json as CborInput
  const { $link, $bytes } = json as { readonly $link?: string; readonly $bytes?: string }
  if ($link !== undefined) return linkOf($link)
  if ($bytes !== undefined) return unbase64($bytes)
  return Object.fromEntries(Object.entries(json).map(([key, inner]) => [key, valueOf(inner)]))
}

function linkOf(text: string): CborInput {
  const cid = parseCid(text)
  if (cid.refused !== undefined) throw new TypeError(`${text} is refused: ${cid.refused.detail}`)
  return cid.ok
}

function linkTexts(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json.flatMap(linkTexts)
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([key, inner]) => (key === '$link' ? [inner] : linkTexts(inner)))
}
