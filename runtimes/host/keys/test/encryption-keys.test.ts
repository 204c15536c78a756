/** Encryption keys in key files: made with an identity or added to one, protected with it, and never exchanged. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { encryptionKeyId } from '../../../../kernel/index.ts'
import { createHost, HostError, nodeAgreement, nodeCrypto } from '../../index.ts'
import { fileKeys } from '../file-keys.ts'
import { createKeyLock } from '../lock.ts'
import { memoryKeys } from '../keys.ts'
import { temporaryFolder } from '../../test/grid.ts'
import { MAKING } from './key-making.ts'
import type { FileKeys } from '../file-keys.ts'
import type { Keys } from '../keys.ts'

const WITH = { hasEncryptionKey: true }

const refused = (code: string) => (error: unknown) => error instanceof HostError && error.code === code
const fieldsAt = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>

function locked(folder: string): FileKeys {
  const lock = createKeyLock(() => Promise.resolve('correct horse'), MAKING)
  return fileKeys(nodeCrypto, folder, { lock, encryptsNew: true })
}

interface Made {
  readonly folder: string
  readonly path: string
  readonly keys: FileKeys
}

async function made(open: (folder: string) => FileKeys, name = 'alice'): Promise<Made> {
  const folder = join(temporaryFolder(), 'keys')
  const keys = open(folder)
  await keys.identity(name, 'Ed25519', WITH)
  return { folder, path: join(folder, `${name}.json`), keys }
}

const plain = (folder: string): FileKeys => fileKeys(nodeCrypto, folder)

for (const [title, open] of [
  ['in memory', () => memoryKeys(nodeCrypto)],
  ['in the clear', () => plain(join(temporaryFolder(), 'keys'))],
  ['under a passphrase', () => locked(join(temporaryFolder(), 'keys'))],
] as const satisfies readonly (readonly [string, () => Keys])[])
  describe(`an encryption key ${title}`, () => {
    test('is made with an identity that is to have one, and is of its secret', async () => {
      const keys: Keys = open()
      await keys.identity('alice', 'hybrid', WITH)
      const secret = await keys.encryptionSecret('alice')
      assert.ok(secret !== undefined)
      const { encryptionKey } = (await keys.look('alice')) ?? {}
      assert.deepEqual(encryptionKey, nodeAgreement.publicKey('X-Wing', secret.secret))
    })

    test('is added to an identity without one, once, and its principal stays', async () => {
      const keys: Keys = open()
      const { principal } = await keys.identity('bob')
      assert.equal((await keys.look('bob'))?.encryptionKey, undefined)
      assert.equal(await keys.encryptionSecret('bob'), undefined)
      assert.equal(await keys.addEncryptionKey('bob'), true)
      const secret = await keys.encryptionSecret('bob')
      assert.equal(await keys.addEncryptionKey('bob'), false)
      assert.deepEqual(await keys.encryptionSecret('bob'), secret)
      assert.equal((await keys.find('bob'))?.principal, principal)
    })

    test('is nobody\u2019s who is not there', async () => {
      const keys: Keys = open()
      await assert.rejects(keys.addEncryptionKey('nobody'), refused('MISSING'))
      assert.equal(await keys.encryptionSecret('nobody'), undefined)
      await assert.rejects(async () => keys.addEncryptionKey('../x'), refused('NAME'))
    })
  })

describe('a key file of format 3', () => {
  test('is that of an identity with an encryption key, and of no other', async () => {
    const { path, folder, keys } = await made(plain)
    await keys.identity('bob')
    assert.equal(fieldsAt(path)['format'], 3)
    assert.equal(fieldsAt(join(folder, 'bob.json'))['format'], 2)
    const algorithms = (fieldsAt(path)['keys'] as { algorithm: string }[]).map(({ algorithm }) => algorithm)
    assert.deepEqual(algorithms, ['Ed25519', 'X-Wing'])
  })

  test('keeps its secret when it is put under a passphrase and out again', async () => {
    const { path, folder } = await made(plain)
    const keys = locked(folder)
    const [before, secret] = [readFileSync(path, 'utf8'), await keys.encryptionSecret('alice')]
    const shown = await keys.look('alice')
    assert.equal(await keys.encrypt('alice'), true)
    assert.deepEqual(Object.keys(fieldsAt(path)), ['format', 'principal', 'encryptionKey', 'encrypted'])
    assert.deepEqual(await plain(folder).look('alice'), { ...shown, isEncrypted: true })
    assert.deepEqual(await locked(folder).encryptionSecret('alice'), secret)
    assert.equal(await locked(folder).decrypt('alice'), true)
    assert.equal(readFileSync(path, 'utf8'), before)
  })

  test('takes the place of one of format 1 or 2, in the clear and encrypted', async () => {
    const folder = join(temporaryFolder(), 'keys')
    mkdirSync(folder)
    const principal = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
    const one = { format: 1, algorithm: 'Ed25519', principal, secret: 'A'.repeat(43) }
    writeFileSync(join(folder, 'one.json'), JSON.stringify(one), { mode: 0o600 })
    assert.equal(await plain(folder).addEncryptionKey('one'), true)
    assert.equal(fieldsAt(join(folder, 'one.json'))['format'], 3)
    assert.equal((await plain(folder).find('one'))?.principal, principal)
    await locked(folder).identity('two')
    assert.equal(await locked(folder).addEncryptionKey('two'), true)
    assert.ok('encrypted' in fieldsAt(join(folder, 'two.json')))
    assert.deepEqual(readdirSync(folder).sort(), ['one.json', 'two.json'])
  })

  type Change = (fields: Record<string, unknown>, other: Record<string, unknown>) => object
  const keysIn = (fields: Record<string, unknown>): object[] => fields['keys'] as object[]
  const inTheClear: Readonly<Record<string, Change>> = {
    'that says it is of format 2': (fields) => ({ ...fields, format: 2 }),
    'without an X-Wing key': (fields) => ({ ...fields, keys: keysIn(fields).slice(0, 1) }),
    'with nothing but an X-Wing key': (fields) => ({ ...fields, keys: keysIn(fields).slice(1) }),
    'with the X-Wing key in front': (fields) => ({ ...fields, keys: keysIn(fields).toReversed() }),
    'with two X-Wing keys': (fields) => ({ ...fields, keys: [...keysIn(fields), keysIn(fields)[1]] }),
    'with a secret of another length': (fields) => ({
      ...fields,
      keys: [keysIn(fields)[0], { algorithm: 'X-Wing', secret: 'A'.repeat(44) }],
    }),
    'with a public key beside secrets in the clear': (fields) => ({ ...fields, encryptionKey: 'AAAA' }),
  }
  for (const [title, change] of Object.entries(inTheClear))
    test(`is refused ${title}`, async () => {
      const { path, folder } = await made(plain)
      writeFileSync(path, JSON.stringify(change(fieldsAt(path), {})))
      await assert.rejects(plain(folder).look('alice'), refused('KEY_FILE'))
      await assert.rejects(plain(folder).encryptionSecret('alice'), refused('KEY_FILE'))
    })

  const encrypted: Readonly<Record<string, Change>> = {
    'without its public key': ({ encryptionKey: _key, ...fields }) => fields,
    'with a public key of another length': (fields) => ({ ...fields, encryptionKey: 'AAAA' }),
    'with a public key that nobody may encrypt to': (fields) => ({
      ...fields,
      encryptionKey: Buffer.alloc(1_216, 0xff).toString('base64url'),
    }),
    'that says it is of format 2': (fields) => ({ ...fields, format: 2 }),
    'of format 2 with its public key left out': ({ encryptionKey: _key, ...fields }) => ({
      ...fields,
      format: 2,
    }),
    'with the public key of mallory': (fields, other) => ({
      ...fields,
      encryptionKey: other['encryptionKey'],
    }),
  }
  for (const [title, change] of Object.entries(encrypted))
    test(`is refused under a passphrase ${title}`, async () => {
      const { path, folder, keys } = await made(locked)
      await keys.identity('mallory', 'Ed25519', WITH)
      writeFileSync(path, JSON.stringify(change(fieldsAt(path), fieldsAt(join(folder, 'mallory.json')))))
      await assert.rejects(locked(folder).encryptionSecret('alice'), refused('KEY_FILE'))
      await assert.rejects(locked(folder).find('alice'), refused('KEY_FILE'))
    })

  test('that somebody else has changed meanwhile is not written over', async () => {
    const { path, folder } = await made(plain, 'bob')
    writeFileSync(
      path,
      JSON.stringify({ ...fieldsAt(path), format: 2, keys: keysIn(fieldsAt(path)).slice(0, 1) }),
    )
    // Two at once: the one that comes second must not throw away the key of the first.
    const results = await Promise.allSettled(
      [plain(folder), plain(folder)].map((keys) => keys.addEncryptionKey('bob')),
    )
    const lost = results.filter(({ status }) => status === 'rejected')
    const secret = await plain(folder).encryptionSecret('bob')
    assert.ok(secret !== undefined && lost.length <= 1)
    for (const result of results)
      if (result.status === 'rejected') assert.ok(refused('KEY_FILE')(result.reason))
    assert.deepEqual(readdirSync(folder), ['bob.json'])
  })
})

describe('a host', () => {
  const bytes = new TextEncoder().encode('for alice')

  test('announces the key of an identity once, and encrypts by what was announced', async () => {
    await using host = await createHost()
    const alice = await host.identity('alice')
    const first = await host.announce('alice')
    assert.deepEqual(await host.announce('alice'), first)
    const said = await host.keyStatement(alice.principal)
    const { encryptionKey } = (await host.look('alice')) ?? {}
    assert.deepEqual(said?.encryptionKeys, [encryptionKey])
    const sealed = await host.encryptFor([alice.principal], bytes)
    assert.ok(sealed.ok !== undefined && encryptionKey !== undefined)
    assert.ok(Buffer.from(sealed.ok).includes(Buffer.from(encryptionKeyId(nodeCrypto, encryptionKey))))
    assert.deepEqual(await host.decryptAs('alice', sealed.ok), { ok: bytes })
  })

  test('leaves what else was announced as it is', async () => {
    await using host = await createHost()
    const alice = await host.identity('alice')
    const x25519 = nodeAgreement.publicKey('X25519', nodeCrypto.random(32))
    await host.stateKeys(alice, { encryptionKeys: [x25519] })
    await assert.rejects(host.encryptFor([alice.principal], bytes), refused('MISSING'))
    await host.announce('alice')
    const said = await host.keyStatement(alice.principal)
    assert.deepEqual([said?.seq, said?.encryptionKeys?.length], [2, 2])
  })

  test('encrypts to nobody who has said nothing, is followed by another, or named twice', async () => {
    await using host = await createHost()
    const [alice, bob] = [await host.identity('alice'), await host.identity('bob')]
    await assert.rejects(host.encryptFor([alice.principal], bytes), refused('MISSING'))
    await assert.rejects(host.encryptFor([], bytes), refused('USAGE'))
    await assert.rejects(host.encryptFor(Array(17).fill(alice.principal), bytes), refused('USAGE'))
    await host.announce('alice')
    const twice = await host.encryptFor([alice.principal, alice.principal], bytes)
    assert.equal(twice.refused?.code, 'KEY')
    await host.stateKeys(alice, { successor: bob.principal })
    assert.equal((await host.encryptFor([alice.principal], bytes)).refused?.code, 'CHAIN')
  })

  test('opens for its recipients alone, and nothing that was changed', async () => {
    await using host = await createHost()
    for (const name of ['alice', 'bob', 'mallory']) await host.identity(name)
    const to = []
    for (const name of ['alice', 'bob']) {
      await host.announce(name)
      to.push((await host.identity(name)).principal)
    }
    const { ok: sealed = assert.fail() } = await host.encryptFor(to, bytes)
    for (const name of ['alice', 'bob']) assert.deepEqual(await host.decryptAs(name, sealed), { ok: bytes })
    await assert.rejects(host.decryptAs('mallory', sealed), refused('MISSING'))
    await assert.rejects(host.decryptAs('nobody', sealed), refused('MISSING'))
    await host.announce('mallory')
    assert.equal((await host.decryptAs('mallory', sealed)).refused?.code, 'KEY')
    const changed = sealed.slice()
    // In the ciphertext, which stands behind the header of the body.
    changed[70] = (changed[70] ?? 0) ^ 1
    assert.equal((await host.decryptAs('alice', changed)).refused?.code, 'SIG')
    assert.ok((await host.decryptAs('alice', sealed.subarray(0, -1))).refused !== undefined)
  })
})
