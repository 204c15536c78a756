/** Another passphrase for a folder of keys: all of them or none, and never a key lost on the way. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { HostError, nodeCrypto } from '../../index.ts'
import { fileKeys } from '../file-keys.ts'
import { createKeyLock } from '../lock.ts'
import { grid, gridJson, temporaryFolder } from '../../test/grid.ts'
import { MAKING } from './key-making.ts'
import type { FileKeys } from '../file-keys.ts'
import type { KeyLock } from '../lock.ts'
import type { RunOptions } from '../../test/grid.ts'

const refused = (code: string) => (error: unknown) => error instanceof HostError && error.code === code
const lockOf = (passphrase: string): KeyLock => createKeyLock(() => Promise.resolve(passphrase), MAKING)
const keysIn = (folder: string, passphrase: string): FileKeys =>
  fileKeys(nodeCrypto, folder, { lock: lockOf(passphrase), encryptsNew: true })

/** Two identities under `old`, one in the clear. */
async function made(): Promise<string> {
  const folder = join(temporaryFolder(), 'keys')
  await fileKeys(nodeCrypto, folder).identity('open')
  const keys = keysIn(folder, 'old')
  await keys.identity('alice', 'hybrid', { hasEncryptionKey: true })
  await keys.identity('bob')
  return folder
}

function textsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8')}`)
}

describe('a passphrase is changed', () => {
  test('for every key that is under it, whose secrets stay what they were', async () => {
    const folder = await made()
    const [alice, secret] = await Promise.all([
      keysIn(folder, 'old').find('alice'),
      keysIn(folder, 'old').encryptionSecret('alice'),
    ])
    assert.deepEqual(await keysIn(folder, 'old').changePassphrase(lockOf('new')), ['alice', 'bob'])
    const keys = keysIn(folder, 'new')
    assert.equal((await keys.find('alice'))?.principal, alice?.principal)
    assert.deepEqual(await keys.encryptionSecret('alice'), secret)
    assert.equal((await keys.look('open'))?.isEncrypted, false)
    for (const name of ['alice', 'bob'])
      await assert.rejects(keysIn(folder, 'old').find(name), refused('PASSPHRASE'))
    assert.deepEqual(readdirSync(folder).sort(), ['alice.json', 'bob.json', 'open.json'])
  })

  test('with a salt of its own: what was tried on the old files is worth nothing on the new', async () => {
    const folder = await made()
    const salt = (): unknown =>
      (JSON.parse(readFileSync(join(folder, 'bob.json'), 'utf8')) as { encrypted: { salt: string } })
        .encrypted.salt
    const before = salt()
    await keysIn(folder, 'old').changePassphrase(lockOf('old'))
    assert.notEqual(salt(), before)
  })

  test('by nobody who does not know the old one, and nothing is written then', async () => {
    const folder = await made()
    const before = textsIn(folder)
    const asked = createKeyLock(() => Promise.reject(new Error('asked for a new one')), MAKING)
    await assert.rejects(keysIn(folder, 'wrong').changePassphrase(asked), refused('PASSPHRASE'))
    await assert.rejects(fileKeys(nodeCrypto, folder).changePassphrase(asked), refused('PASSPHRASE'))
    await assert.rejects(keysIn(folder, 'old').changePassphrase(lockOf('')), refused('PASSPHRASE'))
    assert.deepEqual(textsIn(folder), before)
  })

  test('where one key is damaged for none of them', async () => {
    const folder = await made()
    const path = join(folder, 'bob.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"scrypt"', '"script"'))
    const before = textsIn(folder)
    await assert.rejects(keysIn(folder, 'old').changePassphrase(lockOf('new')), refused('KEY_FILE'))
    assert.deepEqual(textsIn(folder), before)
  })

  test('where one key is under a third passphrase for none of them', async () => {
    const folder = await made()
    const other = join(temporaryFolder(), 'keys')
    await keysIn(other, 'third').identity('carol')
    writeFileSync(join(folder, 'carol.json'), readFileSync(join(other, 'carol.json')), { mode: 0o600 })
    const before = textsIn(folder)
    await assert.rejects(keysIn(folder, 'old').changePassphrase(lockOf('new')), refused('PASSPHRASE'))
    assert.deepEqual(textsIn(folder), before)
  })

  test('to the end by the same change again, where it was cut off half way', async () => {
    const folder = await made()
    const bob = readFileSync(join(folder, 'bob.json'))
    await keysIn(folder, 'old').changePassphrase(lockOf('new'))
    writeFileSync(join(folder, 'bob.json'), bob)
    assert.deepEqual(await keysIn(folder, 'old').changePassphrase(lockOf('new')), ['bob'])
    for (const name of ['alice', 'bob']) assert.ok((await keysIn(folder, 'new').find(name)) !== undefined)
    await assert.rejects(keysIn(folder, 'old').changePassphrase(lockOf('new')), refused('PASSPHRASE'))
  })

  test('for none of them where one of them changes under our hands', async () => {
    const folder = await made()
    const path = join(folder, 'bob.json')
    const next = lockOf('new')
    const grown = `${readFileSync(path, 'utf8')}\n`
    const meanwhile: KeyLock = {
      ...next,
      seal: (secret, subject) => {
        writeFileSync(path, grown)
        return next.seal(secret, subject)
      },
    }
    const alice = readFileSync(join(folder, 'alice.json'), 'utf8')
    await assert.rejects(keysIn(folder, 'old').changePassphrase(meanwhile), refused('KEY_FILE'))
    assert.deepEqual(
      [readFileSync(join(folder, 'alice.json'), 'utf8'), readFileSync(path, 'utf8')],
      [alice, grown],
    )
    for (const name of ['alice', 'bob']) assert.ok((await keysIn(folder, 'old').find(name)) !== undefined)
  })

  test('where there is none to change it is said', async () => {
    const folder = join(temporaryFolder(), 'keys')
    await assert.rejects(keysIn(folder, 'old').changePassphrase(lockOf('new')), refused('MISSING'))
    await fileKeys(nodeCrypto, folder).identity('open')
    await assert.rejects(keysIn(folder, 'old').changePassphrase(lockOf('new')), refused('MISSING'))
  })
})

describe('grid id passphrase', () => {
  const folder = temporaryFolder()
  const json = (words: string, options: RunOptions = {}): ReturnType<typeof gridJson> =>
    gridJson(words.split(' '), { cwd: folder, ...options })

  before(async () => {
    for (const name of ['old', 'new', 'wrong']) writeFileSync(join(folder, name), `${name} horse\n`)
    await json('id new alice --encrypt --passphrase-file old')
    await json('id new open')
  })

  test('changes it in one step, by files, the environment or standard input', async () => {
    const changed = await json('id passphrase --passphrase-file old --new-passphrase-file new')
    assert.equal(changed.exit, 0)
    const names = (changed.result['identities'] as { name: string }[]).map(({ name }) => name)
    assert.deepEqual(names, ['alice'])
    const env = { PROMISEGRID_PASSPHRASE: 'new horse' }
    const back = await json('id passphrase --new-passphrase-file -', { env, input: 'old horse' })
    assert.equal(back.exit, 0)
    assert.equal((await json('id decrypt alice --passphrase-file new')).error?.code, 'PASSPHRASE')
    assert.equal((await json('id encrypt alice --passphrase-file old')).exit, 0)
  })

  test('refuses a wrong passphrase, none, and both on one input, and never repeats one', async () => {
    const cases = [
      ['--passphrase-file wrong --new-passphrase-file new', 6, 'PASSPHRASE'],
      ['--passphrase-file old', 6, 'PASSPHRASE'],
      ['--new-passphrase-file new', 6, 'PASSPHRASE'],
      ['--passphrase-file - --new-passphrase-file -', 2, 'USAGE'],
      ['--passphrase-file old --new-passphrase-file nowhere', 5, 'MISSING'],
      ['--passphrase-file old --new-passphrase hunter2', 2, 'USAGE'],
    ] as const
    const before = readFileSync(join(folder, '.promisegrid/keys/alice.json'), 'utf8')
    for (const [words, exit, code] of cases) {
      const {
        exit: found,
        stdout,
        stderr,
      } = await grid(['id', 'passphrase', ...words.split(' '), '--json', '--debug'], {
        cwd: folder,
        input: 'old horse',
      })
      const { error } = JSON.parse(stdout.toString()) as { error: { code: string } }
      assert.deepEqual([found, error.code], [exit, code], words)
      assert.doesNotMatch(stdout.toString() + stderr, /horse|hunter2/)
    }
    assert.equal(readFileSync(join(folder, '.promisegrid/keys/alice.json'), 'utf8'), before)
  })
})
