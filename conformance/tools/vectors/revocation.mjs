// Revocations and heartbeats: what they say, and what a node that was told of them answers.
import { alice, bob, bytesOf, chapter, dag, DAY, hex, ivy, mallory, node, NOW, object } from './kit.mjs'
import { rawCid, root, utf8 } from './kit.mjs'
import { policyOf } from './message.mjs'
import { BAD_POINTS, didKey } from './principal.mjs'
import { decided, echoed, hello, hinted, kept, play, step, told } from './scenario.mjs'
import { adoption, aliceToken, begin, echo, genesis, grid, otherGrid, request, spaceOf } from './world.mjs'
import { codeOf, revocations, revocationsBlocks, store, token } from './world.mjs'

export function revocationChapter() {
  begin('revocation')
  const made = chapter('revocation', 'spec/capability.md#revocation')
  records(made)
  heartbeats(made)
  policies(made)
  takenBack(made)
  stale(made)
  begin('revocation by message')
  byMessage(made)
  return made
}

const revocation = ({ by = root, of = aliceToken, kind = 'revocation', cose, ...claims }) =>
  object({ by, kind, cose, claims: { iss: by.principal, iat: NOW, grid, revoked: of.id, ...claims } })

/** Of the ids of these records, in ascending order. */
const feedOf = (...signed) =>
  rawCid(Buffer.concat(signed.map(({ id }) => id.bytes).sort((a, b) => Buffer.compare(a, b))))

const heartbeat = ({ by = root, of = [], kind = 'heartbeat', cose, ...claims }) =>
  object({
    ...{ by, kind, cose },
    claims: { iss: by.principal, iat: NOW, grid, seq: 1, feed: feedOf(...of), ...claims },
  })

// --------------------------------------------------------------------------------------------- objects

function records({ accept, refuse }) {
  const keySets = [hex(ivy.keySet)]
  const inputs = (parts) => ({ input: hex(revocation(parts).bytes), keySets })
  const takes = (comment, parts, expected = {}) =>
    accept('revocation', `record: ${comment}`, inputs(parts), {
      ...{ issuer: root.principal, issuedAt: NOW, grid: grid.toString(), revoked: aliceToken.id.toString() },
      ...expected,
    })
  const refuses = (code, comment, parts) => refuse('revocation', `record: ${comment}`, inputs(parts), code)
  takes('of a token by its issuer', {})
  takes('by a P-256 key', { by: bob }, { issuer: bob.principal })
  takes('by a key set', { by: ivy }, { issuer: ivy.principal })
  takes('of something that nobody knows', { revoked: rawCid(hello) }, { revoked: rawCid(hello).toString() })
  takes('with something for people', { meta: 'lost on the train' })
  for (const name of ['iss', 'iat', 'grid', 'revoked'])
    refuses('SHAPE', `without ${name}`, { [name]: undefined })
  refuses('SHAPE', 'a capability', { kind: 'capability' })
  refuses('SHAPE', 'a heartbeat', { kind: 'heartbeat' })
  refuses('SHAPE', 'that expires', { exp: NOW + DAY })
  refuses('SHAPE', 'that begins later', { nbf: NOW + DAY })
  refuses('SHAPE', 'with a number', { seq: 1 })
  refuses('SHAPE', 'of a raw digest', { revoked: bytesOf(32) })
  refuses('SHAPE', 'of a token by a CID of codec dag-cbor', { revoked: grid })
  refuses('SHAPE', 'that takes itself back: revoked is false', { revoked: false })
  refuses('LIMIT', 'of more than 8,192 bytes', { meta: bytesOf(8192) })
  refuses('SIG', 'signed by somebody else', { by: mallory, iss: root.principal, cose: { kid: root.kid } })
  refuses('KEY', 'with the kid of somebody else', { by: mallory, iss: root.principal })
  refuses('KEY', 'of somebody whose key is of small order', {
    iss: didKey('ed01', BAD_POINTS['the identity']),
  })
}

function heartbeats({ accept, refuse }) {
  const some = [revocation({}), revocation({ revoked: rawCid(hello) })]
  const takes = (comment, parts, expected = {}) =>
    accept(
      'heartbeat',
      `heartbeat: ${comment}`,
      { input: hex(heartbeat(parts).bytes) },
      {
        ...{ issuer: root.principal, issuedAt: NOW, grid: grid.toString(), seq: 1 },
        ...{ feed: feedOf().toString(), ...expected },
      },
    )
  const refuses = (code, comment, parts) =>
    refuse('heartbeat', `heartbeat: ${comment}`, { input: hex(heartbeat(parts).bytes) }, code)
  takes('of no record', {})
  takes('of two records', { of: some }, { feed: feedOf(...some).toString() })
  takes(
    'of the same records in another order',
    { of: some.toReversed() },
    { feed: feedOf(...some).toString() },
  )
  for (const name of ['iss', 'iat', 'grid', 'seq', 'feed'])
    refuses('SHAPE', `without ${name}`, { [name]: undefined })
  refuses('SHAPE', 'a revocation', { kind: 'revocation' })
  refuses('SHAPE', 'with a number below zero', { seq: -1 })
  refuses('SHAPE', 'with a list for a name', { feed: some.map(({ id }) => id) })
  refuses('SHAPE', 'that expires', { exp: NOW + DAY })
  refuses('SIG', 'signed by somebody else', { by: mallory, iss: root.principal, cose: { kid: root.kid } })
}

function policies({ refuse }) {
  const asked = (body) => ({ genesis: hex(genesis), records: [[hex(policyOf(body).bytes)]] })
  const refuses = (comment, body) => refuse('policy', `policy: ${comment}`, asked(body), 'SHAPE')
  refuses('seventeen revokers', { revokers: new Array(17).fill(root.principal) })
  refuses('a revoker that is no principal', { revokers: ['root'] })
  refuses('revokers that are no list', { revokers: root.principal })
  refuses('an age below zero', { feedSeconds: -1 })
}

// ------------------------------------------------------------------------------------------- scenarios

const ask = (parts = {}) =>
  request({ by: alice, arguments: hello, capabilities: [aliceToken.bytes], ...parts })
const accepts = (...told) => ({ accept: told.map(({ bytes }) => hex(bytes)) })
const answer = echoed(echo, hello)
const revoked = (link) => decided('REVOKED', 'capability.md#revocation', link)

function takenBack(made) {
  const toBob = token({ by: alice, to: bob, after: aliceToken })
  const sibling = token({ by: alice, to: bob, after: aliceToken, exp: NOW + 600 })
  const byBob = (last = toBob) => ask({ by: bob, capabilities: [aliceToken.bytes, last.bytes] })
  const refuse = (comment, steps, more) => play(made, 'invalid', comment, steps, more)
  const accept = (comment, steps, more) => play(made, 'valid', comment, steps, more)

  const sent = ask()
  refuse('taken back by its issuer', [
    step('before', sent, answer),
    step('after', ask(), told('REVOKED'), { ...accepts(revocation({})), ...revoked(1) }),
    step('the very same bytes as before', sent, told('REVOKED'), revoked(1)),
  ])
  refuse('taken back before it was ever seen', [
    step('the first use', ask(), told('REVOKED'), { ...accepts(revocation({})), ...revoked(1) }),
  ])
  refuse('a link above taken back', [
    step('bob, below alice', byBob(), told('REVOKED'), { ...accepts(revocation({})), ...revoked(1) }),
  ])
  refuse('taken back by the issuer of a link above', [
    step('by the root', byBob(), told('REVOKED'), {
      ...accepts(revocation({ of: toBob })),
      ...revoked(2),
    }),
  ])
  refuse('taken back by the node, from which every chain begins', [
    step('by the node', byBob(), told('REVOKED'), {
      ...accepts(revocation({ by: node, of: toBob })),
      ...revoked(2),
    }),
  ])
  refuse('an adoption taken back', [
    step('everything below it', ask(), told('REVOKED'), {
      ...accepts(revocation({ by: node, of: adoption })),
      ...revoked(0),
    }),
  ])
  const { payload } = aliceToken
  const resigned = object({ by: root, kind: 'capability', claims: payload, cose: { ...moved(root) } })
  refuse('the same claims under another header', [
    step('as it was', ask({ capabilities: [resigned.bytes] }), answer),
    step('taken back', ask({ capabilities: [resigned.bytes] }), told('REVOKED'), {
      ...accepts(revocation({})),
      ...revoked(1),
    }),
  ])
  refuse('a stranger does not learn that it was taken back', [
    step('mallory sends it', ask({ by: mallory }), hinted('DENIED'), {
      ...accepts(revocation({})),
      ...decided('POP', 'capability.md#possession', 1),
    }),
  ])
  const expired = token({ by: root, to: alice, after: adoption, exp: NOW })
  refuse('expired and taken back: what it says comes first', [
    step('both', ask({ capabilities: [expired.bytes] }), told('EXPIRED'), {
      ...accepts(revocation({ of: expired })),
      ...decided('EXPIRED', 'capability.md#time', 1),
    }),
  ])
  const space = token({
    ...{ by: root, to: alice, after: adoption, resource: spaceOf('a/') },
    methods: ['get', 'put'],
  })
  const put = ask({
    ...{ handler: store, method: 'put', resource: spaceOf('a/'), capabilities: [space.bytes] },
    arguments: dag({ key: utf8('a/x'), value: hello }),
  })
  refuse('an effect is not told again to whom it was taken from', [
    step('done', put, kept(dag(true))),
    step('again', put, told('REVOKED'), { ...accepts(revocation({ of: space })), ...revoked(1) }),
  ])
  accept('records that change nothing for this chain', [
    step('by its holder', ask(), answer, accepts(revocation({ by: alice }))),
    step('by a stranger', ask(), answer, accepts(revocation({ by: mallory }))),
    step('of another grid', ask(), answer, accepts(revocation({ grid: otherGrid }))),
    step('from the future', ask(), answer, accepts(revocation({ iat: NOW + 61 }))),
    step('signed by another', ask(), answer, {
      ...accepts(revocation({ by: mallory, iss: root.principal, cose: { kid: root.kid } })),
    }),
  ])
  accept('a sibling taken back', [
    step('the one that was not', byBob(), answer, accepts(revocation({ by: alice, of: sibling }))),
    step('the one that was', byBob(sibling), told('REVOKED'), revoked(2)),
  ])
  play(
    made,
    'valid',
    'more records of one issuer than a node keeps',
    [
      step('two are kept', ask(), answer, accepts(...[1, 2].map((n) => stray(n)))),
      step('the third is not', ask(), answer, accepts(revocation({}))),
      step('which is no bound for others', ask(), told('REVOKED'), {
        ...accepts(revocation({ by: node })),
        ...revoked(1),
      }),
    ],
    { limits: { revocationsPerIssuer: 2 } },
  )
}

const stray = (n) => revocation({ revoked: rawCid(bytesOf(n)) })
/** `kid` in the unprotected header. */
const moved = (by) => ({
  header: new Map([
    [1, by.coseAlgorithm],
    [16, 'promisegrid-capability+cwt'],
  ]),
  unprotected: new Map([[4, by.kid]]),
})

function stale(made) {
  const bound = { policy: [[hex(policyOf({ revokers: [mallory.principal], feedSeconds: 60 }).bytes)]] }
  const beat = (parts) => heartbeat({ by: mallory, ...parts })
  const old = decided('STALE', 'capability.md#freshness')
  const refuse = (comment, steps, more = bound) => play(made, 'invalid', comment, steps, more)
  const record = revocation({ by: mallory, revoked: rawCid(hello) })
  refuse('a revoker that was never heard of', [step('at once', ask(), told('STALE'), old)])
  const sent = ask()
  refuse('news that is too old', [
    step('fresh', sent, answer, accepts(beat({}))),
    step('a minute later', ask(), answer, { now: NOW + 60 }),
    step('a second more', ask(), told('STALE'), { now: NOW + 61, ...old }),
    step('a reply that was remembered', sent, told('STALE'), { now: NOW + 61, ...old }),
    step('fresh again', ask(), answer, { now: NOW + 61, ...accepts(beat({ seq: 2, iat: NOW + 61 })) }),
  ])
  refuse('a heartbeat that names a record which is not here', [
    step('without it', ask(), told('STALE'), { ...accepts(beat({ of: [record] })), ...old }),
    step('with it', ask(), answer, accepts(record, beat({ of: [record] }))),
  ])
  refuse('a heartbeat that leaves out a record', [
    step('one of none', ask(), told('STALE'), { ...accepts(record, beat({})), ...old }),
  ])
  refuse('heartbeats that count for nothing', [
    step('of somebody who is no revoker', ask(), told('STALE'), { ...accepts(heartbeat({})), ...old }),
    step('of another grid', ask(), told('STALE'), { ...accepts(beat({ grid: otherGrid })), ...old }),
    step('from the future', ask(), told('STALE'), { ...accepts(beat({ iat: NOW + 61 })), ...old }),
    step('signed by another', ask(), told('STALE'), {
      ...accepts(heartbeat({ iss: mallory.principal, cose: { kid: mallory.kid } })),
      ...old,
    }),
  ])
  refuse('a heartbeat never goes back', [
    step('the second one', ask(), answer, accepts(beat({ seq: 2 }))),
    step('an earlier number with a later time', ask(), told('STALE'), {
      ...{ now: NOW + 61, ...accepts(beat({ seq: 1, iat: NOW + 61 })), ...old },
    }),
    step('the same number with a later time', ask(), told('STALE'), {
      ...{ now: NOW + 61, ...accepts(beat({ seq: 2, iat: NOW + 61 })), ...old },
    }),
  ])
  const withoutBound = policyOf({ revokers: [mallory.principal] })
  play(made, 'valid', 'no bound on the age of news', [step('never heard of', ask(), answer)], {
    policy: [[hex(withoutBound.bytes)]],
  })
  play(
    made,
    'valid',
    'a bound in a grid without revokers binds nothing',
    [step('never heard of', ask(), answer)],
    {
      policy: [[hex(policyOf({ feedSeconds: 60 }).bytes)]],
    },
  )
  play(made, 'valid', 'the node is its own revoker', [step('an hour later', ask(), answer)], {
    policy: [[hex(policyOf({ revokers: [node.principal], feedSeconds: 1 }).bytes)]],
  })
}

/** The handler that takes them in: who sends them needs a capability for it, and signs nothing else. */
function byMessage(made) {
  const refuse = (comment, steps, more = {}) =>
    play(made, 'invalid', comment, steps, { moreBlocks: revocationsBlocks, ...more })
  const accept = (comment, steps, more = {}) =>
    play(made, 'valid', comment, steps, { moreBlocks: revocationsBlocks, ...more })
  const toBob = token({ by: root, to: bob, after: adoption, resource: codeOf(revocations), methods: ['*'] })
  const tell = (method, fields, parts = {}) =>
    request({
      ...{ by: bob, handler: revocations, method, capabilities: [toBob.bytes] },
      ...{ arguments: fields instanceof Uint8Array ? fields : dag(fields), ...parts },
    })
  const record = revocation({})
  const list = (fields, records, more = {}) =>
    step(
      `list ${Object.keys(fields).join(', ')}`.trim(),
      tell('list', fields),
      kept(dag({ records: records.map(({ bytes }) => bytes), heartbeats: [], ...more })),
    )

  refuse('taken back by a message, which somebody else may bring', [
    step('before', ask(), answer),
    step('told', tell('accept', { records: record.bytes }), kept(dag([record.id]))),
    step('after', ask(), told('REVOKED'), revoked(1)),
    step('told again', tell('accept', { records: [record.bytes] }), kept(dag([record.id]))),
    list({}, [record]),
  ])
  const ofBob = revocation({ of: toBob })
  refuse('a message that takes back its own chain is the last one', [
    step('told', tell('accept', { records: ofBob.bytes }), kept(dag([ofBob.id]))),
    step('told again', tell('accept', { records: record.bytes }), told('REVOKED'), revoked(1)),
    step('of it nothing was kept', ask(), answer),
  ])
  accept("records that are refused stand in nobody's way", [
    step(
      'each for its reason, and one that is good',
      tell('accept', {
        records: [
          hello,
          revocation({ grid: otherGrid }).bytes,
          revocation({ iat: NOW + 61 }).bytes,
          revocation({ by: mallory, iss: root.principal, cose: { kid: root.kid } }).bytes,
          revocation({ by: ivy }).bytes,
          stray(1).bytes,
        ],
      }),
      kept(dag(['DECODE', 'GRID', 'EARLY', 'SIG', 'MISSING', stray(1).id])),
    ),
    list({}, [stray(1)]),
    step('nothing is taken back', ask(), answer),
  ])
  const nothing = [list({}, []), step('nothing is taken back', ask(), answer)]
  refuse('arguments that cannot be read', [
    step('no map', tell('accept', dag([record.bytes])), told('HANDLER')),
    step('no records', tell('accept', {}), told('HANDLER')),
    step('none of them', tell('accept', { records: [] }), told('HANDLER')),
    step('one that is no bytes', tell('accept', { records: [record.bytes, 'text'] }), told('HANDLER')),
    step('257', tell('accept', { records: Array(257).fill(hello) }), told('HANDLER')),
    step('no heartbeat', tell('heartbeat', {}), told('HANDLER')),
    step('a page of none', tell('list', { limit: 0 }), told('HANDLER')),
    step('a second before 1970', tell('list', { since: -1 }), told('HANDLER')),
    step('behind a text', tell('list', { after: 'a' }), told('HANDLER')),
    ...nothing,
  ])
  const listing = token({
    ...{ by: root, to: bob, after: adoption, resource: codeOf(revocations), methods: ['list'] },
  })
  refuse('a method that was not promised', [
    step(
      'accept with a capability to list',
      tell('accept', { records: record.bytes }, { capabilities: [listing.bytes] }),
      told('METHOD'),
    ),
    ...nothing,
  ])
  const revokers = { policy: [[hex(policyOf({ revokers: [mallory.principal] }).bytes)]] }
  const bound = { caveats: { feedSeconds: 60 } }
  const fresh = token({ by: root, to: alice, after: adoption, ...bound })
  const old = decided('STALE', 'capability.md#freshness', 1)
  const beat = heartbeat({ by: mallory, of: [stray(2)] })
  const byFresh = () => ask({ capabilities: [fresh.bytes] })
  const stranger = revocation({ by: mallory, revoked: rawCid(bytesOf(2)) })
  const named = heartbeat({ by: mallory, of: [stranger] })
  refuse(
    'a heartbeat by message',
    [
      step('never heard of', byFresh(), told('STALE'), old),
      step('of nobody', tell('heartbeat', { heartbeat: heartbeat({}).bytes }), kept(dag('CHAIN'))),
      step(
        'of records that are not here',
        tell('heartbeat', { heartbeat: beat.bytes }),
        kept(dag('MISSING')),
      ),
      step('before its record', tell('heartbeat', { heartbeat: named.bytes }), kept(dag('MISSING'))),
      step('still', byFresh(), told('STALE'), old),
      step('its record', tell('accept', { records: stranger.bytes }), kept(dag([stranger.id]))),
      step('behind it', tell('heartbeat', { heartbeat: named.bytes }), kept(dag(true))),
      step('fresh', byFresh(), answer),
      step(
        'another node fetches both',
        tell('list', { since: NOW }),
        kept(dag({ records: [stranger.bytes], heartbeats: [named.bytes] })),
      ),
    ],
    revokers,
  )
}
