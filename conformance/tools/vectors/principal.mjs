// Principals as text, and keys as COSE_Key.
import { ed25519 } from '@noble/curves/ed25519.js'
import { base58btc } from 'multiformats/bases/base58'

import { alice, bob, bytesOf, cbor, chapter, concat, hex, mapInOrder, sha256, unhex } from './kit.mjs'
import { dagCid, utf8 } from './kit.mjs'

/** Encodings of points that nobody may be known by. */
export const BAD_POINTS = {
  'the identity': unhex(`01${'00'.repeat(31)}`),
  'the identity with its sign bit set': unhex(`01${'00'.repeat(30)}80`),
  'the identity in an encoding that is not canonical': unhex(`ee${'ff'.repeat(30)}7f`),
  'a point of order 2': unhex(`ec${'ff'.repeat(30)}7f`),
  'a point of order 4': bytesOf(32),
  'a point of order 8': unhex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  'a point of mixed order': mixedOrder(),
  'no point of the curve': unhex(`02${'00'.repeat(31)}`),
}

export const didKey = (prefix, bytes) => `did:key:${base58btc.encode(concat(unhex(prefix), bytes))}`

/** A good key plus a point of order 8: it verifies signatures on some engines and not on others. */
function mixedOrder() {
  const small = ed25519.Point.fromBytes(
    unhex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
    false,
  )
  return ed25519.Point.fromBytes(alice.publicKey, false).add(small).toBytes()
}

export function principalChapter() {
  const { accept, refuse, ...made } = chapter('principal', 'spec/message.md#principals')
  const known = ({ principal, algorithm, publicKey, coseAlgorithm, kid }) => ({
    ...{ principal, algorithm, publicKey: hex(publicKey), coseAlgorithm, kid: hex(kid) },
  })
  const refuses = (comment, text) => refuse('principal', comment, { text }, 'KEY')
  const refusesKey = (comment, input, code = 'KEY') =>
    refuse(
      'cose-key',
      `COSE_Key: ${comment}`,
      { input: hex(input instanceof Map ? cbor(input) : input) },
      code,
    )

  accept('principal', 'an Ed25519 key', { text: alice.principal }, known(alice))
  accept('principal', 'a P-256 key', { text: bob.principal }, known(bob))
  const rfc = unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
  const rfcKey = {
    ...{ principal: didKey('ed01', rfc), algorithm: 'Ed25519', publicKey: rfc, coseAlgorithm: -19 },
    kid: sha256(concat(unhex('a3 0101 2006 215820'), rfc)),
  }
  accept('principal', 'the key of test 1 of RFC 8032', { text: rfcKey.principal }, known(rfcKey))
  accept('cose-key', 'COSE_Key: Ed25519', { input: hex(cbor(alice.coseKey)) }, known(alice))
  accept('cose-key', 'COSE_Key: P-256', { input: hex(cbor(bob.coseKey)) }, known(bob))

  const text = alice.principal
  refuses('nothing', '')
  refuses('a prefix without a key', 'did:key:')
  refuses('another method', text.replace('did:key', 'did:web'))
  refuses('capital letters', text.replace('did:key', 'DID:KEY'))
  refuses('a space at the end', `${text} `)
  refuses('a character that base58 does not have', `${text.slice(0, -1)}0`)
  refuses('a character less', text.slice(0, -1))
  refuses('a leading zero byte', text.replace('did:key:z', 'did:key:z1'))
  refuses(
    'the key in base64',
    `did:key:m${Buffer.from(concat([0xed, 1], alice.publicKey)).toString('base64')}`,
  )
  refuses('a fragment', `${text}#${text.slice(8)}`)
  refuses('a text of more than 128 characters', `did:key:z${'1'.repeat(120)}${text.slice(9)}`)
  refuses('an Ed25519 key of 31 bytes', didKey('ed01', alice.publicKey.slice(1)))
  refuses('an Ed25519 key of 33 bytes', didKey('ed01', concat(alice.publicKey, [0])))
  refuses('an X25519 key', didKey('ec01', alice.publicKey))
  refuses('a secp256k1 key', didKey('e701', concat([2], alice.publicKey)))
  refuses('a P-256 key that is not compressed', didKey('8024', bob.publicKey))
  refuses('a P-256 key with no point for its x', didKey('8024', concat([2], bytesOf(32, 0xff))))
  refuses('the CID of a block that is no key set by its codec', dagCid(utf8('keys')).toString())
  for (const [what, point] of Object.entries(BAD_POINTS)) refuses(what, didKey('ed01', point))

  const changed = (key, changes) =>
    new Map([...new Map([...key, ...changes])].filter(([, value]) => value !== undefined))
  const ed = (changes) => changed(alice.coseKey, changes)
  const ec = (changes) => changed(bob.coseKey, changes)
  refusesKey('not a map', cbor('key'))
  refusesKey('an empty map', new Map())
  refusesKey('a key without alg', ed([[3, undefined]]))
  refusesKey('alg −8, which names more than one curve', ed([[3, -8]]))
  refusesKey('alg −7, which names more than one curve', ec([[3, -7]]))
  refusesKey('alg of another kind of key', ed([[3, -9]]))
  refusesKey('another curve', ed([[-1, 4]]))
  refusesKey('P-384', ec([[-1, 2]]))
  refusesKey(
    'a symmetric key',
    new Map([
      [1, 4],
      [3, 5],
      [-1, alice.publicKey],
    ]),
  )
  refusesKey('a private part', ed([[-4, alice.secret]]))
  refusesKey('key_ops', ed([[4, [2]]]))
  refusesKey('a kid', ed([[2, alice.kid]]))
  refusesKey('x of 31 bytes', ed([[-2, alice.publicKey.slice(1)]]))
  refusesKey('x of 33 bytes', ec([[-2, concat([0], bob.coseKey.get(-2))]]))
  refusesKey('y as a sign', ec([[-3, true]]))
  refusesKey('no y', ec([[-3, undefined]]))
  refusesKey('a point that is not on the curve', ec([[-3, bytesOf(32, 7)]]))
  for (const [what, point] of Object.entries(BAD_POINTS)) refusesKey(what, ed([[-2, point]]))
  refusesKey('keys out of order', mapInOrder([3, -19], [1, 1], [-1, 6], [-2, alice.publicKey]), 'CANON')
  refusesKey('kty twice', mapInOrder([1, 1], [1, 1], [3, -19], [-1, 6], [-2, alice.publicKey]), 'DECODE')
  return made
}
