import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { fc } from '../../conformance/test/laws.ts'
import { base16 } from 'multiformats/bases/base16'
import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { base64url, base64pad } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import { openVectorSet } from '../../conformance/vector-sets.ts'
import { checkCid, cidKey, CODEC, createCid, hashBlock, isCid, parseCid, SHA2_256 } from '../index.ts'

const DIGEST = 'ab'.repeat(32)
const RAW = `01551220${DIGEST}`

describe('making a CID', () => {
  it('gives the CIDv1 that others compute for the same block', () => {
    const cid = hashBlock(sha256, CODEC.raw, new TextEncoder().encode('abc'))
    assert.equal(cid.toString(), 'bafkreif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu')
    assert.deepEqual(
      [cid.version, cid.code, cid.multihash.code, cid.multihash.size],
      [1, CODEC.raw, SHA2_256, 32],
    )
    assert.ok(cid.equals(CID.parse(cid.toString())))
  })

  it('writes codecs of one, two and more bytes', () => {
    for (const codec of [...Object.values(CODEC), 0, 127, 128, 2 ** 40]) {
      const cid = createCid(codec, hexToBytes(DIGEST))
      assert.ok(CID.decode(cid.bytes).equals(cid))
      assert.ok(parseCid(cid.bytes).ok?.equals(cid))
    }
  })

  it('hands out one frozen CID once it is named again, and keeps none that is named once', () => {
    const digest = hexToBytes(`5a${'c7'.repeat(31)}`)
    const once = createCid(CODEC.raw, digest)
    assert.equal(Object.isFrozen(once), false)
    const again = createCid(CODEC.raw, digest)
    assert.ok(again.equals(once) && Object.isFrozen(again) && again !== once)
    assert.equal(createCid(CODEC.raw, digest), again)
    assert.notEqual(createCid(CODEC.dagCbor, digest), again)
  })

  it('throws on a digest of another length and on a codec that is none', () => {
    assert.throws(() => createCid(CODEC.raw, new Uint8Array(31)), TypeError)
    assert.throws(() => createCid(CODEC.raw, new Uint8Array(64)), TypeError)
    for (const codec of [-1, 0.5, NaN, 2 ** 53])
      assert.throws(() => createCid(codec, new Uint8Array(32)), RangeError)
  })

  it('keeps its bytes when those of the digest change', () => {
    const digest = hexToBytes(DIGEST)
    const cid = createCid(CODEC.raw, digest)
    digest.fill(0)
    assert.deepEqual(cid.bytes, hexToBytes(RAW))
    assert.deepEqual(cid.multihash.digest, hexToBytes(DIGEST))
  })
})

describe('reading a CID', () => {
  const refused: Readonly<Record<string, string>> = {
    nothing: '',
    'I-01 an identity hash': '015500' + '8008' + '00'.repeat(1024),
    'I-02 a short identity hash': '015500' + '03616263',
    'I-03 a digest of no bytes': '01711200',
    'I-04 a digest of one byte': '01711201aa',
    'I-05 a digest of 20 bytes': '01711214' + 'ab'.repeat(20),
    'I-06 a digest of 33 bytes': '01711221' + 'ab'.repeat(33),
    'I-07 an unknown hash': '0171' + '99b302' + '20' + DIGEST,
    'I-08 sha1': '01711114' + 'ab'.repeat(20),
    'I-08 md5': '0171d501' + '10' + 'ab'.repeat(16),
    'I-08 murmur3': '017122' + '08' + 'ab'.repeat(8),
    'I-09 a long version': '8100551220' + DIGEST,
    'I-09 a long codec': '01d5001220' + DIGEST,
    'I-09 a long hash': '0155920020' + DIGEST,
    'I-09 a long length': '015512a000' + DIGEST,
    'I-09 a codec without end': '01ffffffffffffffffffff1220' + DIGEST,
    'I-10 CIDv0': '1220' + DIGEST,
    'I-10 CIDv2': '02551220' + DIGEST,
    'I-10 CIDv3': '03551220' + DIGEST,
    'I-10 a byte after it': RAW + '00',
    'a byte short': RAW.slice(0, -2),
    'a length beyond the end': '015512ffffffff0f' + DIGEST,
    'a multibase prefix before it': '00' + RAW,
  }
  for (const [name, hex] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.equal(parseCid(hexToBytes(hex)).refused?.code, 'CID'))
  }

  it('takes the one that is right, and copies it', () => {
    const bytes = hexToBytes(RAW)
    const cid = parseCid(bytes).ok as CID
    bytes.fill(0)
    assert.deepEqual(cid.bytes, hexToBytes(RAW))
    assert.equal(
      Object.getPrototypeOf((parseCid(Buffer.from(RAW, 'hex')).ok as CID).bytes),
      Uint8Array.prototype,
    )
  })

  it('holds it against the codecs of a rule (I-11)', () => {
    const [raw, dagCbor] = [CODEC.raw, CODEC.dagCbor].map((codec) => createCid(codec, hexToBytes(DIGEST)))
    assert.notEqual(cidKey(raw as CID), cidKey(dagCbor as CID))
    assert.ok(parseCid((raw as CID).bytes, { codecs: [CODEC.raw] }).ok)
    assert.equal(parseCid((dagCbor as CID).bytes, { codecs: [CODEC.raw] }).refused?.code, 'CID')
    assert.ok(checkCid(dagCbor as CID, { codecs: [CODEC.raw, CODEC.dagCbor] }).ok)
    assert.equal(checkCid(dagCbor as CID, { codecs: [] }).refused?.code, 'CID')
  })

  it('takes other hashes only by name, whole, and never identity', () => {
    const sha512 = hexToBytes('01551340' + 'ab'.repeat(64))
    assert.equal(parseCid(sha512).refused?.code, 'CID')
    assert.ok(parseCid(sha512, { hashes: [SHA2_256, 0x13] }).ok)
    assert.equal(parseCid(hexToBytes('01551320' + DIGEST), { hashes: [0x13] }).refused?.code, 'CID')
    assert.equal(parseCid(hexToBytes(RAW), { hashes: [0x13] }).refused?.code, 'CID')
    assert.equal(parseCid(hexToBytes('015500' + '03616263'), { hashes: [0] }).refused?.code, 'CID')
  })

  it('agrees with what it wrote, for every codec and digest', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (number, digest) => {
        const cid = createCid(Math.abs(number), digest)
        assert.ok(parseCid(cid.bytes).ok?.equals(cid))
        assert.ok(parseCid(cid.toString()).ok?.equals(cid))
        assert.deepEqual(CID.decode(cid.bytes).bytes, cid.bytes)
      }),
    )
  })

  it('never throws, whatever the bytes or the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.string(),
          fc.string().map((text) => `b${text}`),
        ),
        (input) => {
          assert.equal(parseCid(input).refused?.code, 'CID')
        },
      ),
    )
    assert.equal(parseCid(undefined as unknown as string).refused?.code, 'CID')
  })
})

describe('reading the text of a CID', () => {
  const text = createCid(CODEC.raw, hexToBytes(DIGEST)).toString()

  it('takes lower-case base32', () => assert.equal(parseCid(text).ok?.toString(), text))

  const refused: Readonly<Record<string, string>> = {
    'upper case': text.toUpperCase(),
    'upper case behind the prefix': `b${text.slice(1).toUpperCase()}`,
    'one upper-case letter': text.replace('f', 'F'),
    padding: `${text}====`,
    'a blank before': ` ${text}`,
    'a line end after': `${text}\n`,
    'a letter more': `${text}a`,
    'a letter less': text.slice(0, -1),
    'stray bits at the end': `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`,
    'another base': createCid(CODEC.raw, hexToBytes(DIGEST)).toString().replace(/^b/, 'z'),
    'base58 CIDv0': 'QmYwAPJzv5CZsnAzt8auVTLF3HhWQH1d9q5JZd4z2Qb9N1',
    'a prefix alone': 'b',
    'a path': `/ipfs/${text}`,
    'a digit that base32 lacks': text.replace(/.$/, '1'),
  }
  for (const [name, wrong] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.equal(parseCid(wrong).refused?.code, 'CID'))
  }
})

describe('reading the text of a CID in bases that a rule names', () => {
  const cid = createCid(CODEC.dagCbor, hexToBytes(DIGEST))
  const bases = [base32, base58btc, base36, base16, base64url, base64pad]

  for (const base of bases) {
    const text = base.encode(cid.bytes)
    it(`takes ${base.name}, in its one spelling`, () => {
      assert.ok(parseCid(text, { bases }).ok?.equals(cid))
      const others = [`${text}=`, ` ${text}`, text.slice(1), text.slice(0, -1), `${text}${text.at(-1)}`]
      for (const other of others) assert.equal(parseCid(other, { bases }).refused?.code, 'CID', other)
    })

    it(`refuses ${base.name} where it is not named`, () => {
      const without = bases.filter((each) => each !== base)
      assert.equal(parseCid(text, { bases: without }).refused?.code, 'CID')
      assert.equal(parseCid(text).ok?.toString(), base === base32 ? text : undefined)
    })
  }

  it('refuses the other case of a base that has letters of one case', () => {
    for (const base of [base32, base36, base16]) {
      const text = base.encode(cid.bytes)
      const shouting = text[0] + text.slice(1).toUpperCase()
      assert.equal(parseCid(shouting, { bases }).refused?.code, 'CID', shouting)
    }
  })

  it('holds it against the rest of the rule', () => {
    const text = base58btc.encode(cid.bytes)
    assert.equal(parseCid(text, { bases, codecs: [CODEC.raw] }).refused?.code, 'CID')
    assert.equal(parseCid(base58btc.encode(hexToBytes(`1220${DIGEST}`)), { bases }).refused?.code, 'CID')
  })

  it('decodes no text that is longer than any CID', () => {
    const decoded: string[] = []
    const spy = { ...base58btc, prefix: 'z', encode: base58btc.encode, decode: (text: string) => look(text) }
    const look = (text: string): Uint8Array => {
      decoded.push(text)
      return base58btc.decode(text)
    }
    assert.equal(parseCid(`z${'1'.repeat(1_200)}`, { bases: [spy] }).refused?.code, 'CID')
    assert.deepEqual(decoded, [])
  })
})

describe('telling CIDs apart', () => {
  it('takes no object for a CID because it says so (I-18)', () => {
    const liar: Record<string, unknown> = { code: 0x55, version: 1, bytes: hexToBytes(RAW) }
    liar['asCID'] = liar
    liar['/'] = liar['bytes']
    assert.equal(isCid(liar), false)
    assert.equal(isCid(null), false)
    assert.equal(isCid('bafkrei'), false)
    assert.equal(isCid(createCid(CODEC.raw, hexToBytes(DIGEST))), true)
  })

  it('gives equal CIDs one key and different ones two', () => {
    const one = createCid(CODEC.raw, hexToBytes(DIGEST))
    assert.equal(cidKey(one), cidKey(CID.parse(one.toString())))
    assert.notEqual(cidKey(one), cidKey(createCid(CODEC.cbor, hexToBytes(DIGEST))))
    assert.notEqual(cidKey(one), cidKey(createCid(CODEC.raw, new Uint8Array(32))))
    const huge = CID.decode(hexToBytes('015500' + '8080' + '40' + '00'.repeat(2 ** 20)))
    assert.equal(typeof cidKey(huge), 'string')
  })
})

describe('CIDs of others', () => {
  it('computes the CIDs that the project has published', (t) => {
    const set = openVectorSet('promisegrid')
    if (set.skipped !== undefined) return t.skip(set.skipped)
    const { vectors } = set.json('cid.json') as { vectors: { data_utf8: string; cid: string }[] }
    for (const { data_utf8, cid } of vectors) {
      assert.equal(hashBlock(sha256, CODEC.raw, new TextEncoder().encode(data_utf8)).toString(), cid)
      assert.equal(parseCid(cid).ok?.toString(), cid)
    }
    const { cases } = set.json('must-reject.json') as { cases: { pcid_text?: string }[] }
    for (const { pcid_text } of cases) {
      if (pcid_text !== undefined) assert.equal(parseCid(pcid_text).refused?.code, 'CID')
    }
  })
})
