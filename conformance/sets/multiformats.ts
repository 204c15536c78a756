/**
 * Multihashes, multibases and the registry. A link of a block may hold any multihash that is well-formed, so
 * links are what multihashes are read by here; a name of ours takes only whole digests of the hashes we know.
 */
import { createHash } from 'node:crypto'

import { CODEC, decodeCbor, HASH, isCid, parseCid, readMultibase } from 'promisegrid/promisebase'

import { ALL_BASES, BASES } from './bases.ts'
import { hexOf, joined, sameBytes, unhex, utf8, varint } from './bytes.ts'
import { DAG_CBOR } from './cbor-judge.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { CID } from 'multiformats/cid'
import type { Multibase } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

/** What the tables call our hashes; `sha3` alone is sha3-512 there. */
const HASHES: Readonly<Record<string, number>> = { ...HASH, sha3: HASH['sha3-512'] }

/** Hashes that make no name of a block here. A link may hold them, so they are read; node computes them. */
const OTHER_HASHES: Readonly<Record<string, { readonly code: number; readonly node: string }>> = {
  sha1: { code: 0x11, node: 'sha1' },
}

/** The bases in which `grid` reads CIDs; the first is what it writes, the second is of principals too. */
const PASTED = ['base32', 'base58btc', 'base36', 'base16', 'base64url']

interface Multihash {
  readonly code: number
  readonly size: number
  readonly hex: string
}

export const multiformats = adapterOf(
  'multiformats',
  {
    files: /^multihash\/.*\.csv$/,
    *cases(set, file) {
      for (const [algorithm = '', bits = '', input = '', multihash = ''] of rows(set.text(file)))
        yield {
          name: `${algorithm} ${bits} ${input}`,
          judge: () => judgeDigest(algorithm, Number(bits), input, multihash),
        }
    },
  },
  {
    files: /^multihash\/.*invalid.*\.json$/,
    *cases(set, file) {
      for (const { name, bytes, expected } of multihashes(set.json(file)))
        yield { name, judge: () => judgeInvalid(bytes, expected) }
    },
  },
  {
    files: /^multihash\/.*valid.*\.json$/,
    *cases(set, file) {
      for (const { name, bytes, expected } of multihashes(set.json(file)))
        yield { name, judge: () => judgeRead(bytes, expected) }
    },
  },
  {
    files: /^multibase\/multibase\.csv$/,
    *cases(set, file) {
      for (const [, prefix = '', base = ''] of rows(set.text(file)))
        if (PASTED.includes(base)) yield { name: base, judge: () => judgePrefix(base, prefix) }
    },
  },
  {
    files: /^multibase\/.*\.csv$/,
    *cases(set, file) {
      const [heading = '', ...lines] = set.text(file).split(/\r?\n/).filter(Boolean)
      for (const line of lines) yield { name: line, judge: () => judgeText(heading, line) }
    },
  },
  {
    files: /^multicodec\/table\.csv$/,
    *cases(set, file) {
      const ours = new Map<string, number>(Object.entries({ ...HASH, ...CODECS }))
      for (const [name = '', , code = ''] of rows(set.text(file))) {
        const expected = ours.get(name)
        if (expected !== undefined)
          yield { name, judge: () => verdict(Number(code) === expected, `${expected} here, ${code} there`) }
      }
    },
  },
)

const CODECS = { raw: CODEC.raw, cbor: CODEC.cbor, 'dag-cbor': CODEC.dagCbor, 'grid-cbor': CODEC.gridCbor }

/** The digest is ours, whole or cut as the row says; a link keeps it, and a name only if it is whole. */
function judgeDigest(algorithm: string, bits: number, input: string, multihash: string): Verdict {
  const code = HASHES[algorithm]
  if (code === undefined) return judgeOtherDigest(algorithm, bits, input, multihash)
  return byEach(({ hasher }) => {
    const whole = hasher.digest(code, utf8(input))
    const digest = whole.subarray(0, bits / 8)
    const made = joined(...varint(code), ...varint(digest.length), digest)
    const isName = parseCid(cidBytes(made), { hashes: [code] }).ok !== undefined
    return all(
      verdict(hexOf(made) === multihash, `the multihash is ${hexOf(made)}`),
      judgeRead(made, { code, size: digest.length, hex: hexOf(digest) }),
      verdict(isName === (digest.length === whole.length), isName ? 'a cut digest names a block' : 'no name'),
    )
  })
}

/** A name of such a hash is refused, whole or cut; a link holds it as any other. */
function judgeOtherDigest(algorithm: string, bits: number, input: string, multihash: string): Verdict {
  const hash = OTHER_HASHES[algorithm]
  if (hash === undefined) return outOfScope(`${algorithm}, a hash that no block here is named by`)
  const digest = createHash(hash.node)
    .update(utf8(input))
    .digest()
    .subarray(0, bits / 8)
  const isName = parseCid(cidBytes(unhex(multihash)), { hashes: [...Object.values(HASH), hash.code] }).ok
  return all(
    judgeRead(unhex(multihash), { code: hash.code, size: bits / 8, hex: hexOf(digest) }),
    verdict(isName === undefined, 'it names a block'),
  )
}

function judgeRead(multihash: Uint8Array, { code, size, hex }: Multihash): Verdict {
  const cid = linkOf(multihash)
  if (cid === undefined) return wrong('refused as a link')
  const read = cid.multihash
  return all(
    verdict(read.code === code && read.size === size, `read as hash ${read.code} of ${read.size} bytes`),
    verdict(hexOf(read.digest) === hex, `read with the digest ${hexOf(read.digest)}`),
    verdict(sameBytes(DAG_CBOR.encode(cid), linkBytes(multihash)), 'the link is encoded to other bytes'),
  )
}

/** A length that is wrong makes it malformed; what has another fault, such as no hash at all, is no name. */
function judgeInvalid(multihash: Uint8Array, { code, size, hex }: Multihash): Verdict {
  const isName = parseCid(cidBytes(multihash), {
    hashes: [...Object.values(HASH), code],
    identityBytes: 128,
  }).ok
  const isLink = hex.length !== 2 * size && linkOf(multihash) !== undefined
  return all(verdict(isName === undefined, 'taken as a name'), verdict(!isLink, 'taken as a link'))
}

function judgePrefix(base: string, prefix: string): Verdict {
  const text = BASES[base]?.encode(utf8('any')) ?? ''
  return verdict(text.startsWith(prefix), `${base} is written as ${text}`)
}

/** The heading says what the texts below it are; where their case is odd, they are to be read only. */
function judgeText(heading: string, line: string): Verdict {
  const said = /"(.*)"/.exec(heading)?.[1]
  const [, name = '', text = ''] = /^(\w+), *"(.*)"$/.exec(line) ?? []
  const base = BASES[name]
  if (base === undefined) return outOfScope(`${name}, a base that nobody here has a table of`)
  if (/non-canonical/.test(heading)) return outOfScope('text in odd case: what is named here has one text')
  if (said === undefined) return wrong('the heading has no text')
  const bytes = utf8(
    said.replace(/\\x([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(String(hex), 16))),
  )
  const read = readMultibase(text, ALL_BASES)
  return all(
    verdict(base.encode(bytes) === text, `written as ${base.encode(bytes)}`),
    verdict(sameBytes(read, bytes), read === undefined ? 'refused' : `read as ${hexOf(read)}`),
    judgeName(base, bytes),
  )
}

/** The same bytes within a CID: its text in this base is read where the base is named, and only there. */
function judgeName(base: Multibase, bytes: Uint8Array): Verdict {
  const cid = cidBytes(joined(0, ...varint(bytes.length), bytes))
  const text = base.encode(cid)
  const rule = { identityBytes: 128 }
  const others = ALL_BASES.filter((each) => each !== base)
  return all(
    verdict(sameBytes(parseCid(text, { ...rule, bases: [base] }).ok?.bytes, cid), `${text} is refused`),
    verdict(parseCid(text, { ...rule, bases: others }).refused !== undefined, `${text} is taken`),
    verdict(parseCid(`${text}=`, { ...rule, bases: [base] }).refused !== undefined, `${text}= is taken`),
  )
}

/** Cells without the heading and the blanks around them. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split(/\r?\n/).filter(Boolean)
  return lines.slice(1).map((line) => line.split(',').map((cell) => cell.trim()))
}

function* multihashes(json: unknown): Iterable<{ name: string; bytes: Uint8Array; expected: Multihash }> {
  type Row = Partial<Multihash> & { readonly encoding?: { readonly code: number } }
  for (const row of json as readonly Row[]) {
    const code = row.code ?? row.encoding?.code ?? 0
    const expected = { code, size: row.size ?? 0, hex: row.hex ?? '' }
    const bytes = joined(...varint(code), ...varint(expected.size), unhex(expected.hex))
    yield { name: `${code} ${expected.hex.slice(0, 20)}`, bytes, expected }
  }
}

function linkOf(multihash: Uint8Array): CID | undefined {
  const value = decodeCbor(linkBytes(multihash), DAG_CBOR.profile).ok
  return isCid(value) ? value : undefined
}

/** Tag 42 over 00 and a CIDv1 of raw bytes. */
function linkBytes(multihash: Uint8Array): Uint8Array {
  return joined(0xd8, 0x2a, DAG_CBOR.encode(joined(0, cidBytes(multihash))))
}

function cidBytes(multihash: Uint8Array): Uint8Array {
  return joined(1, CODEC.raw, multihash)
}
