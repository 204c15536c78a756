/** Identities as files: complete or not there, and for their owner alone. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { HostError, nodeCrypto } from '../index.ts'
import { fileKeys } from '../key-files.ts'
import { temporaryFolder } from './grid.ts'

const isWindows = process.platform === 'win32'
const refused = (code: string) => (error: unknown) => error instanceof HostError && error.code === code

/** The path of a new key, and the fields in it. */
async function madeKey(): Promise<{ folder: string; path: string; fields: Record<string, unknown> }> {
  const folder = join(temporaryFolder(), 'keys')
  await fileKeys(nodeCrypto, folder).identity('alice')
  const path = join(folder, 'alice.json')
  return { folder, path, fields: JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> }
}

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
    'of another format': (fields) => ({ ...fields, format: 2 }),
    'of an unknown algorithm': (fields) => ({ ...fields, algorithm: 'RSA' }),
    'with a secret that is too short': (fields) => ({ ...fields, secret: 'AAAA' }),
    'with the secret of another principal': (fields) => ({
      ...fields,
      secret: Buffer.alloc(32, 7).toString('base64url'),
    }),
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
    assert.ok(!String(error).includes(fields['secret'] as string))
  })
})

for (const name of ['', '.', '..', '../x', 'a/b', 'A', 'é', '-a', 'a'.repeat(65), 'a\0'])
  test(`refuses ${JSON.stringify(name)} as a name`, async () => {
    const keys = fileKeys(nodeCrypto, join(temporaryFolder(), 'keys'))
    await assert.rejects(async () => keys.identity(name), refused('NAME'))
    await assert.rejects(async () => keys.find(name), refused('NAME'))
  })
