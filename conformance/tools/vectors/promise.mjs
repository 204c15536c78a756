// Promises: the signed object, and conversations in which one is made, kept, broken, or comes to nothing.
import {
  alice,
  bob,
  bytesOf,
  chapter,
  dag,
  dagCid,
  hex,
  HOUR,
  mallory,
  node,
  NOW,
  object,
  rawCid,
} from './kit.mjs'
import { root, utf8 } from './kit.mjs'
import { adoption, begin, codeOf, grid, promiseBlocks, promises, request, token } from './world.mjs'
import { hello, kept, play, step, told } from './scenario.mjs'

/** A promise as the node signs it: one request has one promise, so its id follows from the claims. */
export function promiseOf({ by = node, to = alice, request: asked, cose, ...claims }) {
  return object({
    ...{ by, kind: 'promise', cose },
    claims: {
      ...{ iss: by.principal, aud: to.principal, exp: NOW + 600, iat: NOW, grid },
      ...{ request: asked, protocol: promises.protocol },
      ...claims,
    },
  })
}

const sorted = (ids) => [...ids].sort((a, b) => Buffer.compare(a.bytes, b.bytes))

export function promiseChapter() {
  begin('promise')
  const all = chapter('promise', 'spec/promise.md')
  objects(all)
  conversations(all)
  return all
}

function objects({ accept, refuse }) {
  const asked = rawCid(utf8('a request'))
  const [one, two] = sorted([rawCid(utf8('one')), rawCid(utf8('two'))])
  const build = (parts = {}) => promiseOf({ request: asked, ...parts })
  const said = { issuer: node.principal, audience: alice.principal, issuedAt: NOW, expires: NOW + 600 }
  const about = { grid: grid.toString(), request: asked.toString(), protocol: promises.protocol.toString() }
  const takes = (comment, parts, expected = {}) => {
    const made = build(parts)
    const answer = { id: made.id.toString(), ...said, ...about, ...expected }
    accept('promise', `promise: ${comment}`, { input: hex(made.bytes) }, answer)
  }
  const refuses = (code, comment, parts) =>
    refuse('promise', `promise: ${comment}`, { input: hex(build(parts).bytes) }, code)

  takes('for ten minutes', {})
  takes('by a node with a P-256 key', { by: bob }, { issuer: bob.principal })
  takes('for one second', { exp: NOW + 1 }, { expires: NOW + 1 })
  takes(
    'by a handler that is named by its code',
    { protocol: promises.codeCid },
    { protocol: promises.codeCid.toString() },
  )
  takes('that wraps another one', { wraps: one }, { wraps: one.toString() })
  takes('with two conditions', { conditions: [one, two] }, { conditions: [one.toString(), two.toString()] })
  takes('with a word for people', { meta: 'soon' })
  refuses('SHAPE', 'a capability', { kind: 'capability', cose: { typ: 'promisegrid-capability+cwt' } })
  for (const name of ['iss', 'aud', 'exp', 'iat', 'grid', 'request', 'protocol'])
    refuses('SHAPE', `without ${name}`, { [name]: undefined })
  refuses('SHAPE', 'that expires when it is made', { exp: NOW })
  refuses('SHAPE', 'with a nonce', { cti: bytesOf(16) })
  refuses('SHAPE', 'for a request that is a block', { request: dagCid(utf8('x')) })
  refuses('SHAPE', 'that wraps a block', { wraps: dagCid(utf8('x')) })
  refuses('SHAPE', 'that wraps another one and has conditions', { wraps: one, conditions: [two] })
  refuses('SHAPE', 'with no conditions in a list', { conditions: [] })
  refuses('SHAPE', 'with a condition twice', { conditions: [one, one] })
  refuses('SHAPE', 'with conditions out of order', { conditions: [two, one] })
  const many = sorted(Array.from({ length: 17 }, (_, index) => rawCid(utf8(`${index}`))))
  takes('with 16 conditions', { conditions: many.slice(1) }, { conditions: many.slice(1).map(String) })
  refuses('SHAPE', 'with 17 conditions', { conditions: many })
  refuses('LIMIT', 'of more than 8,192 bytes', { meta: bytesOf(8192) })
  refuses('SIG', 'signed by somebody else', { by: mallory, iss: node.principal, cose: { kid: node.kid } })
  refuses('KEY', 'signed by somebody else, who says so', { by: mallory, iss: node.principal })
}

function conversations(made) {
  const talk = (kind, comment, steps, more) =>
    play(made, kind, comment, steps, { moreBlocks: promiseBlocks, ...more })
  const holding = (to, methods = ['*']) =>
    token({ by: root, to, after: adoption, resource: codeOf(promises), methods, exp: NOW + 24 * HOUR })
  const held = new Map([alice, bob, mallory].map((person) => [person, holding(person)]))
  const ask = (by, method, fields, more = {}) =>
    request({
      ...{ by, handler: promises, method, arguments: dag(fields) },
      ...{ capabilities: [held.get(by).bytes], exp: (more.iat ?? NOW) + 600, ...more },
    })

  /** Alice asks for a promise: her message, and the promise that the node has to make. */
  const deferring = (fields = {}, { to = alice, now = NOW, ...terms } = {}) => {
    const message = ask(to, 'defer', { seconds: 600, ...fields }, { iat: now })
    const exp = now + (fields.seconds ?? 600)
    return { message, promise: promiseOf({ to, request: message.id, iat: now, exp, ...terms }) }
  }
  const deferred = ({ id }) => ({ signed: true, status: 'deferred', promise: id.toString() })
  const makes = ({ message, promise }, more) => step('defer', message, deferred(promise), more)
  const keeps = ({ promise }, output = hello, by = bob) => ask(by, 'keep', { promise: promise.id, output })
  const breaks = ({ promise }, detail = 'no', by = bob) => ask(by, 'break', { promise: promise.id, detail })
  const asks = ({ promise }, by = alice, more) => ask(by, 'outcome', { promise: promise.id }, more)
  const done = kept(dag(true))
  const ended = ({ promise }, resolution) => ({
    ...{ signed: true, status: 'kept', promise: promise.id.toString(), resolution },
  })
  const result = { cid: rawCid(hello).toString(), bytes: hex(hello) }
  const wasKept = { status: 'kept', result }
  const later = (seconds) => ({ now: NOW + seconds })
  const free = { decision: null }

  // --------------------------------------------------------------------------------------- what is kept
  const first = deferring()
  talk('valid', 'a promise is made, kept, and told to the one it was made to', [
    makes(first),
    step('the same bytes, the same promise', first.message, deferred(first.promise), { sameReplyAs: 0 }),
    step('kept', keeps(first), done),
    step('told', asks(first), ended(first, wasKept)),
    step('told again', asks(first), ended(first, wasKept)),
  ])
  const broken = deferring()
  talk('valid', 'a promise is broken, with a word about it', [
    makes(broken),
    step('broken', breaks(broken), done),
    step('told', asks(broken), ended(broken, { status: 'broken', code: 'HANDLER' })),
  ])
  const brief = deferring({ seconds: 10 })
  talk('valid', 'a promise that nobody resolves has expired', [
    makes(brief),
    step('told', asks(brief), ended(brief, { status: 'expired', code: 'EXPIRED' }), later(10)),
  ])
  const again = deferring()
  talk('valid', 'the same answer again changes nothing', [
    makes(again),
    step('kept', keeps(again), done),
    step('kept by another message', keeps(again), done),
    step('told', asks(again), ended(again, wasKept)),
  ])
  const condition = deferring()
  const after = deferring({ conditions: [condition.promise.id] }, { conditions: [condition.promise.id] })
  talk('valid', 'a promise with a condition is kept after it', [
    makes(condition),
    makes(after),
    step('the condition', keeps(condition), done),
    step('the promise', keeps(after), done),
    step('told', asks(after), ended(after, wasKept)),
  ])
  const base = deferring()
  const middle = deferring({ conditions: [base.promise.id] }, { conditions: [base.promise.id] })
  const top = deferring({ conditions: [middle.promise.id] }, { conditions: [middle.promise.id] })
  talk('valid', 'what stands on a broken promise is refused, through others too', [
    ...[makes(base), makes(middle), makes(top)],
    step('broken', breaks(base), done),
    step('told of what stands on it', asks(middle), ended(middle, { status: 'refused', code: 'UPSTREAM' })),
    step('told of what stands on that', asks(top), ended(top, { status: 'refused', code: 'UPSTREAM' })),
  ])
  const far = rawCid(utf8('asked of bob'))
  const passed = promiseOf({ by: bob, to: node, request: far })
  const wrapper = deferring({ wraps: passed.bytes }, { wraps: passed.id })
  talk('valid', 'a promise of somebody else is passed on, as an own one', [makes(wrapper)])

  // ------------------------------------------------------------------------------------ what is refused
  const open = deferring()
  const pending = asks(open)
  talk('invalid', 'an open promise has no outcome yet', [
    makes(open),
    step('asked', pending, told('PENDING'), free),
    step('kept', keeps(open), done),
    step('the same question again', pending, ended(open, wasKept)),
  ])
  const waits = deferring()
  const early = deferring({ conditions: [waits.promise.id] }, { conditions: [waits.promise.id] })
  const tooEarly = keeps(early)
  talk('invalid', 'a promise is not kept before its condition', [
    ...[makes(waits), makes(early)],
    step('too early', tooEarly, told('PENDING'), free),
    step('the condition', keeps(waits), done),
    step('the same bytes, in time', tooEarly, done),
  ])
  const failing = deferring()
  const dependent = deferring({ conditions: [failing.promise.id] }, { conditions: [failing.promise.id] })
  talk('invalid', 'a promise whose condition was broken cannot be kept', [
    ...[makes(failing), makes(dependent)],
    step('broken', breaks(failing), done),
    step('kept anyway', keeps(dependent), told('UPSTREAM'), free),
  ])
  const gone = deferring({ seconds: 10 })
  const onGone = { conditions: [gone.promise.id] }
  talk('invalid', 'a promise is not made on one that has expired', [
    makes(gone),
    step('made on it', deferring(onGone, { now: NOW + 10, ...onGone }).message, told('UPSTREAM'), {
      ...{ ...free, ...later(10) },
    }),
  ])
  const [waiting, failed] = [deferring(), deferring()]
  const on = ({ promise }) => deferring({ conditions: [promise.id] }, { to: mallory }).message
  talk('invalid', 'nobody builds on what was promised to another, however that ended', [
    makes(waiting),
    makes(failed),
    step('broken', breaks(failed), done),
    step('on the open one', on(waiting), told('MISSING'), free),
    step('on the broken one', on(failed), told('MISSING'), free),
  ])
  const twice = deferring()
  const other = deferring()
  talk('invalid', 'a promise is resolved once', [
    makes(twice),
    step('kept', keeps(twice), done),
    step('kept otherwise', keeps(twice, utf8('other')), told('REPLAY'), free),
    step('broken after it', breaks(twice), told('REPLAY'), free),
    step('told as it was', asks(twice), ended(twice, wasKept)),
  ])
  talk('invalid', 'a broken promise is not kept', [
    makes(other),
    step('broken', breaks(other), done),
    step('kept after it', keeps(other), told('REPLAY'), free),
  ])
  const late = deferring({ seconds: 10 })
  talk('invalid', 'a promise is not kept after its time', [
    makes(late),
    step('too late', keeps(late), told('EXPIRED'), { ...free, ...later(10) }),
  ])
  const secret = deferring()
  const unknown = { promise: promiseOf({ request: rawCid(utf8('nobody asked')) }) }
  talk('invalid', 'only the one it was made to is told of a promise', [
    makes(secret),
    step('kept', keeps(secret), done),
    step('mallory', asks(secret, mallory), told('MISSING'), free),
    step('alice, about one that is not there', asks(unknown), told('MISSING'), free),
  ])
  talk('invalid', 'a promise that is not there cannot be resolved', [
    step('kept', keeps(unknown), told('FORBIDDEN'), free),
    step('broken', breaks(unknown), told('FORBIDDEN'), free),
  ])
  const own = deferring({ wraps: passed.bytes }, { wraps: passed.id })
  talk('invalid', 'a promise that is passed on is not for its handler to resolve', [
    makes(own),
    step('kept', keeps(own), told('FORBIDDEN'), free),
  ])
  const forged = promiseOf({
    by: mallory,
    to: node,
    request: far,
    iss: bob.principal,
    cose: { kid: mallory.kid },
  })
  const strange = promiseOf({ by: bob, to: node, request: far, grid: dagCid(utf8('another grid')) })
  const wraps = (promise, code) => step(code, deferring({ wraps: promise.bytes }).message, told(code), free)
  const theirs = promiseOf({ by: bob, to: alice, request: far })
  const passes = (to) => deferring({ wraps: theirs.bytes }, { to, wraps: theirs.id })
  talk('invalid', 'what was promised to another is not passed on to a stranger', [
    step('to a stranger', passes(mallory).message, told('AUD'), free),
    makes(passes(alice)),
  ])
  talk('invalid', 'what is forged, of another grid or this node’s own is not passed on', [
    ...[wraps(forged, 'ALG'), wraps(strange, 'GRID'), wraps(promiseOf({ request: far }), 'SHAPE')],
  ])
  const full = deferring()
  talk(
    'invalid',
    'a node has room for so many open promises',
    [
      makes(full),
      step('one more', deferring().message, told('BUSY'), free),
      step('kept', keeps(full), done),
      makes(deferring()),
    ],
    { limits: { promisesOpen: 1 } },
  )
  const hers = [deferring({}, { to: mallory }), deferring({}, { to: mallory })]
  talk(
    'invalid',
    'one who is promised much leaves room for others',
    [
      ...hers.map((each) => makes(each)),
      step('one more', deferring({}, { to: mallory }).message, told('BUSY'), free),
      makes(deferring({}, { to: bob })),
    ],
    { limits: { promisesOpen: 3 } },
  )
  talk(
    'invalid',
    'a promise for longer than the node promises anything',
    [step('defer', deferring({ seconds: 601 }).message, told('LIFETIME'), free)],
    { limits: { promiseLifetimeSeconds: 600 } },
  )
  talk('invalid', 'a promise with 17 conditions', [
    step(
      'defer',
      deferring({ conditions: Array.from({ length: 17 }, (_, index) => rawCid(utf8(`${index}`))) }).message,
      told('LIMIT'),
      free,
    ),
  ])
  talk('invalid', 'a condition that is nobody’s promise', [
    step('defer', deferring({ conditions: [far] }).message, told('MISSING'), free),
  ])
  for (const [comment, fields] of [
    ['without a time', { seconds: undefined }],
    ['for no time', { seconds: 0 }],
    ['that wraps and has conditions', { wraps: passed.bytes, conditions: [far] }],
  ]) {
    const said = Object.fromEntries(
      Object.entries({ seconds: 9, ...fields }).filter(([, value]) => value !== undefined),
    )
    talk('invalid', `a promise ${comment}`, [step('defer', ask(alice, 'defer', said), told('HANDLER'), free)])
  }
}
