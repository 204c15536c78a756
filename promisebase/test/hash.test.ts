/** Blocks named by other hashes than sha2-256: who may, and that every hasher gives the same names. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { base32 } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import { openVectorSet } from '../../conformance/vector-sets.ts'
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

describe('vector set multiformats', () => {
  const set = openVectorSet('multiformats')
  if (set.skipped !== undefined) {
    it('is read', (t) => t.skip(set.skipped))
    return
  }
  /** What the set calls our hashes; `sha3` there is sha3-512. */
  const ours: Readonly<Record<string, number>> = { ...HASH, sha3: HASH['sha3-512'] }

  it('has the digests we compute, and we take them whole alone', (t) => {
    const outOfScope = new Map<string, number>()
    let taken = 0
    for (const line of set.text('multihash/test_cases.csv').trim().split('\n').slice(1)) {
      const [algorithm = '', bits = '', input = '', multihash = ''] = line
        .split(',')
        .map((cell) => cell.trim())
      const hash = ours[algorithm]
      const parsed = parseCid(hexToBytes(`0155${multihash}`), { hashes: Object.values(HASH) })
      if (hash === undefined) {
        assert.equal(parsed.refused?.code, 'CID', line)
        outOfScope.set(algorithm, (outOfScope.get(algorithm) ?? 0) + 1)
        continue
      }
      const digest = nobleHasher.digest(hash, new TextEncoder().encode(input))
      assert.ok(multihash.endsWith(bytesToHex(digest.subarray(0, Number(bits) / 8))), line)
      assert.equal(parsed.ok !== undefined, Number(bits) === digest.length * 8, line)
      taken += parsed.ok === undefined ? 0 : 1
    }
    assert.ok(taken > 0)
    for (const [algorithm, count] of outOfScope)
      t.diagnostic(
        `out of scope: ${count} digests of ${algorithm}, a hash no block of ours is named by (refused)`,
      )
  })

  it('has no multihash that is malformed and taken', () => {
    for (const { code, size, hex } of rows('multihash/js-invalid-multihash.json')) {
      const bytes = hexToBytes(`0155${varint(code)}${varint(size)}${hex}`)
      const rule = { hashes: [...Object.values(HASH), code], identityBytes: 128 }
      assert.equal(parseCid(bytes, rule).refused?.code, 'CID')
    }
  })

  it('has well-formed multihashes, of which we take the whole ones of hashes we know', (t) => {
    let others = 0
    for (const row of rows('multihash/js-valid-multihash.json')) {
      const { code, name } = row.encoding
      const bytes = hexToBytes(`0155${varint(code)}${varint(row.size)}${row.hex}`)
      const parsed = parseCid(bytes, { hashes: Object.values(HASH), identityBytes: 128 })
      const isWhole = code === ours[name] && row.size === nobleHasher.digest(code, content).length
      const isIdentity = code === 0 && row.size <= 128
      assert.equal(parsed.ok !== undefined, isWhole || isIdentity, name)
      if (parsed.ok === undefined) others += 1
    }
    t.diagnostic(`out of scope: ${others} multihashes of other hashes, or cut (refused)`)
  })

  it('gives our hashes and codecs the codes we know them by', (t) => {
    const table = set
      .text('multicodec/table.csv')
      .trim()
      .split('\n')
      .map((line) => line.split(',').map((cell) => cell.trim()))
    const codeOf = (name: string): number | undefined => {
      const code = table.find(([row]) => row === name)?.[2]
      return code === undefined ? undefined : Number(code)
    }
    for (const [name, code] of Object.entries(HASH)) assert.equal(codeOf(name), code, name)
    assert.deepEqual(
      [codeOf('raw'), codeOf('cbor'), codeOf('dag-cbor')],
      [CODEC.raw, CODEC.cbor, CODEC.dagCbor],
    )
    // Registered after the table of the set was taken.
    assert.equal(codeOf('grid-cbor') ?? CODEC.gridCbor, CODEC.gridCbor)
    t.diagnostic(`out of scope: ${table.length - 1 - 9} rows of the registry that name nothing of ours`)
  })

  it('writes text in many bases, of which a CID of ours has one', (t) => {
    let outOfScope = 0
    for (const file of ['multibase/basic.csv', 'multibase/two_leading_zeros.csv']) {
      const lines: readonly string[] = set.text(file).trim().split('\n')
      const said = /"(.*)"/.exec(lines[0] ?? '')?.[1] ?? assert.fail(file)
      const plain = said.replace(/\\x([0-9a-f]{2})/g, (_, hex) =>
        String.fromCharCode(parseInt(String(hex), 16)),
      )
      for (const line of lines.slice(1)) {
        const [, base, text = ''] = /^(\w+), *"(.*)"$/.exec(line) ?? []
        assert.equal(parseCid(text, { identityBytes: 128 }).refused?.code, 'CID', line)
        if (base === 'base32') assert.equal(new TextDecoder().decode(base32.decode(text)), plain)
        else outOfScope += 1
      }
    }
    t.diagnostic(`out of scope: ${outOfScope} texts in bases that no CID of ours is written in`)
  })

  function rows(file: string) {
    return set.skipped === undefined
      ? (set.json(file) as {
          code: number
          size: number
          hex: string
          encoding: { code: number; name: string }
        }[])
      : []
  }
})

async function open(hasher: Parameters<typeof createStore>[0]['hasher'] & object) {
  return createStore({ backend: createMemoryBackend(), crypto: nodeCrypto, hasher })
}

function varint(value: number): string {
  return (
    (value < 128 ? '' : ((value % 128) | 128).toString(16)) +
    (value < 128 ? value.toString(16).padStart(2, '0') : varint(value >>> 7))
  )
}
