// The language of grants: caveats in tokens, and scenarios in which they decide.
import { alice, bob, bytesOf, dag, hex, mallory, node, rawCid, root, unhex, utf8 } from './kit.mjs'
import { adoption, blockOf, codeOf, echo, request, spaceOf, store, token } from './world.mjs'
import { decided, echoed, hello, kept, play, step, told } from './scenario.mjs'

const HERE = { aud: node.principal }
const where = (...constraints) => ({ caveats: { arguments: constraints } })
const at = (step, constraint) => where([[step], constraint])

/** Tokens whose caveats are read, or refused for their form. */
export function caveatTokens(takes, refuses) {
  const caveat = (comment, caveats, more = {}) =>
    takes(comment, { ...more, caveats }, { ...caveats, ...(more.aud && { audience: more.aud }) })
  caveat('a total of calls, fuel and output', { total: { calls: 3, fuel: 0, outputBytes: 10 } }, HERE)
  caveat('a total of calls', { total: { calls: 0 } }, HERE)
  caveat('a rate', { rate: { calls: 10, seconds: 60 } }, HERE)
  caveat('executors', { executors: [node.principal] })
  const sixteen = Array.from({ length: 16 }, (_, index) => `executor ${10 + index}`)
  caveat('16 executors', { executors: sixteen })
  caveat('a final token', { final: true })
  caveat('the age of the news of revocations', { feedSeconds: 0 })
  caveat(
    'every caveat',
    {
      ...{ rate: { calls: 1, seconds: 1 }, final: true, total: { fuel: 5 }, budget: { fuel: 5 } },
      ...{ executors: [node.principal], feedSeconds: 60 },
    },
    HERE,
  )

  const constrained = (comment, constraints, expected) =>
    takes(comment, where(...constraints), { arguments: expected })
  const shown = (field, value) => [{ path: ['to'], [field]: value }]
  for (const [what, equals] of [
    ['a text', 'bob'],
    ['the empty text', ''],
    ['a negative number', -(2 ** 53 - 1)],
    ['null', null],
    ['false', false],
  ])
    constrained(`a constraint: equals ${what}`, [[['to'], { equals }]], shown('equals', equals))
  constrained(
    'a constraint: equals bytes',
    [[['to'], { equals: hello }]],
    shown('equals', { bytes: hex(hello) }),
  )
  const values = [1, -1, 'a', 'bb', false, null]
  constrained('a constraint: one of several', [[['to'], { oneOf: values }]], shown('oneOf', values))
  const many = Array.from({ length: 32 }, (_, index) => index)
  constrained('a choice of 32 values', [[['to'], { oneOf: many }]], shown('oneOf', many))
  constrained('a constraint: a range', [[['to'], { range: [-1, 10] }]], shown('range', { min: -1, max: 10 }))
  constrained(
    'a constraint: a range without an end',
    [[['to'], { range: [3, null] }]],
    shown('range', { min: 3 }),
  )
  constrained(
    'a constraint: a range without a beginning',
    [[['to'], { range: [null, 3] }]],
    shown('range', { max: 3 }),
  )
  constrained('a constraint: a prefix', [[['to'], { prefix: 'a/' }]], shown('prefix', 'a/'))
  constrained('a constraint: a size', [[['to'], { size: [1, 1] }]], shown('size', { min: 1, max: 1 }))
  constrained(
    'constraints sorted by path',
    [
      [[], { size: [null, 100] }],
      [[0], { equals: 1 }],
      [['to'], { prefix: 'b', size: [null, 9] }],
      [['items', 7], { equals: 1 }],
      [Array(8).fill('a'), { equals: 1 }],
    ],
    [
      { path: [], size: { max: 100 } },
      { path: [0], equals: 1 },
      { path: ['to'], prefix: 'b', size: { max: 9 } },
      { path: ['items', 7], equals: 1 },
      { path: Array(8).fill('a'), equals: 1 },
    ],
  )

  refuses('CAVEAT', 'a total that is not known', { ...HERE, caveats: { total: { wallMs: 1 } } })
  refuses('CAVEAT', 'a rate with a burst', { ...HERE, caveats: { rate: { calls: 1, seconds: 1, burst: 2 } } })
  refuses('CAVEAT', 'a constraint that is not known', at('to', { pattern: 'a*' }))
  refuses('CAVEAT', 'a constraint that is not known beside one that is', at('to', { equals: 1, not: 2 }))
  const wrong = (comment, caveats, more = HERE) => refuses('SHAPE', comment, { ...more, caveats })
  wrong('a total without aud', { total: { calls: 1 } }, {})
  wrong('a rate without aud', { rate: { calls: 1, seconds: 1 } }, {})
  wrong('a total of nothing', { total: {} })
  wrong('a total below zero', { total: { calls: -1 } })
  wrong('a total with a fraction', { total: { calls: 10.5 } })
  wrong('a total as text', { total: { calls: '10' } })
  wrong('a rate as a number', { rate: 10 })
  wrong('a rate without its seconds', { rate: { calls: 10 } })
  wrong('a rate without its calls', { rate: { seconds: 10 } })
  wrong('a rate in no time', { rate: { calls: 10, seconds: 0 } })
  wrong('no executor among the executors', { executors: [] })
  wrong('17 executors', { executors: [...sixteen, 'executor 26'] })
  wrong('executors out of order', { executors: ['b', 'a'] })
  wrong('an executor twice', { executors: ['a', 'a'] })
  wrong('an executor as text', { executors: node.principal })
  wrong('final: false', { final: false })
  wrong('feedSeconds with a fraction', { feedSeconds: 0.5 })
  wrong('no constraint in the arguments', { arguments: [] })
  wrong('arguments as a map', { arguments: { to: { equals: 1 } } })
  const seventeen = Array.from({ length: 17 }, (_, index) => [[index], { equals: 1 }])
  wrong('17 constraints', { arguments: seventeen })
  wrong('a constraint without a map', { arguments: [[['to']]] })
  wrong('constraints out of order of their paths', {
    arguments: [
      [['b'], { equals: 1 }],
      [['a'], { equals: 1 }],
    ],
  })
  wrong('a path twice', {
    arguments: [
      [['a'], { equals: 1 }],
      [['a'], { equals: 1 }],
    ],
  })
  wrong('a path of nine steps', { arguments: [[Array(9).fill('a'), { equals: 1 }]] })
  wrong('a path as text', { arguments: [['to', { equals: 1 }]] })
  wrong('a path with a negative step', { arguments: [[[-1], { equals: 1 }]] })
  wrong('a path with an empty step', { arguments: [[[''], { equals: 1 }]] })
  const demand = (comment, constraint) => refuses('SHAPE', `a constraint: ${comment}`, at('to', constraint))
  demand('nothing is demanded', {})
  demand('equals a list', { equals: [1] })
  demand('equals a fraction', { equals: 0.5 })
  demand('equals 2^53', { equals: 2n ** 53n })
  demand('one of none', { oneOf: [] })
  demand('values out of order', { oneOf: ['b', 'a'] })
  demand('a value twice', { oneOf: [1, 1] })
  refuses('SHAPE', 'a choice of 33 values', at('to', { oneOf: [...many, 32] }))
  demand('a range without bounds', { range: [null, null] })
  demand('a range that ends before it begins: out of order', { range: [2, 1] })
  demand('a range of texts', { range: ['1', '2'] })
  demand('a range of one number', { range: [1] })
  demand('an empty prefix', { prefix: '' })
  demand('a prefix that is a number', { prefix: 1 })
  demand('a size below zero', { size: [-1, null] })
}

/** Scenarios in which constraints and executors let a call pass. */
export function keptByConstraint(made) {
  const { asks, linked } = world()
  const keeps = (comment, constraints, bytes) =>
    play(made, 'valid', comment, [
      step(comment, asks(linked(where(...constraints)), bytes), echoed(echo, bytes)),
    ])
  keeps(
    'arguments as their constraints have them',
    [
      [['n'], { range: [1, 10] }],
      [['to'], { oneOf: ['bob', 'eve'] }],
    ],
    dag({ n: 10, to: 'bob' }),
  )
  keeps('a constraint on the bytes themselves', [[[], { prefix: utf8('he'), size: [null, 5] }]], hello)
  keeps(
    'a constraint deep among the arguments',
    [[['items', 1, 'to'], { equals: 'bob' }]],
    dag({ items: [0, { to: 'bob' }] }),
  )
  const up = linked({ ...at('n', { range: [null, 10] }), methods: ['*'] })
  const down = token({ by: alice, to: bob, after: up, ...at('n', { oneOf: [1, 2] }) })
  const input = dag({ n: 2 })
  play(made, 'valid', 'a choice within the range of the link before', [
    step(
      'kept',
      request({ by: bob, arguments: input, capabilities: [up.bytes, down.bytes] }),
      echoed(echo, input),
    ),
  ])
  play(made, 'valid', 'this node is an executor', [
    step('kept', asks(linked({ caveats: { executors: [node.principal] } }), hello), echoed(echo, hello)),
  ])
  play(made, 'valid', 'a final link, used by its holder', [
    step('kept', asks(linked({ caveats: { final: true } }), hello), echoed(echo, hello)),
  ])
}

/** Scenarios in which they refuse one, and in which a link says more than the one before. */
export function refusedByConstraint(made) {
  const { asks, linked } = world()
  const refuse = (comment, steps, more) => play(made, 'invalid', comment, steps, more)
  const unfit = decided('CONSTRAINT', 'capability.md#arguments', 1)
  const breaks = (comment, constraint, bytes, more) =>
    refuse(comment, [step(comment, asks(linked(where(constraint)), bytes), told('CONSTRAINT'), unfit)], more)
  breaks('another value than the constraint names', [['to'], { equals: 'bob' }], dag({ to: 'carol' }))
  breaks('a value that is none of those named', [['to'], { oneOf: ['a', 'b'] }], dag({ to: 'c' }))
  breaks('a number above the range', [['n'], { range: [1, 10] }], dag({ n: 11 }))
  breaks('a number with a fraction', [['n'], { range: [1, 10] }], dag({ n: 1.5 }))
  breaks('a number as text', [['n'], { range: [1, 10] }], dag({ n: '5' }))
  breaks('a text without the prefix', [['key'], { prefix: 'a/' }], dag({ key: 'b/a/' }))
  breaks('bytes where the prefix is a text', [['key'], { prefix: 'a/' }], dag({ key: utf8('a/') }))
  breaks('a list that is too long', [['items'], { size: [null, 2] }], dag({ items: [1, 2, 3] }))
  breaks('a value that is not there', [['to'], { equals: null }], dag({}))
  breaks('an index of a map', [['items', 0], { equals: 1 }], dag({ items: { 0: 1 } }))
  breaks('arguments that are no CBOR', [['to'], { size: [0, null] }], unhex('ff'))
  breaks('arguments in another spelling', [['n'], { equals: 1 }], unhex('a1616e1801'))
  breaks('bytes that begin otherwise', [[], { prefix: utf8('he') }], utf8('ha'))
  breaks('arguments longer than constraints look into', [[], { size: [1, null] }], bytesOf(101), {
    limits: { constrainedBytes: 100 },
  })
  const block = dag({ to: 'carol' })
  const byCid = request({
    by: alice,
    arguments: rawCid(block),
    capabilities: [linked(at('to', { equals: 'bob' })).bytes],
  })
  refuse(
    'a block with another value than the constraint names',
    [step('by CID', byCid, told('CONSTRAINT'), unfit)],
    {
      moreBlocks: [blockOf(rawCid(block), block)],
    },
  )
  const notes = linked({
    ...{ resource: spaceOf('a/'), methods: ['get', 'put'] },
    ...at('key', { prefix: utf8('a/x') }),
  })
  const ask = (method, fields) =>
    request({
      ...{ by: alice, handler: store, method, resource: spaceOf('a/') },
      ...{ arguments: dag(fields), capabilities: [notes.bytes] },
    })
  refuse('an effect outside of its constraint', [
    step('put a/y', ask('put', { key: utf8('a/y'), value: hello }), told('CONSTRAINT'), unfit),
    step('put a/x', ask('put', { key: utf8('a/x'), value: hello }), kept(dag(true))),
    step('get a/x', ask('get', { key: utf8('a/x') }), kept(dag(hello))),
  ])

  const elsewhere = linked({ caveats: { executors: [mallory.principal] } })
  refuse('this node is no executor', [
    step('echo', asks(elsewhere, hello), told('AUD'), decided('AUD', 'capability.md#executors', 1)),
  ])

  const more = (comment, rule, parent, child) => {
    const up = linked(parent)
    const down = token({ by: alice, to: bob, after: up, ...child })
    const sent = request({ by: bob, arguments: hello, capabilities: [up.bytes, down.bytes] })
    refuse(comment, [
      step(comment, sent, told('ATTEN'), decided('ATTEN', `capability.md#attenuation-${rule}`, 2)),
    ])
  }
  const to = (constraint) => at('to', constraint)
  more('a constraint dropped', 'arguments', to({ equals: 'bob' }), {})
  more(
    'a constraint on another path instead',
    'arguments',
    to({ equals: 'bob' }),
    at('from', { equals: 'bob' }),
  )
  more('another value', 'arguments', to({ equals: 'bob' }), to({ equals: 'carol' }))
  more('one value more', 'arguments', to({ oneOf: ['a', 'b'] }), to({ oneOf: ['a', 'b', 'c'] }))
  more('a wider range', 'arguments', to({ range: [1, 10] }), to({ range: [1, 11] }))
  more('a range without its end', 'arguments', to({ range: [1, 10] }), to({ range: [1, null] }))
  more('a shorter prefix of a text', 'arguments', to({ prefix: 'a/' }), to({ prefix: 'a' }))
  more('a prefix of another type', 'arguments', to({ prefix: 'a/' }), to({ prefix: utf8('a/') }))
  more('a larger size', 'arguments', to({ size: [null, 5] }), to({ size: [null, 6] }))
  more('a range of one number for that number', 'arguments', to({ equals: 3 }), to({ range: [3, 3] }))
  const counted = (caveats) => ({ ...HERE, caveats })
  const minute = (calls, seconds = 60) => counted({ rate: { calls, seconds } })
  more('a total dropped', 'total', counted({ total: { calls: 3 } }), HERE)
  more(
    'a total replaced by another',
    'total',
    counted({ total: { calls: 3 } }),
    counted({ total: { fuel: 1 } }),
  )
  more('one call more in all', 'total', counted({ total: { calls: 3 } }), counted({ total: { calls: 4 } }))
  more('a rate dropped', 'rate', minute(3), HERE)
  more('one call more in a minute', 'rate', minute(3), minute(4))
  more('fewer calls in another span', 'rate', minute(3), minute(1, 61))
  more('executors dropped', 'executors', { caveats: { executors: [node.principal] } }, {})
  more(
    'one executor more',
    'executors',
    { caveats: { executors: [node.principal] } },
    { caveats: { executors: [node.principal, mallory.principal].sort() } },
  )
  more('older news', 'feed', { caveats: { feedSeconds: 60 } }, { caveats: { feedSeconds: 61 } })
  more('the age of news dropped', 'feed', { caveats: { feedSeconds: 60 } }, {})
  more('delegated from a final link', 'final', { caveats: { final: true } }, { caveats: { final: true } })

  const half = (methods) => linked({ resource: spaceOf('a/'), methods })
  refuse('two capabilities that allow half each', [
    step(
      'both in one chain',
      request({
        ...{ by: alice, handler: store, method: 'put', resource: spaceOf('a/') },
        ...{ arguments: dag({ key: utf8('a/1'), value: hello }) },
        capabilities: [half(['put']).bytes, half(['get']).bytes],
      }),
      { signed: false, code: 'DENIED' },
      decided('CHAIN', 'capability.md#parent', 2),
    ),
  ])
  const boastful = linked({
    resource: codeOf(echo),
    methods: ['echo'],
    meta: { methods: ['*'], bearer: true },
  })
  refuse('authority claimed in meta', [
    step(
      'another method',
      request({ by: alice, method: 'shout', arguments: hello, capabilities: [boastful.bytes] }),
      told('METHOD'),
      decided('METHOD', 'capability.md#methods', 1),
    ),
  ])
}

function world() {
  const linked = (claims) => token({ by: root, to: alice, after: adoption, ...claims })
  const asks = (link, bytes) => request({ by: alice, arguments: bytes, capabilities: [link.bytes] })
  return { linked, asks }
}
