/** Ed25519: edge cases of keys, of R and of S, made here and by others. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { numberToBytesLE } from '@noble/curves/utils.js'

import { nobleCrypto } from '../../../../promisebase/index.ts'
import { groupsOf, hex, join, unhex, utf8, yes } from './case.ts'
import type { Case, ReadVectors } from './case.ts'

const SEED = new Uint8Array(32).fill(7)
const MESSAGE = utf8('alice promises bob')
const KEY = nobleCrypto.publicKey('Ed25519', SEED).bytes
const SIGNATURE = nobleCrypto.sign('Ed25519', SEED, MESSAGE)

/** Points of small order: the identity, of order 2, 4 and 8; canonical, with the other sign, and above p. */
const SMALL = [
  `01${'00'.repeat(31)}`,
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(30)}7f`,
  `ec${'ff'.repeat(31)}`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ee${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
].map(unhex)

export function ed25519Cases(read: ReadVectors): readonly Case[] {
  return [...made(), ...edges(read), ...wycheproof(read), ...acvp(read)]
}

function verdict(
  name: string,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  accepted: boolean,
): Case {
  return {
    name: `Ed25519 ${name}`,
    expected: yes(accepted),
    answer: ({ crypto }) => crypto.verify({ algorithm: 'Ed25519', bytes: key }, message, signature),
  }
}

function* made(): Iterable<Case> {
  const refused = (name: string, key: Uint8Array, signature: Uint8Array): Case =>
    verdict(name, key, MESSAGE, signature, false)
  yield verdict('honest', KEY, MESSAGE, SIGNATURE, true)
  yield refused('another message', KEY, nobleCrypto.sign('Ed25519', SEED, utf8('more')))
  for (const length of [0, 63]) yield refused(`${length} bytes`, KEY, SIGNATURE.subarray(0, length))
  yield refused('65 bytes', KEY, join(SIGNATURE, 0))
  const s = BigInt(`0x${hex(SIGNATURE.slice(32).reverse())}`)
  const more = numberToBytesLE(s + ed25519.Point.Fn.ORDER, 32)
  yield refused('S + L', KEY, join(SIGNATURE.subarray(0, 32), more))
  for (const small of SMALL) {
    const forged = join(small, new Uint8Array(32))
    yield refused(`key ${hex(small)}`, small, forged)
    yield refused(`R ${hex(small)}`, KEY, forged)
    // A share of these hold by the equation alone, which share depends on the engine.
    for (let index = 0; index < 16; index++)
      yield verdict(`key ${hex(small)} message ${index}`, small, Uint8Array.of(index), forged, false)
  }
  const torsion = ed25519.Point.fromBytes(SMALL[7] as Uint8Array)
  const mixed = ed25519.Point.fromBytes(KEY).add(torsion).toBytes()
  yield refused('key of mixed order', mixed, SIGNATURE)
  yield* cofactored(torsion)
}

/** R plus a point of order 8, with an S that fits: eight times the difference is zero, the difference is not. */
function* cofactored(torsion: InstanceType<typeof ed25519.Point>): Iterable<Case> {
  const { scalar } = ed25519.utils.getExtendedPublicKey(SEED)
  const r = ed25519.Point.BASE.multiply(12345n).add(torsion).toBytes()
  const digest = nobleCrypto.sha512(join(r, KEY, MESSAGE))
  const k = ed25519.Point.Fn.create(BigInt(`0x${hex(digest.reverse())}`))
  const s = numberToBytesLE(ed25519.Point.Fn.create(12345n + k * scalar), 32)
  yield verdict('holds with the cofactor alone', KEY, MESSAGE, join(r, s), false)
}

function* edges(read: ReadVectors): Iterable<Case> {
  interface Cctv {
    readonly number: number
    readonly key: string
    readonly sig: string
    readonly msg: string
    readonly flags: string[] | null
  }
  for (const each of (read('ed25519-edge', 'cctv-ed25519vectors.json') ?? []) as readonly Cctv[]) {
    const accepted = (each.flags ?? []).length === 0
    yield verdict(`CCTV ${each.number}`, unhex(each.key), utf8(each.msg), unhex(each.sig), accepted)
  }
  const zip215 = (read('ed25519-edge', 'zip215.json') ?? []) as { vk_bytes: string; sig_bytes: string }[]
  for (const [index, { vk_bytes, sig_bytes }] of zip215.entries())
    yield verdict(`ZIP 215 ${index}`, unhex(vk_bytes), utf8('Zcash'), unhex(sig_bytes), false)
}

function* wycheproof(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly publicKey: { readonly pk: string }
    readonly tests: readonly { tcId: number; msg: string; sig: string; result: string }[]
  }
  for (const { publicKey, tests } of groupsOf<Group>(read, 'wycheproof-ed25519', 'ed25519_test.json')) {
    for (const { tcId, msg, sig, result } of tests)
      yield verdict(`Wycheproof ${tcId}`, unhex(publicKey.pk), unhex(msg), unhex(sig), result === 'valid')
  }
}

function* acvp(read: ReadVectors): Iterable<Case> {
  interface Group {
    readonly preHash?: boolean
    readonly tests: readonly {
      tcId: number
      q: string
      message: string
      signature: string
      testPassed: boolean
    }[]
  }
  for (const { preHash, tests } of groupsOf<Group>(read, 'acvp-eddsa', 'SigVer.json')) {
    for (const { tcId, q, message, signature, testPassed } of tests) {
      // Ed25519ph is another algorithm, whose signatures are none of ours.
      const accepted = preHash !== true && testPassed
      yield verdict(`ACVP ${tcId}`, unhex(q), unhex(message), unhex(signature), accepted)
    }
  }
  for (const { tests } of groupsOf<Group>(read, 'acvp-eddsa', 'KeyVer.json')) {
    for (const { tcId, q, testPassed } of tests) {
      yield {
        name: `Ed25519 ACVP key ${tcId}`,
        expected: yes(testPassed),
        answer: ({ crypto }) => crypto.admitKey({ algorithm: 'Ed25519', bytes: unhex(q) }),
      }
    }
  }
}
