// Scenarios that are kept.
import { alice, bob, bytesOf, dag, dagCid, fresh, hex, HOUR, message, node, NOW } from './kit.mjs'
import { rawCid, root, utf8 } from './kit.mjs'
import {
  adoption,
  aliceToken,
  blockOf,
  codeOf,
  echo,
  grid,
  request,
  spaceOf,
  store,
  token,
} from './world.mjs'
import { policyOf } from './message.mjs'
import { decided, echoed, hello, hinted, kept, play, step, told } from './scenario.mjs'

export function acceptedScenarios(made) {
  const accept = (comment, steps, more) => play(made, 'valid', comment, steps, more)
  const ask = (parts) => request({ by: alice, arguments: hello, capabilities: [aliceToken.bytes], ...parts })
  const answer = echoed(echo, hello)

  accept('the root calls by its adoption, named by its id', [
    step('echo', ask({ by: root, capabilities: [adoption.id] }), answer),
  ])
  accept('alice calls by what the root delegated to her', [step('echo', ask({}), answer)])
  accept('bob calls by what alice delegated to him, narrower', chainOfThree(ask, answer))
  accept('the adoption is presented instead of found', [
    step('echo', ask({ capabilities: [adoption.bytes, aliceToken.bytes] }), answer),
  ])
  accept('a token is named by its id', [step('echo', ask({ capabilities: [aliceToken.id] }), answer)], {
    tokens: [adoption, aliceToken],
  })
  const direct = token({ by: node, to: alice })
  accept(
    'a promise of the node itself needs no adoption',
    [step('echo', ask({ capabilities: [direct.bytes] }), answer)],
    { tokens: [] },
  )
  const bearer = token({ by: root, to: 'bearer', after: adoption })
  accept('a bearer token serves whoever presents it', [
    step('alice', ask({ capabilities: [bearer.bytes] }), answer),
    step('bob', ask({ by: bob, capabilities: [bearer.bytes] }), answer),
  ])
  accept('ten links, the adoption among them', [step('echo', longChain(ask, 9), answer)])
  accept('all methods', [
    step(
      'echo',
      ask({ capabilities: [token({ by: root, to: alice, after: adoption, methods: ['*'] }).bytes] }),
      answer,
    ),
  ])
  accept('protocol_cid as a plain byte string', [
    step('echo', ask({ protocol: echo.protocol.bytes }), answer),
  ])
  accept('the code resource, spelled out', [step('echo', ask({ resource: codeOf(echo) }), answer)])
  accept('nothing in, nothing out', [step('echo', ask({ arguments: undefined }), echoed(echo, bytesOf(0)))])
  accept('to the grid, a pure function', [step('echo', ask({ aud: grid.toString() }), answer)])
  accept('a result of 32,768 bytes comes along', [
    step('echo', ask({ arguments: bytesOf(32768) }), echoed(echo, bytesOf(32768))),
  ])

  const long = bytesOf(40_000, 7)
  accept(
    'arguments by CID; a longer result is named only',
    [step('echo', ask({ arguments: rawCid(long) }), echoed(echo, long, { inline: false }))],
    { moreBlocks: [blockOf(rawCid(long), long)] },
  )
  const parts = [utf8('hel'), utf8('lo')]
  const tree = dag({ size: 5, tree: 1, parts: parts.map(rawCid) })
  accept(
    'arguments as a tree of two blocks: its name is that of the tree',
    [step('echo', ask({ arguments: dagCid(tree) }), echoed(echo, hello, { argument: dagCid(tree) }))],
    { moreBlocks: [blockOf(dagCid(tree), tree), ...parts.map((part) => blockOf(rawCid(part), part))] },
  )
  const context = dag({ language: 'en' })
  accept(
    'a context is part of the cache key',
    [
      step('with', ask({ context: dagCid(context) }), echoed(echo, hello, { context: dagCid(context) })),
      step('without', ask({}), answer),
    ],
    { moreBlocks: [blockOf(dagCid(context), context)] },
  )

  const once = ask({})
  accept('the same bytes get the same reply, also from a pure handler', [
    step('first', once, answer),
    step('again', once, answer, { sameReplyAs: 0 }),
    step('in the last second of the message', once, answer, { sameReplyAs: 0, now: NOW + 600 + 59 }),
  ])
  accept('two callers, one result', [
    step('alice', ask({}), answer),
    step('the root', ask({ by: root, capabilities: [adoption.id] }), answer),
  ])
  accept('the last second of a message, and the second after it', [
    step('exp + 59 s', ask({ exp: NOW }), answer, { now: NOW + 59 }),
    step('exp + 60 s', ask({ exp: NOW }), hinted('DENIED'), {
      now: NOW + 60,
      ...decided('EXPIRED', 'message.md#time'),
    }),
  ])
  accept('the first second of a message', [
    step('nbf − 61 s', ask({ nbf: NOW + 61 }), hinted('DENIED'), decided('EARLY', 'message.md#time')),
    step('nbf − 60 s', ask({ nbf: NOW + 60 }), answer),
    step('iat − 61 s', ask({ iat: NOW + 61 }), hinted('DENIED'), decided('EARLY', 'message.md#time')),
    step('iat − 60 s', ask({ iat: NOW + 60 }), answer),
  ])
  accept('the longest life of a message', [
    step('24 h and the skew', ask({ exp: NOW + 86_460 }), answer),
    step(
      'a second more',
      ask({ exp: NOW + 86_461 }),
      hinted('DENIED'),
      decided('LIFETIME', 'message.md#lifetime'),
    ),
  ])
  const window = token({ by: root, to: alice, after: adoption, nbf: NOW + 1, exp: NOW + 10 })
  const within = () => ask({ capabilities: [window.bytes] })
  accept('links have no skew', [
    step('a second early', within(), told('EARLY'), decided('EARLY', 'capability.md#time', 1)),
    step('the first second', within(), answer, { now: NOW + 1 }),
    step('the last second', within(), answer, { now: NOW + 9 }),
    step('a second late', within(), told('EXPIRED'), {
      now: NOW + 10,
      ...decided('EXPIRED', 'capability.md#time', 1),
    }),
  ])
  accept('a clock that is confirmed after a jump', [
    step('today', ask({}), answer),
    step('tomorrow and a second', ask({ iat: NOW + 86_401, exp: NOW + 86_500 }), hinted('BUSY'), {
      now: NOW + 86_401,
      decision: { code: 'CLOCK' },
    }),
    step(
      'confirmed',
      ask({ by: root, capabilities: [adoption.id], iat: NOW + 86_401, exp: NOW + 86_500 }),
      answer,
      { now: NOW + 86_401, acceptClock: true },
    ),
  ])
  accept('meta is no authority and no harm', [step('echo', ask({ meta: { root: true } }), answer)])
  const onlyEd25519 = policyOf({ algorithms: [-19] })
  accept('a policy that takes the algorithms in use', [step('echo', ask({}), answer)], {
    policy: [[hex(onlyEd25519.bytes)]],
  })
  accept('a message of exactly the bytes a node takes', [step('echo', once, answer)], {
    limits: { messageBytes: once.bytes.length },
  })
  storeScenarios(accept)
  const sized = dag({ size: 5, tree: 2, parts: parts.map((part) => [rawCid(part), part.length]) })
  accept(
    'arguments as a tree of version 2',
    [step('echo', ask({ arguments: dagCid(sized) }), echoed(echo, hello, { argument: dagCid(sized) }))],
    { moreBlocks: [blockOf(dagCid(sized), sized), ...parts.map((part) => blockOf(rawCid(part), part))] },
  )
}

function chainOfThree(ask, answer) {
  const first = token({
    by: root,
    to: alice,
    after: adoption,
    methods: ['echo', 'shout'],
    caveats: { budget: { fuel: 100 } },
  })
  const second = token({
    by: alice,
    to: bob,
    after: first,
    exp: NOW + HOUR / 2,
    caveats: { budget: { fuel: 10, wallMs: 1000 } },
  })
  return [step('echo', ask({ by: bob, capabilities: [first.bytes, second.bytes] }), answer)]
}

/** Alice and bob hand it to each other, as often as asked. */
export function longChain(ask, length) {
  const links = []
  let [by, to, after] = [root, alice, adoption]
  for (let index = 0; index < length; index += 1) {
    const link = token({ by, to, after })
    links.push(link.bytes)
    ;[by, to, after] = [to, to === alice ? bob : alice, link]
  }
  return ask({ by, capabilities: links })
}

// ------------------------------------------------------------------------------------------- effects

function storeScenarios(accept) {
  const notes = token({
    by: root,
    to: alice,
    after: adoption,
    resource: spaceOf('a/'),
    methods: ['delete', 'get', 'list', 'put'],
  })
  const ask = (method, input, parts = {}) =>
    request({
      ...{ by: alice, handler: store, method, arguments: dag(input), resource: spaceOf('a/') },
      ...{ capabilities: [notes.bytes] },
      ...parts,
    })
  const entry = (name) => ({ key: utf8(`a/${name}`) })
  const put = ask('put', { ...entry('1'), value: hello })
  accept('what is put can be got, listed and deleted', [
    step('nothing there yet', ask('get', entry('1')), kept(dag(null))),
    step('put', put, kept(dag(true))),
    step('put another', ask('put', { ...entry('2'), value: utf8('world') }), kept(dag(true))),
    step('get', ask('get', entry('1')), kept(dag(hello))),
    step(
      'list',
      ask('list', { prefix: utf8('a/') }),
      kept(
        dag([
          [utf8('a/1'), hello],
          [utf8('a/2'), utf8('world')],
        ]),
      ),
    ),
    step('list one', ask('list', { prefix: utf8('a/'), limit: 1 }), kept(dag([[utf8('a/1'), hello]]))),
    step('delete', ask('delete', entry('1')), kept(dag(true))),
    step('gone', ask('get', entry('1')), kept(dag(null))),
  ])
  accept('an effect happens once, however often its message is sent', [
    step('put', put, kept(dag(true))),
    step('delete', ask('delete', entry('1')), kept(dag(true))),
    step('the put again: the same reply', put, kept(dag(true)), { sameReplyAs: 0 }),
    step('and still deleted', ask('get', entry('1')), kept(dag(null))),
  ])
  const { inner, outer } = twoEnvelopes(notes)
  accept('other bytes of the same message are the same message', [
    step('kid protected', outer, kept(dag(true))),
    step('kid in the unprotected header', inner, kept(dag(true)), { sameReplyAs: 0 }),
  ])
  const blocks = token({
    by: root,
    to: alice,
    after: adoption,
    resource: codeOf(store),
    methods: ['block.get', 'block.put'],
  })
  const block = (method, input) => ask(method, input, { resource: undefined, capabilities: [blocks.bytes] })
  accept('blocks by CID', [
    step('put', block('block.put', { bytes: hello }), kept(dag(rawCid(hello)))),
    step('put as dag-cbor', block('block.put', { bytes: dag({}), codec: 0x71 }), kept(dag(dagCid(dag({}))))),
    step('get', block('block.get', { cid: rawCid(hello) }), kept(dag(hello))),
    step('a block that is not here', block('block.get', { cid: rawCid(utf8('?')) }), kept(dag(null))),
  ])
}

/** One payload in two envelopes: the id is that of the payload. */
function twoEnvelopes(notes) {
  const claims = {
    ...{ iss: alice.principal, aud: node.principal, exp: NOW + 600, iat: NOW, cti: fresh('two envelopes') },
    ...{ method: 'put', arguments: dag({ key: utf8('a/3'), value: hello }), resource: spaceOf('a/') },
    capabilities: [notes.bytes],
  }
  const build = (cose) => message({ by: alice, protocol: store.protocol, grid, claims, cose })
  return {
    outer: build({}),
    inner: build({ header: new Map([[1, -19]]), unprotected: new Map([[4, alice.kid]]) }),
  }
}
