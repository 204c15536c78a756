/** Principals that are key sets, through a whole kernel: every key signs, none alone, and no set is fetched. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CborTagged, CODEC, encodeCbor, signMlDsa } from '../../promisebase/index.ts'
import { nodeCrypto } from '../../runtimes/host/index.ts'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { createKeySetSigner, LIMITS, REFUSALS, signAssessment, signPolicy } from '../index.ts'
import { CLAIM, OBJECT_TYPE } from '../message/labels.ts'
import { COSE_ALGORITHM, coseKeyOf, thumbprint } from '../message/cose-key.ts'
import { assertRefused } from './assert-refused.ts'
import { countingCrypto } from './counting-crypto.ts'
import { foundGrid, hybrid, people, person, seededCrypto } from './fixture.ts'
import { forge, messageClaims, onlyKey, publicKeyOf, tokenClaims } from './forge.ts'
import type { CborInput, CborMap } from '../../promisebase/index.ts'
import type { ComposedMessage, RefusalCode, Result, Signer, SigningKey } from '../index.ts'
import type { Grid, GridOptions } from './fixture.ts'

const ivy = hybrid('ivy')
const NOTHING = new Uint8Array(0)

/** A grid that knows ivy's keys. */
async function ivysGrid(options: GridOptions = {}): Promise<Grid> {
  const grid = await foundGrid(options)
  assert.deepEqual(await grid.kernel.admitKeySet(ivy.keySet as Uint8Array), { ok: ivy.principal })
  return grid
}

const code = async (grid: Grid, sent: ComposedMessage, as: Signer): Promise<string> =>
  grid.read(sent, await grid.kernel.dispatch(sent.bytes), as).code

const callBy = (grid: Grid, as: Signer): ComposedMessage =>
  grid.compose({ as, chain: [grid.grant({ holder: as.principal })] })

describe('a call by a hybrid', () => {
  test('is answered, and its signature is a COSE_Sign of both keys', async () => {
    const grid = await ivysGrid()
    const sent = callBy(grid, ivy)
    assert.equal(await code(grid, sent, ivy), 'kept')
    assert.ok(sent.bytes.length > 3_309 + 64 && sent.bytes.length < 6_000)
  })

  test('is answered by a hybrid node, over a chain from did:key to key set to did:key', async () => {
    const node = hybrid('node')
    const grid = await ivysGrid({ node })
    const toIvy = grid.grant({ holder: ivy.principal })
    const toBob = grid.grant({ by: ivy, parent: toIvy, holder: grid.bob.principal })
    assert.equal(await code(grid, grid.compose({ as: grid.bob, chain: [toIvy, toBob] }), grid.bob), 'kept')
    assert.equal(grid.kernel.node, node.principal)
    assert.equal(grid.adoption.issuer, node.principal)
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
  })

  test('verifies each signature once, and of a known chain that of the message alone', async () => {
    const { crypto, counts } = countingCrypto(seededCrypto())
    const grid = await ivysGrid({ crypto })
    const toIvy = grid.grant({ holder: ivy.principal })
    const toBob = grid.grant({ by: ivy, parent: toIvy, holder: grid.bob.principal })
    const verified = async (sent: ComposedMessage): Promise<number> => {
      const before = counts.verify
      await grid.kernel.dispatch(sent.bytes)
      return counts.verify - before
    }
    const chain = [toIvy, toBob]
    // bob, the adoption, the grant by root, and both keys of ivy
    assert.equal(await verified(grid.compose({ as: grid.bob, chain })), 1 + 1 + 1 + 2)
    assert.equal(await verified(grid.compose({ as: grid.bob, chain })), 1)
    assert.equal(await verified(grid.compose({ as: ivy, chain: [toIvy] })), 2)
  })

  test('whose Ed25519 signature fails costs no ML-DSA', async () => {
    const { crypto, counts } = countingCrypto(seededCrypto())
    const grid = await ivysGrid({ crypto })
    const before = counts.verify
    await assertRefused(grid, bySet(grid, { forged: 'Ed25519' }), 'SIG')
    // once dry and once for real
    assert.equal(counts.verify - before, 2)
  })

  test('is kept apart by store and restart like any other', async () => {
    const grid = await ivysGrid()
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
    await grid.restart()
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
  })
})

describe('a key set that is not here', () => {
  test('is not fetched: MISSING names it, and the same bytes pass once it was admitted', async () => {
    const grid = await foundGrid()
    const sent = callBy(grid, ivy)
    const { refusal } = await grid.kernel.explain(sent.bytes)
    assert.deepEqual([refusal?.code, refusal?.missing], ['MISSING', [ivy.principal]])
    assert.equal(REFUSALS.MISSING.retryable, true)
    await assertRefused(grid, sent, 'MISSING')
    await grid.kernel.admitKeySet(ivy.keySet as Uint8Array)
    assert.equal(await code(grid, sent, ivy), 'kept')
  })

  test('is not read from a block that somebody put there: MISSING', async () => {
    const grid = await foundGrid()
    await grid.store.transact((transaction) => transaction.putBlock(ivy.keySet as Uint8Array, CODEC.cbor))
    await assertRefused(grid, callBy(grid, ivy), 'MISSING')
  })

  test('can be granted something, and used once it is admitted', async () => {
    const grid = await foundGrid()
    const toIvy = grid.grant({ holder: ivy.principal })
    const toBob = grid.grant({ by: ivy, parent: toIvy, holder: grid.bob.principal })
    const sent = grid.compose({ as: grid.bob, chain: [toIvy, toBob] })
    await assertRefused(grid, sent, 'MISSING', { link: 2 })
    await grid.kernel.admitKeySet(ivy.keySet as Uint8Array)
    assert.equal(await code(grid, sent, grid.bob), 'kept')
  })

  test('is refused at admission for what is wrong with it, and for no bytes', async () => {
    const grid = await foundGrid()
    const before = await grid.fingerprint()
    const alone = encodeCbor([coseKeyOf(publicKeyOf(people.alice))])
    assert.equal((await grid.kernel.admitKeySet(alone)).refused?.code, 'KEY')
    assert.equal((await grid.kernel.admitKeySet(NOTHING)).refused?.code, 'DECODE')
    await assert.rejects(grid.kernel.admitKeySet('set' as unknown as Uint8Array), TypeError)
    assert.equal(await grid.fingerprint(), before)
  })
})

describe('a key of a set', () => {
  const eve = person('ivy')

  test('speaks alone as long as the set was only shown: a stranger can bar nobody', async () => {
    const grid = await ivysGrid()
    assert.equal(await code(grid, callBy(grid, eve), eve), 'kept')
  })

  test('alone is refused once the set has signed, also after a restart (H-04)', async () => {
    const grid = await ivysGrid()
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
    await assertRefused(grid, callBy(grid, eve), 'KEY')
    await grid.restart()
    await assertRefused(grid, callBy(grid, eve), 'KEY')
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
  })

  test('is bound by what the set has signed outside of messages, also after a crash', async () => {
    const counts = { kept: 1, broken: 0, refused: 0, expired: 0 }
    const accepted: readonly ((grid: Grid) => Promise<Result<unknown>>)[] = [
      (grid) => {
        const said = { grid: grid.grid, issuedAt: grid.time.now, subject: grid.bob.principal, counts }
        return grid.kernel.trust.accept(signAssessment(grid.crypto, ivy, said).bytes)
      },
      (grid) => {
        grid.keys.learn(ivy.keySet as Uint8Array)
        return grid.kernel.keepToken(grid.grant({ by: ivy, parent: null }).bytes)
      },
    ]
    for (const accept of accepted) {
      const grid = await ivysGrid()
      assert.equal((await accept(grid)).refused, undefined)
      await grid.restart()
      await assertRefused(grid, callBy(grid, eve), 'KEY')
    }
  })

  test('that had acted alone is refused from the first signature of the set on, replies of before included', async () => {
    const grid = await ivysGrid()
    const sent = callBy(grid, eve)
    assert.equal(await code(grid, sent, eve), 'kept')
    assert.equal(await code(grid, sent, eve), 'kept')
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
    await assertRefused(grid, sent, 'KEY')
  })

  test('is refused as issuer of a link whose signature was remembered', async () => {
    const grid = await ivysGrid()
    const first = grid.grant({ holder: eve.principal })
    const chain = [first, grid.grant({ by: eve, parent: first, holder: grid.bob.principal })]
    assert.equal(await code(grid, grid.compose({ as: grid.bob, chain }), grid.bob), 'kept')
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
    await assertRefused(grid, grid.compose({ as: grid.bob, chain }), 'KEY', { as: grid.bob, link: 2 })
  })

  test('is refused in another set once the first has signed (H-05)', async () => {
    const grid = await ivysGrid()
    const twin = createKeySetSigner(nodeCrypto, [
      { algorithm: 'Ed25519', secret: nodeCrypto.sha256(new TextEncoder().encode('person ivy')) },
      { algorithm: 'ML-DSA-65', secret: new Uint8Array(32) },
    ])
    assert.ok((await grid.kernel.admitKeySet(twin.keySet as Uint8Array)).ok)
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
    await assertRefused(grid, callBy(grid, twin), 'KEY')
    await grid.restart()
    await assertRefused(grid, callBy(grid, twin), 'KEY')
    assert.equal((await grid.kernel.admitKeySet(twin.keySet as Uint8Array)).refused?.code, 'KEY')
  })

  test('is not taken from a set by a forger who shows the set and signs with his own key', async () => {
    const grid = await ivysGrid()
    const thief = createKeySetSigner(nodeCrypto, [
      { algorithm: 'Ed25519', secret: nodeCrypto.sha256(new TextEncoder().encode('person ivy')) },
      { algorithm: 'ESP256', secret: nodeCrypto.sha256(NOTHING) },
    ])
    assert.ok((await grid.kernel.admitKeySet(thief.keySet as Uint8Array)).ok)
    const half = { ...thief, keys: thief.keys.map((key) => ({ ...key, sign: () => new Uint8Array(64) })) }
    await assertRefused(grid, callBy(grid, half), 'SIG')
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
  })
})

/** How a signature by ivy differs from an honest one. */
interface SetParts {
  readonly keys?: (keys: readonly SigningKey[]) => readonly SigningKey[]
  readonly forged?: string
  readonly header?: (map: CborMap, key: SigningKey) => CborInput
  readonly body?: CborInput
  readonly bodyUnprotected?: CborInput
  readonly unprotected?: CborInput
  readonly context?: string
  readonly signature?: (signature: Uint8Array, key: SigningKey) => CborInput
  readonly sign?: (key: SigningKey, structure: Uint8Array) => Uint8Array
  readonly tag?: number
  readonly elements?: (elements: CborInput[]) => CborInput
  readonly attached?: CborInput
  readonly issuer?: string
}

/** The COSE_Sign of ivy, put together by hand. */
function setSeal(payload: Uint8Array, parts: SetParts = {}): CborInput {
  const keys = parts.keys?.(ivy.keys) ?? ivy.keys
  const signatures = keys.map((key): CborInput => {
    const map: CborMap = new Map<number, CborInput>([
      [1, COSE_ALGORITHM[key.publicKey.algorithm]],
      [4, thumbprint(nodeCrypto, key.publicKey)],
    ]) as CborMap
    const header = parts.header?.(map, key) ?? map
    const protectedBytes = header instanceof Uint8Array ? header : encodeCbor(header)
    const body = parts.body instanceof Uint8Array ? parts.body : NOTHING
    const structure = encodeCbor([parts.context ?? 'Signature', body, protectedBytes, NOTHING, payload])
    const made = parts.sign?.(key, structure) ?? key.sign(structure)
    if (parts.forged === key.publicKey.algorithm) made[0] = (made[0] as number) ^ 1
    return [protectedBytes, parts.unprotected ?? new Map(), parts.signature?.(made, key) ?? made]
  })
  const elements = [
    parts.body ?? NOTHING,
    parts.bodyUnprotected ?? new Map(),
    parts.attached ?? null,
    signatures,
  ]
  return new CborTagged(parts.tag ?? 98, parts.elements?.(elements) ?? elements)
}

/** A message of ivy to echo, put together by hand. */
function bySet(grid: Grid, parts: SetParts = {}): ComposedMessage {
  const claims = messageClaims(grid, [
    [CLAIM.iss, parts.issuer ?? ivy.principal],
    [CLAIM.capabilities, [grid.grant({ holder: ivy.principal }).bytes]],
  ])
  const four = ['grid', grid.protocol('echo'), grid.grid, encodeCbor(claims)]
  const honest = forge(grid, { claims })
  return { id: honest.id, bytes: encodeCbor([...four, encodeCbor(setSeal(encodeCbor(four), parts))]) }
}

const without =
  (label: number) =>
  (map: CborMap): CborInput => {
    map.delete(label)
    return map
  }
const set =
  (label: number, value: CborInput) =>
  (map: CborMap): CborInput =>
    new Map<unknown, CborInput>([...map, [label, value]]) as CborMap
const onlyFor =
  (algorithm: string, edit: (map: CborMap) => CborInput) =>
  (map: CborMap, key: SigningKey): CborInput =>
    key.publicKey.algorithm === algorithm ? edit(map) : map
const changed =
  (algorithm: string, edit: (signature: Uint8Array) => CborInput) =>
  (signature: Uint8Array, key: SigningKey): CborInput =>
    key.publicKey.algorithm === algorithm ? edit(signature) : signature

const seed = nodeCrypto.sha256(new TextEncoder().encode('person ivy ML-DSA'))
const byMlDsa =
  (make: (structure: Uint8Array) => Uint8Array) =>
  (key: SigningKey, structure: Uint8Array): Uint8Array =>
    key.publicKey.algorithm === 'ML-DSA-65' ? make(structure) : key.sign(structure)

const BAD: Record<string, [SetParts, RefusalCode]> = {
  'the ML-DSA signature left out (H-01)': [{ keys: ([, ed]) => [ed as SigningKey] }, 'ALG'],
  'the Ed25519 signature left out (H-02)': [{ keys: ([pq]) => [pq as SigningKey] }, 'ALG'],
  'a third signature': [{ keys: (keys) => [...keys, keys[1] as SigningKey] }, 'ALG'],
  'five signatures': [{ keys: ([pq, ed]) => [pq, ed, ed, ed, ed] as SigningKey[] }, 'SHAPE'],
  'no signature': [{ keys: () => [] }, 'SHAPE'],
  'its signatures in another order': [{ keys: (keys) => [...keys].reverse() }, 'ALG'],
  'one signature twice': [{ keys: ([pq]) => [pq, pq] as SigningKey[] }, 'ALG'],
  'a forged Ed25519 signature': [{ forged: 'Ed25519' }, 'SIG'],
  'a forged ML-DSA signature': [{ forged: 'ML-DSA-65' }, 'SIG'],
  'one key signing something else (H-03)': [
    { sign: byMlDsa((structure) => ivy.keys[0]?.sign(structure.slice(1)) ?? NOTHING) },
    'SIG',
  ],
  'the context of a single signer (S-22)': [{ context: 'Signature1' }, 'SIG'],
  'an ML-DSA context string (H-06)': [
    { sign: byMlDsa((it) => signMlDsa('ML-DSA-65', seed, it, new Uint8Array(32), Uint8Array.of(1))) },
    'SIG',
  ],
  'HashML-DSA (H-07)': [
    { sign: byMlDsa((it) => ml_dsa65.sign(sha512(it), ml_dsa65.keygen(seed).secretKey)) },
    'SIG',
  ],
  'an ML-DSA signature of 3,308 bytes (H-08)': [
    { signature: changed('ML-DSA-65', (it) => it.slice(1)) },
    'SIG',
  ],
  'an ML-DSA signature of 3,310 bytes (H-08)': [
    { signature: changed('ML-DSA-65', (it) => Uint8Array.of(...it, 0)) },
    'SIG',
  ],
  'a second encoding of its hint (H-08)': [
    {
      signature: changed('ML-DSA-65', (it) => {
        const other = Uint8Array.from(it)
        other[3_309 - 7] = (other[3_309 - 7] as number) === 0 ? 1 : 0
        return other
      }),
    },
    'SIG',
  ],
  'an Ed25519 signature of 63 bytes': [{ signature: changed('Ed25519', (it) => it.slice(1)) }, 'SIG'],
  'an R that is not canonical (S-28)': [
    {
      signature: changed('Ed25519', (it) =>
        Uint8Array.of(...Array.from({ length: 31 }, () => 0xff), 0x7f, ...it.slice(32)),
      ),
    },
    'SIG',
  ],
  'a signature that is text': [{ signature: changed('Ed25519', () => 'signature') }, 'SHAPE'],
  'EdDSA instead of Ed25519 (S-17)': [{ header: onlyFor('Ed25519', set(1, -8)) }, 'ALG'],
  'ES256 for the Ed25519 key (S-13)': [{ header: onlyFor('Ed25519', set(1, -7)) }, 'ALG'],
  'the algorithm of another parameter set': [{ header: onlyFor('ML-DSA-65', set(1, -50)) }, 'ALG'],
  'alg 0 (S-18)': [{ header: onlyFor('Ed25519', set(1, 0)) }, 'ALG'],
  'alg as text (S-18)': [{ header: onlyFor('Ed25519', set(1, 'none')) }, 'ALG'],
  'no alg in one signature (S-11)': [{ header: onlyFor('Ed25519', without(1)) }, 'ALG'],
  'no kid in one signature': [{ header: onlyFor('Ed25519', without(4)) }, 'SHAPE'],
  'the kid of the other key': [
    { header: onlyFor('Ed25519', set(4, thumbprint(nodeCrypto, (ivy.keys[0] as SigningKey).publicKey))) },
    'KEY',
  ],
  'a kid of 31 bytes': [{ header: onlyFor('ML-DSA-65', set(4, new Uint8Array(31))) }, 'SHAPE'],
  'a typ in a message': [{ header: set(16, OBJECT_TYPE.capability) }, 'SHAPE'],
  'crit in one signature (S-19)': [{ header: onlyFor('Ed25519', set(2, [99])) }, 'SHAPE'],
  'something unprotected in a signature (S-05)': [{ unprotected: new Map([[99, NOTHING]]) }, 'SHAPE'],
  'kid unprotected as well': [{ unprotected: new Map([[4, new Uint8Array(32)]]) }, 'SHAPE'],
  'an empty map protected in the body (S-07)': [{ body: encodeCbor(new Map()) }, 'SHAPE'],
  'alg protected in the body': [{ body: encodeCbor(new Map([[1, -19]])) }, 'SHAPE'],
  'something unprotected in the body': [{ bodyUnprotected: new Map([[4, new Uint8Array(32)]]) }, 'SHAPE'],
  'an embedded payload': [{ attached: new Uint8Array(3) }, 'SHAPE'],
  'tag 18 around a COSE_Sign (S-04)': [{ tag: 18 }, 'SHAPE'],
  'another tag': [{ tag: 97 }, 'SHAPE'],
  'three elements': [{ elements: (elements) => elements.slice(0, 3) }, 'SHAPE'],
  'signatures in a map': [{ elements: ([a, b, c]) => [a, b, c, new Map()] as CborInput }, 'SHAPE'],
  'a COSE_Signature of two elements': [
    { elements: ([a, b, c]) => [a, b, c, [[NOTHING, new Map()]]] as CborInput },
    'SHAPE',
  ],
  'a did:key that signs by COSE_Sign': [
    { issuer: people.alice.principal, keys: () => people.alice.keys },
    'SHAPE',
  ],
  'a did:key that signs by the set of another': [{ issuer: people.alice.principal }, 'SHAPE'],
}

describe('a message of a key set', async () => {
  const grid = await ivysGrid()
  assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')

  test('put together by hand is accepted', async () => {
    assert.equal(await code(grid, bySet(grid), ivy), 'kept')
  })

  for (const [what, [parts, expected]] of Object.entries(BAD))
    test(`with ${what} is refused: ${expected}`, () => assertRefused(grid, bySet(grid, parts), expected))

  test('signed by one of its keys in a COSE_Sign1 is refused: SHAPE', async () => {
    const claims = messageClaims(grid, [
      [CLAIM.iss, ivy.principal],
      [CLAIM.capabilities, [grid.grant({ holder: ivy.principal }).bytes]],
    ])
    await assertRefused(grid, forge(grid, { as: person('ivy'), claims }), 'SHAPE')
  })

  test('with any one byte changed is never accepted', async () => {
    const { bytes, id } = callBy(grid, ivy)
    for (let at = 0; at < bytes.length; at += 97) {
      const other = Uint8Array.from(bytes)
      other[at] = (other[at] as number) ^ 1
      const answer = grid.read({ bytes: other, id }, await grid.kernel.dispatch(other), ivy)
      assert.equal(answer.signed, false, `byte ${at}`)
    }
  })
})

describe('ES256 in a set', async () => {
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const pair = createKeySetSigner(nodeCrypto, [
    { algorithm: 'Ed25519', secret: nodeCrypto.sha256(Uint8Array.of(1)) },
    { algorithm: 'ESP256', secret: nodeCrypto.sha256(Uint8Array.of(2)) },
  ])
  const grid = await foundGrid()
  await grid.kernel.admitKeySet(pair.keySet as Uint8Array)
  const high = (signature: Uint8Array): Uint8Array => {
    const s = order - BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
    return Uint8Array.from([
      ...signature.subarray(0, 32),
      ...Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
    ])
  }

  test('has the low half of s; the other one is refused (S-29)', async () => {
    assert.equal(await code(grid, callBy(grid, pair), pair), 'kept')
    const keys = pair.keys.map(({ publicKey, sign }) => ({
      publicKey,
      sign: (it: Uint8Array) => (publicKey.algorithm === 'ESP256' ? high(sign(it)) : sign(it)),
    }))
    await assertRefused(grid, callBy(grid, { ...pair, keys }), 'SIG')
  })
})

describe('a token of a key set', async () => {
  const grid = await ivysGrid()
  const toIvy = grid.grant({ holder: ivy.principal })
  assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
  const tokenOf = (parts: SetParts, type: string | undefined = OBJECT_TYPE.capability): Uint8Array => {
    const payload = encodeCbor(
      tokenClaims(grid, [
        [CLAIM.iss, ivy.principal],
        [CLAIM.parent, toIvy.id],
      ]),
    )
    const typed = (map: CborMap): CborInput => (type === undefined ? map : map.set(16, type))
    return encodeCbor(setSeal(payload, { header: typed, attached: payload, ...parts }))
  }
  const sent = (token: Uint8Array): ComposedMessage => grid.compose({ chain: [toIvy, token] })

  test('put together by hand is accepted', async () => {
    assert.equal(await code(grid, sent(tokenOf({})), grid.alice), 'kept')
  })

  test('leaves room for its claims', () => {
    const { bytes } = grid.grant({ by: ivy, parent: toIvy })
    assert.ok(bytes.length < LIMITS.tokenBytes / 2)
  })

  test('names its kind in every signature, or is refused', async () => {
    await assertRefused(grid, sent(tokenOf({}, OBJECT_TYPE.receipt)), 'SHAPE', { link: 2 })
    await assertRefused(grid, sent(tokenOf({ header: (map) => map })), 'SHAPE', { link: 2 })
    const inOne = onlyFor('Ed25519', (map) => map.set(16, OBJECT_TYPE.capability))
    await assertRefused(grid, sent(tokenOf({ header: inOne })), 'SHAPE', { link: 2 })
    const body = encodeCbor(new Map([[16, OBJECT_TYPE.capability]]))
    await assertRefused(grid, sent(tokenOf({ body, header: (map) => map })), 'SHAPE', { link: 2 })
  })

  test('with half of its signatures is refused (H-01, H-02)', async () => {
    for (const index of [0, 1]) {
      const token = tokenOf({ keys: (keys) => [keys[index] as SigningKey] })
      await assertRefused(grid, sent(token), 'ALG', { link: 2 })
    }
  })

  test('is not signed by one of its keys in a COSE_Sign1', async () => {
    const eve = onlyKey(person('ivy'))
    const token = grid.grant({ by: { principal: ivy.principal, keys: [eve] }, parent: toIvy })
    await assertRefused(grid, grid.compose({ chain: [toIvy, token] }), 'SHAPE', { link: 2 })
  })

  test('that is too long to be one is not signed at all', () => {
    const methods = Array.from({ length: 30 }, (_, index) => `${index}${'m'.repeat(200)}`)
    assert.throws(() => grid.grant({ by: ivy, parent: toIvy, methods }), RangeError)
  })
})

describe('cnf', async () => {
  const grid = await ivysGrid()
  const withCnf = (value: CborInput, as: Signer): ComposedMessage => {
    const claims = tokenClaims(grid, [[CLAIM.cnf, value]])
    return grid.compose({ as, chain: [byRoot(grid, claims)] })
  }

  test('names a key set by its text', async () => {
    assert.equal(await code(grid, withCnf(new Map([[-65537, ivy.principal]]), ivy), ivy), 'kept')
  })

  test('with two confirmations is refused (R-15)', async () => {
    const alice = coseKeyOf(publicKeyOf(grid.alice))
    const both = new Map<number, CborInput>([
      [1, alice],
      [-65537, ivy.principal],
    ])
    await assertRefused(grid, withCnf(both, ivy), 'SHAPE')
    await assertRefused(grid, withCnf(new Map([[3, new Uint8Array(32)]]), ivy), 'SHAPE')
  })

  test('holds no key that belongs into a set, and no did:key as text', async () => {
    for (const key of ivy.keys.filter(({ publicKey }) => publicKey.algorithm !== 'Ed25519'))
      await assertRefused(grid, withCnf(new Map([[1, coseKeyOf(key.publicKey)]]), ivy), 'KEY')
    await assertRefused(grid, withCnf(new Map([[-65537, grid.alice.principal]]), grid.alice), 'KEY')
  })

  test('with a symmetric key is refused (R-17), and one of small order proves nothing (R-16)', async () => {
    const symmetric = new Map<number, CborInput>([
      [1, 4],
      [-1, new Uint8Array(32)],
    ])
    await assertRefused(grid, withCnf(new Map([[1, symmetric]]), ivy), 'KEY')
    const small = coseKeyOf({ algorithm: 'Ed25519', bytes: Uint8Array.of(1, ...new Uint8Array(31)) })
    await assertRefused(grid, withCnf(new Map([[1, small]]), grid.alice), 'POP')
  })

  test('of a set is not proved by one of its keys', async () => {
    const eve = person('ivy')
    const grid = await ivysGrid()
    await assertRefused(
      grid,
      grid.compose({ as: eve, chain: [grid.grant({ holder: ivy.principal })] }),
      'POP',
    )
  })
})

describe('policy', () => {
  test('accepts the hybrid from the first day, and may narrow it away', async () => {
    const grid = await ivysGrid()
    assert.deepEqual(grid.kernel.policy.algorithms, [-19, -9, -49])
    assert.equal(await code(grid, callBy(grid, ivy), ivy), 'kept')
    const { crypto, root, kernel } = grid
    const record = signPolicy(crypto, root, grid.grid, kernel.policy, { algorithms: [-19] }, grid.time.now)
    assert.ok((await kernel.acceptPolicy([record])).ok)
    await assertRefused(grid, callBy(grid, ivy), 'ALG')
  })

  test('does not accept another parameter set, or RSA, before it says so', async () => {
    const secret = nodeCrypto.sha256(Uint8Array.of(7))
    const strong = createKeySetSigner(nodeCrypto, [{ algorithm: 'ML-DSA-87', secret }])
    const grid = await foundGrid()
    await grid.kernel.admitKeySet(strong.keySet as Uint8Array)
    await assertRefused(grid, callBy(grid, strong), 'ALG')
    const { crypto, root, kernel } = grid
    const record = signPolicy(
      crypto,
      root,
      grid.grid,
      kernel.policy,
      { algorithms: [-19, -50] },
      grid.time.now,
    )
    assert.ok((await kernel.acceptPolicy([record])).ok)
    assert.equal(await code(grid, callBy(grid, strong), strong), 'kept')
  })

  test('is signed by a root that is a key set, once that is here, and read again at the next start', async () => {
    const rootSet = hybrid('root set')
    const grid = await foundGrid({ roots: [people.root, rootSet], threshold: 2 })
    const signed = [people.root, rootSet].map((root) =>
      signPolicy(grid.crypto, root, grid.grid, grid.kernel.policy, { threshold: 1 }, grid.time.now),
    )
    const { refused } = await grid.kernel.acceptPolicy(signed)
    assert.deepEqual([refused?.code, refused?.missing], ['MISSING', [rootSet.principal]])
    await grid.kernel.admitKeySet(rootSet.keySet as Uint8Array)
    assert.equal((await grid.kernel.acceptPolicy(signed.slice(0, 1))).refused?.code, 'SIG')
    assert.equal(
      (await grid.kernel.acceptPolicy([signed[0], signed[0]] as Uint8Array[])).refused?.code,
      'SIG',
    )
    assert.equal((await grid.kernel.acceptPolicy(signed)).ok?.seq, 1)
    await grid.restart()
    assert.equal(grid.kernel.policy.seq, 1)
  })

  test('stays what it is when a root turns out to be a key of a set: all nodes must come to one', async () => {
    const rooted = createKeySetSigner(nodeCrypto, [
      { algorithm: 'Ed25519', secret: nodeCrypto.sha256(new TextEncoder().encode('person root')) },
      { algorithm: 'ML-DSA-65', secret: new Uint8Array(32) },
    ])
    const grid = await foundGrid()
    const sign = (): Uint8Array =>
      signPolicy(grid.crypto, people.root, grid.grid, grid.kernel.policy, { executors: [] }, grid.time.now)
    assert.ok((await grid.kernel.acceptPolicy([sign()])).ok)
    const toSet = grid.grant({ holder: rooted.principal })
    await grid.kernel.admitKeySet(rooted.keySet as Uint8Array)
    const sent = grid.compose({ as: rooted, chain: [toSet] })
    // The set has signed, and the root that granted it something is one of its keys.
    assert.equal(await code(grid, sent, rooted), REFUSALS.KEY.public)
    assert.equal((await grid.kernel.acceptPolicy([sign()])).ok?.seq, 2)
    await grid.restart()
    assert.equal(grid.kernel.policy.seq, 2)
  })
})

function byRoot(grid: Grid, claims: CborMap): Uint8Array {
  const payload = encodeCbor(claims)
  const { publicKey, sign } = onlyKey(grid.root)
  const header = encodeCbor(
    new Map<number, CborInput>([
      [1, COSE_ALGORITHM[publicKey.algorithm]],
      [4, thumbprint(grid.crypto, publicKey)],
      [16, OBJECT_TYPE.capability],
    ]),
  )
  const signature = sign(encodeCbor(['Signature1', header, NOTHING, payload]))
  return encodeCbor(new CborTagged(18, [header, new Map(), payload, signature]))
}
