/** Blocks named by other hashes than sha2-256: who may, and that every hasher gives the same names. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex } from '@noble/hashes/utils.js'
import { fc } from '../../conformance/test/laws.ts'
import { CID } from 'multiformats/cid'
import { nodeHasher } from '../../runtimes/host/index.ts'
import {
  CODEC,
  createCid,
  createHasher,
  createMemoryBackend,
  createStore,
  HASH,
  hashBlockAs,
  isBlockOf,
  nobleHasher,
  parseCid,
  SHA2_256,
} from '../index.ts'
import { nodeCrypto } from './node-crypto.ts'

const content = new TextEncoder().encode('abc')
const others = Object.values(HASH).filter((hash) => hash !== SHA2_256)

describe('a hash', () => {
  it('gives the digests that its authors publish for "abc" and for nothing', () => {
    const rows: readonly [keyof typeof HASH, abc: string, nothing: string][] = [
      ['sha2-256', 'ba7816bf8f01cfea', 'e3b0c44298fc1c14'],
      ['sha2-512', 'ddaf35a193617aba', 'cf83e1357eefb8bd'],
      ['sha3-256', '3a985da74fe225b2', 'a7ffc6f8bf1ed766'],
      ['sha3-512', 'b751850b1a57168a', 'a69f73cca23a9ac5'],
      ['blake3', '6437b3ac38465133', 'af1349b9f5f9a1a6'],
      ['blake2b-256', 'bddd813c63423972', '0e5751c026e543b2'],
    ]
    assert.deepEqual(rows.map(([name]) => name).sort(), Object.keys(HASH).sort())
    for (const hasher of [nobleHasher, nodeHasher]) {
      for (const [name, abc, nothing] of rows) {
        assert.equal(bytesToHex(hasher.digest(HASH[name], content)).slice(0, 16), abc, name)
        assert.equal(bytesToHex(hasher.digest(HASH[name], new Uint8Array())).slice(0, 16), nothing, name)
      }
    }
  })

  it('is the same in every hasher', () => {
    assert.deepEqual([...nodeHasher.hashes].sort(), [...nobleHasher.hashes].sort())
    fc.assert(
      fc.property(
        fc.constantFrom(...nobleHasher.hashes),
        fc.uint8Array({ maxLength: 3000 }),
        (hash, bytes) => {
          assert.deepEqual(nodeHasher.digest(hash, bytes), nobleHasher.digest(hash, bytes))
        },
      ),
    )
  })

  it('is refused when it is not known, or is none', () => {
    for (const hash of [0, 0x11, 0x15, 0xd5, 0x9999, NaN])
      for (const hasher of [nobleHasher, nodeHasher])
        assert.throws(() => hasher.digest(hash, content), RangeError)
    assert.throws(() => createHasher([[0x11, () => new Uint8Array(20)]]), RangeError)
    assert.throws(() => createHasher([[0, (bytes) => bytes]]), RangeError)
  })

  it('names a block in a CID that is read back only where a rule names it', () => {
    for (const hash of others) {
      const cid = hashBlockAs(nobleHasher, hash, CODEC.raw, content)
      assert.deepEqual(CID.decode(cid.bytes).multihash.digest, nobleHasher.digest(hash, content))
      assert.ok(parseCid(cid.bytes, { hashes: [hash] }).ok?.equals(cid))
      assert.ok(parseCid(cid.toString(), { hashes: [hash] }).ok?.equals(cid))
      assert.equal(parseCid(cid.bytes).refused?.code, 'CID')
      const wrong = others.filter((other) => other !== hash)
      assert.equal(parseCid(cid.bytes, { hashes: wrong }).refused?.code, 'CID')
    }
  })

  it('must fill a CID with its whole digest', () => {
    for (const hash of Object.values(HASH)) {
      const { length } = nobleHasher.digest(hash, content)
      for (const other of [0, 1, 20, length - 1, length + 1])
        assert.throws(() => createCid(CODEC.raw, new Uint8Array(other), hash), TypeError)
    }
    for (const hash of [0, 0x11, 0x15])
      assert.throws(() => createCid(CODEC.raw, new Uint8Array(32), hash), RangeError)
  })
})

describe('an identity hash', () => {
  const identity = (length: number): Uint8Array =>
    Uint8Array.of(
      1,
      0x55,
      0,
      ...(length < 128 ? [length] : [(length % 128) | 128, length >> 7]),
      ...new Uint8Array(length),
    )

  it('is taken up to the bytes a rule names, and never above 128', () => {
    assert.equal(parseCid(identity(4)).refused?.code, 'CID')
    assert.equal(parseCid(identity(4), { hashes: [0] }).refused?.code, 'CID')
    assert.equal(parseCid(identity(4), { identityBytes: 3 }).refused?.code, 'CID')
    assert.equal(parseCid(identity(129), { identityBytes: 4096 }).refused?.code, 'CID')
    assert.ok(parseCid(identity(0), { identityBytes: 0 }).ok)
    assert.ok(parseCid(identity(4), { identityBytes: 4 }).ok)
    assert.ok(parseCid(identity(128), { identityBytes: 4096 }).ok)
  })

  it('names the bytes in it and no others', () => {
    const cid = CID.decode(identity(4))
    assert.ok(isBlockOf(nobleHasher, cid, new Uint8Array(4)))
    for (const bytes of [new Uint8Array(3), new Uint8Array(5), Uint8Array.of(0, 0, 0, 1)])
      assert.ok(!isBlockOf(nobleHasher, cid, bytes))
    assert.ok(!isBlockOf(nobleHasher, CID.decode(identity(129)), new Uint8Array(129)))
  })
})

describe('a block', () => {
  it('is the block of its CID, and of no other', () => {
    for (const hash of Object.values(HASH)) {
      const cid = hashBlockAs(nobleHasher, hash, CODEC.raw, content)
      assert.ok(isBlockOf(nodeHasher, cid, content))
      assert.ok(!isBlockOf(nodeHasher, cid, content.subarray(1)))
      const alone = createHasher([[hash === SHA2_256 ? HASH.blake3 : SHA2_256, (bytes) => bytes]])
      assert.ok(!isBlockOf(alone, cid, content))
    }
  })

  it('is not of a CID whose digest was cut, though what is left is right', () => {
    for (const hash of Object.values(HASH)) {
      const cut = nobleHasher.digest(hash, content).subarray(0, 20)
      const code = hash < 128 ? [hash] : [0xa0, 0xe4, 0x02]
      const cid = CID.decode(Uint8Array.of(1, 0x55, ...code, 20, ...cut))
      assert.equal(cid.multihash.code, hash)
      assert.ok(!isBlockOf(nobleHasher, cid, content))
    }
  })
})

describe('a store opened with more hashes', () => {
  it('takes and finds blocks by each of them, and checks them', async () => {
    await using store = await open(nodeHasher)
    for (const hash of others) {
      const cid = hashBlockAs(nobleHasher, hash, CODEC.cbor, content)
      await store.transact((transaction) => transaction.putBlockAs(cid, content))
      using snapshot = store.snapshot()
      assert.deepEqual(await snapshot.getBlock(cid), content)
      assert.ok(await snapshot.hasBlock(cid))
      await assert.rejects(
        store.transact((transaction) => transaction.putBlockAs(cid, content.subarray(1))),
        { code: 'HASH' },
      )
      await store.transact((transaction) => transaction.setLabel(`label ${hash}`, undefined, cid))
      using later = store.snapshot()
      assert.ok((await later.getLabel(`label ${hash}`))?.equals(cid))
    }
  })

  it('still names new blocks by sha2-256, with the function of its own', async () => {
    await using store = await open(createHasher([[SHA2_256, () => new Uint8Array(32)]]))
    const cid = await store.transact((transaction) => transaction.putBlock(content))
    assert.ok(isBlockOf(nobleHasher, cid, content))
  })

  it('refuses other hashes, cut digests and identity as ever', async () => {
    await using store = await open(nobleHasher)
    const digest = nobleHasher.digest(HASH.blake3, content)
    for (const head of [
      [1, 0x55, 0x11, 20],
      [1, 0x55, 0x1e, 20],
      [1, 0x55, 0, 3],
    ]) {
      const inside = head[2] === 0 ? content : digest.subarray(0, head[3])
      const cid = CID.decode(Uint8Array.of(...head, ...inside))
      await assert.rejects(
        store.transact((transaction) => transaction.putBlockAs(cid, content)),
        { code: 'HASH' },
      )
      using snapshot = store.snapshot()
      assert.equal(await snapshot.getBlock(cid), undefined)
      assert.equal(await snapshot.hasBlock(cid), false)
    }
  })

  it('notices a block that was changed on disk', async () => {
    const backend = createMemoryBackend()
    const store = await createStore({ backend, crypto: nodeCrypto, hasher: nobleHasher })
    const cid = hashBlockAs(nobleHasher, HASH.blake3, CODEC.raw, content)
    await store.transact((transaction) => transaction.putBlockAs(cid, content))
    const key = Uint8Array.of(0x10, ...cid.multihash.bytes)
    await backend.batch([{ type: 'put', key, value: Uint8Array.of(97, 98, 100) }], { durable: true })
    using snapshot = store.snapshot()
    await assert.rejects(snapshot.getBlock(cid), { code: 'CORRUPT' })
  })

  it('leaves to one opened without them a block that is absent and a label that can be moved', async () => {
    const backend = createMemoryBackend()
    const cid = hashBlockAs(nobleHasher, HASH['sha3-256'], CODEC.raw, content)
    const [rich, plain] = [
      await createStore({ backend, crypto: nodeCrypto, hasher: nobleHasher }),
      () => createStore({ backend, crypto: nodeCrypto }),
    ]
    await rich.transact(async (transaction) => {
      transaction.putBlockAs(cid, content)
      await transaction.setLabel('newest', undefined, cid)
    })
    const store = await plain()
    using snapshot = store.snapshot()
    assert.equal(await snapshot.getBlock(cid), undefined)
    assert.ok((await snapshot.getLabel('newest'))?.equals(cid))
    await assert.rejects(
      store.transact((transaction) => transaction.setLabel('newest', cid, cid)),
      TypeError,
    )
    await store.transact((transaction) => transaction.setLabel('newest', cid, undefined))
  })
})

async function open(hasher: Parameters<typeof createStore>[0]['hasher'] & object) {
  return createStore({ backend: createMemoryBackend(), crypto: nodeCrypto, hasher })
}
