// Key sets, and everything they sign: messages, tokens, receipts, policy records, key statements.
import { nobleAgreement } from 'promisegrid/promisebase'

import {
  alice,
  bob,
  bytesOf,
  cbor,
  chapter,
  concat,
  dagCid,
  fresh,
  hex,
  HOUR,
  ivy,
  ivyEd,
  ivyMlDsa,
} from './kit.mjs'
import { mallory, mapInOrder, message, node, NOW, object, rawCid, root, setOf, unhex, utf8 } from './kit.mjs'
import { BAD_POINTS } from './principal.mjs'
import { begin, codeOf, echo, genesis, genesisOf, grid, nativeKey, otherGrid } from './world.mjs'

const keySets = [hex(ivy.keySet)]

export function keySetChapter() {
  begin('key-set')
  const all = chapter('key-set', 'spec/message.md#key-sets')
  blocks(all)
  messages(all)
  tokens(all)
  objects(all)
  statements(all)
  return all
}

function blocks({ accept, refuse }) {
  const facts = ({ algorithm, publicKey, coseAlgorithm, kid }) => ({
    ...{ algorithm, publicKey: hex(publicKey), coseAlgorithm, kid: hex(kid) },
  })
  const takes = (comment, ...keys) => {
    const { keySet, principal, parts } = setOf(...keys)
    accept('key-set', `block: ${comment}`, { input: hex(keySet) }, { principal, keys: parts.map(facts) })
  }
  const refuses = (code, comment, block) => {
    const input = block instanceof Uint8Array ? block : cbor(block)
    refuse('key-set', `block: ${comment}`, { input: hex(input) }, code)
  }
  const edited = (key, ...entries) => new Map([...key.coseKey, ...entries])
  const by = (key, alg) => ({ ...key, coseAlgorithm: alg, coseKey: edited(key, [3, alg]) })
  takes('Ed25519 and ML-DSA-65', ivyEd, ivyMlDsa)
  takes('one ML-DSA-65 key', ivyMlDsa)
  takes('Ed25519 and P-256', alice, bob)
  takes('four Ed25519 keys', alice, mallory, root, node)
  takes('Ed25519 under −8 is another set', by(ivyEd, -8), ivyMlDsa)
  takes('P-256 under −7', by(bob, -7), ivyMlDsa)

  const [first, second] = ivy.parts.map(({ coseKey }) => coseKey)
  refuses('SHAPE', 'no keys', [])
  refuses(
    'SHAPE',
    'five keys',
    [alice, mallory, root, node, ivyEd].map(({ coseKey }) => coseKey),
  )
  refuses('SHAPE', 'a single COSE_Key', alice.coseKey)
  refuses('KEY', 'a single Ed25519 key', [alice.coseKey])
  refuses('KEY', 'a single P-256 key', [bob.coseKey])
  refuses('KEY', 'a single Ed25519 key under −8', [edited(alice, [3, -8])])
  refuses('KEY', 'keys that descend', [second, first])
  refuses('KEY', 'one key twice', [first, first])
  refuses('KEY', 'one key under two algorithms', setOf(ivyEd, by(ivyEd, -8)).keySet)
  refuses('KEY', 'a key that is no map', [first, 'key'])
  const withFirst = (...entries) => [first, edited(ivyEd, ...entries)]
  refuses('KEY', 'a kid', withFirst([2, bytesOf(2)]))
  refuses('KEY', 'key_ops', withFirst([4, [2]]))
  refuses('KEY', 'a private part', withFirst([-4, bytesOf(32)]))
  refuses('KEY', 'the algorithm of another kind of key', withFirst([3, -9]))
  refuses('KEY', 'an algorithm as text', withFirst([3, 'EdDSA']))
  refuses('KEY', 'another curve', withFirst([-1, 4]))
  refuses('KEY', 'y as a sign', [first, edited(bob, [-3, true])])
  refuses('KEY', 'a symmetric key', [
    new Map([
      [1, 4],
      [3, 5],
      [-1, bytesOf(32)],
    ]),
    second,
  ])
  for (const [what, point] of Object.entries(BAD_POINTS)) refuses('KEY', what, withFirst([-2, point]))
  const pq = ivyMlDsa.publicKey
  const withPq = (key) => [edited(ivyMlDsa, [-1, key]), second]
  refuses('KEY', 'an ML-DSA-65 key of 1,951 bytes', withPq(pq.slice(1)))
  refuses('KEY', 'an ML-DSA-65 key of 1,953 bytes', withPq(concat(pq, [0])))
  refuses('KEY', 'an ML-DSA-65 key that anyone can sign for', withPq(concat(pq.slice(0, 32), bytesOf(1920))))
  refuses('KEY', 'an ML-DSA seed beside the key', [edited(ivyMlDsa, [-2, bytesOf(32)]), second])
  refuses('CANON', 'a long head', concat([0x98, 2], ivy.keySet.slice(1)))
  refuses(
    'CANON',
    'a COSE_Key whose labels are out of order',
    concat([0x81], mapInOrder([3, -49], [1, 7], [-1, pq])),
  )
  refuses('DECODE', 'a byte after it', concat(ivy.keySet, [0]))
  refuses('LIMIT', 'more than 8,192 bytes', bytesOf(8193))
}

function messages({ accept, refuse }) {
  const said = { aud: node.principal, exp: NOW + 600, iat: NOW, cti: fresh('hybrid'), method: 'echo' }
  const build = ({ by = ivy, cose, iss = by.principal }) =>
    message({ by, protocol: echo.protocol, grid, claims: { iss, ...said }, cose })
  const { bytes, id } = build({})
  const asked = (input) => ({ genesis: hex(genesis), keySets, input: hex(input) })
  accept('message', 'message: by both keys of a set', asked(bytes), {
    ...{ id: id.toString(), protocol: echo.protocol.toString(), grid: grid.toString() },
    ...{ issuer: ivy.principal, audience: node.principal, expires: NOW + 600, issuedAt: NOW },
    ...{ nonce: hex(fresh('hybrid')), method: 'echo', capabilities: [] },
  })
  const refuses = (code, comment, parts, rule = 'signature') =>
    refuse('message', `message: ${comment}`, asked(build(parts).bytes), code, `message.md#${rule}`)
  const [pq, ed] = ivy.parts
  const only = (algorithm, said) => (key) => (key.algorithm === algorithm ? said : {})
  refuses('ALG', 'without the ML-DSA signature', { cose: { parts: [ed] } })
  refuses('ALG', 'without the Ed25519 signature', { cose: { parts: [pq] } })
  refuses('ALG', 'with its signatures in another order', { cose: { parts: [ed, pq] } })
  refuses('ALG', 'with one signature twice', { cose: { parts: [pq, pq] } })
  refuses('SHAPE', 'without signatures', { cose: { parts: [] } })
  refuses('SHAPE', 'by one key in a COSE_Sign1', { by: ivyEd, iss: ivy.principal })
  refuses('SHAPE', 'by a did:key in a COSE_Sign', { by: { ...alice, parts: [alice] } })
  refuses('ALG', 'with −8 where the key says −19', { cose: { each: only('Ed25519', { alg: -8 }) } })
  refuses('KEY', 'with the kid of the other key', { cose: { each: only('Ed25519', { kid: pq.kid }) } })
  refuses('SIG', 'with a forged Ed25519 signature', { cose: { each: only('Ed25519', { change: flip }) } })
  refuses('SIG', 'with a forged ML-DSA signature', { cose: { each: only('ML-DSA-65', { change: flip }) } })
  refuses('SIG', 'with an ML-DSA signature of 3,308 bytes', {
    cose: { each: only('ML-DSA-65', { change: (signature) => signature.slice(1) }) },
  })
  refuses('SIG', 'signed in the context of a COSE_Sign1', { cose: { context: 'Signature1' } })
  refuses('SHAPE', 'with typ', { cose: { each: () => ({ typ: 'promisegrid-capability+cwt' }) } })
  refuses('SHAPE', 'with kid unprotected', {
    cose: { each: only('Ed25519', { header: new Map([[1, -19]]), unprotected: new Map([[4, ed.kid]]) }) },
  })
  refuses('SHAPE', 'with an empty map as header of the body', { cose: { body: unhex('a0') } })
  refuses('SHAPE', 'with something unprotected in the body', {
    cose: { unprotected: new Map([[4, ed.kid]]) },
  })
  refuse(
    'message',
    'message: by a set that is not here',
    { genesis: hex(genesis), input: hex(bytes) },
    'MISSING',
    'message.md#signature',
  )
  const narrow = object({
    by: root,
    kind: 'policy',
    claims: { iat: NOW, grid, seq: 1, body: { algorithms: [-19] } },
  })
  refuse(
    'message',
    'message: by a set with an algorithm that the policy leaves out',
    { ...asked(bytes), policy: [[hex(narrow.bytes)]] },
    'ALG',
    'message.md#algorithms',
  )
}

function tokens({ accept, refuse }) {
  const base = { exp: NOW + HOUR, cti: fresh('token'), grid, resource: codeOf(echo), methods: ['echo'] }
  const toIvy = new Map([[-65537, ivy.principal]])
  const build = ({ by = root, cose, cnf = toIvy }) =>
    object({ by, kind: 'capability', cose, claims: { ...base, iss: by.principal, cnf } })
  const takes = (comment, parts, expected) => {
    const { bytes, id } = build(parts)
    accept(
      'token',
      `token: ${comment}`,
      { input: hex(bytes), keySets },
      {
        ...{ id: id.toString(), issuer: root.principal, expires: NOW + HOUR, nonce: hex(fresh('token')) },
        ...{ grid: grid.toString(), holder: ivy.principal, methods: ['echo'] },
        resource: { kind: 'code', protocol: echo.protocol.toString() },
        ...expected,
      },
    )
  }
  const refuses = (code, comment, parts) =>
    refuse('token', `token: ${comment}`, { input: hex(build(parts).bytes), keySets }, code)
  takes('held by a key set', {}, {})
  takes('by a key set', { by: ivy }, { issuer: ivy.principal })
  refuses('SHAPE', 'held by a key and a key set', { cnf: new Map([[1, alice.coseKey], ...toIvy]) })
  refuses('SHAPE', 'held by a kid', { cnf: new Map([[3, alice.kid]]) })
  refuses('SHAPE', 'held by a list', { cnf: new Map([[-65537, [ivy.principal]]]) })
  refuses('KEY', 'held by a did:key as text', { cnf: new Map([[-65537, alice.principal]]) })
  refuses('KEY', 'held by the CID of another codec', {
    cnf: new Map([[-65537, rawCid(ivy.keySet).toString()]]),
  })
  refuses('KEY', 'held by an ML-DSA key without a set', { cnf: new Map([[1, ivyMlDsa.coseKey]]) })
  refuses('ALG', 'without the ML-DSA signature', { by: ivy, cose: { parts: [ivyEd] } })
  refuses('SHAPE', 'with typ in one signature only', {
    by: ivy,
    cose: { each: ({ algorithm }) => (algorithm === 'Ed25519' ? { typ: undefined } : {}) },
  })
  refuses('SHAPE', 'with typ in the body', {
    by: ivy,
    cose: { body: cbor(new Map([[16, 'promisegrid-capability+cwt']])), each: () => ({ typ: undefined }) },
  })
  refuse('token', 'token: by a set that is not here', { input: hex(build({ by: ivy }).bytes) }, 'MISSING')
}

function objects({ accept, refuse }) {
  const profile = dagCid(unhex('a0'))
  const key = nativeKey(echo.protocol, 'echo', utf8('hello'))
  const claims = { iss: ivy.principal, iat: NOW, grid, cacheKey: key, result: rawCid(utf8('hello')), fuel: 4 }
  const receipt = object({ by: ivy, kind: 'receipt', claims: { ...claims, profile } })
  accept(
    'receipt',
    'receipt: by a key set',
    { input: hex(receipt.bytes), keySets },
    {
      ...{ executor: ivy.principal, issuedAt: NOW, grid: grid.toString(), cacheKey: key.toString() },
      ...{ result: rawCid(utf8('hello')).toString(), fuel: 4, profile: profile.toString() },
    },
  )
  const asRaw = object({ by: ivy, kind: 'receipt', claims: { ...claims, profile: rawCid(utf8('x')) } })
  refuse(
    'receipt',
    'receipt: by a key set, with a raw profile',
    { input: hex(asRaw.bytes), keySets },
    'SHAPE',
  )

  const founded = genesisOf({ roots: [root.principal, ivy.principal], threshold: 2 })
  const said = { iat: NOW, grid: dagCid(founded), seq: 1, body: { threshold: 1 } }
  const [byRoot, byIvy] = [root, ivy].map((by) => object({ by, kind: 'policy', claims: said }))
  const half = object({ by: ivy, kind: 'policy', claims: said, cose: { parts: [ivyEd] } })
  const asked = (records, sets = keySets) => ({
    ...{ genesis: hex(founded), records: [records.map(({ bytes }) => hex(bytes))] },
    ...(sets.length === 0 ? {} : { keySets: sets }),
  })
  accept('policy', 'policy: one of its roots is a key set', asked([byRoot, byIvy]), {
    ...{ seq: 1, id: byRoot.id.toString(), algorithms: [-19, -9, -49] },
    ...{ roots: [root.principal, ivy.principal], threshold: 1, executors: [], revokers: [], feedSeconds: 0 },
  })
  refuse('policy', 'policy: half of the keys of a root', asked([byRoot, half]), 'SIG')
  refuse('policy', 'policy: a root that is a key set is not here', asked([byRoot, byIvy], []), 'MISSING')
}

function statements({ accept, refuse }) {
  const keys = ['ML-KEM-768', 'X-Wing', 'X25519'].map((algorithm) =>
    nobleAgreement.publicKey(algorithm, bytesOf(algorithm === 'ML-KEM-768' ? 64 : 32, 7)),
  )
  const encryptionKeys = new Map(keys.map(({ algorithm, bytes }) => [algorithm, bytes]))
  const build = ({ by = alice, kind = 'key-statement', cose, ...more }) =>
    object({ by, kind, cose, claims: { iss: by.principal, iat: NOW, grid, seq: 1, ...more } }).bytes
  const takes = (comment, parts, expected = {}) =>
    accept(
      'key-statement',
      `statement: ${comment}`,
      { input: hex(build(parts)), keySets },
      {
        ...{ issuer: alice.principal, issuedAt: NOW, grid: grid.toString(), seq: 1, ...expected },
      },
    )
  const refuses = (code, comment, parts) =>
    refuse('key-statement', `statement: ${comment}`, { input: hex(build(parts)), keySets }, code)
  takes('that says nothing, and withdraws what was said', {})
  takes(
    'keys to encrypt to',
    { encryptionKeys },
    {
      encryptionKeys: Object.fromEntries(keys.map(({ algorithm, bytes }) => [algorithm, hex(bytes)])),
    },
  )
  takes('a successor', { successor: ivy.principal }, { successor: ivy.principal })
  takes(
    'a key set names its predecessor',
    { by: ivy, predecessor: alice.principal },
    {
      ...{ issuer: ivy.principal, predecessor: alice.principal },
    },
  )
  for (const name of ['iss', 'iat', 'grid', 'seq']) refuses('SHAPE', `without ${name}`, { [name]: undefined })
  refuses('SHAPE', 'a capability', { kind: 'capability' })
  refuses('SHAPE', 'that expires', { exp: NOW + 1 })
  refuses('SHAPE', 'no key in the map of keys', { encryptionKeys: new Map() })
  refuses('SHAPE', 'a key by another name', { encryptionKeys: new Map([['X448', bytesOf(56)]]) })
  refuses('SHAPE', 'an X25519 key of 31 bytes', { encryptionKeys: new Map([['X25519', bytesOf(31)]]) })
  refuses('KEY', 'an X25519 key of small order', { encryptionKeys: new Map([['X25519', bytesOf(32)]]) })
  refuses('KEY', 'an ML-KEM key that is not reduced', {
    encryptionKeys: new Map([['ML-KEM-768', bytesOf(1184, 0xff)]]),
  })
  refuses('SHAPE', 'that succeeds itself', { successor: alice.principal })
  refuses('KEY', 'a successor that is no principal', { successor: 'alice' })
  refuses('SIG', 'signed by somebody else', { by: mallory, iss: alice.principal, cose: { kid: alice.kid } })
  refuses('ALG', 'by one key of a set', { by: ivy, cose: { parts: [ivyEd] } })
  refuses('MISSING', 'by a set that is not here', { by: setOf(alice, bob), grid: otherGrid })
}

/** Another bit, in the part of a signature that every byte string can be. */
export function flip(signature) {
  const other = Uint8Array.from(signature)
  other[0] ^= 1
  return other
}
