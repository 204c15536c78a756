/** AT Protocol: its data model in DAG-CBOR, the texts of CIDs and DIDs, P-256 signatures with low s. */
import { base58btc } from 'multiformats/bases/base58'
import { CODEC, hashBlock, parseCid } from 'promisegrid/promisebase'
import { createKeyRing, principalOf } from 'promisegrid/kernel'

import { hexOf, joined, sameBytes, unbase64, unhex } from './bytes.ts'
import { DAG_CBOR, judgeRoundTrip } from './cbor-judge.ts'
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

const SECP256K1 = 'a key of secp256k1, with which nothing here signs'

export const atprotoInterop = adapterOf(
  'atproto-interop',
  jsonRows<Fixture>(/^data-model\/.*-fixtures\.json$/, ({ cid }) => cid, judgeFixture),
  jsonRows<Fixture>(/^data-model\/.*-invalid\.json$/, ({ note }) => note ?? '', judgeInvalid),
  jsonRows<Fixture>(/^data-model\/.*-valid\.json$/, ({ note }) => note ?? '', judgeValid),
  jsonRows<Signed>(/^crypto\/signature-fixtures\.json$/, ({ comment }) => comment, judgeSignature),
  jsonRows<KeyPair>(/^crypto\/w3c_didkey_P256\.json$/, ({ publicDidKey }) => publicDidKey, judgeP256),
  jsonRows<KeyPair>(
    /^crypto\/w3c_didkey_K256\.json$/,
    ({ publicDidKey }) => publicDidKey,
    () => outOfScope(SECP256K1),
  ),
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

function judgeCid(line: string): Verdict {
  if (isCidText(line)) return 'passed'
  const isOurForm = /^b[a-z2-7]+$/.test(line)
  return isOurForm ? wrong('refused') : outOfScope('a CID written in another base than base32')
}

function isCidText(line: string): boolean {
  return parseCid(line).ok?.toString() === line
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
  if (row.algorithm === 'ES256K') return outOfScope(SECP256K1)
  return byEach(({ crypto }) => {
    const key = createKeyRing(crypto).read(row.publicKeyDid).ok?.keys[0]?.publicKey
    if (key === undefined) return wrong(`${row.publicKeyDid} is refused`)
    const isValid = crypto.verify(key, unbase64(row.messageBase64), unbase64(row.signatureBase64))
    const point = compressed(key.bytes)
    return all(
      verdict(
        isValid === row.validSignature,
        isValid ? 'the signature is taken' : 'the signature is refused',
      ),
      verdict(sameBytes(base58btc.decode(row.publicKeyMultibase), point), `the key is ${hexOf(point)}`),
    )
  })
}

function judgeP256({ privateKeyBytesHex, privateKeyBytesBase58 = '', publicDidKey }: KeyPair): Verdict {
  const secret =
    privateKeyBytesHex === undefined
      ? base58btc.decode(`z${privateKeyBytesBase58}`)
      : unhex(privateKeyBytesHex)
  return byEach(({ crypto }) => {
    const principal = principalOf(crypto.publicKey('ESP256', secret))
    const again = createKeyRing(crypto).read(publicDidKey).ok?.principal
    return verdict(principal === publicDidKey && again === publicDidKey, `the key is ${principal}`)
  })
}

/** A point by its x, and which of the two y. */
function compressed(point: Uint8Array): Uint8Array {
  return joined(2 + ((point[64] as number) & 1), point.subarray(1, 33))
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
