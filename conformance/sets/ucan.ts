/**
 * UCAN: tokens of 1.0 in DAG-CBOR, alone, as proofs and in containers, and tokens of 0.8 as JWT. What they hold
 * in bytes, CIDs, keys and signatures is judged; what they allow is out of scope.
 */
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'

import { CODEC, decodeCbor, hashBlock, isCid } from 'promisegrid/promisebase'
import { createKeyRing } from 'promisegrid/kernel'

import { hexOf, sameBytes, unbase64, utf8 } from './bytes.ts'
import { DAG_CBOR } from './cbor-judge.ts'
import { readDagJson } from './dag-json.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, isWrong, outOfScope, verdict, wrong } from './set.ts'
import { judgeUcanSignature, readUcan } from './ucan-envelope.ts'
import type { CborValue } from 'promisegrid/promisebase'
import type { FileReader, Verdict } from './set.ts'

const VALIDATION = 'what a UCAN allows is not judged here (bytes, CIDs and signatures are right)'
const JWT = 'UCAN 0.8, a JWT: what it allows is not judged here (issuer and signature are right)'
const JWT_INVALID =
  'UCAN 0.8, a JWT that is wrong in what it says: only its issuer and signature are judged here'

interface Delegation {
  readonly name: string
  readonly token: string
  readonly cid: string
  readonly envelope: {
    readonly payload: unknown
    readonly signature: string
    readonly spec: string
    readonly version: string
  }
}

interface Bytes {
  readonly '/': { readonly bytes: string }
}

interface Invocation {
  readonly name: string
  readonly invocation: Bytes
  readonly proofs?: readonly Bytes[]
  readonly error?: { readonly name: string }
}

interface Jwt {
  readonly comment: string
  readonly token: string
  readonly assertions?: { readonly validationErrors?: readonly string[] }
}

export const ucan = adapterOf(
  'ucan',
  {
    files: /^1\..*\/delegation\.json$/,
    *cases(set, file) {
      for (const row of (set.json(file) as { readonly valid: readonly Delegation[] }).valid)
        yield { name: row.name, judge: () => judgeDelegation(row) }
    },
  },
  {
    files: /^1\..*\/invocation\.json$/,
    *cases(set, file) {
      const { valid = [], invalid = [] } = set.json(file) as Partial<
        Record<'valid' | 'invalid', Invocation[]>
      >
      for (const row of [...valid, ...invalid]) yield { name: row.name, judge: () => judgeInvocation(row) }
    },
  },
  {
    files: /^1\..*\/policy\.json$/,
    *cases(set, file) {
      for (const [kind, rows] of Object.entries(set.json(file) as Readonly<Record<string, unknown[]>>))
        for (const at of rows.keys())
          yield { name: `${kind} ${at}`, judge: () => outOfScope('a UCAN policy, which is not judged here') }
    },
  },
  jwts(/^0\..*\/valid\.json$/, ({ token }) => all(judgeJwt(token), outOfScope(JWT))),
  jwts(/^0\..*\/invalid\.json$/, judgeInvalidJwt),
  {
    files: /^container\//,
    *cases(set, file) {
      yield { name: '', judge: () => judgeContainer(set.bytes(file)) }
    },
  },
  {
    files: /\.dagcbor$|\.dag-cbor$/,
    *cases(set, file) {
      yield { name: '', judge: () => judgeToken(set.bytes(file)) }
    },
  },
  {
    files: /\.dagjson$|\.dag-json$/,
    *cases(set, file) {
      yield { name: '', judge: () => judgeToken(DAG_CBOR.encode(readDagJson(set.text(file)))) }
    },
  },
)

function jwts(files: RegExp, judge: (row: Jwt) => Verdict): FileReader {
  return {
    files,
    *cases(set, file) {
      for (const row of set.json(file) as readonly Jwt[]) yield { name: row.comment, judge: () => judge(row) }
    },
  }
}

function judgeToken(bytes: Uint8Array): Verdict {
  const read = readUcan(bytes)
  return typeof read === 'string' ? wrong(read) : judgeUcanSignature(read)
}

function judgeDelegation({ token, cid, envelope }: Delegation): Verdict {
  const bytes = unbase64(token)
  const read = readUcan(bytes)
  if (typeof read === 'string') return wrong(read)
  const named = byEach(({ crypto }) => {
    const made = hashBlock((input) => crypto.sha256(input), CODEC.dagCbor, bytes).toString()
    return verdict(made === cid, `the CID is ${made}`)
  })
  return all(
    judgeUcanSignature(read),
    named,
    verdict(read.tag === `ucan/${envelope.spec}@${envelope.version}`, `a token of ${read.tag}`),
    verdict(sameBytes(read.signature, unbase64(envelope.signature)), `signed ${hexOf(read.signature)}`),
    verdict(isDeepStrictEqual(plain(read.payload), envelope.payload), 'the payload is another one'),
  )
}

/** As JSON, bytes in base64. */
function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isCid(value)) return { '/': value.toString() }
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([key, inner]) => [String(key), plain(inner)]))
}

/** Of what makes an invocation invalid, the signature alone is judged: it must be the one that is refused. */
function judgeInvocation({ invocation, proofs = [], error }: Invocation): Verdict {
  const verdicts = [invocation, ...proofs].map(({ '/': { bytes } }) => judgeToken(unbase64(bytes)))
  const refused = verdicts.find(isWrong)
  if (error?.name === 'InvalidSignature') return verdict(refused !== undefined, 'every signature is taken')
  return refused ?? all(...verdicts, outOfScope(VALIDATION))
}

/** Issuer and signature of a JWT. */
function judgeJwt(token: string): Verdict {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { alg } = parsed(header)
  if (alg !== 'EdDSA') return outOfScope('a JWT signed by another algorithm than EdDSA')
  const { iss } = parsed(payload)
  return byEach(({ crypto }) => {
    const key = createKeyRing(crypto).read(typeof iss === 'string' ? iss : '').ok?.keys[0]?.publicKey
    if (key === undefined) return wrong('the issuer is refused')
    const holds = crypto.verify(key, utf8(`${header}.${payload}`), unbase64(signature))
    return verdict(holds, 'the signature is refused')
  })
}

/** @throws {SyntaxError} for what is no JSON */
function parsed(part: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Readonly<Record<string, unknown>>
}

/** A wrong issuer or signature must be noticed; the other faults are in what the token says. */
function judgeInvalidJwt({ token, assertions }: Jwt): Verdict {
  const mustBeNoticed = (assertions?.validationErrors ?? []).some((error) => /^(iss|signature)/.test(error))
  if (!mustBeNoticed) return outOfScope(JWT_INVALID)
  return verdict(isNoticed(token), 'the issuer and the signature are taken')
}

function isNoticed(token: string): boolean {
  try {
    return judgeJwt(token) !== 'passed'
  } catch (error) {
    // Half a token is no JSON.
    if (error instanceof SyntaxError) return true
    throw error
  }
}

/** Every token of a container is one, and signed. The encodings of the set hold tokens made anew for each. */
function judgeContainer(container: Uint8Array): Verdict {
  const tokens = tokensOf(container)
  return typeof tokens === 'string' ? wrong(tokens) : all(...tokens.map(judgeToken))
}

const BASE64 = new Set(['B', 'C', 'O', 'P'])
const COMPRESSED = new Set(['M', 'O', 'P'])

/** The first byte names the encoding. */
function tokensOf(container: Uint8Array): readonly Uint8Array[] | string {
  const kind = String.fromCharCode(container[0] ?? 0)
  if (!'@BCMOP'.includes(kind)) return `no container begins with ${kind}`
  const rest = container.subarray(1)
  const bytes = BASE64.has(kind) ? unbase64(Buffer.from(rest).toString('latin1').trim()) : rest
  const decoded = decodeCbor(
    COMPRESSED.has(kind) ? Uint8Array.from(gunzipSync(bytes)) : bytes,
    DAG_CBOR.profile,
  )
  const tokens = decoded.ok instanceof Map ? decoded.ok.get('ctn-v1') : undefined
  if (!Array.isArray(tokens) || tokens.length === 0)
    return `no tokens in it: ${decoded.refused?.detail ?? ''}`
  const isWhole = tokens.every((token) => token instanceof Uint8Array)
  return isWhole ? tokens : 'a token that is no byte string'
}
