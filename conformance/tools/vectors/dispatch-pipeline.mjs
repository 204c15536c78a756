// Messages that build on the results of others: what is known, what is not, and who is told.
import { alice, dag, NOW, rawCid, root, utf8 } from './kit.mjs'
import { adoption, aliceToken, echo, request, spaceOf, store } from './world.mjs'
import { decided, echoed, hello, hinted, kept, play, step, told } from './scenario.mjs'

const FUTURE = 'dispatch.md#future'

export function pipelines(made) {
  const accept = (comment, steps) => play(made, 'valid', comment, steps)
  const refuse = (comment, steps) => play(made, 'invalid', comment, steps)
  const ask = (parts) => request({ by: root, capabilities: [adoption.id], ...parts })
  const byAlice = { by: alice, capabilities: [aliceToken.bytes] }
  const first = ask({ arguments: hello })
  const behind = ask({ future: first.id })
  const pending = (comment, message) => step(comment, message, told('PENDING'), decided('PENDING', FUTURE))
  const upstream = (comment, message) => step(comment, message, told('UPSTREAM'), decided('UPSTREAM', FUTURE))

  accept('the result of another message as arguments', [
    step('the other', first, echoed(echo, hello)),
    step('the one that builds on it', behind, echoed(echo, hello)),
    step('one that builds on that one', ask({ future: behind.id }), echoed(echo, hello)),
  ])
  const put = ask({
    ...{ handler: store, method: 'put', resource: spaceOf('a/') },
    arguments: dag({ key: utf8('a/1'), value: dag({ key: utf8('a/1') }) }),
  })
  const get = { handler: store, method: 'get', resource: spaceOf('a/') }
  const query = ask({ arguments: dag({ key: utf8('a/1') }) })
  accept('the result of an effect, and an effect on a result', [
    step('put', put, kept(dag(true))),
    step('echo what came of it', ask({ future: put.id }), echoed(echo, dag(true))),
    step('echo a query', query, echoed(echo, dag({ key: utf8('a/1') }))),
    step('ask it', ask({ ...get, future: query.id }), kept(dag(dag({ key: utf8('a/1') })))),
  ])

  refuse('the result of a message that never came', [
    pending('the one that builds on it', behind),
    step('the other', first, echoed(echo, hello)),
    step('the same bytes again', behind, echoed(echo, hello)),
  ])
  refuse('the result of a message of somebody else', [
    step('the other', first, echoed(echo, hello)),
    pending('alice builds on it', request({ ...byAlice, future: first.id })),
    pending('alice builds on one that never came', request({ ...byAlice, future: rawCid(utf8('no')) })),
  ])
  const unknown = ask({ method: 'shout' })
  refuse('the result of a message that was refused before it ran', [
    step('the other', unknown, told('UNKNOWN_METHOD'), decided('UNKNOWN_METHOD', 'dispatch.md#method')),
    upstream('the one that builds on it', ask({ future: unknown.id })),
  ])
  const failed = ask({ handler: store, method: 'put', resource: spaceOf('a/'), arguments: hello })
  refuse('the result of a message whose handler refused', [
    step('the other', failed, told('HANDLER'), { decision: null }),
    upstream('the one that builds on it', ask({ future: failed.id })),
    pending('one that builds on that one, which may come again', ask({ future: rawCid(utf8('other')) })),
  ])
  const brief = ask({ arguments: hello, exp: NOW + 10 })
  const late = ask({ future: brief.id, exp: NOW + 10 })
  refuse('a result does not prolong who asks for it', [
    step('the other', brief, echoed(echo, hello)),
    step('too late', late, hinted('DENIED'), { now: NOW + 70, ...decided('EXPIRED', 'message.md#time') }),
  ])
  const waiting = ask({ future: rawCid(utf8('never')) })
  refuse('the result of a message that waits itself', [
    pending('the other', waiting),
    pending('the one that builds on it', ask({ future: waiting.id })),
  ])
}
