// Scenarios that end in stage 3 and after it.
import { alice, bytesOf, dag, dagCid, NOW, rawCid, root, unhex, utf8 } from './kit.mjs'
import { adoption, aliceToken, blockOf, echo, grid, request, spaceOf, store, token } from './world.mjs'
import { decided, echoed, hello, hinted, kept, play, step, told } from './scenario.mjs'

export function refusedByRun(made) {
  const refuse = (comment, steps, more) => play(made, 'invalid', comment, steps, more)
  /** The root, who may do everything, so that nothing but what is meant fails. */
  const ask = (parts) => request({ by: root, arguments: hello, capabilities: [adoption.id], ...parts })
  const tells = (comment, parts, code, rule, more) =>
    refuse(
      comment,
      [
        step(
          comment,
          ask(parts),
          told(code),
          rule === undefined ? { decision: null } : decided(code, `dispatch.md#${rule}`),
        ),
      ],
      more,
    )
  const deployed = (block, more = []) => ({ moreBlocks: [blockOf(dagCid(block), block), ...more] })
  const described = (fields) =>
    dag({
      ...{ format: 1, runtime: 'native', code: echo.codeCid, entry: 'call', methods: ['echo'], pure: true },
      ...{ imports: [], limits: {}, public: false },
      ...fields,
    })
  const linked = (claims) => token({ by: root, to: alice, after: adoption, ...claims })
  const byAlice = (claims) => ({ by: alice, capabilities: [linked(claims).bytes] })

  // ------------------------------------------------------------------------------------------ resolve
  const unknown = described({ name: 'not deployed' })
  tells('a descriptor that is not here', { protocol: dagCid(unknown) }, 'MISSING', 'descriptor')
  const noDescriptor = dag({ hello: 'world' })
  tells(
    'a block that is no descriptor',
    { protocol: dagCid(noDescriptor) },
    'DESCRIPTOR',
    'descriptor',
    deployed(noDescriptor),
  )
  const notCbor = utf8('hello')
  tells(
    'a block that is no CBOR',
    { protocol: dagCid(notCbor) },
    'DESCRIPTOR',
    'descriptor',
    deployed(notCbor),
  )
  const typesOf = (taken, result) => dag({ format: 1, methods: { echo: { arguments: taken, result } } })
  const typed = (comment, types, code, parts = {}, rule = undefined) => {
    const block = described({ types: dagCid(types) })
    const blocks = rule === 'absent' ? [] : [blockOf(dagCid(types), types)]
    const of = code === 'MISSING' || code === 'DESCRIPTOR' ? 'types' : undefined
    tells(comment, { protocol: dagCid(block), ...parts }, code, of, deployed(block, blocks))
  }
  typed('types that are not here', typesOf({}, null), 'MISSING', {}, 'absent')
  typed('a block that states no types', dag({ format: 2, methods: {} }), 'DESCRIPTOR')
  typed('a type that is none', typesOf({ n: 'u7' }, null), 'DESCRIPTOR')
  typed('arguments that are not of their types', typesOf({ n: 'u8' }, { record: { n: 'u8' } }), 'SHAPE', {
    arguments: dag({ n: 256 }),
  })
  typed('a result that is not of its type', typesOf({ n: 'u8' }, 'u8'), 'TRAP', { arguments: dag({ n: 1 }) })
  for (const runtime of ['vm', 'container']) {
    const block = described({ runtime })
    tells(
      `a handler for the runtime ${runtime}, which is not here`,
      { protocol: dagCid(block) },
      'RUNTIME',
      'runtime',
      deployed(block),
    )
  }
  tells('code for a runtime that is not here', { protocol: echo.codeCid }, 'RUNTIME', 'runtime')
  tells('a method the handler does not have', { method: 'shout' }, 'UNKNOWN_METHOD', 'method')
  tells('a method of another handler', { handler: store, method: 'echo' }, 'UNKNOWN_METHOD', 'method')
  const put = {
    handler: store,
    method: 'put',
    resource: spaceOf('a/'),
    arguments: dag({ key: utf8('a/1'), value: hello }),
  }
  tells('an effect, addressed to the grid', { ...put, aud: grid.toString() }, 'EFFECTS', 'effects')
  tells(
    'a pure handler on a space, addressed to the grid',
    { aud: grid.toString(), resource: spaceOf('a/') },
    'EFFECTS',
    'effects',
  )
  tells(
    'less memory than the handler needs',
    byAlice({ caveats: { budget: { memoryBytes: 1_048_575 } } }),
    'BUDGET_MEMORY',
    'memory',
  )
  const open = described({})
  tells(
    'less memory than the node gives, for a handler that states no need',
    {
      ...byAlice({ resource: ['code', dagCid(open)], caveats: { budget: { memoryBytes: 1_000_000 } } }),
      protocol: dagCid(open),
    },
    'BUDGET_MEMORY',
    'memory',
    deployed(open),
  )
  const gone = described({ code: rawCid(utf8('promisegrid:native/gone/1')) })
  tells('code that is not here', { protocol: dagCid(gone) }, 'MISSING', 'code', deployed(gone))
  const written = utf8('promisegrid:native/echo/1')
  const cuts = [written.slice(0, 9), written.slice(9)]
  const inParts = (comment, code, here, limits = {}) => {
    const tree = dag({ size: written.length, tree: 1, parts: cuts.map((cut) => rawCid(cut)) })
    const descriptor = described({ code: dagCid(tree) })
    const blocks = [blockOf(dagCid(tree), tree), ...here.map((cut) => blockOf(rawCid(cut), cut))]
    tells(comment, { protocol: dagCid(descriptor) }, code, 'code', {
      ...deployed(descriptor, blocks),
      limits,
    })
  }
  inParts('code of which a part is not here', 'MISSING', cuts.slice(0, 1))
  inParts('code longer than this node takes', 'LIMIT', cuts, { codeBytes: written.length - 1 })
  tells('arguments that are not here', { arguments: rawCid(utf8('nowhere')) }, 'MISSING', 'arguments')
  tells('a context that is not here', { context: dagCid(utf8('nowhere')) }, 'MISSING', 'context')
  const long = bytesOf(2000, 1)
  tells('arguments longer than this node takes', { arguments: rawCid(long) }, 'LIMIT', 'arguments', {
    ...{ moreBlocks: [blockOf(rawCid(long), long)], limits: { argumentBytes: 1999 } },
  })

  const [part, rest] = [utf8('hel'), utf8('lo')]
  const trees = (comment, fields, code, here = [part, rest], limits = {}) => {
    const tree = dag({ size: 5, tree: 1, parts: [rawCid(part), rawCid(rest)], ...fields })
    tells(`a tree ${comment}`, { arguments: dagCid(tree) }, code, 'arguments', {
      moreBlocks: [blockOf(dagCid(tree), tree), ...here.map((block) => blockOf(rawCid(block), block))],
      limits,
    })
  }
  trees('of a size that its parts do not have', { size: 6 }, 'SHAPE')
  trees('of another version', { tree: 3 }, 'SHAPE')
  trees('without parts', { parts: [] }, 'SHAPE')
  trees('of which a part is not here', {}, 'MISSING', [part])
  trees('longer than this node takes', {}, 'LIMIT', [], { argumentBytes: 4 })

  // ------------------------------------------------------------------------------------------- replay
  const cti = bytesOf(16, 9)
  refuse('one nonce, two messages: an effect', [
    step('put', ask({ ...put, cti }), kept(dag(true))),
    step(
      'another put with its nonce',
      ask({ ...put, cti, arguments: dag({ key: utf8('a/1'), value: utf8('other') }) }),
      told('REPLAY'),
      { decision: null },
    ),
    step(
      'nothing has changed',
      ask({ ...put, method: 'get', arguments: dag({ key: utf8('a/1') }) }),
      kept(dag(hello)),
    ),
  ])
  refuse('one nonce, two messages: a pure handler', [
    step('echo', ask({ cti }), echoed(echo, hello)),
    step('another echo with its nonce', ask({ cti, arguments: utf8('other') }), told('REPLAY'), {
      decision: null,
    }),
  ])
  refuse('one nonce for an effect and a pure handler', [
    step('put', ask({ ...put, cti }), kept(dag(true))),
    step('an echo with its nonce', ask({ cti }), told('REPLAY'), { decision: null }),
  ])
  refuse('one nonce for a pure handler and an effect', [
    step('an echo', ask({ cti }), echoed(echo, hello)),
    step('a put with its nonce', ask({ ...put, cti }), told('REPLAY'), { decision: null }),
    step(
      'nothing was put',
      ask({ ...put, method: 'get', arguments: dag({ key: utf8('a/1') }) }),
      kept(dag(null)),
    ),
  ])
  const brief = linked({ resource: spaceOf('a/'), methods: ['put'], exp: NOW + 10 })
  const briefPut = ask({ ...put, by: alice, capabilities: [brief.bytes] })
  refuse('a stored reply is not for somebody whose promise has ended', [
    step('put', briefPut, kept(dag(true))),
    step('again', briefPut, kept(dag(true)), { sameReplyAs: 0, now: NOW + 9 }),
    step('again, after the promise has ended', briefPut, told('EXPIRED'), {
      now: NOW + 10,
      ...decided('EXPIRED', 'capability.md#time', 1),
    }),
  ])

  // --------------------------------------------------------------------------------- native handlers
  const ran = (comment, parts, code, more) => tells(comment, parts, code, undefined, more)
  const stranger = described({ code: rawCid(utf8('promisegrid:native/stranger/1')) })
  ran(
    'a native handler this node does not have',
    { protocol: dagCid(stranger) },
    'ADMIT',
    deployed(stranger, [
      blockOf(rawCid(utf8('promisegrid:native/stranger/1')), utf8('promisegrid:native/stranger/1')),
    ]),
  )
  const lying = dag({
    ...{ format: 1, runtime: 'native', code: store.codeCid, entry: 'call', methods: ['put'], pure: true },
    ...{ imports: [], limits: {}, public: true },
  })
  ran(
    'a descriptor that calls an effect pure',
    { protocol: dagCid(lying), method: 'put' },
    'ADMIT',
    deployed(lying),
  )
  const wider = described({ methods: ['echo', 'shout'] })
  ran(
    'a descriptor with a method its handler does not have',
    { protocol: dagCid(wider), method: 'shout' },
    'ADMIT',
    deployed(wider),
  )
  const fuelled = (fuel) => byAlice({ caveats: { budget: { fuel } } })
  ran('less fuel than the input costs', fuelled(1), 'BUDGET_FUEL')
  ran('less fuel than input and output cost', fuelled(3), 'BUDGET_FUEL')
  const brevity = byAlice({ caveats: { budget: { outputBytes: 4 } } })
  ran('a result of one byte too many', brevity, 'BUDGET_OUTPUT')
  refuse('a result that is known is held against the budget as well', [
    step('echo', ask({}), echoed(echo, hello)),
    step('with little output', ask(brevity), told('BUDGET_OUTPUT'), { decision: null }),
    step('with little fuel', ask(fuelled(3)), told('BUDGET_FUEL'), { decision: null }),
    step('with enough', ask(fuelled(4)), echoed(echo, hello)),
  ])
  ran('arguments the handler cannot read', { ...put, arguments: hello }, 'HANDLER')
  ran('arguments without what the method needs', { ...put, arguments: dag({ key: utf8('a/1') }) }, 'HANDLER')
  const outside = { ...put, arguments: dag({ key: utf8('b/1'), value: hello }) }
  const refusedPut = ask(outside)
  refuse('a key outside the prefix of the message', [
    step('put', refusedPut, told('FORBIDDEN'), { decision: null }),
    step('the same bytes: the same refusal', refusedPut, told('FORBIDDEN'), {
      decision: null,
      sameReplyAs: 0,
    }),
    step(
      'nothing was written',
      ask({ ...put, resource: spaceOf('b/'), method: 'get', arguments: dag({ key: utf8('b/1') }) }),
      kept(dag(null)),
    ),
  ])
  ran('entries without a space', { ...put, resource: undefined }, 'FORBIDDEN')
  ran('a space of the node’s own', { ...put, resource: spaceOf('', '.tokens') }, 'FORBIDDEN')
  const wide = byAlice({ resource: spaceOf('a/b'), methods: ['list'] })
  ran(
    'a list by a shorter prefix than granted',
    {
      ...{ ...wide, handler: store, method: 'list', resource: spaceOf('a/b') },
      arguments: dag({ prefix: utf8('a/') }),
    },
    'FORBIDDEN',
  )

  // --------------------------------------------------------------------------------------------- WASI
  const wasm = (comment, code, body) => {
    const block = wasmCommand(body)
    const allowed = byAlice({
      resource: ['code', rawCid(block)],
      methods: ['run'],
      caveats: { budget: { fuel: 1_000_000 } },
    })
    ran(comment, { ...allowed, protocol: rawCid(block), method: 'run' }, code, {
      ...{ runtimes: ['native', 'wasi'], moreBlocks: [blockOf(rawCid(block), block)] },
    })
  }
  const junk = utf8('this is no module')
  ran('code that is no WebAssembly', { protocol: rawCid(junk), method: 'run' }, 'ADMIT', {
    ...{ runtimes: ['native', 'wasi'], moreBlocks: [blockOf(rawCid(junk), junk)] },
  })
  wasm('a loop without end', 'BUDGET_FUEL', '03 40 0c 00 0b')
  wasm('a trap', 'TRAP', '00')
  wasm('a division by zero', 'TRAP', '41 01 41 00 6d 1a')
  wasm('a recursion without end', 'BUDGET_DEPTH', '10 00')
  wasm('a recursion without end that uses its results', 'BUDGET_DEPTH', '10 00 10 00')

  // ------------------------------------------------------------------------------------ any stage
  const full = { limits: { inFlight: 0 } }
  refuse('a node that has no room', [step('echo', ask({}), hinted('BUSY'), { decision: null })], full)
  refuse(
    'a node that has no room does not look at what it is sent',
    [step('junk', unhex('ff'), hinted('BUSY'))],
    full,
  )
  refuse(
    'refusals are signed only so often',
    [
      step(
        'first',
        ask({ method: 'shout' }),
        told('UNKNOWN_METHOD'),
        decided('UNKNOWN_METHOD', 'dispatch.md#method'),
      ),
      step(
        'second, in the same minute',
        ask({ method: 'shout' }),
        hinted('UNKNOWN_METHOD'),
        decided('UNKNOWN_METHOD', 'dispatch.md#method'),
      ),
      step(
        'somebody else',
        ask({ by: alice, capabilities: [aliceToken.bytes], method: 'shout' }),
        told('METHOD'),
        decided('METHOD', 'capability.md#methods', 1),
      ),
      step('a minute later', ask({ method: 'shout', exp: NOW + 600 }), told('UNKNOWN_METHOD'), {
        now: NOW + 60,
        ...decided('UNKNOWN_METHOD', 'dispatch.md#method'),
      }),
    ],
    { limits: { signedRefusalsPerMinute: 1 } },
  )
}

/** A WASI command whose `_start` is these instructions. */
function wasmCommand(body) {
  const code = unhex(`00 ${body} 0b`)
  return Uint8Array.from([
    ...unhex('0061736d 01000000'),
    ...unhex('01 04 01 60 00 00'),
    ...unhex('03 02 01 00'),
    ...unhex('05 03 01 00 01'),
    ...unhex('07 13 02 06 6d656d6f7279 02 00 06 5f7374617274 00 00'),
    ...[0x0a, code.length + 2, 1, code.length, ...code],
  ])
}
