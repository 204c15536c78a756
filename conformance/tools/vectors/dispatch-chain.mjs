// Scenarios that end in stages 1 and 2.
import { alice, bob, bytesOf, DAY, hex, HOUR, mallory, node, NOW, object } from './kit.mjs'
import { rawCid, root, unhex } from './kit.mjs'
import {
  adoption,
  aliceToken,
  codeOf,
  echo,
  grid,
  otherGrid,
  request,
  spaceOf,
  store,
  token,
} from './world.mjs'
import { YEAR } from './world.mjs'
import { longChain } from './dispatch-valid.mjs'
import { policyOf } from './message.mjs'
import { BAD_POINTS, didKey } from './principal.mjs'
import { decided, echoed, hello, hinted, play, step, told } from './scenario.mjs'

export function refusedByChain(made) {
  const refuse = (comment, steps, more) => play(made, 'invalid', comment, steps, more)
  const ask = (parts) => request({ by: alice, arguments: hello, capabilities: [aliceToken.bytes], ...parts })
  /** One message, answered with a hint; the node knows code, rule and link. */
  const denies = (comment, parts, code, rule, link, more = {}) =>
    refuse(
      comment,
      [
        step(
          comment,
          parts.bytes ? parts : ask(parts),
          hinted(more.shows ?? 'DENIED'),
          decided(code, rule, link),
        ),
      ],
      more.state,
    )
  /** One message, refused in a signed reply. */
  const tells = (comment, parts, code, rule, link, state) =>
    refuse(
      comment,
      [step(comment, parts.bytes ? parts : ask(parts), told(code), decided(code, rule, link))],
      state,
    )
  const linked = (claims) => token({ by: root, to: alice, after: adoption, ...claims })
  const by = (...tokens) => ({ capabilities: tokens.map((each) => each.bytes) })

  messages(ask, denies, refuse)

  // ------------------------------------------------------------------------------- length and form
  denies('no capability', { capabilities: undefined }, 'CHAIN', 'capability.md#presented')
  denies(
    'a reply is no request',
    {
      method: 'reply',
      capabilities: undefined,
      inReplyTo: rawCid(hello),
      outcome: { status: 'refused', code: 'SIG' },
    },
    'CHAIN',
    'capability.md#presented',
  )
  denies('ten tokens', longChain(ask, 10), 'LIMIT', 'capability.md#length', undefined, { shows: 'LIMIT' })
  denies(
    'a thousand tokens that are none',
    { capabilities: new Array(1000).fill(bytesOf(1)) },
    'LIMIT',
    'capability.md#length',
    undefined,
    { shows: 'LIMIT' },
  )
  denies(
    'a chain longer than this node takes',
    longChain(ask, 3),
    'LIMIT',
    'capability.md#length',
    undefined,
    { shows: 'LIMIT', state: { limits: { chainLinks: 3 } } },
  )
  denies('a token longer than this node takes', {}, 'LIMIT', 'capability.md#size', undefined, {
    shows: 'LIMIT',
    state: { limits: { tokenBytes: aliceToken.bytes.length - 1 } },
  })
  denies(
    'a token this node does not keep',
    { capabilities: [aliceToken.id] },
    'MISSING',
    'capability.md#form',
    1,
    { shows: 'MISSING' },
  )
  denies('a token that is no CBOR', { capabilities: [unhex('ff')] }, 'DECODE', 'capability.md#form', 1, {
    shows: 'DECODE',
  })
  denies('a token that is a message', { capabilities: [ask({}).bytes] }, 'SHAPE', 'capability.md#form', 1, {
    shows: 'SHAPE',
  })
  const wrongKind = object({ by: root, kind: 'receipt', claims: aliceToken.payload })
  denies('the claims of a token signed as a receipt', by(wrongKind), 'SHAPE', 'capability.md#form', 1, {
    shows: 'SHAPE',
  })
  const both = linked({ bearer: true })
  denies('a token held by alice and by everybody', by(both), 'SHAPE', 'capability.md#form', 1, {
    shows: 'SHAPE',
  })
  const nobodys = token({ by: root, after: adoption })
  denies('a token held by nobody', by(nobodys), 'SHAPE', 'capability.md#form', 1, { shows: 'SHAPE' })
  denies(
    'a caveat that is not known',
    by(linked({ caveats: { count: 1 } })),
    'CAVEAT',
    'capability.md#form',
    1,
  )
  const child = token({ by: alice, to: bob, after: aliceToken, caveats: { budget: { calls: 1 } } })
  denies(
    'a budget that is not known, in the second token',
    { by: bob, ...by(aliceToken, child) },
    'CAVEAT',
    'capability.md#form',
    2,
  )

  // --------------------------------------------------------------------------------------- alignment
  denies(
    'a token of somebody this node has promised nothing',
    by(token({ by: mallory, to: alice })),
    'CHAIN',
    'capability.md#adoption',
    0,
  )
  denies('an adoption this node does not keep', {}, 'CHAIN', 'capability.md#adoption', 0, {
    state: { tokens: [] },
  })
  const othersPromise = token({ by: mallory, to: root, resource: ['node', node.principal], methods: ['*'] })
  const below = token({ by: root, to: alice, after: othersPromise })
  denies('an adoption somebody else has signed', by(below), 'CHAIN', 'capability.md#adoption', 0, {
    state: { tokens: [othersPromise] },
  })
  const selfMade = token({ by: node, to: alice, after: adoption })
  denies('a promise of the node that has a parent', by(selfMade), 'CHAIN', 'capability.md#adoption', 0)
  const twice = token({
    by: node,
    to: root,
    resource: ['node', node.principal],
    methods: ['*'],
    exp: NOW + HOUR,
  })
  denies(
    'a token delegated from another adoption than the one presented',
    by(twice, aliceToken),
    'CHAIN',
    'capability.md#parent',
    1,
  )
  const toBob = token({ by: alice, to: bob, after: aliceToken })
  denies('a link left out', { by: bob, ...by(toBob) }, 'CHAIN', 'capability.md#adoption', 0)
  denies(
    'links in the wrong order',
    { by: bob, ...by(toBob, aliceToken) },
    'CHAIN',
    'capability.md#adoption',
    0,
  )
  const orphan = token({ by: alice, to: bob })
  denies(
    'a link without a parent',
    { by: bob, ...by(aliceToken, orphan) },
    'CHAIN',
    'capability.md#parent',
    2,
  )
  const fromRoot = token({ by: root, to: bob, after: aliceToken })
  denies(
    'a middle link signed by the one before its issuer',
    { by: bob, ...by(aliceToken, fromRoot) },
    'CHAIN',
    'capability.md#holder',
    2,
  )
  const back = token({ by: bob, to: alice, after: toBob })
  denies(
    'a link that comes again (K-09)',
    by(aliceToken, toBob, back, aliceToken),
    'CHAIN',
    'capability.md#parent',
    4,
  )
  const toSelf = token({ by: alice, to: alice, after: aliceToken, methods: ['echo'] })
  const fork = token({ by: alice, to: alice, after: aliceToken, exp: NOW + 60 })
  const joined = token({ by: alice, to: bob, after: toSelf, methods: ['echo'] })
  denies(
    'two ways to one link (K-10)',
    { by: bob, ...by(aliceToken, toSelf, fork, joined) },
    'CHAIN',
    'capability.md#parent',
    3,
  )
  const bearer = token({ by: root, to: 'bearer', after: adoption })
  const fromBearer = token({ by: alice, to: bob, after: bearer })
  denies(
    'delegated from a bearer token',
    { by: bob, ...by(bearer, fromBearer) },
    'CHAIN',
    'capability.md#holder',
    2,
  )
  const half = linked({ methods: ['shout'] })
  denies(
    'two chains at once, each with half of what is asked',
    by(aliceToken, half),
    'CHAIN',
    'capability.md#parent',
    2,
  )

  // --------------------------------------------------------------------------------------- signatures
  const forgedLink = token({
    by: mallory,
    to: alice,
    after: adoption,
    iss: root.principal,
    cose: { kid: root.kid },
  })
  denies('a link somebody else has signed', by(forgedLink), 'SIG', 'capability.md#signature', 1)
  const otherKid = token({ by: root, to: alice, after: adoption, cose: { kid: mallory.kid } })
  denies('a link with the kid of somebody else', by(otherKid), 'KEY', 'capability.md#signature', 1)
  const bobs = token({ by: root, to: bob, after: adoption })
  const fromBob = token({ by: bob, to: alice, after: bobs })
  const noP256 = { policy: [[hex(policyOf({ algorithms: [-19] }).bytes)]] }
  denies(
    'a link signed with an algorithm the grid does not take',
    by(bobs, fromBob),
    'ALG',
    'capability.md#signature',
    2,
    { state: noP256 },
  )
  const identity = new Map([...alice.coseKey, [-2, BAD_POINTS['the identity']]])
  const heldByNobody = linked({ cnf: new Map([[1, identity]]) })
  const fromNobody = token({
    by: mallory,
    to: alice,
    after: heldByNobody,
    iss: didKey('ed01', BAD_POINTS['the identity']),
  })
  denies(
    'a link issued by a key nobody may be known by',
    by(heldByNobody, fromNobody),
    'KEY',
    'capability.md#signature',
    2,
  )
  const aligned = token({
    by: root,
    to: bob,
    after: adoption,
    cose: { change: (signature) => signature.with(0, signature[0] ^ 1) },
  })
  denies(
    'the first of two bad signatures decides',
    { ...by(aligned, token({ by: bob, to: alice, after: aligned, cose: { signature: bytesOf(64) } })) },
    'SIG',
    'capability.md#signature',
    1,
  )

  // --------------------------------------------------------------------------------------- possession
  denies('mallory sends what alice holds', { by: mallory }, 'POP', 'capability.md#possession', 1)
  denies('the root sends what it gave away', { by: root }, 'POP', 'capability.md#possession', 1)
  denies('alice sends what she has handed on', by(aliceToken, toBob), 'POP', 'capability.md#possession', 2)
  const expired = linked({ exp: NOW })
  denies(
    'a stranger does not learn that a chain has expired',
    { by: mallory, ...by(expired) },
    'POP',
    'capability.md#possession',
    1,
  )

  judged(tells, linked, by)
  covered(tells, linked, by)
}

function messages(ask, denies, refuse) {
  const answer = echoed(echo, hello)
  denies('an expired message', { exp: NOW - 60 }, 'EXPIRED', 'message.md#time')
  denies('a message that expired long ago', { exp: NOW - DAY }, 'EXPIRED', 'message.md#time')
  denies('not valid yet', { nbf: NOW + 61 }, 'EARLY', 'message.md#time')
  denies('valid only after it has expired', { nbf: NOW + HOUR, exp: NOW + 60 }, 'EARLY', 'message.md#time')
  denies('signed in the future', { iat: NOW + 61 }, 'EARLY', 'message.md#time')
  denies('valid for too long', { exp: NOW + 400 * DAY }, 'LIFETIME', 'message.md#lifetime')
  denies('valid for a second too long', { exp: NOW + DAY + 61 }, 'LIFETIME', 'message.md#lifetime')
  denies('to another node', { aud: mallory.principal }, 'AUD', 'message.md#audience')
  denies('to another grid’s name', { aud: otherGrid.toString() }, 'AUD', 'message.md#audience')
  denies('to the key in another spelling', { aud: `${node.principal}#1` }, 'AUD', 'message.md#audience')
  denies(
    'an expired message for somebody else: time comes first',
    { exp: NOW - 60, aud: mallory.principal },
    'EXPIRED',
    'message.md#time',
  )
  denies('of another grid', { inGrid: otherGrid }, 'GRID', 'message.md#grid', undefined, { shows: 'GRID' })
  denies('bytes that are no message', { bytes: unhex('ff') }, 'DECODE', 'message.md#envelope', undefined, {
    shows: 'DECODE',
  })
  denies('longer than this node takes', {}, 'LIMIT', 'message.md#envelope', undefined, {
    shows: 'LIMIT',
    state: { limits: { messageBytes: 200 } },
  })
  const bytes = ask({}).bytes
  denies(
    'a byte changed on the way',
    { bytes: bytes.with(bytes.length - 1, bytes.at(-1) ^ 1) },
    'SIG',
    'message.md#signature',
  )
  refuse('a clock that was set back brings nothing to life', [
    step('while it is valid', ask({}), answer),
    step('after it has expired', ask({ exp: NOW + HOUR, iat: NOW }), hinted('DENIED'), {
      now: NOW + 2 * HOUR,
      ...decided('EXPIRED', 'message.md#time'),
    }),
    step(
      'the clock an hour back',
      ask({ exp: NOW + HOUR, iat: NOW }),
      hinted('DENIED'),
      decided('EXPIRED', 'message.md#time'),
    ),
  ])
  const tomorrow = NOW + DAY + 1
  refuse('a clock that jumps ahead', [
    step('today', ask({}), answer),
    step('tomorrow and a second', ask({ iat: tomorrow, exp: tomorrow + 60 }), hinted('BUSY'), {
      now: tomorrow,
      decision: { code: 'CLOCK' },
    }),
    step('a year ahead', ask({}), hinted('BUSY'), { now: NOW + YEAR, decision: { code: 'CLOCK' } }),
    step('back again', ask({}), answer, { now: NOW + 1 }),
  ])
}

/** What the links say: judged only for those who hold the chain. */
function judged(tells, linked, by) {
  const other = object({
    ...{ by: node, kind: 'capability' },
    claims: { ...adoptionClaims(), grid: otherGrid },
  })
  const othersSpace = token({
    by: node,
    to: alice,
    resource: spaceOf('a/', 'notes', mallory),
    methods: ['get'],
  })
  tells(
    'a promise of the node about what is another’s',
    by(othersSpace),
    'RESOURCE',
    'capability.md#resource',
    0,
  )
  const inOther = token({ by: root, to: alice, after: other })
  tells('an adoption of another grid', by(inOther), 'GRID', 'capability.md#grid', 0, { tokens: [other] })
  tells('a link of another grid', by(linked({ grid: otherGrid })), 'GRID', 'capability.md#grid', 1)
  tells('a link for another node', by(linked({ aud: mallory.principal })), 'AUD', 'capability.md#audience', 1)
  tells('a link for the grid', by(linked({ aud: grid.toString() })), 'AUD', 'capability.md#audience', 1)
  tells('a link that is not valid yet', by(linked({ nbf: NOW + 1 })), 'EARLY', 'capability.md#time', 1)
  tells('a link that has expired', by(linked({ exp: NOW })), 'EXPIRED', 'capability.md#time', 1)
  const first = linked({ exp: NOW - 1 })
  const second = token({ by: alice, to: bob, after: first })
  tells(
    'a middle link that has expired',
    { by: bob, ...by(first, second) },
    'EXPIRED',
    'capability.md#time',
    1,
  )
  tells(
    'a link that is valid for too long',
    by(linked({ exp: NOW + YEAR + 1 })),
    'LIFETIME',
    'capability.md#lifetime',
    1,
  )
  const eternal = object({
    by: node,
    kind: 'capability',
    claims: { ...adoptionClaims(), exp: NOW + 2 * YEAR },
  })
  tells(
    'an adoption that is valid for too long',
    by(token({ by: root, to: alice, after: eternal })),
    'LIFETIME',
    'capability.md#lifetime',
    0,
    { tokens: [eternal] },
  )

  const step2 = (parent, child) => {
    const up = linked(parent)
    return { by: bob, ...by(up, token({ by: alice, to: bob, after: up, ...child })) }
  }
  const more = (comment, rule, parent, child) =>
    tells(comment, step2(parent, child), 'ATTEN', `capability.md#attenuation-${rule}`, 2)
  const space = (prefix, name, owner) => ({ resource: spaceOf(prefix, name, owner), methods: ['get'] })
  more('another handler', 'resource', {}, { resource: codeOf(store) })
  more(
    'the code of the handler instead of its descriptor',
    'resource',
    {},
    { resource: ['code', echo.codeCid] },
  )
  more('all handlers instead of one', 'resource', {}, { resource: ['node', node.principal] })
  more('a shorter prefix', 'resource', space('a/b'), space('a/'))
  more('another prefix', 'resource', space('a/'), space('b/'))
  more('another space', 'resource', space('a/'), space('a/', 'mail'))
  more('the same space of another node', 'resource', space('a/'), space('a/', 'notes', mallory))
  const label = (path) => ({ resource: ['label', node.principal, path], methods: ['get'] })
  more('a label whose name only begins the same', 'resource', label('a/b'), label('a/bc'))
  more('a label above', 'resource', label('a/b'), label('a'))
  more('every label', 'resource', label('a'), label(''))
  tells(
    'a space of a node the promise is not about',
    by(linked(space('a/', 'notes', mallory))),
    'ATTEN',
    'capability.md#attenuation-resource',
    1,
  )
  more('a method more', 'methods', { methods: ['echo'] }, { methods: ['echo', 'shout'] })
  more('every method', 'methods', { methods: ['echo'] }, { methods: ['*'] })
  more('a second longer', 'time', { exp: NOW + 100 }, { exp: NOW + 101 })
  more('a second earlier', 'time', { nbf: NOW - 10 }, { nbf: NOW - 11 })
  more('from the beginning of time', 'time', { nbf: NOW - 10 }, {})
  more('any node instead of one', 'audience', { aud: node.principal }, {})
  const budget = (amounts) => ({ caveats: { budget: amounts } })
  more('a budget dropped', 'budget', budget({ fuel: 100 }), {})
  more('a budget replaced by another', 'budget', budget({ fuel: 100 }), budget({ wallMs: 1 }))
  more('one unit more fuel', 'budget', budget({ fuel: 100 }), budget({ fuel: 101 }))
  more('one byte more memory', 'budget', budget({ memoryBytes: 100 }), budget({ memoryBytes: 101 }))
  more('one byte more output', 'budget', budget({ outputBytes: 100 }), budget({ outputBytes: 101 }))
  more('a millisecond more', 'budget', budget({ wallMs: 100 }), budget({ wallMs: 101 }))
  const own = linked({ exp: NOW + 100 })
  tells(
    'delegated to oneself to live longer',
    by(own, token({ by: alice, to: alice, after: own, exp: NOW + HOUR })),
    'ATTEN',
    'capability.md#attenuation-time',
    2,
  )
}

function covered(tells, linked, by) {
  tells(
    'another handler than granted',
    { handler: store, method: 'echo' },
    'RESOURCE',
    'capability.md#resource',
    1,
  )
  tells(
    'the code of the handler granted',
    { protocol: echo.codeCid },
    'RESOURCE',
    'capability.md#resource',
    1,
  )
  const notes = linked({ resource: spaceOf('a/'), methods: ['get', 'put'] })
  const onSpace = (resource, method = 'put') => ({ handler: store, method, resource, ...by(notes) })
  tells('a prefix that is not granted', onSpace(spaceOf('b/')), 'RESOURCE', 'capability.md#resource', 1)
  tells(
    'the space of another node',
    onSpace(spaceOf('a/', 'notes', mallory)),
    'RESOURCE',
    'capability.md#resource',
    1,
  )
  tells('a method that is not granted', { method: 'shout' }, 'METHOD', 'capability.md#methods', 1)
  tells(
    'a method whose name only begins the same',
    { method: 'echoes' },
    'METHOD',
    'capability.md#methods',
    1,
  )
  tells(
    'putting with a promise to get',
    { ...onSpace(spaceOf('a/'), 'put'), ...by(linked({ resource: spaceOf('a/'), methods: ['get'] })) },
    'METHOD',
    'capability.md#methods',
    1,
  )
  tells('the method * is no method of a message', { method: '*' }, 'METHOD', 'capability.md#methods', 1)
}

function adoptionClaims() {
  const claims = { iss: node.principal, exp: NOW + YEAR, cti: bytesOf(16, 1), grid }
  return { ...claims, cnf: new Map([[1, root.coseKey]]), resource: ['node', node.principal], methods: ['*'] }
}
