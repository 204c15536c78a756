/** Taking back with the host and with `grid cap revoke`, and carrying the record to another node of the grid. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'

import { createHost } from '../../index.ts'
import { gridJson, temporaryFolder } from '../../test/grid.ts'
import type { Answer } from '../../test/grid.ts'

const folder = temporaryFolder()
const json = (line: string): ReturnType<typeof gridJson> => gridJson(line.split(' '), { cwd: folder })

async function done(line: string): Promise<Answer['result']> {
  const { exit, ok, result, error } = await json(line)
  assert.deepEqual([exit, ok, error], [0, true, undefined], line)
  return result
}

describe('grid cap revoke', () => {
  before(async () => {
    await done('init --name test')
    for (const name of ['alice', 'bob', 'carol']) await done(`id new ${name}`)
    await done('cap issue --to alice --handler echo --out alice.cap')
    await done('cap delegate --cap alice.cap --to bob --out bob.cap')
    await done('cap delegate --cap alice.cap --to carol --out carol.cap')
  })

  test('takes back a capability in the name of its issuer, and writes the record', async () => {
    assert.equal((await done('cap explain bob.cap'))['wouldRun'], true)
    const { issuer, revoked } = await done('cap revoke bob.cap --out bob.revoked')
    const { chain } = await done('cap show bob.cap --here')
    const [toAlice, toBob] = chain as { id: string; issuer: string; revokedBy: string | null }[]
    assert.equal(revoked, toBob?.id)
    assert.deepEqual([toAlice?.revokedBy, toBob?.revokedBy, toBob?.issuer], [null, issuer, issuer])
    const { ok, error } = await json('cap explain bob.cap')
    assert.deepEqual([ok, error?.code, error?.link], [false, 'REVOKED', 2])
    assert.equal((await done('cap explain carol.cap'))['wouldRun'], true)
  })

  test('takes back once: whoever asks again is given the record that is there, and told so', async () => {
    const first = await done('cap revoke bob.cap')
    const second = await done('cap revoke bob.cap --out again.revoked')
    assert.deepEqual([first['already'], second['already']], [true, true])
    assert.deepEqual([second['id'], second['issuedAt']], [first['id'], first['issuedAt']])
    const [written, again] = ['bob', 'again'].map((name) => readFileSync(join(folder, `${name}.revoked`)))
    assert.deepEqual(again, written)
    const byNode = await done(`cap revoke ${String(first['revoked'])}`)
    assert.equal(byNode['already'], false, 'the node takes back for itself')
    assert.equal((await done(`cap revoke ${String(first['revoked'])}`))['already'], true)
  })

  test('takes in the record again, and nothing that is none', async () => {
    const { accepted } = await done('cap revoke --accept bob.revoked')
    assert.equal((accepted as unknown[]).length, 1)
    writeFileSync(join(folder, 'nothing.revoked'), 'hello\n')
    const text = readFileSync(join(folder, 'bob.revoked'), 'latin1').trim()
    writeFileSync(join(folder, 'changed.revoked'), `${text.slice(0, -4)}AAAA\n`)
    for (const file of ['nothing', 'changed'])
      assert.equal((await json(`cap revoke --accept ${file}.revoked`)).ok, false, file)
    assert.equal((await json('cap revoke')).error?.code, 'USAGE')
    assert.equal((await json('cap revoke bob.cap --accept bob.revoked')).error?.code, 'USAGE')
  })

  test('takes back by an id alone in the name of the node, and by a name only what is its own', async () => {
    await done('cap revoke carol.cap --by bob')
    assert.equal((await done('cap explain carol.cap'))['wouldRun'], true)
    const { chain } = await done('cap show carol.cap')
    const [toAlice] = chain as { id: string }[]
    await done(`cap revoke ${toAlice?.id ?? ''}`)
    assert.deepEqual((await json('cap explain carol.cap')).error?.link, 1)
    assert.equal((await json('cap revoke carol.cap --by dave')).error?.code, 'MISSING')
  })
})

describe('host.revoke', () => {
  test('stops the holder at once, and after a new start', async () => {
    const data = join(temporaryFolder(), 'data')
    const first = await createHost({ data })
    const alice = await first.identity('alice')
    const protocol = await first.handler('echo')
    const token = await first.promise({ to: alice.principal, resource: { kind: 'code', protocol } })
    const request = { protocol, method: 'echo', as: alice, capabilities: [token] }
    assert.equal((await first.call(request)).status, 'kept')
    const record = await first.revoke({ token, by: first.root })
    assert.deepEqual((await first.revoke({ token, by: first.root })).bytes, record.bytes)
    assert.equal((await first.call(request)).status, 'broken')
    await first.close()
    await using second = await createHost({ data })
    assert.equal((await second.call(request)).status, 'broken')
    const [kept] = await second.kernel.revocations(token.id)
    assert.deepEqual(kept?.bytes, record.bytes)
  })
})
