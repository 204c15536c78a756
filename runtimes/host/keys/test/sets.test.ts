/** Identities of several keys: made, shown, handed on, and followed by others. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { createHost, nodeAgreement, nodeCrypto } from '../../index.ts'
import { grid, gridJson, temporaryFolder } from '../../test/grid.ts'
import type { Answer, Ran } from '../../test/grid.ts'

const folder = temporaryFolder()
const json = (words: string): ReturnType<typeof gridJson> => gridJson(words.split(' '), { cwd: folder })
const raw = (words: string): Promise<Ran> => grid(words.split(' '), { cwd: folder })

/** A command that has to succeed. */
async function done(words: string): Promise<Answer['result']> {
  const { exit, ok, result, error } = await json(words)
  assert.deepEqual([exit, ok, error], [0, true, undefined], words)
  return result
}

before(async () => {
  writeFileSync(join(folder, 'pass'), 'correct horse')
  await done('init --name here')
  await done('init --name there --data there')
  await done('id new alice --algorithm hybrid')
  await done('id new bob')
})

describe('a hybrid identity', () => {
  test('is the CID of two keys, one of them safe from quantum computers', async () => {
    const { principal, algorithm, keys } = await done('id show alice')
    assert.match(principal as string, /^bafirei[a-z2-7]{52}$/)
    assert.equal(algorithm, 'ML-DSA-65 + Ed25519')
    const [first, second] = keys as { coseKey: string; thumbprint: string }[]
    assert.match(first?.coseKey ?? '', /^\{1: 7, 3: -49, -1: h'[0-9a-f]{3904}'\}$/)
    assert.match(second?.coseKey ?? '', /^\{1: 1, 3: -19, -1: 6, -2: h'[0-9a-f]{64}'\}$/)
    const text = (await raw('id show alice')).stdout.toString()
    assert.match(text, /^COSE_Key {4}\{1: 7, 3: -49, -1: h'[0-9a-f]{16}…[0-9a-f]{4}' \/ 1,952 bytes \/\}$/m)
  })

  test('calls, is promised something, and hands it on', async () => {
    await done('cap issue --to alice --handler echo --out alice.cap')
    const called = await done('call echo --arg a=b --cap alice.cap --message message --reply reply')
    assert.equal(called['status'], 'kept')
    await done('cap delegate --cap alice.cap --to bob --out bob.cap')
    assert.equal((await done('call echo --arg a=c --cap bob.cap'))['status'], 'kept')
    assert.equal((await done('cap explain bob.cap'))['wouldRun'], true)
    assert.equal((await done('message verify message'))['verified'], true)
    assert.equal(((await done('cap show bob.cap'))['chain'] as unknown[]).length, 2)
  })

  test('is under a passphrase like any other, and known without it', async () => {
    const before = await done('id show alice')
    await done('id encrypt alice --passphrase-file pass')
    assert.deepEqual(await done('id show alice'), { ...before, encrypted: true })
    assert.equal((await json('call echo --cap alice.cap')).error?.code, 'PASSPHRASE')
    await done('call echo --arg a=d --cap alice.cap --passphrase-file pass')
    await done('id decrypt alice --passphrase-file pass')
    assert.deepEqual(await done('id show alice'), before)
  })

  test('is refused with the key set of somebody else in its file', async () => {
    const path = join(folder, 'den/keys/mallory.json')
    await done('id new mallory --algorithm hybrid --data den')
    await done('id encrypt mallory --passphrase-file pass --data den')
    const fields = JSON.parse(readFileSync(path, 'utf8')) as object
    const { keySet } = await done('id export alice --public')
    for (const wrong of [keySet, 'AAAA', '', 7]) {
      writeFileSync(path, JSON.stringify({ ...fields, keySet }))
      assert.equal((await json('id show mallory --data den')).error?.code, 'KEY_FILE', String(wrong))
    }
    writeFileSync(path, JSON.stringify({ ...fields, keySet: undefined }))
    assert.equal((await json('id show mallory --data den')).error?.code, 'KEY_FILE')
    writeFileSync(path, JSON.stringify(fields))
    await done('id show mallory --data den')
  })

  test('may be the node and the root of a grid', async () => {
    for (const name of ['node', 'root']) await done(`id new ${name} --algorithm hybrid --data strong`)
    await done('init --data strong')
    assert.equal((await done('call echo --arg a=b --data strong'))['status'], 'kept')
    await done('cap issue --to bearer --handler echo --out strong.cap --data strong')
    await done('cap show strong.cap --data strong')
  })
})

describe('a key set', () => {
  test('is taken in at another node, which then verifies what its keys have signed', async () => {
    const { principal } = await done('id export alice --public --out alice.keyset')
    const before = await json('message verify message --data there')
    assert.deepEqual([before.exit, before.error?.code], [5, 'MISSING'])
    assert.match(before.error?.fix ?? '', /grid id import/)
    assert.equal((await json(`id show ${principal as string} --data there`)).error?.code, 'MISSING')
    assert.equal((await done('id import alice.keyset --data there'))['principal'], principal)
    assert.equal((await done('message verify message --data there'))['verified'], true)
    await done('cap show bob.cap --data there')
    const { keys } = await done(`id show ${principal as string} --data there`)
    assert.equal((keys as unknown[]).length, 2)
  })

  test('is exported as its bytes, a did:key as text, and a secret not at all', async () => {
    const { stdout } = await raw('id export alice --public')
    assert.deepEqual(stdout, readFileSync(join(folder, 'alice.keyset')))
    assert.match((await raw('id export bob --public')).stdout.toString(), /^did:key:z6Mk\w+\n$/)
    const { exit, error } = await json('id export bob')
    assert.deepEqual([exit, error?.code], [2, 'USAGE'])
  })

  test('that is none is refused, and a did:key needs no import', async () => {
    await done('id export bob --public --out bob.key')
    assert.equal((await done('id import bob.key --data there'))['algorithm'], 'Ed25519')
    for (const [name, content] of Object.entries({ text: 'alice', key: 'did:key:z6Mk', map: '\u00a0' })) {
      writeFileSync(join(folder, name), content)
      assert.equal((await json(`id import ${name} --data there`)).exit, 3, name)
    }
  })
})

describe('rotation', () => {
  test('makes another identity, and two statements that name each other', async () => {
    const rotated = await done('id rotate bob --algorithm hybrid --out bob.rotation')
    const successor = rotated['successor'] as { name: string; principal: string }
    assert.equal(successor.name, 'bob-2')
    assert.equal((await done('id show bob-2'))['principal'], successor.principal)
    // With the key set of the successor, so that whoever gets the file can verify what it says.
    const file = /^grid-key-set:[\w-]+\n(grid-key-statement:[\w-]+\n){2}$/
    assert.match(readFileSync(join(folder, 'bob.rotation'), 'latin1'), file)
    await using host = await createHost({ data: join(folder, '.promisegrid') })
    const bob = rotated['principal'] as string
    assert.equal((await host.keyStatement(bob))?.successor, successor.principal)
    assert.equal((await host.keyStatement(successor.principal))?.predecessor, bob)
  })

  test('is taken in again without harm, and by no other grid', async () => {
    const { statements, of } = await done('id import bob.rotation')
    assert.equal(statements, 2)
    const names = (of as string[]).map(async (each) => (await done(`id show ${each}`))['principal'])
    assert.deepEqual(await Promise.all(names), of)
    assert.equal((await json('id import bob.rotation --data there')).error?.code, 'GRID')
  })

  test('happens once to each, under a name that is free', async () => {
    const again = await json('id rotate bob')
    assert.deepEqual([again.exit, again.error?.code], [2, 'NAME'])
    assert.equal((await json('id rotate bob-2 --to alice')).error?.code, 'NAME')
    assert.equal((await json('id rotate nobody')).error?.code, 'MISSING')
    const next = (await done('id rotate bob-2'))['successor'] as { name: string }
    assert.equal(next.name, 'bob-3')
    assert.equal((await done('id show bob-3'))['algorithm'], 'ML-DSA-65 + Ed25519')
  })

  test('does not lose what was said before', async () => {
    await using host = await createHost()
    const carol = await host.identity('carol')
    const { bytes } = nodeAgreement.publicKey('X25519', nodeCrypto.random(32))
    await host.stateKeys(carol, { encryptionKeys: [{ algorithm: 'X25519', bytes }] })
    const successor = (await host.identity('dave')).principal
    await host.stateKeys(carol, { successor })
    const said = await host.keyStatement(carol.principal)
    assert.deepEqual([said?.successor, said?.seq], [successor, 2])
    assert.deepEqual(said?.encryptionKeys, [{ algorithm: 'X25519', bytes }])
  })

  test('of a file that holds something else is refused', async () => {
    const [, line = ''] = readFileSync(join(folder, 'bob.rotation'), 'utf8').split('\n')
    const changed = `${line.slice(0, -9)}${line.at(-9) === 'A' ? 'B' : 'A'}${line.slice(-8)}`
    for (const [content, code] of [
      [changed, 'SIG'],
      [`${line}\nhello\n`, 'FILE'],
      [`${line}!\n`, 'FILE'],
    ] as const) {
      writeFileSync(join(folder, 'changed'), content)
      assert.equal((await json('id import changed')).error?.code, code)
    }
  })
})
