// Receipts and policy records.
import {
  alice,
  bob,
  bytesOf,
  chapter,
  cidOf,
  dagCid,
  hex,
  mallory,
  node,
  NOW,
  object,
  rawCid,
} from './kit.mjs'
import { root, unhex, utf8 } from './kit.mjs'
import { BAD_POINTS, didKey } from './principal.mjs'
import { begin, echo, genesisOf, grid, genesis, nativeKey, otherGrid } from './world.mjs'

export function objectChapter() {
  begin('object')
  const all = chapter('object', 'spec/message.md#signed-objects')
  receipts(all)
  policies(all)
  assessments(all)
  return all
}

function receipts({ accept, refuse }) {
  const profile = dagCid(unhex('a0'))
  const key = nativeKey(echo.protocol, 'echo', utf8('hello'))
  const base = {
    ...{ iss: node.principal, iat: NOW, grid, cacheKey: key, result: rawCid(utf8('hello')) },
    ...{ fuel: 4, profile },
  }
  const build = ({ by = node, kind = 'receipt', cose, ...claims }) =>
    object({ by, kind, cose, claims: { ...base, iss: by.principal, ...claims } }).bytes
  const takes = (comment, parts, expected = {}) =>
    accept(
      'receipt',
      `receipt: ${comment}`,
      { input: hex(build(parts)) },
      {
        ...{ executor: node.principal, issuedAt: NOW, grid: grid.toString(), cacheKey: key.toString() },
        ...{ result: rawCid(utf8('hello')).toString(), fuel: 4, profile: profile.toString() },
        ...expected,
      },
    )
  const refuses = (code, comment, parts) =>
    refuse('receipt', `receipt: ${comment}`, { input: hex(build(parts)) }, code)
  takes('by a node with an Ed25519 key', {})
  takes('by a node with a P-256 key', { by: bob }, { executor: bob.principal })
  takes('of no fuel', { fuel: 0 }, { fuel: 0 })
  refuses('SHAPE', 'a capability', { kind: 'capability' })
  for (const name of ['iss', 'iat', 'grid', 'cacheKey', 'result', 'fuel', 'profile'])
    refuses('SHAPE', `without ${name}`, { [name]: undefined })
  refuses('SHAPE', 'that names who asked', { aud: alice.principal })
  refuses('SHAPE', 'that expires', { exp: NOW + 1 })
  refuses('SHAPE', 'with a nonce', { cti: bytesOf(16) })
  refuses('SHAPE', 'with a raw cache key', { cacheKey: rawCid(utf8('x')) })
  refuses('SHAPE', 'with fuel below zero', { fuel: -1 })
  refuses('LIMIT', 'of more than 8,192 bytes', { meta: bytesOf(8192) })
  refuses('SIG', 'signed by somebody else', { by: mallory, iss: node.principal, cose: { kid: node.kid } })
  refuses('KEY', 'of somebody whose key is of small order', {
    iss: didKey('ed01', BAD_POINTS['the identity']),
  })
}

function assessments({ accept, refuse }) {
  const counts = { kept: 3, broken: 0, refused: 1, expired: 2 }
  const base = { iat: NOW, grid, subject: bob.principal, counts }
  const build = ({ by = node, kind = 'assessment', cose, ...claims }) =>
    object({ by, kind, cose, claims: { iss: by.principal, ...base, ...claims } }).bytes
  const takes = (comment, parts, expected = {}) =>
    accept(
      'assessment',
      `assessment: ${comment}`,
      { input: hex(build(parts)) },
      {
        ...{ issuer: node.principal, issuedAt: NOW, grid: grid.toString(), subject: bob.principal, counts },
        ...expected,
      },
    )
  const refuses = (code, comment, parts) =>
    refuse('assessment', `assessment: ${comment}`, { input: hex(build(parts)) }, code)
  takes('of all protocols', {})
  takes('of one protocol', { protocol: echo.protocol }, { protocol: echo.protocol.toString() })
  const nothing = { kept: 0, broken: 0, refused: 0, expired: 0 }
  takes('of somebody of whom nothing is known', { counts: nothing }, { counts: nothing })
  takes(
    'by somebody with a P-256 key',
    { by: bob, subject: alice.principal },
    {
      ...{ issuer: bob.principal, subject: alice.principal },
    },
  )
  for (const name of ['iss', 'iat', 'grid', 'subject', 'counts'])
    refuses('SHAPE', `without ${name}`, { [name]: undefined })
  refuses('SHAPE', 'a receipt', { kind: 'receipt' })
  refuses('SHAPE', 'of oneself', { subject: node.principal })
  refuses('SHAPE', 'with a count that is missing', { counts: { kept: 1, broken: 0, refused: 0 } })
  refuses('SHAPE', 'with a count too many', { counts: { ...counts, forgiven: 1 } })
  refuses('SHAPE', 'with a count below zero', { counts: { ...counts, broken: -1 } })
  refuses('SHAPE', 'with a count that is text', { counts: { ...counts, kept: '3' } })
  refuses('SHAPE', 'of a protocol of codec cbor', { protocol: cidOf(0x51, utf8('x')) })
  refuses('SHAPE', 'that expires', { exp: NOW + 1 })
  refuses('KEY', 'of somebody who is no principal', { subject: 'bob' })
  refuses('SIG', 'signed by somebody else', { by: mallory, iss: node.principal, cose: { kid: node.kid } })
}

function policies({ accept, refuse }) {
  const roots = [root, bob, alice]
  const twoOfThree = genesisOf({ roots: roots.map(({ principal }) => principal), threshold: 2 })
  const founded = {
    ...{ seq: 0, algorithms: [-19, -9, -49], roots: [root.principal], threshold: 1, executors: [] },
    ...{ revokers: [], feedSeconds: 0 },
  }
  const claims = (body, fields = {}) => ({ iat: NOW, grid, seq: 1, body, ...fields })
  const by = (person, said, more = {}) => object({ by: person, kind: 'policy', claims: said, ...more })
  const asked = (records, from = genesis) => ({
    genesis: hex(from),
    records: records.map((record) => record.map(({ bytes }) => hex(bytes))),
  })
  const takes = (comment, records, expected, from) =>
    accept('policy', `policy: ${comment}`, asked(records, from), expected)
  const refuses = (code, comment, records, from) =>
    refuse('policy', `policy: ${comment}`, asked(records, from), code)

  const first = by(root, claims({ algorithms: [-19] }))
  const second = by(root, claims({ executors: [mallory.principal] }, { seq: 2, previous: first.id }))
  takes('what follows from the genesis block', [], founded)
  takes('a first record', [[first]], { ...founded, seq: 1, id: first.id.toString(), algorithms: [-19] })
  takes('a second one keeps what the first said', [[first], [second]], {
    ...{ ...founded, seq: 2, id: second.id.toString(), algorithms: [-19] },
    executors: [mallory.principal],
  })
  const moved = by(root, claims({ roots: [bob.principal] }))
  const byNewRoot = by(bob, claims({ algorithms: [-9] }, { seq: 2, previous: moved.id }))
  takes('new roots sign what follows', [[moved], [byNewRoot]], {
    ...{ ...founded, seq: 2, id: byNewRoot.id.toString(), roots: [bob.principal], algorithms: [-9] },
  })
  const empty = by(root, claims({}))
  takes('a record that changes nothing', [[empty]], { ...founded, seq: 1, id: empty.id.toString() })
  const shared = { iat: NOW, grid: dagCid(twoOfThree), seq: 1, body: { threshold: 3 } }
  const [byRoot, byBob, byAlice] = roots.map((person) => by(person, shared))
  const agreed = {
    ...founded,
    seq: 1,
    id: byRoot.id.toString(),
    roots: roots.map(({ principal }) => principal),
    threshold: 3,
  }
  takes('two of three roots', [[byRoot, byBob]], agreed, twoOfThree)
  takes(
    'two of three roots, and one that is nobody’s',
    [[byRoot, by(mallory, shared), byAlice]],
    agreed,
    twoOfThree,
  )

  refuses('SHAPE', 'no signature', [[]])
  refuses('SHAPE', 'a capability', [[by(root, claims({}), { kind: 'capability' })]])
  refuses('SHAPE', 'a body with an unknown name', [[by(root, claims({ admins: [] }))]])
  refuses('SHAPE', 'a body that is a list', [[by(root, claims([]))]])
  for (const name of ['iat', 'grid', 'seq', 'body'])
    refuses('SHAPE', `without ${name}`, [[by(root, claims({}, { [name]: undefined }))]])
  refuses('SHAPE', 'an issuer, who is known by kid', [[by(root, claims({}, { iss: root.principal }))]])
  refuses(
    'SHAPE',
    'two signatures under different claims',
    [[byRoot, by(bob, { ...shared, iat: NOW + 1 })]],
    twoOfThree,
  )
  refuses('GRID', 'of another grid', [[by(root, claims({}, { grid: otherGrid }))]])
  refuses('CHAIN', 'number 0', [[by(root, claims({}, { seq: 0 }))]])
  refuses('CHAIN', 'number 2 first', [[by(root, claims({}, { seq: 2 }))]])
  refuses('CHAIN', 'number 1 again', [[first], [by(root, claims({}, { previous: first.id }))]])
  refuses('CHAIN', 'a first record with one before it', [[by(root, claims({}, { previous: first.id }))]])
  refuses('CHAIN', 'a second record without one before it', [[first], [by(root, claims({}, { seq: 2 }))]])
  refuses('CHAIN', 'a second record after another first', [
    [first],
    [by(root, claims({}, { seq: 2, previous: empty.id }))],
  ])
  refuses('SIG', 'signed by nobody’s key', [[by(mallory, claims({}))]])
  refuses('SIG', 'signed under the kid of a root', [[by(mallory, claims({}), { cose: { kid: root.kid } })]])
  refuses('SIG', 'one of three roots', [[byRoot]], twoOfThree)
  refuses('SIG', 'one root twice', [[byRoot, byRoot]], twoOfThree)
  refuses('SIG', 'a former root', [[moved], [by(root, claims({}, { seq: 2, previous: moved.id }))]])
  refuses('ALG', 'an algorithm nobody reads', [[by(root, claims({ algorithms: [-5] }))]])
  refuses('ALG', 'an algorithm that no principal signs with', [
    [by(root, claims({ algorithms: [-19, -35] }))],
  ])
  refuses('ALG', 'no algorithm', [[by(root, claims({ algorithms: [] }))]])
  refuses('SHAPE', 'an executor that is no principal', [[by(root, claims({ executors: ['node'] }))]])
  refuses('SHAPE', 'no root', [[by(root, claims({ roots: [] }))]])
  refuses('SHAPE', 'a threshold above the number of roots', [[by(root, claims({ threshold: 2 }))]])
  refuses('KEY', 'a root that is no principal', [[by(root, claims({ roots: ['root'] }))]])
}
