// Stage 1: five elements, claims and a signature.
import { p256 } from '@noble/curves/nist.js'

import { alice, bob, bytesOf, cbor, chapter, cidOf, claimsOf, concat, crypto, dagCid } from './kit.mjs'
import {
  fresh,
  gridMessage,
  hex,
  LABEL,
  mallory,
  mapInOrder,
  message,
  node,
  NOW,
  object,
  Raw,
  rawCid,
} from './kit.mjs'
import { root, sign1, tag, unhex, utf8 } from './kit.mjs'
import { BAD_POINTS, didKey } from './principal.mjs'
import { aliceToken, begin, codeOf, echo, genesis, grid, otherGrid } from './world.mjs'

const ORDER_ED25519 = 2n ** 252n + 27742317777372353535851937790883648493n
const ORDER_P256 = p256.Point.Fn.ORDER

export function messageChapter() {
  begin('message')
  const { accept, refuse, ...made } = chapter('message', 'spec/message.md#order-of-checks')
  const base = {
    ...{ iss: alice.principal, aud: node.principal, exp: NOW + 600, iat: NOW },
    ...{ cti: fresh('message'), method: 'echo' },
  }
  const said = {
    ...{ protocol: echo.protocol.toString(), grid: grid.toString(), issuer: alice.principal },
    ...{ audience: node.principal, expires: NOW + 600, issuedAt: NOW, nonce: hex(fresh('message')) },
    ...{ method: 'echo', capabilities: [] },
  }
  const build = ({
    by = alice,
    protocol = echo.protocol,
    cid = grid,
    cose,
    marker,
    raw,
    isTagged,
    ...claims
  }) =>
    message({
      ...{ by, protocol, grid: cid, cose, marker, isTagged },
      claims: raw ?? { ...base, iss: by.principal, ...claims },
    })
  const takes = (comment, parts, expected = {}) => {
    const { bytes, id } = build(parts)
    accept(
      'message',
      comment,
      { genesis: hex(genesis), input: hex(bytes) },
      {
        ...{ id: id.toString(), ...said, ...(parts.isTagged ? { form: 'tagged' } : {}) },
        ...expected,
      },
    )
  }
  const refusesBytes = (code, rule, comment, bytes, more = {}) =>
    refuse(
      'message',
      comment,
      { genesis: hex(genesis), ...more, input: hex(bytes) },
      code,
      `message.md#${rule}`,
    )
  const refuses = (code, rule, comment, parts, more) =>
    refusesBytes(code, rule, comment, build(parts).bytes, more)

  // ------------------------------------------------------------------------------------------ accepted
  takes('the claims that must be there, and no others', {})
  takes('signed with P-256', { by: bob }, { issuer: bob.principal })
  takes('protocol_cid names code', { protocol: echo.codeCid }, { protocol: echo.codeCid.toString() })
  takes('both CIDs as plain byte strings', { protocol: echo.protocol.bytes, cid: grid.bytes })
  takes('kid in the unprotected header', {
    cose: { header: new Map([[1, -19]]), unprotected: new Map([[4, alice.kid]]) },
  })
  takes('not valid before a time', { nbf: NOW - 60 }, { notBefore: NOW - 60 })
  takes(
    'any time is read here and judged later',
    { exp: 2 ** 53 - 1, iat: 0 },
    { expires: 2 ** 53 - 1, issuedAt: 0 },
  )
  takes('a nonce of 32 bytes', { cti: fresh('long', 32) }, { nonce: hex(fresh('long', 32)) })
  takes('addressed to the grid', { aud: grid.toString() }, { audience: grid.toString() })
  takes('empty arguments', { arguments: bytesOf(0) }, { arguments: { bytes: '' } })
  takes(
    'arguments of 32,768 bytes',
    { arguments: bytesOf(32768) },
    { arguments: { bytes: '00'.repeat(32768) } },
  )
  for (const [name, codec] of [
    ['raw', 0x55],
    ['dag-cbor', 0x71],
    ['cbor', 0x51],
    ['grid-cbor', 0x1027],
  ]) {
    const cid = cidOf(codec, utf8('arguments'))
    takes(`arguments by CID, codec ${name}`, { arguments: cid }, { arguments: { cid: cid.toString() } })
  }
  takes('a context', { context: dagCid(unhex('a0')) }, { context: dagCid(unhex('a0')).toString() })
  takes(
    'tokens as bytes and as ids',
    { capabilities: [aliceToken.bytes, aliceToken.id] },
    {
      capabilities: [{ bytes: hex(aliceToken.bytes) }, { id: aliceToken.id.toString() }],
    },
  )
  takes(
    'a token is not looked at here',
    { capabilities: [bytesOf(8192)] },
    { capabilities: [{ bytes: '00'.repeat(8192) }] },
  )
  takes(
    'chains lent to the handler',
    { table: [[aliceToken.bytes, aliceToken.id], [aliceToken.id]] },
    {
      table: [
        [{ bytes: hex(aliceToken.bytes) }, { id: aliceToken.id.toString() }],
        [{ id: aliceToken.id.toString() }],
      ],
    },
  )
  takes(
    'a table of 16 chains',
    { table: Array.from({ length: 16 }, () => [aliceToken.id]) },
    { table: Array.from({ length: 16 }, () => [{ id: aliceToken.id.toString() }]) },
  )
  takes(
    'the result of another message instead of arguments',
    { future: rawCid(utf8('a message')) },
    { future: rawCid(utf8('a message')).toString() },
  )
  takes(
    'a private result, and where the reply is to go',
    { private: true, replyTo: 'somewhere' },
    {
      ...{ private: true, replyTo: 'somewhere' },
    },
  )
  takes('meta holds anything and means nothing', { meta: ['root', { admin: true }, null] })
  takes('a method of 256 bytes', { method: 'm'.repeat(256) }, { method: 'm'.repeat(256) })
  const resources = [
    [['node', node.principal], { kind: 'node', owner: node.principal }],
    [codeOf(echo), { kind: 'code', protocol: echo.protocol.toString() }],
    [
      ['space', node.principal, 'notes', bytesOf(0)],
      { kind: 'space', owner: node.principal, space: 'notes', prefix: '' },
    ],
    [
      ['space', node.principal, 'notes', bytesOf(256)],
      { kind: 'space', owner: node.principal, space: 'notes', prefix: '00'.repeat(256) },
    ],
    [['label', node.principal, ''], { kind: 'label', owner: node.principal, prefix: '' }],
    [['label', node.principal, 'a/b.c'], { kind: 'label', owner: node.principal, prefix: 'a/b.c' }],
  ]
  for (const [resource, expected] of resources)
    takes(`a resource: ${describe(resource)}`, { resource }, { resource: expected })
  const answered = rawCid(utf8('request'))
  const result = rawCid(utf8('result'))
  const outcomes = [
    [
      'kept, with its result',
      { status: 'kept', cid: result, fuel: 4, result: utf8('result') },
      { status: 'kept', result: { cid: result.toString(), bytes: hex(utf8('result')) }, fuel: 4 },
    ],
    [
      'kept, result by CID and a receipt',
      { status: 'kept', cid: result, fuel: 0, receipt: bytesOf(1) },
      { status: 'kept', result: { cid: result.toString() }, fuel: 0, receipt: '00' },
    ],
    ['refused', { status: 'refused', code: 'METHOD' }, { status: 'refused', code: 'METHOD' }],
    ['already-seen', { status: 'already-seen', code: 'REPLAY' }, { status: 'already-seen', code: 'REPLAY' }],
    [
      'expired, with a detail',
      { status: 'expired', code: 'EXPIRED', detail: 'link 1' },
      { status: 'expired', code: 'EXPIRED', detail: 'link 1' },
    ],
    ['broken', { status: 'broken', code: 'REVOKED' }, { status: 'broken', code: 'REVOKED' }],
  ]
  for (const [name, outcome, expected] of outcomes)
    takes(
      `an outcome: ${name}`,
      { inReplyTo: answered, outcome },
      { inReplyTo: answered.toString(), outcome: expected },
    )
  const filled = filledTo(65536)
  takes(
    '65,536 bytes in all',
    { arguments: bytesOf(32768), meta: filled },
    { arguments: { bytes: '00'.repeat(32768) } },
  )

  takes('the tagged form', { isTagged: true })
  takes('the tagged form, signed with P-256', { isTagged: true, by: bob }, { issuer: bob.principal })
  takes('the tagged form, both CIDs as plain byte strings', {
    ...{ isTagged: true, protocol: echo.protocol.bytes, cid: grid.bytes },
  })
  takes('the tagged form, kid in the unprotected header', {
    isTagged: true,
    cose: { header: new Map([[1, -19]]), unprotected: new Map([[4, alice.kid]]) },
  })

  // ------------------------------------------------------------------------------------------ envelope
  const good = build({})
  const bodyOf = (bytes) => bytes.slice(1)
  refusesBytes(
    'LIMIT',
    'envelope',
    '65,537 bytes in all',
    build({ arguments: bytesOf(32768), meta: concat(filled, [0]) }).bytes,
  )
  refusesBytes('LIMIT', 'envelope', '65,537 bytes that are no CBOR', bytesOf(65537, 0xff))
  refusesBytes('DECODE', 'envelope', 'nothing', bytesOf(0))
  refusesBytes('DECODE', 'envelope', 'a message without its last byte', good.bytes.slice(0, -1))
  refusesBytes('DECODE', 'envelope', 'a message and a byte', concat(good.bytes, [0]))
  refusesBytes('SHAPE', 'envelope', 'the signed payload alone: four elements', good.payload)
  refusesBytes('SHAPE', 'envelope', 'six elements', concat([0x86], bodyOf(good.bytes), [0x40]))
  refusesBytes('SHAPE', 'envelope', 'a map with the keys 0 to 4', asMap(good.bytes))
  refusesBytes('CANON', 'envelope', 'a long head of five', concat([0x98, 5], bodyOf(good.bytes)))
  refusesBytes('CANON', 'envelope', 'an indefinite array', concat([0x9f], bodyOf(good.bytes), [0xff]))
  refusesBytes('SHAPE', 'envelope', 'tag 18 around it', concat([0xd2], good.bytes))
  refusesBytes('SHAPE', 'envelope', 'tag 55799 around it', concat(unhex('d9d9f7'), good.bytes))
  const tagged = build({ isTagged: true })
  const slotsOf = (bytes) => bytes.slice(6)
  const linkLength = 41
  const retold = (head, rest = slotsOf(tagged.bytes)) => concat(unhex('da67726964'), head, rest)
  refusesBytes('DECODE', 'envelope', 'tagged: without its last byte', tagged.bytes.slice(0, -1))
  refusesBytes('DECODE', 'envelope', 'tagged: and a byte', concat(tagged.bytes, [0]))
  refusesBytes('SHAPE', 'envelope', 'tagged: the signed payload alone', tagged.payload)
  refusesBytes('SHAPE', 'envelope', 'tagged: six slots', concat(retold([0x86]), [0x40]))
  refusesBytes(
    'SHAPE',
    'envelope',
    'tagged: one slot',
    retold([0x81], slotsOf(tagged.bytes).slice(0, linkLength)),
  )
  refusesBytes('CANON', 'envelope', 'tagged: a long head of five', retold([0x98, 5]))
  refusesBytes('CANON', 'envelope', 'tagged: an indefinite array', concat(retold([0x9f]), [0xff]))
  refusesBytes('SHAPE', 'envelope', 'tagged: the tag twice', concat(unhex('da67726964'), tagged.bytes))
  refusesBytes(
    'SHAPE',
    'envelope',
    'tagged: the five elements under the tag',
    concat(unhex('da67726964'), good.bytes),
  )
  refuses('SHAPE', 'envelope', 'tagged: no link in front', { isTagged: true, marker: gridMessage.bytes })
  refuses('FOREIGN', 'envelope', 'tagged: another protocol', {
    isTagged: true,
    marker: rawCid(utf8('another')),
  })
  refuses('FOREIGN', 'envelope', 'tagged: its protocol without 00', {
    ...{ isTagged: true, marker: tag(42, gridMessage.bytes) },
  })
  refuses('FOREIGN', 'envelope', 'tagged: another protocol, a float in a slot', {
    ...{ isTagged: true, marker: rawCid(utf8('another')), protocol: new Raw('f93e00') },
  })
  refuses('DECODE', 'envelope', 'tagged: protocol_cid in a link without 00', {
    ...{ isTagged: true, protocol: tag(42, echo.protocol.bytes) },
  })
  refuses('CID', 'envelope', 'tagged: grid_cid of another codec', { isTagged: true, cid: gridMessage })
  refuses('GRID', 'grid', 'tagged: another grid', { isTagged: true, cid: otherGrid })
  refuses('SIG', 'signature', 'tagged: signed as five elements', {
    isTagged: true,
    cose: signatureOver(good.payload),
  })
  refuses('SIG', 'signature', 'five elements: signed as tagged', { cose: signatureOver(tagged.payload) })
  refuses('SIG', 'signature', 'tagged: signed without the tag', {
    ...{ isTagged: true, cose: signatureOver(tagged.payload.slice(5)) },
  })
  refusesBytes('SHAPE', 'envelope', 'the tag of an older form', cbor(tag(1735289204, [1, 2])))
  refuses('SHAPE', 'envelope', 'the marker with a capital', { marker: 'Grid' })
  refuses('SHAPE', 'envelope', 'the marker with a zero', { marker: 'grid\0' })
  refuses('SHAPE', 'envelope', 'the marker as bytes', { marker: utf8('grid') })
  refuses('CANON', 'envelope', 'the marker with a long head', { marker: new Raw('7804 67726964') })
  refuses('SHAPE', 'envelope', 'protocol_cid as text', { protocol: echo.protocol.toString() })
  refuses('SHAPE', 'envelope', 'grid_cid as null', { cid: null })
  refuses('SHAPE', 'envelope', 'claims that are not in a byte string', { raw: new Raw(cbor(claimsOf(base))) })
  refusesBytes(
    'SHAPE',
    'envelope',
    'a signature that is not in a byte string',
    concat(good.bytes.slice(0, good.payload.length), good.signature),
  )
  refuses('DECODE', 'envelope', 'protocol_cid under tag 42 without 00', {
    protocol: new Raw(concat(unhex('d82a5824'), echo.protocol.bytes)),
  })
  refuses('CID', 'envelope', 'protocol_cid as a byte string with 00 in front', {
    protocol: concat([0], echo.protocol.bytes),
  })
  refuses('CID', 'envelope', 'protocol_cid as a byte string, cut', {
    protocol: echo.protocol.bytes.slice(0, 35),
  })
  refuses('CID', 'envelope', 'protocol_cid as an empty byte string', { protocol: bytesOf(0) })
  refuses('CID', 'envelope', 'a protocol of codec dag-pb', { protocol: cidOf(0x70, utf8('x')) })
  refuses('CID', 'envelope', 'a protocol of codec cbor', { protocol: cidOf(0x51, utf8('x')) })
  refuses('CID', 'envelope', 'a protocol with sha2-512', { protocol: concat(unhex('01551340'), bytesOf(64)) })
  refuses('CID', 'envelope', 'a protocol with a truncated digest', {
    protocol: concat(unhex('01551210'), bytesOf(16)),
  })
  refuses('CID', 'envelope', 'a protocol with an identity hash', {
    protocol: concat(unhex('01550005'), utf8('hello')),
  })
  refuses('CID', 'envelope', 'a CIDv0', { protocol: concat(unhex('1220'), bytesOf(32)) })
  refuses('CID', 'envelope', 'a CID with a long varint', {
    protocol: concat(unhex('01d5001220'), bytesOf(32)),
  })
  refuses('CID', 'envelope', 'a grid of codec raw', { cid: rawCid(genesis) })

  // --------------------------------------------------------------------------------- grid and claims
  refuses('GRID', 'grid', 'another grid', { cid: otherGrid })
  refuses('GRID', 'grid', 'another grid comes before broken claims', { cid: otherGrid, raw: unhex('ff') })
  refuses('GRID', 'grid', 'another grid comes before a broken signature', {
    cid: otherGrid,
    cose: bytesOf(3),
  })
  const claim = (code, comment, claims) => refuses(code, 'claims', comment, claims)
  const rawClaims = (code, comment, raw) =>
    claim(code, comment, { raw: raw instanceof Raw ? raw.bytes : raw })
  rawClaims('DECODE', 'no claims at all', bytesOf(0))
  rawClaims('DECODE', 'claims and a byte', concat(cbor(claimsOf(base)), [0]))
  rawClaims('SHAPE', 'claims that are an array', cbor([1, 2]))
  const [first, ...others] = [...claimsOf(base)].sort(([a], [b]) => (a > 0 && b > 0 ? a - b : b - a))
  rawClaims('CANON', 'claims out of order', mapInOrder(...others, first))
  rawClaims('DECODE', 'exp twice', mapInOrder([1, alice.principal], [3, node.principal], [4, 1], [4, 2]))
  rawClaims(
    'CANON',
    'a claims map of indefinite length',
    concat([0xbf], cbor(claimsOf(base)).slice(1), [0xff]),
  )
  for (const name of ['iss', 'aud', 'exp', 'iat', 'cti', 'method'])
    claim('SHAPE', `without ${name}`, { [name]: undefined })
  claim('SHAPE', 'an empty iss', { iss: '' })
  claim('SHAPE', 'iss as bytes', { iss: utf8(alice.principal) })
  claim('SHAPE', 'iss of 257 bytes', { iss: 'x'.repeat(257) })
  claim('SHAPE', 'aud as a list of two', { aud: [node.principal, mallory.principal] })
  claim('SHAPE', 'exp as a float', withRaw('exp', 'fb41dad27480100000'))
  claim('SHAPE', 'exp as text', { exp: String(NOW) })
  claim('SHAPE', 'exp below zero', { exp: -1 })
  claim('SHAPE', 'exp of 2^53', { exp: 2n ** 53n })
  claim('SHAPE', 'exp as a bignum', withRaw('exp', 'c249010000000000000000'))
  claim('SHAPE', 'exp under tag 1', withRaw('exp', 'c11a6b49d200'))
  claim('CANON', 'exp with a long head', withRaw('exp', '1b000000006b49d200'))
  claim('SHAPE', 'nbf that is null', { nbf: null })
  claim('SHAPE', 'a nonce of 15 bytes', { cti: bytesOf(15) })
  claim('SHAPE', 'a nonce of 33 bytes', { cti: bytesOf(33) })
  claim('SHAPE', 'an empty method', { method: '' })
  claim('SHAPE', 'a method of 257 bytes', { method: 'm'.repeat(257) })
  claim('SHAPE', 'a label that is not assigned', { [-65599]: 1 })
  claim('SHAPE', 'a registered claim of no use here', { 2: 'subject' })
  claim('SHAPE', 'a text label', { role: 'root' })
  claim('SHAPE', '__proto__ as a label', { raw: cbor(new Map([...claimsOf(base), ['__proto__', 1]])) })
  claim('SHAPE', 'a claim of capabilities: methods', { methods: ['echo'] })
  claim('SHAPE', 'a claim of capabilities: cnf', { cnf: new Map([[1, alice.coseKey]]) })
  claim('SHAPE', 'the grid as a claim', { grid })
  claim('SHAPE', 'arguments of 32,769 bytes', { arguments: bytesOf(32769) })
  claim('SHAPE', 'arguments as text', { arguments: 'hello' })
  claim('SHAPE', 'arguments by CID, codec dag-pb', { arguments: cidOf(0x70, utf8('x')) })
  claim('SHAPE', 'a context of codec raw', { context: rawCid(utf8('x')) })
  claim('SHAPE', 'no token in the list of tokens', { capabilities: [] })
  claim('SHAPE', 'a token that is empty', { capabilities: [bytesOf(0)] })
  claim('SHAPE', 'a token of 8,193 bytes', { capabilities: [bytesOf(8193)] })
  claim('SHAPE', 'a token that is a map', { capabilities: [{}] })
  claim('SHAPE', 'a token id of codec dag-cbor', { capabilities: [dagCid(utf8('x'))] })
  claim('SHAPE', 'a table of 17 chains', { table: Array.from({ length: 17 }, () => [aliceToken.id]) })
  claim('SHAPE', 'a table without a chain', { table: [] })
  claim('SHAPE', 'a table with an empty chain', { table: [[aliceToken.id], []] })
  claim('SHAPE', 'a table of tokens, not of chains', { table: [aliceToken.id] })
  claim('SHAPE', 'a table with a token that is text', { table: [['token']] })
  claim('SHAPE', 'arguments, and the result of another message', {
    ...{ arguments: utf8('hello'), future: rawCid(utf8('a message')) },
  })
  claim('SHAPE', 'the result of a block', { future: dagCid(utf8('x')) })
  claim('SHAPE', 'private: false', { private: false })
  claim('SHAPE', 'in reply to a block', { inReplyTo: dagCid(utf8('x')) })
  claim('SHAPE', 'a resource of an unknown kind', { resource: ['file', node.principal] })
  claim('SHAPE', 'a resource without its owner', { resource: ['node'] })
  claim('SHAPE', 'a resource with too many elements', { resource: [...codeOf(echo), 1] })
  claim('SHAPE', 'a space without a prefix', { resource: ['space', node.principal, 'notes'] })
  claim('SHAPE', 'a space prefix of 257 bytes', {
    resource: ['space', node.principal, 'notes', bytesOf(257)],
  })
  claim('SHAPE', 'a space prefix as text', { resource: ['space', node.principal, 'notes', 'a'] })
  for (const path of ['/a', 'a/', 'a//b', '.', 'a/../b', 'a/./b', '%2e%2e', 'a%2fb', 'e\u0301'])
    claim('SHAPE', `a label path in another spelling: ${JSON.stringify(path)}`, {
      resource: ['label', node.principal, path],
    })
  claim('SHAPE', 'an outcome of an unknown status', { outcome: { status: 'done' } })
  claim('SHAPE', 'an outcome without a code', { outcome: { status: 'refused' } })
  claim('SHAPE', 'an outcome with a key too many', { outcome: { status: 'refused', code: 'SIG', fuel: 1 } })
  claim('SHAPE', 'an outcome that is kept but names no CID', {
    outcome: { status: 'kept', fuel: 1, result: bytesOf(1) },
  })
  claim('SHAPE', 'an outcome that is kept but counts no fuel', { outcome: { status: 'kept', cid: result } })
  claim('SHAPE', 'a code of 65 bytes', { outcome: { status: 'refused', code: 'C'.repeat(65) } })
  const deep = (levels) => ({ raw: cbor(new Map([...claimsOf(base), [LABEL.meta, nest(levels)]])) })
  takes('meta nested as deep as the profile goes', deep(31))
  claim('LIMIT', 'meta nested deeper', deep(32))
  claim('LIMIT', 'more items than the profile has', { meta: new Array(4096).fill(0) })

  // ----------------------------------------------------------------------------------------- signature
  const signed = (code, comment, cose, parts = {}) => refuses(code, 'signature', comment, { cose, ...parts })
  signed('DECODE', 'an empty signature element', bytesOf(0))
  signed('DECODE', 'a signature that is cut', good.signature.slice(0, -1))
  signed('SHAPE', 'no tag', { tag: undefined })
  signed('SHAPE', 'tag 98, a COSE_Sign, which this version does not read', { tag: 98 })
  signed('SHAPE', 'tag 17', { tag: 17 })
  signed('SHAPE', 'three parts', { parts: [bytesOf(0), new Map(), null] })
  signed('SHAPE', 'a protected header that is a map', {
    parts: [new Map([[1, -19]]), new Map(), null, bytesOf(64)],
  })
  signed('SHAPE', 'an unprotected header that is an array', { unprotected: [] })
  signed('SHAPE', 'a signature that is text', { signature: 'signature' })
  signed('SHAPE', 'something in the unprotected header', { unprotected: new Map([[99, bytesOf(1)]]) })
  signed('SHAPE', 'a second kid in the unprotected header', { unprotected: new Map([[4, mallory.kid]]) })
  signed('SHAPE', 'alg in both headers', { unprotected: new Map([[1, -19]]) })
  signed('DECODE', 'a protected header without bytes', { protected: bytesOf(0) })
  signed('ALG', 'an empty protected header', { protected: unhex('a0') })
  signed('CANON', 'a protected header out of order', { protected: mapInOrder([4, alice.kid], [1, -19]) })
  signed('SHAPE', 'a protected header that is an array', { protected: cbor([1, -19]) })
  signed('ALG', 'alg in the unprotected header only', {
    header: new Map([[4, alice.kid]]),
    unprotected: new Map([[1, -19]]),
  })
  signed('ALG', 'no alg', { header: new Map([[4, alice.kid]]) })
  for (const [name, alg] of [
    ['"none"', 'none'],
    ['0', 0],
    ['−65535', -65535],
    ['5 (HMAC)', 5],
    ['−8', -8],
    ['−7', -7],
    ['−9, of another kind of key', -9],
  ])
    signed('ALG', `alg ${name}`, {
      header: new Map([
        [1, alg],
        [4, alice.kid],
      ]),
    })
  signed(
    'ALG',
    'alg −7 for a P-256 key',
    {
      header: new Map([
        [1, -7],
        [4, bob.kid],
      ]),
    },
    { by: bob },
  )
  signed('SHAPE', 'no kid', { header: new Map([[1, -19]]) })
  signed('SHAPE', 'kid of 31 bytes', { kid: alice.kid.slice(1) })
  signed('SHAPE', 'kid as text', { kid: hex(alice.kid).slice(0, 32) })
  signed('SHAPE', 'crit with a label nobody knows', {
    header: new Map([
      [1, -19],
      [2, [99]],
      [4, alice.kid],
      [99, 1],
    ]),
  })
  signed('SHAPE', 'an empty crit', {
    header: new Map([
      [1, -19],
      [2, []],
      [4, alice.kid],
    ]),
  })
  signed('SHAPE', 'crit in the unprotected header', { unprotected: new Map([[2, [1]]]) })
  signed('SHAPE', 'a typ', {
    header: new Map([
      [1, -19],
      [4, alice.kid],
      [16, 'promisegrid-capability+cwt'],
    ]),
  })
  signed('SHAPE', 'a certificate', {
    header: new Map([
      [1, -19],
      [4, alice.kid],
      [33, bytesOf(8)],
    ]),
  })
  signed('SHAPE', 'the payload embedded', { embedded: good.payload })
  signed('SHAPE', 'an empty payload instead of none', { embedded: bytesOf(0) })
  refuses('KEY', 'signature', 'iss that is no principal', { iss: 'alice' })
  refuses('KEY', 'signature', 'iss that is a key set', { iss: dagCid(utf8('keys')).toString() })
  for (const [what, point] of Object.entries(BAD_POINTS))
    refuses('KEY', 'signature', `iss is ${what}`, { iss: didKey('ed01', point), cose: forged(point) })
  signed('KEY', 'kid of somebody else', { kid: mallory.kid })
  refuses('KEY', 'signature', 'signed by somebody else, who says so', { by: mallory, iss: alice.principal })
  refuses('SIG', 'signature', 'signed by somebody else, who does not say so', {
    by: mallory,
    iss: alice.principal,
    cose: { kid: alice.kid },
  })
  signed('SIG', 'another context string', { context: 'Signature' })
  signed('SIG', 'external data', { external: utf8('x') })
  refuses('SIG', 'signature', 'a signature over another message', {
    cose: build({ method: 'other' }).signature,
  })
  refuses('SIG', 'signature', 'a signature over the same claims for another protocol', {
    protocol: echo.codeCid,
    cose: good.signature,
  })
  refusesBytes('SIG', 'signature', 'a CID wrapped in another way than it was signed', rewrapped())
  signed('SIG', 'a signature over the five elements', { change: () => alice.sign(good.bytes) })
  signed('SIG', 'no signature', { signature: bytesOf(0) })
  signed('SIG', 'a signature of 63 bytes', { change: (signature) => signature.slice(0, 63) })
  signed('SIG', 'a signature of 65 bytes', { change: (signature) => concat(signature, [0]) })
  signed('SIG', 'a signature of zeros', { signature: bytesOf(64) })
  signed('SIG', 'S + L', { change: (signature) => withS(signature, (s) => s + ORDER_ED25519) })
  signed('SIG', 'R that is the identity', {
    change: (signature) => concat(BAD_POINTS['the identity'], signature.slice(32)),
  })
  signed('SIG', 'R in an encoding that is not canonical', {
    change: (signature) => concat(unhex(`ed${'ff'.repeat(30)}7f`), signature.slice(32)),
  })
  const p256Signed = (comment, change) => signed('SIG', comment, { change }, { by: bob })
  p256Signed('P-256: the high half of s', (signature) => halves(signature, (r, s) => [r, ORDER_P256 - s]))
  p256Signed('P-256: r is zero', (signature) => halves(signature, (_r, s) => [0n, s]))
  p256Signed('P-256: s is zero', (signature) => halves(signature, (r) => [r, 0n]))
  p256Signed('P-256: r is the order', (signature) => halves(signature, (_r, s) => [ORDER_P256, s]))
  p256Signed('P-256: s is the order', (signature) => halves(signature, (r) => [r, ORDER_P256]))
  p256Signed('P-256: a signature in DER', (signature) => derOf(signature))

  // ---------------------------------------------------------------------------------------- algorithms
  const onlyP256 = policyOf({ algorithms: [-9] })
  const onlyEd25519 = policyOf({ algorithms: [-19] })
  const withPolicy = (policy) => ({ policy: [[hex(policy.bytes)]] })
  accept(
    'message',
    'P-256 in a grid that takes nothing else',
    { genesis: hex(genesis), ...withPolicy(onlyP256), input: hex(build({ by: bob }).bytes) },
    {
      ...{ id: build({ by: bob }).id.toString(), ...said, issuer: bob.principal },
    },
  )
  refuses('ALG', 'algorithms', 'Ed25519 in a grid that takes only P-256', {}, withPolicy(onlyP256))
  refuses(
    'ALG',
    'algorithms',
    'P-256 in a grid that takes only Ed25519',
    { by: bob },
    withPolicy(onlyEd25519),
  )
  return made

  function filledTo(length) {
    const size = (bytes) => build({ arguments: bytesOf(32768), meta: bytesOf(bytes) }).bytes.length
    return bytesOf(30_000 + length - size(30_000))
  }

  /** A claim written as the bytes given, whatever they are. */
  function withRaw(name, bytes) {
    const entries = [...claimsOf({ ...base, [name]: undefined }), [LABEL[name], new Raw(bytes)]]
    return { raw: mapInOrder(...entries.sort(([a], [b]) => rank(a) - rank(b))) }
  }

  function rewrapped() {
    const bare = build({ protocol: echo.protocol.bytes })
    return message({ by: alice, protocol: echo.protocol, grid, claims: base, cose: bare.signature }).bytes
  }
}

function describe([kind, , ...rest]) {
  const prefix = rest.at(-1)
  return prefix === undefined ? kind : `${kind} with a prefix of ${prefix.length}`
}

/** Where a label stands in a map: positive ones first, then the others by their size. */
function rank(label) {
  return label >= 0 ? label : 1_000_000 - label
}

function nest(levels) {
  return levels === 0 ? 0 : [nest(levels - 1)]
}

/** The elements of a message as the values of a map. */
function asMap(bytes) {
  const elements = splitElements(bytes)
  return concat([0xa5], ...elements.flatMap((element, index) => [[index], element]))
}

/** Elements of our own well-formed message: text, two links, two byte strings. */
function splitElements(bytes) {
  const link = 41
  const starts = [1, 6, 6 + link, 6 + 2 * link]
  const third = 6 + 2 * link
  const claimsEnd = third + headAndBody(bytes, third)
  return [
    ...[bytes.slice(1, starts[1]), bytes.slice(starts[1], starts[2]), bytes.slice(starts[2], third)],
    ...[bytes.slice(third, claimsEnd), bytes.slice(claimsEnd)],
  ]
}

function headAndBody(bytes, at) {
  const info = bytes[at] & 0x1f
  if (info < 24) return 1 + info
  return info === 24 ? 2 + bytes[at + 1] : 3 + 256 * bytes[at + 1] + bytes[at + 2]
}

/** What verifies under a key of small order on engines that do not look: R is the key, S is zero. */
function forged(point) {
  const key = new Map([
    [1, 1],
    [-1, 6],
    [-2, point],
  ])
  return { kid: crypto.sha256(cbor(key)), signature: concat(point, bytesOf(32)) }
}

function withS(signature, change) {
  const s = change(BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString('hex')}`))
  return concat(signature.slice(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse())
}

function halves(signature, change) {
  const [r, s] = [signature.slice(0, 32), signature.slice(32)].map((half) => BigInt(`0x${hex(half)}`))
  return concat(...change(r, s).map((value) => unhex(value.toString(16).padStart(64, '0'))))
}

function derOf(signature) {
  const integer = (half) => {
    const bytes = half[0] >= 0x80 ? concat([0], half) : half
    return concat([2, bytes.length], bytes)
  }
  const body = concat(integer(signature.slice(0, 32)), integer(signature.slice(32)))
  return concat([0x30, body.length], body)
}

/** The first policy record of the grid. */
export function policyOf(body, fields = {}, by = root) {
  return object({ by, kind: 'policy', claims: { iat: NOW, grid, seq: 1, body, ...fields } })
}

/** Alice's honest signature over a payload of another message. */
function signatureOver(payload) {
  return sign1({ by: alice, payload })
}
