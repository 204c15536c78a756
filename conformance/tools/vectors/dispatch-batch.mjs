// Scenarios in which one handler calls others, with what its message lends it.
import { alice, bob, dag, NOW, root, utf8 } from './kit.mjs'
import { adoption, batch, codeOf, echo, otherGrid, request, spaceOf, store, token } from './world.mjs'
import { kept, play, step, told } from './scenario.mjs'

export function cascadeScenarios(made) {
  const accept = (comment, steps, more) => play(made, 'valid', comment, steps, more)
  const refuse = (comment, steps, more) => play(made, 'invalid', comment, steps, more)
  const granted = (claims) => token({ by: root, to: alice, after: adoption, methods: ['*'], ...claims })
  const toBatch = granted({ resource: codeOf(batch) })
  const notes = granted({ resource: spaceOf('') })
  const echoes = granted({ resource: codeOf(echo) })
  const ask = (calls, lent, more = {}) =>
    request({
      ...{ by: alice, handler: batch, method: 'all', arguments: dag(calls), capabilities: [toBatch.bytes] },
      ...(lent.length === 0 ? {} : { table: lent.map((chain) => [chain].flat().map(({ bytes }) => bytes)) }),
      ...more,
    })
  const put = (capability, key) => ({
    ...{ capability, protocol: store.protocol, method: 'put', resource: spaceOf('') },
    input: dag({ key: utf8(key), value: utf8(`value of ${key}`) }),
  })
  const get = (capability, key) => ({
    ...{ capability, protocol: store.protocol, method: 'get', resource: spaceOf('') },
    input: dag({ key: utf8(key) }),
  })
  const say = (capability) => ({ capability, protocol: echo.protocol, method: 'echo', input: utf8('hello') })
  const nothingIsThere = step('nothing of it is there', ask([get(0, 'a')], [notes]), kept(dag([dag(null)])))

  accept('a batch of two calls, which see one another', [
    step(
      'put, and get',
      ask([put(0, 'a'), get(0, 'a')], [notes]),
      kept(dag([dag(true), dag(utf8('value of a'))])),
    ),
    step('it is kept', ask([get(0, 'a')], [notes]), kept(dag([dag(utf8('value of a'))]))),
  ])
  accept('each call of a batch with a chain of its own', [
    step(
      'echo, and put',
      ask([say(0), put(1, 'a')], [echoes, [adoption, notes]]),
      kept(dag([utf8('hello'), dag(true)])),
    ),
  ])
  accept('calls that are refused before they run, told one by one', [
    step(
      'each of them',
      ask(
        [put(1, 'a'), put(0, 'a'), { ...say(0), method: 'shout' }, { ...say(2) }, put(3, 'a'), say(0)],
        [
          echoes,
          granted({ resource: spaceOf(''), methods: ['get'] }),
          token({ by: root, to: bob, after: adoption }),
          granted({ resource: spaceOf(''), exp: NOW }),
        ],
        { method: 'each' },
      ),
      kept(dag(['METHOD', 'RESOURCE', 'UNKNOWN_METHOD', 'POP', 'EXPIRED', utf8('hello')])),
    ),
  ])
  accept('an index that is not in the table (D-15)', [
    step(
      'beyond it, below it, and without a table',
      ask([put(1, 'a'), put(-1, 'a')], [notes], { method: 'each' }),
      kept(dag(['SHAPE', 'SHAPE'])),
    ),
    step('without a table', ask([put(0, 'a')], [], { method: 'each' }), kept(dag(['SHAPE']))),
  ])
  accept('a chain of another grid lends nothing', [
    step(
      'put',
      ask([put(0, 'a')], [granted({ resource: spaceOf(''), grid: otherGrid })], { method: 'each' }),
      kept(dag(['GRID'])),
    ),
  ])
  accept('what is final can be used and not lent on (D-18)', [
    step(
      'both',
      ask(
        [
          { capability: 0, protocol: batch.protocol, method: 'all', input: dag([put(0, 'a')]), lend: [1] },
          put(1, 'a'),
        ],
        [toBatch, granted({ resource: spaceOf(''), caveats: { final: true } })],
        { method: 'each' },
      ),
      kept(dag(['FORBIDDEN', dag(true)])),
    ),
  ])
  const many = (count) => Array.from({ length: count }, () => put(0, 'a'))
  accept('a batch of 64 calls', [
    step('64', ask(many(64), [notes]), kept(dag(Array.from({ length: 64 }, () => dag(true))))),
  ])
  refuse('a batch of 65 calls', [step('65', ask(many(65), [notes]), told('BUDGET_CALLS')), nothingIsThere])
  refuse('64 calls on two levels, and the one that makes them', [
    step(
      'a batch in a batch',
      ask(
        [{ capability: 0, protocol: batch.protocol, method: 'each', input: dag(many(64)), lend: [1] }],
        [toBatch, notes],
        { method: 'each' },
      ),
      told('BUDGET_CALLS'),
    ),
    nothingIsThere,
  ])
  const deep = (levels) =>
    levels === 0
      ? put(1, 'a')
      : {
          ...{ capability: 0, protocol: batch.protocol, method: 'all' },
          ...{ input: dag([deep(levels - 1)]), lend: [0, 1] },
        }
  const nested = (levels) => ask([deep(levels)], [toBatch, notes])
  const nestedResult = (levels) => dag([levels === 0 ? dag(true) : nestedResult(levels - 1)])
  accept('handlers that call one another eight deep', [step('eight', nested(7), kept(nestedResult(7)))])
  refuse('handlers that call one another nine deep (D-05)', [
    step('nine', nested(8), told('BUDGET_DEPTH')),
    nothingIsThere,
  ])
  refuse('a call that fails after another has written', [
    step(
      'put, and a put without a value',
      ask([put(0, 'a'), { ...put(0, 'b'), input: dag({ key: utf8('b') }) }], [notes], { method: 'each' }),
      told('HANDLER'),
    ),
    nothingIsThere,
  ])
  refuse('a call that is refused, in a batch that wants all', [
    step('put, and one that is not granted', ask([put(0, 'a'), say(0)], [notes]), told('HANDLER')),
    nothingIsThere,
  ])
  refuse('more fuel than the first call was granted', [
    step(
      'put twice',
      ask([put(0, 'a'), put(0, 'b')], [notes], {
        capabilities: [granted({ resource: codeOf(batch), caveats: { budget: { fuel: 12 } } }).bytes],
      }),
      told('BUDGET_FUEL'),
    ),
    nothingIsThere,
  ])
}
