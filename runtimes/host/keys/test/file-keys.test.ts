/** Identities as files: complete or not there, and for their owner alone. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'

import { createHost, HostError, nodeCrypto } from '../../index.ts'
import { fileKeys } from '../file-keys.ts'
import { createKeyLock } from '../lock.ts'
import { memoryKeys } from '../keys.ts'
import { temporaryFolder } from '../../test/grid.ts'
import { MAKING } from './key-making.ts'
import type { FileKeys } from '../file-keys.ts'

const PASSPHRASE = 'correct horse'

const isWindows = process.platform === 'win32'
const refused = (code: string) => (error: unknown) => error instanceof HostError && error.code === code

const keyIn = (fields: Record<string, unknown>): { readonly secret: string } =>
  (fields['keys'] as [{ readonly secret: string }])[0]

/** The path of a new key, and the fields in it. */
async function madeKey(): Promise<{ folder: string; path: string; fields: Record<string, unknown> }> {
  const folder = join(temporaryFolder(), 'keys')
  await fileKeys(nodeCrypto, folder).identity('alice')
  const path = join(folder, 'alice.json')
  return { folder, path, fields: JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> }
}

/** The same folder as a host with a passphrase has it. */
function encrypted(folder: string, passphrase = PASSPHRASE, encryptsNew = true): FileKeys {
  const lock = createKeyLock(() => Promise.resolve(passphrase), MAKING)
  return fileKeys(nodeCrypto, folder, { lock, encryptsNew })
}

/** The same folder as a host has it that nobody gave a passphrase. */
function asked(folder: string): FileKeys {
  const lock = createKeyLock(() => Promise.reject(new Error('asked for a passphrase')), MAKING)
  return fileKeys(nodeCrypto, folder, { lock, encryptsNew: false })
}

const fieldsAt = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>

describe('a key file', () => {
  test('has mode 0600 in a folder of mode 0700', { skip: isWindows }, async () => {
    const { folder, path } = await madeKey()
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
  })

  test('gives the same principal again, and leaves nothing else behind', async () => {
    const { folder, fields } = await madeKey()
    const again = await fileKeys(nodeCrypto, folder).identity('alice')
    assert.equal(again.principal, fields['principal'])
    assert.deepEqual(readdirSync(folder), ['alice.json'])
  })

  test('is made for either algorithm', async () => {
    const keys = fileKeys(nodeCrypto, join(temporaryFolder(), 'keys'))
    assert.match((await keys.identity('a', 'Ed25519')).principal, /^did:key:z6Mk/)
    assert.match((await keys.identity('b', 'ESP256')).principal, /^did:key:zDn/)
    assert.equal((await keys.find('b'))?.keys[0]?.publicKey.algorithm, 'ESP256')
  })

  test('is one, when two make the same name at once', async () => {
    const folder = join(temporaryFolder(), 'keys')
    const made = await Promise.all([1, 2, 3, 4].map(() => fileKeys(nodeCrypto, folder).identity('alice')))
    assert.equal(new Set(made.map(({ principal }) => principal)).size, 1)
    assert.deepEqual(readdirSync(folder), ['alice.json'])
  })

  test('that was not finished is not taken for one', async () => {
    const { folder } = await madeKey()
    writeFileSync(join(folder, 'bob.json.0011aabbccdd'), '{"format":1')
    const keys = fileKeys(nodeCrypto, folder)
    assert.deepEqual(await keys.names(), ['alice'])
    assert.equal(await keys.find('bob'), undefined)
  })

  test('is not made by looking for it', async () => {
    const folder = join(temporaryFolder(), 'keys')
    assert.equal(await fileKeys(nodeCrypto, folder).find('alice'), undefined)
    assert.deepEqual(await fileKeys(nodeCrypto, folder).names(), [])
  })
})

describe('a key file of format 1', () => {
  const principal = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
  const text = JSON.stringify({ format: 1, algorithm: 'Ed25519', principal, secret: 'A'.repeat(43) })

  test('keeps opening, and becomes one of format 2 when it is encrypted', async () => {
    const folder = join(temporaryFolder(), 'keys')
    const path = join(folder, 'alice.json')
    mkdirSync(folder)
    writeFileSync(path, text, { mode: 0o600 })
    assert.equal((await fileKeys(nodeCrypto, folder).find('alice'))?.principal, principal)
    assert.equal(await encrypted(folder).encrypt('alice'), true)
    assert.equal(fieldsAt(path)['format'], 2)
    assert.equal((await encrypted(folder).find('alice'))?.principal, principal)
  })
})

describe('an encrypted key file', () => {
  const made = async (): Promise<{ folder: string; path: string }> => {
    const folder = join(temporaryFolder(), 'keys')
    await encrypted(folder).identity('alice')
    return { folder, path: join(folder, 'alice.json') }
  }

  test('is opened by its passphrase, and looked at without', async () => {
    const { folder } = await made()
    const alice = await encrypted(folder).find('alice')
    const seen = await asked(folder).look('alice')
    assert.deepEqual([seen?.principal, seen?.isEncrypted], [alice?.principal, true])
    assert.deepEqual(
      seen?.publicKeys,
      alice?.keys.map(({ publicKey }) => publicKey),
    )
    await assert.rejects(asked(folder).find('alice'), /asked for a passphrase/)
  })

  test('has mode 0600, one spelling of every field, and no secret in the clear', async () => {
    const { folder, path } = await made()
    if (!isWindows) assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(Object.keys(fieldsAt(path)), ['format', 'principal', 'encrypted'])
    assert.equal(await encrypted(folder).decrypt('alice'), true)
    const [key] = fieldsAt(path)['keys'] as { secret: string }[]
    assert.equal(await encrypted(folder).encrypt('alice'), true)
    assert.ok(!readFileSync(path, 'utf8').includes(key?.secret ?? ''))
    if (!isWindows) assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['alice.json'])
  })

  test('stays as it is when it is encrypted or decrypted a second time', async () => {
    const { folder, path } = await made()
    const before = readFileSync(path, 'utf8')
    assert.equal(await encrypted(folder).encrypt('alice'), false)
    assert.equal(readFileSync(path, 'utf8'), before)
    await encrypted(folder).decrypt('alice')
    assert.equal(await asked(folder).decrypt('alice'), false)
    await assert.rejects(asked(folder).encrypt('bob'), refused('MISSING'))
    await assert.rejects(asked(folder).decrypt('bob'), refused('MISSING'))
  })

  test('makes the next one encrypted too, under the same passphrase and salt', async () => {
    const { folder, path } = await made()
    const salt = (at: string): unknown => (fieldsAt(at)['encrypted'] as { salt: string }).salt
    await encrypted(folder, PASSPHRASE, false).identity('bob')
    assert.equal(salt(join(folder, 'bob.json')), salt(path))
    await assert.rejects(encrypted(folder, 'another').identity('carol'), refused('PASSPHRASE'))
    await assert.rejects(fileKeys(nodeCrypto, folder).identity('carol'), refused('PASSPHRASE'))
    assert.deepEqual(await encrypted(folder).names(), ['alice', 'bob'])
  })

  test('may stand beside one that is not', async () => {
    const folder = join(temporaryFolder(), 'keys')
    await asked(folder).identity('alice')
    await encrypted(folder).identity('bob')
    assert.equal((await asked(folder).look('alice'))?.isEncrypted, false)
    assert.equal((await encrypted(folder).look('bob'))?.isEncrypted, true)
    await assert.rejects(encrypted(folder, 'another').encrypt('alice'), refused('PASSPHRASE'))
  })

  test('is refused with another passphrase and when it was changed, in the same words', async () => {
    const { folder, path } = await made()
    const said = async (keys: FileKeys): Promise<string> => {
      const error: unknown = await keys.find('alice').catch((reason: unknown) => reason)
      assert.ok(error instanceof HostError && error.code === 'PASSPHRASE')
      return error.message
    }
    const wrong = await said(encrypted(folder, 'another'))
    const fields = fieldsAt(path)
    const sealed = fields['encrypted'] as { sealed: string }
    const changed = `${sealed.sealed.startsWith('A') ? 'B' : 'A'}${sealed.sealed.slice(1)}`
    writeFileSync(path, JSON.stringify({ ...fields, encrypted: { ...sealed, sealed: changed } }))
    assert.equal(await said(encrypted(folder)), wrong)
  })

  test('is no one else\u2019s: the secret of alice is refused under the principal of bob', async () => {
    const { folder, path } = await made()
    await encrypted(folder).identity('bob')
    const bob = fieldsAt(join(folder, 'bob.json'))
    writeFileSync(path, JSON.stringify({ ...fieldsAt(path), principal: bob['principal'] }))
    await assert.rejects(encrypted(folder).find('alice'), refused('PASSPHRASE'))
  })

  const changes: Readonly<Record<string, (fields: Record<string, unknown>) => object>> = {
    'asks for 64 GiB of memory': ({ encrypted: sealed, ...fields }) => ({
      ...fields,
      encrypted: { ...(sealed as object), cost: 2 ** 26 },
    }),
    'is cheap to guess': ({ encrypted: sealed, ...fields }) => ({
      ...fields,
      encrypted: { ...(sealed as object), cost: 2 },
    }),
    'has secrets in the clear beside it': (fields) => ({ ...fields, keys: [] }),
    'has a field nobody reads': (fields) => ({ ...fields, hint: 'a horse' }),
    'names nobody': (fields) => ({ ...fields, principal: 'alice' }),
  }
  for (const [title, change] of Object.entries(changes))
    test(`is refused before a passphrase is asked for when it ${title}`, async () => {
      const { folder, path } = await made()
      writeFileSync(path, JSON.stringify(change(fieldsAt(path))))
      await assert.rejects(asked(folder).look('alice'), refused('KEY_FILE'))
    })
})

describe('a host with a passphrase', () => {
  test('encrypts the keys it makes, and opens them again by a function that is asked once', async () => {
    const data = join(temporaryFolder(), 'data')
    await using first = await createHost({ data, passphrase: PASSPHRASE })
    const { principal } = await first.identity('alice')
    await first.close()
    let times = 0
    const passphrase = (): Promise<string> => (times++, Promise.resolve(PASSPHRASE))
    await using host = await createHost({ data, passphrase })
    assert.equal((await host.identity('alice')).principal, principal)
    assert.equal(times, 1)
    assert.equal((await host.look('alice'))?.isEncrypted, true)
    for (const name of ['node', 'root', 'alice'])
      assert.ok('encrypted' in fieldsAt(join(data, `keys/${name}.json`)))
  })

  test('is needed where there are encrypted keys, and has to be the right one', async () => {
    const data = join(temporaryFolder(), 'data')
    await (await createHost({ data, passphrase: PASSPHRASE })).close()
    for (const options of [{}, { passphrase: 'another' }, { passphrase: '' }])
      await assert.rejects(createHost({ data, ...options }), refused('PASSPHRASE'))
    await (await createHost({ data, passphrase: PASSPHRASE })).close()
  })

  test('has files to protect', async () => {
    await assert.rejects(createHost({ passphrase: PASSPHRASE }), TypeError)
    const identities = memoryKeys(nodeCrypto)
    await assert.rejects(createHost({ data: temporaryFolder(), identities, passphrase: 'x' }), TypeError)
  })
})

describe('refuses a key file', () => {
  for (const mode of [0o640, 0o604, 0o660, 0o644])
    test(`of mode ${mode.toString(8)}, and says what to run`, { skip: isWindows }, async () => {
      const { folder, path } = await madeKey()
      chmodSync(path, mode)
      await assert.rejects(
        fileKeys(nodeCrypto, folder).identity('alice'),
        (error) => refused('KEY_FILE')(error) && /chmod 600/.test((error as HostError).fix ?? ''),
      )
    })

  const changes: Readonly<Record<string, (fields: Record<string, unknown>) => unknown>> = {
    'of another format': (fields) => ({ ...fields, format: 4 }),
    'of an unknown algorithm': (fields) => ({ ...fields, keys: [{ ...keyIn(fields), algorithm: 'RSA' }] }),
    'with a secret that is too short': (fields) => ({
      ...fields,
      keys: [{ ...keyIn(fields), secret: 'AAAA' }],
    }),
    'with the secret of another principal': (fields) => ({
      ...fields,
      keys: [{ ...keyIn(fields), secret: Buffer.alloc(32, 7).toString('base64url') }],
    }),
    'without a key': (fields) => ({ ...fields, keys: [] }),
    'with more keys than a set has': (fields) => ({ ...fields, keys: Array(5).fill(keyIn(fields)) }),
    'with one key twice': (fields) => ({ ...fields, keys: [keyIn(fields), keyIn(fields)] }),
    'with a field nobody reads': (fields) => ({ ...fields, comment: '' }),
    'that is no object': () => [],
    'that is null': () => null,
  }
  for (const [title, change] of Object.entries(changes))
    test(title, async () => {
      const { folder, path, fields } = await madeKey()
      writeFileSync(path, JSON.stringify(change(fields)))
      await assert.rejects(fileKeys(nodeCrypto, folder).find('alice'), refused('KEY_FILE'))
    })

  for (const [title, content] of [
    ['that is empty', ''],
    ['that is cut off', '{"format": 1, "algo'],
    ['that is far too large', ' '.repeat(100_000)],
  ] as const)
    test(title, async () => {
      const { folder, path } = await madeKey()
      writeFileSync(path, content)
      await assert.rejects(fileKeys(nodeCrypto, folder).find('alice'), refused('KEY_FILE'))
    })

  test('that is a folder', async () => {
    const folder = join(temporaryFolder(), 'keys')
    mkdirSync(join(folder, 'alice.json'), { recursive: true })
    await assert.rejects(fileKeys(nodeCrypto, folder).find('alice'), refused('KEY_FILE'))
  })

  test('and never repeats its secret', async () => {
    const { folder, path, fields } = await madeKey()
    writeFileSync(path, JSON.stringify({ ...fields, principal: 'did:key:zOther' }))
    const error = await fileKeys(nodeCrypto, folder)
      .find('alice')
      .catch((reason: unknown) => reason)
    assert.ok(refused('KEY_FILE')(error))
    assert.ok(!inspect(error, { depth: Infinity }).includes(keyIn(fields).secret))
  })
})

for (const name of ['', '.', '..', '../x', 'a/b', 'A', 'é', '-a', 'a'.repeat(65), 'a\0'])
  test(`refuses ${JSON.stringify(name)} as a name`, async () => {
    const keys = fileKeys(nodeCrypto, join(temporaryFolder(), 'keys'))
    await assert.rejects(async () => keys.identity(name), refused('NAME'))
    await assert.rejects(async () => keys.find(name), refused('NAME'))
  })
