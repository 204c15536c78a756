/** Key statements: the newest word of a principal about its keys, and nothing that goes back. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeCbor, nobleAgreement } from '../../promisebase/index.ts'
import { readKeyStatement, signKeyStatement } from '../index.ts'
import { CLAIM } from '../message/labels.ts'
import { foundGrid, hybrid, person } from './fixture.ts'
import { sealObject } from './forge.ts'
import type { AgreementAlgorithm, AgreementKey, CborInput } from '../../promisebase/index.ts'
import type { KeyStatement, RefusalCode, Signer } from '../index.ts'
import type { Grid } from './fixture.ts'

const ivy = hybrid('ivy')
const keyOf = (algorithm: AgreementAlgorithm): AgreementKey =>
  nobleAgreement.publicKey(algorithm, new Uint8Array(algorithm === 'ML-KEM-768' ? 64 : 32).fill(7))
const all = (['X25519', 'ML-KEM-768', 'X-Wing'] as const).map(keyOf)

type Said = Partial<Omit<KeyStatement, 'issuer'>>

const stated = (grid: Grid, by: Signer, said: Said = {}): Uint8Array =>
  signKeyStatement(grid.crypto, by, { grid: grid.grid, issuedAt: grid.time.now, seq: 1, ...said }).bytes
const codeOf = async (grid: Grid, bytes: Uint8Array): Promise<RefusalCode | undefined> =>
  (await grid.kernel.acceptKeyStatement(bytes)).refused?.code

describe('a key statement', () => {
  test('announces a key for each way to encrypt, and is found by its principal', async () => {
    const grid = await foundGrid()
    assert.equal(await grid.kernel.keyStatement(grid.alice.principal), undefined)
    const bytes = stated(grid, grid.alice, { encryptionKeys: all })
    assert.equal(await codeOf(grid, bytes), undefined)
    const kept = await grid.kernel.keyStatement(grid.alice.principal)
    assert.deepEqual(kept?.bytes, bytes)
    for (const key of all)
      assert.deepEqual(
        kept.encryptionKeys?.find(({ algorithm }) => algorithm === key.algorithm),
        key,
      )
    await grid.restart()
    assert.equal((await grid.kernel.keyStatement(grid.alice.principal))?.seq, 1)
  })

  test('of a key set is signed by all its keys, and is MISSING before the set is here', async () => {
    const grid = await foundGrid()
    const bytes = stated(grid, ivy, { encryptionKeys: [keyOf('X-Wing')] })
    assert.equal(await codeOf(grid, bytes), 'MISSING')
    await grid.kernel.admitKeySet(ivy.keySet as Uint8Array)
    assert.equal(await codeOf(grid, bytes), undefined)
    // All keys have signed, so none of them speaks alone any more.
    assert.equal(await codeOf(grid, stated(grid, person('ivy'))), 'KEY')
  })

  test('gives way to a higher number only', async () => {
    const grid = await foundGrid()
    const [one, two, three] = [1, 2, 3].map((seq) => stated(grid, grid.alice, { seq }))
    assert.ok(one && two && three)
    assert.equal(await codeOf(grid, two), undefined)
    assert.equal(await codeOf(grid, one), 'CHAIN')
    assert.equal(await codeOf(grid, two), undefined)
    assert.equal(await codeOf(grid, three), undefined)
    assert.equal(await codeOf(grid, two), 'CHAIN')
    assert.equal((await grid.kernel.keyStatement(grid.alice.principal))?.seq, 3)
  })

  test('that contradicts the one in force is refused, and kept as evidence until a newer one comes', async () => {
    const grid = await foundGrid()
    const first = stated(grid, grid.alice, { encryptionKeys: [keyOf('X25519')] })
    const other = stated(grid, grid.alice, { encryptionKeys: [keyOf('X-Wing')] })
    assert.equal(await codeOf(grid, first), undefined)
    assert.equal(await codeOf(grid, other), 'CHAIN')
    const kept = await grid.kernel.keyStatement(grid.alice.principal)
    assert.deepEqual([kept?.bytes, kept?.contradicted], [first, other])
    const before = await grid.fingerprint()
    assert.equal(await codeOf(grid, stated(grid, grid.alice, { successor: grid.bob.principal })), 'CHAIN')
    assert.equal(await grid.fingerprint(), before, 'one contradiction is evidence enough')
    assert.equal(await codeOf(grid, stated(grid, grid.alice, { seq: 2 })), undefined)
    assert.equal((await grid.kernel.keyStatement(grid.alice.principal))?.contradicted, undefined)
  })

  test('is refused for another grid, from the future, by another key and with a bit changed', async () => {
    const grid = await foundGrid()
    const other = await foundGrid({ threshold: 1, roots: [grid.mallory] })
    assert.equal(await codeOf(grid, stated(other, grid.alice)), 'GRID')
    assert.equal(await codeOf(grid, stated(grid, grid.alice, { issuedAt: grid.time.now + 61 })), 'EARLY')
    assert.equal(
      await codeOf(grid, stated(grid, { ...grid.mallory, principal: grid.alice.principal })),
      'KEY',
    )
    const changed = stated(grid, grid.alice)
    changed[changed.length - 1] = (changed.at(-1) as number) ^ 1
    assert.equal(await codeOf(grid, changed), 'SIG')
    assert.equal(await codeOf(grid, new Uint8Array(0)), 'DECODE')
    await assert.rejects(grid.kernel.acceptKeyStatement('no' as unknown as Uint8Array), TypeError)
  })

  test('with a key that nobody may encrypt to, or of another size or name, is refused', async () => {
    const grid = await foundGrid()
    const refused: [CborInput, RefusalCode][] = [
      [new Map(), 'SHAPE'],
      [['X25519'], 'SHAPE'],
      [new Map([['X448', new Uint8Array(56)]]), 'SHAPE'],
      [new Map([['X25519', new Uint8Array(31)]]), 'SHAPE'],
      [new Map([['X25519', 'key']]), 'SHAPE'],
      [new Map([['X25519', new Uint8Array(32)]]), 'KEY'],
      [new Map([['ML-KEM-768', new Uint8Array(1_184).fill(255)]]), 'KEY'],
    ]
    for (const [keys, code] of refused) {
      const claims = new Map<number, CborInput>([
        [CLAIM.iss, grid.root.principal],
        [CLAIM.iat, grid.time.now],
        [CLAIM.grid, grid.grid],
        [CLAIM.seq, 1],
        [CLAIM.encryptionKeys, keys],
      ])
      assert.equal(await codeOf(grid, sealObject(grid, grid.root, 'keyStatement', encodeCbor(claims))), code)
    }
    assert.throws(
      () => stated(grid, grid.alice, { encryptionKeys: [keyOf('X25519'), keyOf('X25519')] }),
      TypeError,
    )
  })

  test('is read by anyone who knows the keys, without a kernel', async () => {
    const grid = await foundGrid()
    const read = readKeyStatement(grid.crypto, grid.keys, stated(grid, grid.alice, { seq: 7 }))
    assert.deepEqual([read.ok?.issuer, read.ok?.seq], [grid.alice.principal, 7])
  })
})

describe('a successor', () => {
  test('is one when both say so, and holds nothing by that', async () => {
    const grid = await foundGrid()
    const { kernel, alice } = grid
    await kernel.admitKeySet(ivy.keySet as Uint8Array)
    assert.equal(await codeOf(grid, stated(grid, alice, { successor: ivy.principal })), undefined)
    assert.equal(await kernel.successorOf(alice.principal), undefined)
    assert.equal(await codeOf(grid, stated(grid, ivy, { predecessor: alice.principal })), undefined)
    assert.equal(await kernel.successorOf(alice.principal), ivy.principal)
    const sent = grid.compose({ as: ivy, chain: [grid.grant()] })
    assert.equal((await kernel.explain(sent.bytes)).refusal?.code, 'POP')
  })

  test('is not whoever names a predecessor, nor one who was named and names another', async () => {
    const grid = await foundGrid()
    const { kernel, alice, bob, mallory } = grid
    assert.equal(await codeOf(grid, stated(grid, mallory, { predecessor: alice.principal })), undefined)
    assert.equal(await kernel.successorOf(alice.principal), undefined)
    assert.equal(await codeOf(grid, stated(grid, alice, { successor: bob.principal })), undefined)
    assert.equal(await codeOf(grid, stated(grid, bob, { predecessor: mallory.principal })), undefined)
    assert.equal(await kernel.successorOf(alice.principal), undefined)
  })

  test('is a principal, and another one', async () => {
    const grid = await foundGrid()
    assert.equal(await codeOf(grid, stated(grid, grid.alice, { successor: grid.alice.principal })), 'SHAPE')
    assert.equal(await codeOf(grid, stated(grid, grid.alice, { predecessor: 'did:key:z6Mk' })), 'KEY')
  })
})
