// Replies as the sender of a request takes them.
import { alice, bob, bytesOf, cbor, chapter, fresh, hex, mallory, node, NOW, rawCid, utf8 } from './kit.mjs'
import { aliceToken, begin, grid, otherGrid, request } from './world.mjs'
import { promiseOf } from './promise.mjs'

export function replyChapter() {
  begin('reply')
  const { accept, refuse, ...made } = chapter('reply', 'spec/dispatch.md#reading-a-reply')
  const asked = request({ by: alice, arguments: utf8('hello') })
  const pending = {
    ...{ request: hex(asked.bytes), id: asked.id.toString(), grid: grid.toString() },
    ...{ sender: alice.principal, executors: [node.principal] },
  }
  const kept = { status: 'kept', cid: rawCid(utf8('hello')), fuel: 4, result: utf8('hello') }
  const reply = ({ by = node, ...claims } = {}) =>
    request({
      ...{ by, aud: alice.principal, exp: NOW + 3600, method: 'reply', inReplyTo: asked.id, outcome: kept },
      ...claims,
    }).bytes
  const hint = (digest, code = 'DENIED') => cbor(['grid-refused', digest, code])
  const digest = fresh('other bytes', 32)
  const own = hashOf(asked.bytes)
  const takes = (comment, input, expected, more = {}) =>
    accept('reply', comment, { ...pending, ...more, input: hex(input) }, expected)
  const refuses = (code, comment, input) => refuse('reply', comment, { ...pending, input: hex(input) }, code)
  const outcome = {
    status: 'kept',
    result: { cid: rawCid(utf8('hello')).toString(), bytes: hex(utf8('hello')) },
    fuel: 4,
  }

  takes('a result', reply(), { signed: true, executor: node.principal, outcome })
  takes('a refusal', reply({ outcome: { status: 'refused', code: 'METHOD', detail: 'link 1' } }), {
    ...{
      signed: true,
      executor: node.principal,
      outcome: { status: 'refused', code: 'METHOD', detail: 'link 1' },
    },
  })
  takes(
    'from one of the executors that are trusted',
    reply({ by: bob }),
    { signed: true, executor: bob.principal, outcome },
    {
      executors: [node.principal, bob.principal],
    },
  )
  takes('a hint', hint(own), { signed: false, code: 'DENIED' })
  takes('a hint that asks to come again', hint(own, 'BUSY'), { signed: false, code: 'BUSY' })
  refuses('SHAPE', 'a hint about other bytes', hint(digest))
  refuses('SHAPE', 'a hint with a number for a code', hint(own, 1))
  refuses('SHAPE', 'a hint whose code is a sentence', hint(own, 'all is well'))
  refuses('SHAPE', 'a hint whose code has 65 letters', hint(own, 'A'.repeat(65)))
  refuses('SHAPE', 'a hint with more in it', cbor(['grid-refused', own, 'DENIED', 'because']))
  refuses('DECODE', 'nothing', bytesOf(0))
  refuses('GRID', 'from another grid', reply({ inGrid: otherGrid }))
  refuses('AUD', 'to somebody else', reply({ aud: bob.principal }))
  refuses('CHAIN', 'to no request', reply({ inReplyTo: undefined }))
  refuses('CHAIN', 'to another request', reply({ inReplyTo: rawCid(utf8('another')) }))
  refuses('POP', 'from somebody who was not asked', reply({ by: mallory }))
  refuses('POP', 'from oneself', reply({ by: alice }))
  refuses('SHAPE', 'without an outcome', reply({ outcome: undefined }))
  refuses(
    'SIG',
    'signed by somebody else',
    reply({ by: mallory, iss: node.principal, cose: { kid: node.kid } }),
  )
  refuses('KEY', 'signed by somebody else, who says so', reply({ by: mallory, iss: node.principal }))
  refuses(
    'ALG',
    'with the algorithm of another kind of key',
    reply({
      cose: {
        header: new Map([
          [1, -9],
          [4, node.kid],
        ]),
      },
    }),
  )
  refuses('SIG', 'with a changed outcome', changed())

  // Promises: what is promised for this request, and what a promise comes to.
  const promised = (parts) => promiseOf({ request: asked.id, ...parts })
  const deferred = (promise) => reply({ outcome: { status: 'deferred', promise: promise.bytes } })
  const promise = promised()
  takes('a promise', deferred(promise), {
    ...{ signed: true, executor: node.principal, promise: promise.id.toString() },
    outcome: { status: 'deferred', promise: hex(promise.bytes) },
  })
  const wrapping = promised({ wraps: rawCid(utf8('the promise of another')) })
  takes('a promise that passes on another one', deferred(wrapping), {
    ...{ signed: true, executor: node.principal, promise: wrapping.id.toString() },
    outcome: { status: 'deferred', promise: hex(wrapping.bytes) },
  })
  const awaited = { request: hex(promise.bytes), id: promise.id.toString() }
  const resolution = (claims) => reply({ inReplyTo: promise.id, ...claims })
  takes(
    'the resolution of a promise',
    resolution(),
    { signed: true, executor: node.principal, outcome },
    awaited,
  )
  for (const [status, code] of [
    ['broken', 'HANDLER'],
    ['refused', 'UPSTREAM'],
    ['expired', 'EXPIRED'],
  ])
    takes(
      `the resolution of a promise that was ${status}`,
      resolution({ outcome: { status, code } }),
      { signed: true, executor: node.principal, outcome: { status, code } },
      awaited,
    )
  const promises = (code, comment, parts) => refuses(code, `a promise ${comment}`, deferred(promised(parts)))
  promises('POP', 'of somebody else', { by: bob })
  promises('AUD', 'to somebody else', { to: bob })
  promises('CHAIN', 'for another request', { request: rawCid(utf8('another')) })
  promises('GRID', 'in another grid', { grid: otherGrid })
  promises('KEY', 'that somebody else signed', { by: mallory, iss: node.principal })
  promises('SIG', 'that somebody else signed for it', {
    ...{ by: mallory, iss: node.principal, cose: { kid: node.kid } },
  })
  promises('SHAPE', 'that has expired when it is made', { exp: NOW })
  refuses('SHAPE', 'a promise that is a capability', deferred(aliceToken))
  refuses('CHAIN', 'a resolution instead of a reply', resolution())
  refuses(
    'SHAPE',
    'a promise and a result',
    reply({ outcome: { ...kept, status: 'deferred', promise: promise.bytes } }),
  )
  return made

  function changed() {
    const bytes = reply()
    const at = Buffer.from(bytes).lastIndexOf('hello')
    return bytes.with(at, bytes[at] ^ 1)
  }
}

function hashOf(bytes) {
  return rawCid(bytes).multihash.digest
}
