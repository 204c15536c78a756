/**
 * What every kernel must do, seen from outside: bytes in, bytes out. A kernel passes by founding a grid with the
 * handlers of spec/protocols.md; how it stores, executes and remembers is its own.
 */
import assert from 'node:assert/strict'

import { decodeCbor, ENVELOPE_PROFILE, encodeCbor, nobleCrypto } from 'promisegrid/promisebase'
import {
  composeMessage,
  createKeyRing,
  createSigner,
  issueToken,
  readReceipt,
  readReply,
} from 'promisegrid/kernel'
import type { CID } from 'multiformats/cid'
import type { CborInput } from 'promisegrid/promisebase'
import type {
  Capability,
  CapabilityTerms,
  ComposedMessage,
  MessageFields,
  Outcome,
  Resource,
  Signer,
} from 'promisegrid/kernel'

/** A node of a grid of its own. */
export interface KernelUnderTest {
  dispatch(bytes: Uint8Array): Promise<Uint8Array>
  readonly grid: CID
  /** Principal of the node. */
  readonly node: string
  /** Someone the node has adopted, and the id of the adoption, which the node keeps. */
  readonly root: Signer
  readonly adoption: CID
  /** protocol_cids of the handlers that every node has. */
  readonly echo: CID
  readonly store: CID
  /** Seconds since 1970, as the node sees them. */
  now(): number
  /** Ends the kernel and opens another one on the same store; absent where there is no such thing. */
  restart?(): Promise<void>
  close?(): Promise<void>
}

export interface KernelSuiteOptions {
  readonly test: (name: string, body: () => Promise<void>) => unknown
  /** Makes a new node for each test; it is closed afterwards. */
  readonly factory: () => Promise<KernelUnderTest>
}

/** Defines the tests of a kernel. */
export function kernelSuite({ test, factory }: KernelSuiteOptions): void {
  const claim: Claim = (name, body) => {
    test(name, async () => {
      const subject = await factory()
      try {
        await body(visit(subject))
      } finally {
        await subject.close?.()
      }
    })
  }
  replyClaims(claim)
  onceClaims(claim)
  strangerClaims(claim)
  authorityClaims(claim)
  stateClaims(claim)
}

type Claim = (name: string, body: (visit: Visit) => Promise<void>) => void
type Visit = ReturnType<typeof visit>
/** What a test says about a token or a message; the rest is what an honest alice would say. */
type Terms = Partial<Omit<CapabilityTerms, 'parent'>> & { by?: Signer; parent?: Capability }
type Request = Partial<Omit<MessageFields, 'capabilities'>> & { as?: Signer; chain?: readonly Capability[] }
type Answer = { signed: true; code: string; outcome: Outcome } | { signed: false; code: string }

const keys = createKeyRing(nobleCrypto)
const utf8 = new TextEncoder()
const INPUT = utf8.encode('the same question')

function person(name: string): Signer {
  return createSigner(nobleCrypto, 'Ed25519', nobleCrypto.sha256(utf8.encode(`conformance ${name}`)))
}

const [alice, bob, mallory] = [person('alice'), person('bob'), person('mallory')]

/** Everything a test does at a node. */
function visit(subject: KernelUnderTest) {
  const grant = ({ by = subject.root, parent, ...terms }: Terms = {}): Capability =>
    issueToken(nobleCrypto, keys, by, {
      grid: subject.grid,
      holder: alice.principal,
      resource: { kind: 'code', protocol: subject.echo },
      methods: ['*'],
      caveats: {},
      expires: subject.now() + 600,
      parent: parent?.id ?? subject.adoption,
      ...terms,
    })
  const compose = ({ as = alice, chain = [grant()], ...fields }: Request = {}): ComposedMessage =>
    composeMessage(nobleCrypto, as, {
      protocol: subject.echo,
      grid: subject.grid,
      audience: subject.node,
      issuedAt: subject.now(),
      expires: subject.now() + 60,
      method: 'echo',
      capabilities: chain.map(({ bytes }) => bytes),
      arguments: { bytes: INPUT },
      ...fields,
    })
  const read = (sent: ComposedMessage, reply: Uint8Array, as: Signer): Answer => {
    const pending = { ...sent, grid: subject.grid, sender: as.principal, executors: [subject.node] }
    const { ok, refused } = readReply(nobleCrypto, keys, pending, reply)
    assert.equal(refused, undefined, refused?.detail)
    assert.ok(ok)
    if (!ok.signed) return { signed: false, code: ok.code }
    const { outcome } = ok
    return { signed: true, outcome, code: 'code' in outcome ? outcome.code : outcome.status }
  }
  const send = async (request: Request | ComposedMessage = {}): Promise<Answer> => {
    const sent = 'bytes' in request ? request : compose(request)
    const as = 'bytes' in request ? alice : (request.as ?? alice)
    return read(sent, await subject.dispatch(sent.bytes), as)
  }
  /** Alice's use of the entries of one space whose key begins with a prefix. */
  const entries = (prefix = '', methods: readonly string[] = ['*']) => {
    const resource: Resource = {
      kind: 'space',
      owner: subject.node,
      space: 'notes',
      prefix: utf8.encode(prefix),
    }
    const chain = [grant({ resource, methods })]
    return (method: string, fields: CborInput): ComposedMessage =>
      compose({ protocol: subject.store, method, resource, chain, arguments: { bytes: encodeCbor(fields) } })
  }
  return { subject, grant, compose, send, entries }
}

function resultOf(answer: Answer): Uint8Array | undefined {
  assert.ok(answer.signed && answer.outcome.status === 'kept', answer.code)
  return answer.outcome.result.bytes
}

function replyClaims(claim: Claim): void {
  claim('answers who is granted it with a signed reply and the result', async ({ send }) => {
    assert.deepEqual(resultOf(await send()), INPUT)
  })
  claim('answers along a chain of delegations', async ({ send, grant }) => {
    const toBob = grant({ holder: bob.principal })
    const toAlice = grant({ by: bob, parent: toBob, methods: ['echo'] })
    assert.deepEqual(resultOf(await send({ chain: [toBob, toAlice] })), INPUT)
  })
  claim('vouches for a pure result by a receipt that names nobody who asked', async ({ send, subject }) => {
    const [first, second] = [await send(), await send()]
    assert.ok(first.signed && first.outcome.status === 'kept' && first.outcome.receipt)
    assert.ok(second.signed && second.outcome.status === 'kept' && second.outcome.receipt)
    const { ok } = readReceipt(nobleCrypto, keys, first.outcome.receipt)
    assert.equal(ok?.executor, subject.node)
    assert.ok(ok.result.equals(first.outcome.result.cid))
    const other = readReceipt(nobleCrypto, keys, second.outcome.receipt)
    assert.ok(other.ok?.cacheKey.equals(ok.cacheKey))
    assert.ok(!Buffer.from(first.outcome.receipt).includes(alice.principal))
  })
}

function onceClaims(claim: Claim): void {
  claim('gives the same bytes the same reply, and acts once', async ({ subject, entries, send }) => {
    const call = entries()
    const first = call('put', { key: utf8.encode('k'), value: Uint8Array.of(1) })
    const reply = await subject.dispatch(first.bytes)
    resultOf(await send(call('put', { key: utf8.encode('k'), value: Uint8Array.of(2) })))
    assert.deepEqual(await subject.dispatch(first.bytes), reply)
    await subject.restart?.()
    assert.deepEqual(await subject.dispatch(first.bytes), reply)
    const value = resultOf(await send(call('get', { key: utf8.encode('k') })))
    assert.deepEqual(value, encodeCbor(Uint8Array.of(2)))
  })
  claim('gives many who send the same bytes at once one reply', async ({ subject, entries }) => {
    const { bytes } = entries()('put', { key: utf8.encode('k'), value: Uint8Array.of(1) })
    const replies = await Promise.all(Array.from({ length: 20 }, () => subject.dispatch(bytes)))
    for (const reply of replies) assert.deepEqual(reply, replies[0])
  })
}

function strangerClaims(claim: Claim): void {
  claim('tells strangers one and the same thing, unsigned', async ({ subject, compose, grant }) => {
    const own = grant({ by: mallory, holder: mallory.principal })
    const messages = [
      compose({ as: mallory }),
      compose({ as: mallory, chain: [] }),
      compose({ as: mallory, chain: [own] }),
      compose({ as: mallory, expires: subject.now() - 3_600 }),
      compose({ as: mallory, audience: bob.principal }),
    ]
    for (const { bytes } of messages) {
      const hint = encodeCbor(['grid-refused', nobleCrypto.sha256(bytes), 'DENIED'])
      assert.deepEqual(await subject.dispatch(bytes), hint)
    }
  })
  claim('answers whatever bytes it is sent, naming them', async ({ subject, compose }) => {
    const { bytes } = compose()
    const inputs = [
      new Uint8Array(0),
      Uint8Array.of(0xff),
      bytes.subarray(1),
      new Uint8Array(70_000),
      bytes.slice(),
    ]
    const last = inputs[inputs.length - 1] as Uint8Array
    last[40] = (last[40] ?? 0) ^ 1
    for (const input of inputs) {
      const hint = decodeCbor(await subject.dispatch(input), ENVELOPE_PROFILE).ok
      assert.ok(Array.isArray(hint) && hint[0] === 'grid-refused')
      assert.deepEqual(hint[1], nobleCrypto.sha256(input))
    }
  })
  claim('refuses a message of another grid', async ({ send, subject }) => {
    const answer = await send({ grid: subject.echo })
    assert.deepEqual(answer, { signed: false, code: 'GRID' })
  })
}

function authorityClaims(claim: Claim): void {
  const refusals: [string, string, (visit: Visit) => Request][] = [
    ['a method that was not granted', 'METHOD', ({ grant }) => ({ chain: [grant({ methods: ['other'] })] })],
    [
      'a resource that was not granted',
      'RESOURCE',
      ({ subject }) => ({ protocol: subject.store, method: 'get' }),
    ],
    [
      'a link that is past its time',
      'EXPIRED',
      ({ grant, subject }) => ({ chain: [grant({ expires: subject.now() - 1 })] }),
    ],
    [
      'a link that promises more than the one before',
      'ATTEN',
      ({ grant }) => {
        const narrow = grant({ methods: ['other'] })
        return { chain: [narrow, grant({ by: alice, parent: narrow, methods: ['echo'] })] }
      },
    ],
    [
      'a budget that is too small',
      'BUDGET_FUEL',
      ({ grant }) => ({ chain: [grant({ caveats: { budget: { fuel: 0 } } })] }),
    ],
    ['a method the handler has not', 'UNKNOWN_METHOD', () => ({ method: 'unheard-of' })],
  ]
  for (const [what, code, request] of refusals)
    claim(`tells who proved its chain of ${what}, signed`, async (visit) => {
      const answer = await visit.send(request(visit))
      assert.deepEqual({ signed: answer.signed, code: answer.code }, { signed: true, code })
    })
  claim('adds no two grants together', async ({ send, grant, subject }) => {
    const chain = [grant(), grant({ resource: { kind: 'code', protocol: subject.store } })]
    assert.equal((await send({ chain })).code, 'DENIED')
  })
}

function stateClaims(claim: Claim): void {
  claim('lets a handler reach exactly the resource of its message', async ({ entries, send }) => {
    const call = entries('mine/')
    const put = (key: string): ComposedMessage =>
      call('put', { key: utf8.encode(key), value: Uint8Array.of(1) })
    assert.equal((await send(put('mine/a'))).code, 'kept')
    for (const key of ['yours/a', 'mine', '']) assert.equal((await send(put(key))).code, 'FORBIDDEN')
  })
  claim(
    'gives nobody a space of its own, whatever was granted',
    async ({ subject, compose, grant, send }) => {
      const resource: Resource = {
        kind: 'space',
        owner: subject.node,
        space: '.tokens',
        prefix: new Uint8Array(0),
      }
      const sent = compose({
        protocol: subject.store,
        method: 'list',
        resource,
        chain: [grant({ resource })],
        arguments: { bytes: encodeCbor({ prefix: new Uint8Array(0) }) },
      })
      assert.equal((await send(sent)).code, 'FORBIDDEN')
    },
  )
}
