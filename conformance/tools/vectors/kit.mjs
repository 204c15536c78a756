// What vectors are made of: people with fixed keys, a fixed time, and writers that write what they are told,
// right or wrong. Messages and tokens are put together here by the specification, not by the kernel's own
// writers, so that a mistake of the kernel shows.
import { readFileSync } from 'node:fs'

import { nodeCrypto } from 'promisegrid'
import { createSigner } from 'promisegrid/kernel'
import { CborTagged, CODEC, encodeCbor, encodeDagCbor, hashBlock, nobleCrypto } from 'promisegrid/promisebase'
import { mlDsaPublicKey, signMlDsa } from 'promisegrid/promisebase'

/** Whose signatures are the same each time; those of Ed25519 are anyway, and Node's own code makes them in no time. */
export const crypto = {
  ...nobleCrypto,
  ...{ sha256: nodeCrypto.sha256, sha512: nodeCrypto.sha512 },
  sign: (algorithm, ...rest) => (algorithm === 'Ed25519' ? nodeCrypto : nobleCrypto).sign(algorithm, ...rest),
}

/** Seconds: what "now" is wherever nothing else is said. */
export const NOW = 1_800_000_000
export const HOUR = 3_600
export const DAY = 24 * HOUR

export const LABEL = {
  ...{ iss: 1, aud: 3, exp: 4, nbf: 5, iat: 6, cti: 7, cnf: 8 },
  ...{ principal: -65537, grid: -65538, method: -65539, arguments: -65540, capabilities: -65541 },
  ...{ replyTo: -65542, inReplyTo: -65543, context: -65544, outcome: -65545, private: -65546 },
  ...{ resource: -65547, methods: -65548, parent: -65549, caveats: -65550, bearer: -65551 },
  ...{ cacheKey: -65552, result: -65553, fuel: -65554, profile: -65555 },
  ...{ seq: -65556, previous: -65557, body: -65558, meta: -65559 },
  ...{ encryptionKeys: -65560, successor: -65561, predecessor: -65562 },
  ...{ table: -65564, future: -65565 },
  ...{ request: -65566, wraps: -65567, conditions: -65568, protocol: -65572 },
  ...{ revoked: -65563, feed: -65569 },
  ...{ subject: -65570, counts: -65571 },
}

// ---------------------------------------------------------------------------------------------- bytes

export const utf8 = (text) => new TextEncoder().encode(text)
export const hex = (bytes) => Buffer.from(bytes).toString('hex')
export const unhex = (text) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
export const bytesOf = (length, value = 0) => new Uint8Array(length).fill(value)
export const sha256 = (bytes) => crypto.sha256(bytes)

export function concat(...parts) {
  return Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part))))
}

/** Fixed bytes that look random: one name gives one sequence. */
export function fresh(name, length = 16) {
  return sha256(utf8(`promisegrid vectors ${name}`)).slice(0, length)
}

export const rawCid = (bytes) => hashBlock(sha256, CODEC.raw, bytes)
export const dagCid = (bytes) => hashBlock(sha256, CODEC.dagCbor, bytes)
export const cidOf = (codec, bytes) => hashBlock(sha256, codec, bytes)
export const tag = (number, value) => new CborTagged(number, value)
export const cbor = encodeCbor
export const dag = encodeDagCbor

/** A map whose entries are written in the order given, sorted or not. */
export function mapInOrder(...entries) {
  const parts = entries.flatMap(([key, value]) => [
    cbor(key),
    value instanceof Raw ? value.bytes : cbor(value),
  ])
  return concat([0xa0 + entries.length], ...parts)
}

/** Bytes to be written where a value would be encoded. */
export class Raw {
  constructor(text) {
    this.bytes = typeof text === 'string' ? unhex(text) : text
  }
}

// --------------------------------------------------------------------------------------------- people

function person(name, algorithm) {
  const secret = fresh(`key of ${name}`, 32)
  const signer = createSigner(crypto, algorithm, secret)
  const {
    principal,
    keys: [key],
  } = signer
  const { publicKey } = key
  const isEd25519 = algorithm === 'Ed25519'
  const [x, y] = isEd25519 ? [publicKey.bytes] : [publicKey.bytes.slice(1, 33), publicKey.bytes.slice(33)]
  const thumbprintOf = isEd25519
    ? concat(unhex('a3 0101 2006 215820'), x)
    : concat(unhex('a4 0102 2001 215820'), x, unhex('225820'), y)
  const parameters = isEd25519
    ? [
        [1, 1],
        [3, -19],
        [-1, 6],
        [-2, x],
      ]
    : [
        [1, 2],
        [3, -9],
        [-1, 1],
        [-2, x],
        [-3, y],
      ]
  return {
    name,
    algorithm,
    secret,
    principal,
    publicKey: publicKey.bytes,
    coseAlgorithm: isEd25519 ? -19 : -9,
    kid: sha256(thumbprintOf),
    coseKey: new Map(parameters),
    sign: (bytes) => key.sign(bytes),
  }
}

/** An ML-DSA-65 key that signs without chance, so that the same case gives the same bytes. */
function mlDsaKey(name) {
  const secret = fresh(`key of ${name}`, 32)
  const publicKey = mlDsaPublicKey('ML-DSA-65', secret)
  const coseKey = new Map([
    [1, 7],
    [3, -49],
    [-1, publicKey],
  ])
  return {
    ...{ algorithm: 'ML-DSA-65', secret, publicKey, coseAlgorithm: -49, coseKey, kid: sha256(cbor(coseKey)) },
    sign: (bytes) => signMlDsa('ML-DSA-65', secret, bytes, bytesOf(32)),
  }
}

/** Who signs with all of these keys. */
export function setOf(...keys) {
  const parts = [...keys].sort((a, b) => Buffer.compare(cbor(a.coseKey), cbor(b.coseKey)))
  const keySet = cbor(parts.map(({ coseKey }) => coseKey))
  return { parts, keySet, principal: cidOf(CODEC.cbor, keySet).toString() }
}

export const node = person('node', 'Ed25519')
export const root = person('root', 'Ed25519')
export const alice = person('alice', 'Ed25519')
export const bob = person('bob', 'ESP256')
export const mallory = person('mallory', 'Ed25519')
export const ivyEd = person('ivy', 'Ed25519')
export const ivyMlDsa = mlDsaKey('ivy, ML-DSA')
/** The hybrid. */
export const ivy = setOf(ivyEd, ivyMlDsa)

// -------------------------------------------------------------------------------------------- signing

/** A COSE_Sign1 by `by`; every part can be replaced. */
export function sign1({ by, payload, typ, ...other }) {
  const kid = other.kid ?? by.kid
  const header = new Map([[1, by.coseAlgorithm], [4, kid], ...(typ === undefined ? [] : [[16, typ]])])
  const protectedBytes = other.protected ?? cbor(other.header ?? header)
  const signed = cbor([other.context ?? 'Signature1', protectedBytes, other.external ?? bytesOf(0), payload])
  const signature = other.signature ?? (other.change ?? same)(by.sign(signed))
  const embedded = 'embedded' in other ? other.embedded : typ === undefined ? null : payload
  const parts = other.parts ?? [protectedBytes, other.unprotected ?? new Map(), embedded, signature]
  const tagged = 'tag' in other ? other.tag : 18
  return cbor(tagged === undefined ? parts : tag(tagged, parts))
}

/** A COSE_Sign by the keys of a set; every part can be replaced, the signatures by `parts` and `each`. */
function coseSign({ by, payload, typ, ...other }) {
  const signatures = (other.parts ?? by.parts).map((key, at) => {
    const said = other.each?.(key, at) ?? {}
    const kid = said.kid ?? key.kid
    const types = 'typ' in said ? said.typ : typ
    const header = new Map([
      [1, said.alg ?? key.coseAlgorithm],
      [4, kid],
      ...(types === undefined ? [] : [[16, types]]),
    ])
    const protectedBytes = cbor(said.header ?? header)
    const body = other.body ?? bytesOf(0)
    const signed = cbor([other.context ?? 'Signature', body, protectedBytes, bytesOf(0), payload])
    return [protectedBytes, said.unprotected ?? new Map(), (said.change ?? same)(key.sign(signed))]
  })
  const embedded = typ === undefined ? null : payload
  return cbor(
    tag(other.tag ?? 98, [other.body ?? bytesOf(0), other.unprotected ?? new Map(), embedded, signatures]),
  )
}

function seal(parts) {
  return parts.by.parts === undefined ? sign1(parts) : coseSign(parts)
}

function same(value) {
  return value
}

/** Claims from a record by name; those that are undefined are left out. */
export function claimsOf(record) {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  return new Map(entries.map(([name, value]) => [LABEL[name] ?? (Number(name) || name), value]))
}

const frozen = new URL('../../../spec/protocols/grid-message-1.md', import.meta.url)

/** What the tagged form is called by: the name of its text. */
export const gridMessage = rawCid(readFileSync(frozen))
const gridTag = unhex('da 67726964')

/**
 * A message, five elements or `isTagged`. `claims` are given by name, or as bytes; `cose` is handed to
 * {@link sign1}.
 */
export function message({ by, protocol, grid, claims, cose = {}, isTagged = false, ...other }) {
  const marker = other.marker ?? (isTagged ? gridMessage : 'grid')
  const tagBytes = isTagged ? gridTag : bytesOf(0)
  const isWritten = claims instanceof Uint8Array || claims instanceof Raw
  const encoded = isWritten ? claims : cbor(claimsOf(claims))
  const four = [marker, protocol, grid, encoded].map((each) =>
    each instanceof Raw ? each.bytes : cbor(each),
  )
  const payload = concat(tagBytes, [0x84], ...four)
  const signature = cose instanceof Uint8Array ? cose : seal({ by, payload, ...cose })
  return {
    bytes: concat(tagBytes, [0x85], ...four, cbor(signature)),
    id: rawCid(payload),
    payload,
    signature,
  }
}

/** A signed object of a kind; `claims` by name, or as bytes. */
export function object({ by, kind, claims, cose = {} }) {
  const payload = claims instanceof Uint8Array ? claims : cbor(claimsOf(claims))
  const typ = `promisegrid-${kind}+cwt`
  return { bytes: seal({ by, payload, typ, ...cose }), id: rawCid(payload), payload }
}

// ---------------------------------------------------------------------------------------- vectors

/** Collects the vectors of one chapter. */
export function chapter(name, spec) {
  const files = { valid: [], invalid: [] }
  return {
    name,
    spec,
    files,
    accept: (op, comment, inputs, expected) => files.valid.push({ comment, op, ...inputs, expected }),
    refuse: (op, comment, inputs, code, rule) =>
      files.invalid.push({ comment, op, ...inputs, code, ...(rule === undefined ? {} : { rule }) }),
    add: (kind, vector) => files[kind].push(vector),
  }
}
