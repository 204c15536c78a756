/** Whatever somebody was sent: what it is, whether its signature holds, and where two of a kind differ. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { fc } from '../../../../conformance/test/laws.ts'

import { CborTagged, CORE_PROFILE, decodeCbor, encodeCbor } from '../../../../promisebase/index.ts'
import {
  createCoseMac0,
  createKeyRing,
  nameFeed,
  sealCoseEncrypt0,
  signAssessment,
  signCoseSign,
  signCoseSign1,
  signHeartbeat,
  signPolicy,
  signPromise,
  signRevocation,
  taggedSlots,
  untaggedSlots,
} from '../../../../kernel/index.ts'
import { createHost, nodeCrypto } from '../../index.ts'
import { compare } from '../compare.ts'
import { inspect } from '../inspect.ts'
import type { CborInput } from '../../../../promisebase/index.ts'
import type {
  CoseKey,
  CoseSigner,
  PrincipalKeys,
  Result,
  Signer,
  SigningKey,
} from '../../../../kernel/index.ts'
import type { Host } from '../../index.ts'
import type { Item, ItemKind } from '../item.ts'
import type { Reading } from '../inspect.ts'

const READING: Reading = { keys: createKeyRing(nodeCrypto), now: 1_800_000_000 }
let host: Host
let alice: Signer
let hybrid: Signer
/** One of each kind, honestly made. */
const made = new Map<string, Uint8Array>()

const given = (name: string): Uint8Array => made.get(name) ?? assert.fail(name)
const read = (bytes: Uint8Array, more: Partial<Reading> = {}): Item => {
  const result = inspect(bytes, { ...READING, ...more })
  return result.ok ?? assert.fail(`${result.refused.code}: ${result.refused.detail}`)
}

function keyOf({ keys: [key] }: Signer): SigningKey {
  return key ?? assert.fail('a signer has a key')
}

/** As somebody who knows the signer has them. */
function keysOf({ principal, keySet }: Signer): PrincipalKeys {
  const ring = createKeyRing(nodeCrypto)
  if (keySet !== undefined) ring.learn(keySet)
  return ring.read(principal).ok ?? assert.fail('a signer is a principal')
}

function sign1(by: Signer, payload: Uint8Array, typ?: string): Uint8Array {
  const header = encodeCbor(
    new Map<number, CborInput>([[1, -8], ...(typ === undefined ? [] : [[16, typ] as const])]),
  )
  const signature = keyOf(by).sign(encodeCbor(['Signature1', header, new Uint8Array(0), payload]))
  return encodeCbor(new CborTagged(18, [header, new Map(), payload, signature]))
}

function foreign(by: Signer): Uint8Array {
  const link = encodeCbor(
    new CborTagged(42, Uint8Array.from(Buffer.from(`01551220${'ab'.repeat(32)}`, 'hex'))),
  )
  const slots = [link, encodeCbor({ note: '\u001b]0;owned\u0007' })]
  const proof = {
    algorithm: 'Ed25519',
    key_id: Buffer.from(keyOf(by).publicKey.bytes).toString('hex'),
    public_key: keyOf(by).publicKey.bytes,
    signature: keyOf(by).sign(untaggedSlots(slots)),
  }
  return taggedSlots([...slots, encodeCbor(encodeCbor(proof))])
}

before(async () => {
  host = await createHost()
  alice = await host.identity('alice')
  const protocol = await host.handler('echo')
  const capability = await host.promise({ to: alice.principal, resource: { kind: 'code', protocol } })
  const call = { protocol, method: 'echo', input: Uint8Array.of(1, 2), as: alice, capabilities: [capability] }
  const sent = await host.compose(call)
  const result = await host.send(sent.bytes)
  assert.ok(result.status === 'kept' && result.receipt !== undefined)
  const tagged = await host.compose({ ...call, form: 'tagged' })
  made.set('message', sent.bytes)
  made.set('tagged', tagged.bytes)
  made.set('reply', result.message.reply)
  made.set('tagged reply', (await host.send(tagged.bytes)).message.reply)
  made.set('capability', capability.bytes)
  made.set('receipt', result.receipt)
  made.set('policy', signPolicy(host.crypto, host.root, host.grid, host.kernel.policy, { executors: [] }, 1))
  made.set('refusal', await host.kernel.dispatch(Uint8Array.of(0)))
  made.set('foreign', foreign(alice))
  made.set('cose', sign1(alice, new TextEncoder().encode('content')))
  made.set('cbor', encodeCbor([1, 2]))
  made.set('key statement', await host.announce('alice'))
  const now = { grid: host.grid, issuedAt: 1_800_000_000 }
  const { id } = capability
  const open = { audience: alice.principal, expires: now.issuedAt + 60, request: sent.id, protocol }
  const counts = { kept: 3, broken: 1, refused: 0, expired: 2 }
  const feed = nameFeed(host.crypto, [id])
  made.set('promise', signPromise(host.crypto, host.root, { ...now, ...open }).bytes)
  made.set('revocation', signRevocation(host.crypto, host.root, { ...now, revoked: id }).bytes)
  made.set('heartbeat', signHeartbeat(host.crypto, host.root, { ...now, seq: 1, feed }).bytes)
  made.set('assessment', signAssessment(host.crypto, host.root, { ...now, subject: host.node, counts }).bytes)
  hybrid = await host.identity('hybrid', 'hybrid')
  made.set('statement of a hybrid', await host.announce('hybrid'))
  const content = new TextEncoder().encode('content')
  made.set('sign', signCoseSign([coseSignerOf(alice), coseSignerOf(host.root)], content))
  const shared = symmetric()
  made.set('mac0', done(createCoseMac0(shared, 5, content)))
  made.set('encrypt0', done(sealCoseEncrypt0(shared, 24, new Uint8Array(12), content)).bytes)
  made.set('encrypted', done(await host.encryptFor([alice.principal, hybrid.principal], content)))
})

function done<T>(result: Result<T>): T {
  if (result.refused !== undefined) assert.fail(`${result.refused.code}: ${result.refused.detail}`)
  return result.ok
}

/** A key of Ed25519 that signs as others do, with an identifier of the key alone. */
function coseSignerOf(signer: Signer): CoseSigner {
  const [key] = keysOf(signer).keys
  return { algorithm: -19, sign: (message) => keyOf(signer).sign(message), ...(key && { kid: key.kid }) }
}

function symmetric(): CoseKey {
  return { material: { type: 'Symmetric', k: nodeCrypto.sha256(Uint8Array.of(7)) } }
}

describe('everything that is signed', () => {
  const KINDS: readonly (readonly [name: string, kind: ItemKind, signature: string])[] = [
    ['message', 'message', 'holds'],
    ['tagged', 'message', 'holds'],
    ['reply', 'reply', 'holds'],
    ['tagged reply', 'reply', 'holds'],
    ['capability', 'capability', 'holds'],
    ['receipt', 'receipt', 'holds'],
    ['policy', 'policy', 'open'],
    ['key statement', 'key-statement', 'holds'],
    ['statement of a hybrid', 'key-statement', 'broken'],
    ['promise', 'promise', 'holds'],
    ['revocation', 'revocation', 'holds'],
    ['heartbeat', 'heartbeat', 'holds'],
    ['assessment', 'assessment', 'holds'],
    ['sign', 'cose', 'open'],
    ['mac0', 'cose', 'open'],
    ['encrypt0', 'cose', 'open'],
    ['encrypted', 'cose', 'open'],
    ['refusal', 'refusal', 'open'],
    ['foreign', 'foreign', 'open'],
    ['cose', 'cose', 'open'],
    ['cbor', 'cbor', 'broken'],
  ]
  for (const [name, kind, signature] of KINDS)
    test(`${name} is told by its bytes`, () => {
      const item = read(given(name))
      assert.deepEqual([item.kind, item.verdict.signature], [kind, signature])
      assert.ok(item.says.length > 0 && item.parts.length > 0)
    })

  test('names who signed it', () => {
    const signers = ['message', 'reply', 'capability', 'receipt'].map((name) => {
      const { verdict } = read(given(name))
      return verdict.signature === 'holds' ? verdict.signer : undefined
    })
    assert.deepEqual(signers, [alice.principal, host.node, host.root.principal, host.node])
  })

  test('is refused by its code where one bit of the signature is wrong', () => {
    const records = ['promise', 'revocation', 'heartbeat', 'assessment']
    for (const name of ['message', 'tagged', 'reply', 'capability', 'receipt', ...records]) {
      const bytes = given(name).slice()
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
      const { verdict } = read(bytes)
      assert.ok(verdict.signature === 'broken' && verdict.refused.code === 'SIG', name)
    }
  })

  test('is read through a view only where the user names one', () => {
    const seen = read(given('foreign'), { view: 'ed25519-map' })
    assert.deepEqual(seen.verdict, { signature: 'holds', signer: alice.principal })
    for (const view of ['cose-embedded', 'cose-detached'])
      assert.equal(read(given('foreign'), { view, key: keyOf(alice).publicKey }).verdict.signature, 'broken')
  })

  test('is verified on its own where the user names the key', () => {
    const verdict = (key: Signer): string => read(given('cose'), { named: [keysOf(key)] }).verdict.signature
    assert.deepEqual([verdict(alice), verdict(host.root)], ['holds', 'broken'])
  })

  test('by several is verified where the keys are named, or where their identifiers name somebody known', () => {
    const verdict = (more: Partial<Reading>): readonly unknown[] => {
      const found = read(given('sign'), more).verdict
      return [found.signature, found.signature === 'broken' ? found.refused.code : undefined]
    }
    const [one, other, third] = [keysOf(alice), keysOf(host.root), keysOf(hybrid)]
    for (const named of [[one], [other], [one, other], [other, one]])
      assert.deepEqual(verdict({ named }), ['holds', undefined])
    assert.deepEqual(verdict({ known: [third, one, other] }), ['holds', undefined])
    // One of two is not the whole: nobody asked for that one alone.
    assert.deepEqual(verdict({ known: [one] }), ['open', undefined])
    for (const named of [[third], [one, third], [one, one]]) assert.equal(verdict({ named })[0], 'broken')
    const changed = given('sign').slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    const { verdict: wrong } = read(changed, { known: [one, other] })
    assert.ok(wrong.signature === 'broken' && wrong.refused.code === 'SIG')
  })

  test('alone is verified where its identifier names somebody known', () => {
    const signed = signCoseSign1(coseSignerOf(alice), new TextEncoder().encode('content'))
    assert.deepEqual(read(signed, { known: [keysOf(host.root), keysOf(alice)] }).verdict, {
      signature: 'holds',
      signer: alice.principal,
    })
    assert.equal(read(signed, { known: [keysOf(host.root)] }).verdict.signature, 'open')
    const { verdict } = read(signed, { named: [keysOf(hybrid)] })
    assert.ok(verdict.signature === 'broken' && verdict.refused.code === 'KEY')
  })

  test('is a policy record in words, and says which of the keys known here signed it', () => {
    const record = signPolicy(
      host.crypto,
      host.root,
      host.grid,
      host.kernel.policy,
      { algorithms: [-19, -49], threshold: 1, executors: [] },
      1_800_000_000,
    )
    const { rows, facts, verdict } = read(record, { known: [keysOf(alice), keysOf(host.root)] })
    assert.deepEqual(verdict, { signature: 'holds', signer: host.root.principal })
    assert.deepEqual(Object.fromEntries(rows.map(([name = '', value = '']) => [name, value])), {
      'in grid': host.grid.toString(),
      number: '1',
      follows: 'the genesis block: it is the first',
      issued: '2027-01-15 08:00:00 UTC',
      algorithms: '-19 (Ed25519), -49 (ML-DSA-65)',
      threshold: '1',
      executors: 'none',
    })
    assert.deepEqual((facts as { changes: unknown }).changes, {
      algorithms: [-19, -49],
      threshold: 1,
      executors: [],
    })
    assert.equal(read(record, { named: [keysOf(host.root)] }).verdict.signature, 'holds')
    assert.equal(read(record, { named: [keysOf(alice)] }).verdict.signature, 'broken')
    const forged = record.slice()
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const wrong = read(forged, { known: [keysOf(host.root)] }).verdict
    assert.ok(wrong.signature === 'broken' && wrong.refused.code === 'SIG')
    const shapeless = read(sign1(alice, encodeCbor(new Map()), 'promisegrid-policy+cwt')).verdict
    assert.ok(shapeless.signature === 'broken' && shapeless.refused.code === 'SHAPE')
  })

  test('is a record about promises, claim by claim, under the name it is known by elsewhere', () => {
    const rows = (name: string): Record<string, string> =>
      Object.fromEntries(read(given(name)).rows.map(([row = '', value = '']) => [row, value]))
    const names = (name: string) => Object.keys(rows(name)).sort()
    assert.deepEqual(names('revocation'), ['grid', 'iat', 'iss', 'revoked'])
    assert.deepEqual(names('heartbeat'), ['feed', 'grid', 'iat', 'iss', 'seq'])
    assert.deepEqual(names('assessment'), ['counts', 'grid', 'iat', 'iss', 'subject'])
    assert.ok(rows('revocation')['revoked']?.includes(read(given('capability')).id ?? 'no id'))
    for (const kind of ['revocation', 'heartbeat', 'assessment'])
      assert.equal(
        read(sign1(alice, encodeCbor(new Map()), `promisegrid-${kind}+cwt`)).verdict.signature,
        'broken',
      )
  })

  test('is a key statement in words, of a hybrid once its key set is known', () => {
    const names = read(given('key statement')).rows.map(([name]) => name)
    assert.deepEqual(names, ['by', 'in grid', 'number', 'issued', 'encrypt with'])
    const unknown = read(given('statement of a hybrid')).verdict
    assert.ok(unknown.signature === 'broken' && unknown.refused.code === 'MISSING')
    const keys = createKeyRing(nodeCrypto)
    assert.ok(hybrid.keySet !== undefined && keys.learn(hybrid.keySet).ok !== undefined)
    assert.deepEqual(read(given('statement of a hybrid'), { keys }).verdict, {
      signature: 'holds',
      signer: hybrid.principal,
    })
  })

  test('or sealed by others is shown, layer by layer, and said to be nobody\u2019s', () => {
    const rows = (name: string): Record<string, string> =>
      Object.fromEntries(read(given(name)).rows.map(([row = '', value = '']) => [row, value]))
    assert.deepEqual(rows('mac0'), { algorithm: '5 (HMAC 256/256)', payload: '7 bytes' })
    assert.deepEqual(rows('encrypt0'), { algorithm: '24 (ChaCha20/Poly1305)', ciphertext: '23 bytes' })
    const encrypted = rows('encrypted')
    assert.equal(encrypted['algorithm'], '3 (A256GCM)')
    for (const name of ['recipient 1', 'recipient 2'])
      assert.match(encrypted[name] ?? '', /^-65600 \(X-Wing with A256KW\), kid [0-9a-f]{64}$/)
    assert.match(read(given('encrypted')).says, /grid encrypt/)
    assert.deepEqual(Object.keys(rows('sign')), ['payload', 'signature 1', 'signature 2'])
    for (const tag of [16, 17, 18, 96, 97, 98]) {
      const { kind, verdict } = read(encodeCbor(new CborTagged(tag, [new Uint8Array(0), new Map(), null])))
      assert.deepEqual([kind, verdict.signature], ['cose', 'broken'], String(tag))
    }
  })

  test('is not taken for an object of ours because of its typ alone', () => {
    const forged = read(sign1(alice, encodeCbor(new Map()), 'promisegrid-capability+cwt'))
    assert.deepEqual([forged.kind, forged.verdict.signature], ['capability', 'broken'])
    assert.equal(read(sign1(alice, encodeCbor(new Map()), 'promisegrid-crown+cwt')).kind, 'cose')
  })

  test('or not, never makes the reader throw', () => {
    const all = [...made.values()]
    const changed = fc
      .tuple(fc.constantFrom(...all), fc.nat(), fc.nat(255), fc.nat(400))
      .map(([bytes, at, byte, cut]) =>
        bytes.with(at % bytes.length, byte).subarray(0, bytes.length - (cut > 300 ? cut % bytes.length : 0)),
      )
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        const { ok, refused } = inspect(Uint8Array.from(bytes), { ...READING, view: 'ed25519-map' })
        assert.ok((ok === undefined) !== (refused === undefined))
      }),
      { numRuns: 400 },
    )
  })
})

describe('two messages', () => {
  const differ = (one: Uint8Array, other: Uint8Array) => compare(read(one), read(other))
  const names = (one: Uint8Array, other: Uint8Array): readonly string[] =>
    differ(one, other).differences.map(({ name }) => name)
  const elements = (bytes: Uint8Array): CborInput[] => decodedElements(bytes)

  test('that are the same bytes do not differ', () => {
    assert.deepEqual(
      [differ(given('message'), given('message').slice()).same, names(given('message'), given('message'))],
      [true, []],
    )
  })

  test('with one claim changed differ in it, and their ids do', () => {
    const other = changedClaims((claims) => claims.set(4, 1_900_000_000))
    assert.deepEqual(names(given('message'), other), ['claim exp'])
    assert.match(
      differ(given('message'), other).meaning.join(' '),
      /refuses the other with REPLAY.*other does not hold/s,
    )
  })

  test('of another nonce are two messages', () => {
    const other = changedClaims((claims) => claims.set(7, new Uint8Array(16)))
    assert.match(differ(given('message'), other).meaning[0] ?? '', /they are two messages/)
  })

  test('with another signature are one, in two envelopes', () => {
    const other = given('message').slice()
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1
    const { meaning, differences } = differ(given('message'), other)
    assert.deepEqual(
      differences.map(({ name, isNamed }) => [name, isNamed]),
      [['signature', false]],
    )
    assert.match(meaning[0] ?? '', /^The ids are equal.*One message in two envelopes/)
  })

  test('with a CID in another writing differ by that alone', () => {
    const parts = elements(given('message'))
    const cid = parts[2] as { readonly bytes: Uint8Array }
    const other = encodeCbor(parts.with(2, cid.bytes))
    assert.deepEqual(names(given('message'), other), ['grid_cid'])
    assert.match(
      differ(given('message'), other).meaning.join(' '),
      /grid_cid is the same CID, written in two ways/,
    )
  })

  test('in two forms say so', async () => {
    const claims = elements(given('message'))[3] as Uint8Array
    const parts = elements(given('tagged'))
    const other = encodeCbor(new CborTagged(1_735_551_332, parts.with(3, claims)))
    assert.ok(names(given('message'), other).includes('form'))
    assert.match(
      differ(given('message'), other).meaning[0] ?? '',
      /a signature of one form never holds in the other/,
    )
  })

  test('of two kinds are not compared claim by claim with meaning', () => {
    assert.match(differ(given('message'), given('capability')).meaning[0] ?? '', /two kinds/)
    assert.match(differ(given('foreign'), foreign(host.root)).meaning[0] ?? '', /named by all of their bytes/)
  })

  function changedClaims(edit: (claims: Map<CborInput, CborInput>) => unknown): Uint8Array {
    const parts = elements(given('message'))
    const claims = decodedMap(parts[3] as Uint8Array)
    edit(claims)
    return encodeCbor(parts.with(3, encodeCbor(claims)))
  }
})

function decodedElements(bytes: Uint8Array): CborInput[] {
  const decoded = decodeCbor(bytes, CORE_PROFILE).ok
  return (decoded instanceof CborTagged ? decoded.value : decoded) as CborInput[]
}

function decodedMap(bytes: Uint8Array): Map<CborInput, CborInput> {
  return decodeCbor(bytes, CORE_PROFILE).ok as Map<CborInput, CborInput>
}
