/** A promise passed on by another node, as its own: each node speaks for itself. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { createMemoryBackend, createStore, hashBlock, CODEC } from '../../../promisebase/index.ts'
import { createNativeRuntime } from '../../../runtimes/native/index.ts'
import { builtinHandlers } from '../../../handlers/index.ts'
import {
  composeMessage,
  createKernel,
  encodeDescriptor,
  joinGrid,
  nativeCode,
  nativeDescriptor,
  signPromise,
} from '../../index.ts'
import { promises as handler } from '../../../handlers/promises/index.ts'
import { foundGrid, person, seededCrypto, START } from '../fixture.ts'
import { promising, resolved, text, textIn } from './promising.ts'
import type { Grid } from '../fixture.ts'
import type { Outcome, SignedPromise, Signer } from '../../index.ts'

const middle = person('middle')

/** Node N of the fixture, and node M of the same grid; `middle` calls N, alice calls M. */
async function twoNodes() {
  const near = await foundGrid({ node: middle })
  const store = await createStore({ backend: createMemoryBackend(), crypto: near.crypto })
  await joinGrid(store, near.genesis)
  await store.transact((transaction) => {
    transaction.putBlock(nativeCode(handler), CODEC.raw)
    transaction.putBlock(encodeDescriptor(nativeDescriptor(near.crypto, handler)), CODEC.dagCbor)
  })
  const far = person('far')
  const kernel = await createKernel({
    store,
    crypto: near.crypto,
    signer: far,
    clock: () => near.time.now * 1_000,
    monotonic: () => 0,
    timer: () => () => undefined,
    runtimes: [createNativeRuntime(builtinHandlers)],
  })
  const adoption = await kernel.adopt(near.root.principal)
  const there: Grid = Object.create(near, {
    node: { value: far },
    kernel: { value: kernel },
    adoption: { value: adoption },
    grant: { value: (terms: object) => near.grant({ parent: adoption, ...terms }) },
    compose: {
      value: ({ as, chain, ...fields }: Parameters<Grid['compose']>[0] & object = {}) =>
        near.compose({ ...fields, as: as ?? near.alice, chain: chain ?? [], audience: far.principal }),
    },
    send: {
      value: async (sent: { bytes: Uint8Array; id: SignedPromise['id'] }, as = near.alice) => {
        const { readReply } = await import('../../index.ts')
        const pending = { ...sent, grid: near.grid, sender: as.principal, executors: [far.principal] }
        const reply = readReply(near.crypto, near.keys, pending, await kernel.dispatch(sent.bytes)).ok
        assert.ok(reply?.signed)
        const { outcome } = reply
        return { signed: true, outcome, code: 'code' in outcome ? outcome.code : outcome.status }
      },
    },
  }) as Grid
  const [atN, atM] = [promising(there), promising(near)]
  const promise = await atN.defer({}, middle)
  const own = await atM.defer({ wraps: promise.bytes, seconds: 1_000 })
  const end = async (): Promise<Uint8Array> => {
    const { ok, refused } = await kernel.outcomeOf(promise.id)
    assert.ok(ok !== undefined, refused?.detail)
    return ok.resolution
  }
  return { near, there, kernel, far, atN, atM, promise, own, end }
}

describe('a promise that wraps another one', () => {
  test('is the word of the node that passes it on, and names the other', async () => {
    const { own, promise, near } = await twoNodes()
    assert.equal(own.issuer, middle.principal)
    assert.equal(own.audience, near.alice.principal)
    assert.ok(own.wraps?.equals(promise.id))
    assert.notEqual(promise.issuer, own.issuer)
  })

  test('is kept when the other one is, by its own word', async () => {
    const { atN, atM, promise, own, end, near } = await twoNodes()
    const waiting = near.kernel.outcomeOf(own.id)
    assert.equal(await atN.keep(promise.id, 'from afar'), 'kept')
    assert.deepEqual((await near.kernel.acceptResolution(await end())).ok, [own.id])
    assert.equal(textIn((await waiting).ok?.outcome), 'from afar')
    const told = await atM.outcome(own)
    assert.equal(textIn(told as Outcome), 'from afar')
    const word = (await near.kernel.outcomeOf(own.id)).ok?.resolution ?? new Uint8Array(0)
    assert.equal(textIn(resolved(near, own, word, near.alice)), 'from afar')
    assert.deepEqual((await near.kernel.acceptResolution(await end())).ok, [])
  })

  test('is broken, refused or expired as the other one is', async () => {
    const broken = await twoNodes()
    await broken.atN.breakIt(broken.promise.id, 'no')
    assert.deepEqual((await broken.near.kernel.acceptResolution(await broken.end())).ok, [broken.own.id])
    assert.deepEqual(await broken.atM.outcome(broken.own), {
      status: 'broken',
      code: 'HANDLER',
      detail: 'no',
    })
    const late = await twoNodes()
    late.near.time.now = START + 600
    assert.deepEqual((await late.near.kernel.acceptResolution(await late.end())).ok, [late.own.id])
    const told = await late.atM.outcome(late.own)
    assert.ok(typeof told !== 'string' && told.status === 'expired')
  })

  test('is not for its handler to decide, and ends alone when nothing is heard', async () => {
    const { atM, own, near } = await twoNodes()
    assert.equal(await atM.keep(own.id, 'mine'), 'FORBIDDEN')
    assert.equal(await atM.breakIt(own.id, 'mine'), 'FORBIDDEN')
    near.time.now = START + 1_000
    const told = await atM.outcome(own)
    assert.ok(typeof told !== 'string' && told.status === 'expired')
  })

  test('that has expired stays so, whatever is heard after', async () => {
    const { atN, promise, own, end, near } = await twoNodes()
    await atN.keep(promise.id, 'from afar')
    const word = await end()
    near.time.now = START + 1_000
    assert.deepEqual((await near.kernel.acceptResolution(word)).ok, [])
    assert.equal((await near.kernel.promise(own.id)).ok?.status, 'expired')
  })

  test('ends with all others that wrap the same', async () => {
    const { atN, atM, promise, own, end, near } = await twoNodes()
    const other = await atM.defer({ wraps: promise.bytes })
    await atN.keep(promise.id, 'from afar')
    const ended = (await near.kernel.acceptResolution(await end())).ok ?? []
    assert.deepEqual(ended.map(String).sort(), [own, other].map(({ id }) => id.toString()).sort())
  })
})

describe('a resolution', () => {
  test('counts only as the word of who promised, to whom, in its grid', async () => {
    const { near, far, promise, own, there } = await twoNodes()
    const said = (fields: object = {}, by = far): Uint8Array =>
      composeMessage(near.crypto, by, {
        protocol: promise.protocol,
        grid: near.grid,
        audience: middle.principal,
        issuedAt: START,
        expires: START + 60,
        method: 'reply',
        capabilities: [],
        inReplyTo: promise.id,
        outcome: { status: 'broken', code: 'HANDLER' },
        ...fields,
      }).bytes
    const code = async (bytes: Uint8Array): Promise<string | undefined> =>
      (await near.kernel.acceptResolution(bytes)).refused?.code
    const result = (output: string, of = output) => ({
      cid: hashBlock(near.crypto.sha256, CODEC.raw, text(of)),
      bytes: text(output),
    })
    assert.equal(await code(said({}, near.mallory)), 'POP')
    assert.equal(await code(said({ audience: near.alice.principal })), 'AUD')
    assert.equal(await code(said({ grid: promise.protocol })), 'GRID')
    assert.equal(await code(said({ inReplyTo: undefined })), 'SHAPE')
    assert.equal(await code(said({ outcome: undefined })), 'SHAPE')
    assert.equal(await code(said({ outcome: { status: 'deferred', promise: promise.bytes } })), 'SHAPE')
    assert.equal(await code(said({ outcome: { status: 'already-seen', code: 'REPLAY' } })), 'SHAPE')
    assert.equal(await code(said({ outcome: { status: 'kept', fuel: 0, result: result('a', 'b') } })), 'CID')
    const { cid } = result('nowhere')
    assert.equal(await code(said({ outcome: { status: 'kept', fuel: 0, result: { cid } } })), 'MISSING')
    const bytes = said()
    assert.equal(await code(bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1)), 'SIG')
    assert.equal(await code(text('junk')), 'DECODE')
    assert.deepEqual((await near.kernel.acceptResolution(said({ inReplyTo: own.id }))).ok, [])
    assert.equal((await near.kernel.promise(own.id)).ok?.status, 'open')
    assert.deepEqual((await near.kernel.acceptResolution(bytes)).ok, [own.id])
    assert.ok(there)
  })
})

describe('nobody wraps', () => {
  test('what is forged, over, of another grid, or this node’s own', async () => {
    const { near, atM, promise } = await twoNodes()
    const wraps = async (bytes: Uint8Array): Promise<string> =>
      (await atM.ask('defer', { seconds: 9, wraps: bytes })).code
    const forged = promise.bytes.with(-1, (promise.bytes.at(-1) ?? 0) ^ 1)
    assert.equal(await wraps(forged), 'SIG')
    assert.equal(await wraps((await atM.defer()).bytes), 'SHAPE')
    const strange = await foundGrid({ node: person('strange'), crypto: seededCrypto('strange') })
    assert.equal(await wraps((await promising(strange).defer()).bytes), 'GRID')
    // P is a promise to the node M. What another was promised shows nobody else how it ends.
    const toAlice = signPromise(near.crypto, near.bob, {
      ...{ audience: near.alice.principal, issuedAt: START, expires: START + 60, grid: near.grid },
      ...{ request: promise.request, protocol: promise.protocol },
    })
    const passed = async (as: Signer): Promise<string> =>
      (await atM.ask('defer', { seconds: 9, wraps: toAlice.bytes }, as)).code
    assert.deepEqual([await passed(near.mallory), await passed(near.alice)], ['AUD', 'deferred'])
    near.time.now = START + 600
    assert.equal(await wraps(promise.bytes), 'EXPIRED')
  })
})
