// Scenarios about totals and rates.
import { alice, bob, bytesOf, dag, NOW, node, root, utf8 } from './kit.mjs'
import { adoption, echo, grid, nativeFuel, request, spaceOf, store, token } from './world.mjs'
import { decided, echoed, hello, kept, play, step, told } from './scenario.mjs'

export function spendingScenarios(made) {
  const refuse = (comment, steps, more) => play(made, 'invalid', comment, steps, more)
  const accept = (comment, steps, more) => play(made, 'valid', comment, steps, more)
  /** What the root grants alice; a token that counts names the node that does. */
  const granted = (caveats, more = {}) =>
    token({ by: root, to: alice, after: adoption, aud: node.principal, caveats, ...more })
  const echoBy = (link, more) => request({ by: alice, arguments: hello, capabilities: [link.bytes], ...more })
  const answer = echoed(echo, hello)
  const fuel = nativeFuel(hello.length, hello.length)
  const spent = (link) => decided('SPENT', 'capability.md#total', link)
  const ofSpace = { resource: spaceOf('a/'), methods: ['get', 'put'] }
  const putBy = (link, value, more) =>
    request({
      ...{ by: alice, handler: store, method: 'put', resource: spaceOf('a/'), capabilities: [link.bytes] },
      arguments: dag({ key: utf8('a/1'), value: utf8(value) }),
      ...more,
    })

  // ------------------------------------------------------------------------------------------- totals
  const two = granted({ total: { calls: 2 } }, ofSpace)
  refuse('a total of two calls, and a third one', [
    step('put', putBy(two, 'one'), kept(dag(true))),
    step('put again', putBy(two, 'two'), kept(dag(true))),
    step('one more', putBy(two, 'three'), told('SPENT'), spent(1)),
    step(
      'nothing was put',
      putBy(granted(undefined, ofSpace), '', { method: 'get', arguments: dag({ key: utf8('a/1') }) }),
      kept(dag(utf8('two'))),
    ),
    step('tomorrow it is still spent', putBy(two, 'three'), told('SPENT'), { now: NOW + 500, ...spent(1) }),
  ])
  const once = granted({ total: { calls: 1 } }, ofSpace)
  const only = putBy(once, 'one')
  accept('the same bytes are charged once, also when nothing is left', [
    step('put', only, kept(dag(true)), { decision: null }),
    step('again', only, kept(dag(true)), { sameReplyAs: 0, decision: null }),
  ])
  const pureOnce = granted({ total: { calls: 1 } })
  const cti = bytesOf(16, 11)
  refuse('a total of one call of a pure handler', [
    step('echo', echoBy(pureOnce, { cti }), answer),
    step('again', echoBy(pureOnce, { cti }), answer, { sameReplyAs: 0 }),
    step('another message', echoBy(pureOnce), told('SPENT'), spent(1)),
  ])
  refuse('a result that is known costs what a run does', [
    step('by the root', request({ by: root, arguments: hello, capabilities: [adoption.id] }), answer),
    step('by alice', echoBy(granted({ total: { fuel } })), answer),
    step('by alice, with too little', echoBy(granted({ total: { fuel: fuel - 1 } })), told('BUDGET_FUEL')),
  ])
  const some = granted({ total: { fuel: 2 * fuel + 1 } })
  refuse('a total of fuel for two runs and a bit', [
    step('first', echoBy(some), answer),
    step('second', echoBy(some), answer),
    step('third: stopped by what is left', echoBy(some), told('BUDGET_FUEL'), { decision: null }),
    step('and with that it is spent', echoBy(some), told('SPENT'), spent(1)),
  ])
  const bytes = granted({ total: { outputBytes: hello.length } })
  refuse('a total of as many bytes as one result', [
    step('first', echoBy(bytes), answer),
    step('second', echoBy(bytes), told('SPENT'), spent(1)),
  ])
  const failing = granted({ total: { calls: 1 } }, ofSpace)
  refuse('a call that the handler refuses is spent as well', [
    step('put nothing', putBy(failing, '', { arguments: dag({ key: utf8('a/1') }) }), told('HANDLER')),
    step('put', putBy(failing, 'one'), told('SPENT'), spent(1)),
  ])
  const above = granted({ total: { calls: 1 } })
  const caveats = { total: { calls: 1 } }
  const below = token({ by: alice, to: bob, after: above, aud: node.principal, caveats })
  const byBob = (more) =>
    request({ by: bob, arguments: hello, capabilities: [above.bytes, below.bytes], ...more })
  refuse('what alice has spent bob has not', [
    step('alice', echoBy(above), answer),
    step('bob', byBob(), told('SPENT'), spent(1)),
  ])
  refuse('what bob has spent alice has not', [
    step('bob', byBob(), answer),
    step('alice', echoBy(above), told('SPENT'), spent(1)),
  ])
  refuse('a total, addressed to the grid', [
    step(
      'echo',
      echoBy(granted({ total: { calls: 9 } }), { aud: grid.toString() }),
      told('EFFECTS'),
      decided('EFFECTS', 'dispatch.md#effects'),
    ),
  ])

  // -------------------------------------------------------------------------------------------- rates
  const rated = (calls, seconds) => granted({ rate: { calls, seconds } })
  const begin = NOW - (NOW % 10)
  const slow = rated(1, 10)
  const second = echoBy(slow)
  const late = decided('RATE', 'capability.md#rate', 1)
  refuse('a rate of one call in ten seconds', [
    step('in the last second of a span', echoBy(slow), answer, { now: begin + 9 }),
    step('another one', second, told('RATE'), { now: begin + 9, ...late }),
    step('the same bytes in the next span', second, answer, { now: begin + 10, decision: null }),
    step('and no more', echoBy(slow), told('RATE'), { now: begin + 19, ...late }),
  ])
  const none = rated(0, 1)
  refuse('a rate of no calls', [step('echo', echoBy(none), told('RATE'), { now: begin, ...late })])
  const both = granted({ rate: { calls: 1, seconds: 10 }, total: { calls: 2 } })
  refuse('a rate and a total', [
    step('first', echoBy(both), answer, { now: begin }),
    step('too soon', echoBy(both), told('RATE'), { now: begin + 1, ...late }),
    step('second', echoBy(both), answer, { now: begin + 10 }),
    step('both used up: the total comes first', echoBy(both), told('SPENT'), {
      now: begin + 11,
      ...spent(1),
    }),
  ])
}
