import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'

import { createRsaSecret } from '../../powers/crypto.ts'
import { HostError } from '../../host-error.ts'
import { isEncryptedSecret } from '../encryption.ts'
import { createKeyLock } from '../lock.ts'
import type { KeyLock } from '../lock.ts'

/** The cheapest cost allowed: the tests are about the form, not about guessing. */
const COST = 2 ** 14
const SECRET = new Uint8Array(32).fill(7)

const lockOf = (passphrase = 'correct horse', cost = COST): KeyLock =>
  createKeyLock(() => Promise.resolve(passphrase), { cost })

describe('an encrypted secret', () => {
  it('is read back with its passphrase, through JSON', async () => {
    for (const secret of [SECRET, new Uint8Array(64).fill(9), createRsaSecret(2048)]) {
      const fields = await lockOf().seal(secret, 'alice')
      assert.ok(isEncryptedSecret(fields))
      assert.deepEqual(await lockOf().open(JSON.parse(JSON.stringify(fields)), 'alice'), secret)
    }
  })

  it('costs by default 128 MiB for each guess', async () => {
    const lock = createKeyLock(() => Promise.resolve('correct horse'))
    const fields = await lock.seal(SECRET, 'alice')
    assert.equal(fields.cost, 2 ** 17)
    assert.deepEqual(await lock.open(fields, 'alice'), SECRET)
  })

  it('is another one every time, and shows nothing of the secret or the passphrase', async () => {
    const [one, two] = [await lockOf().seal(SECRET, 'alice'), await lockOf().seal(SECRET, 'alice')]
    for (const name of ['salt', 'nonce', 'sealed'] as const) assert.notEqual(one[name], two[name])
    const text = JSON.stringify(one)
    assert.ok(!text.includes('horse') && !text.includes(Buffer.from(SECRET).toString('base64url')))
  })

  it('takes a passphrase however its accents are typed', async () => {
    const fields = await lockOf('caf\u00e9').seal(SECRET, 'alice')
    assert.deepEqual(await lockOf('cafe\u0301').open(fields, 'alice'), SECRET)
  })

  it('is refused with another passphrase, for another subject, or with a field changed', async () => {
    const fields = await lockOf().seal(SECRET, 'alice')
    const other = await lockOf().seal(SECRET, 'alice')
    const wrong: readonly (readonly [typeof fields, string, string])[] = [
      [fields, 'alice', 'correct horse '],
      [fields, 'alice', 'horse'],
      [fields, 'mallory', 'correct horse'],
      [{ ...fields, cost: 2 ** 15 }, 'alice', 'correct horse'],
      [{ ...fields, salt: other.salt }, 'alice', 'correct horse'],
      [{ ...fields, nonce: other.nonce }, 'alice', 'correct horse'],
      [{ ...fields, sealed: other.sealed }, 'alice', 'correct horse'],
      [{ ...fields, sealed: '' }, 'alice', 'correct horse'],
    ]
    for (const [given, subject, passphrase] of wrong)
      await assert.rejects(lockOf(passphrase).open(given, subject), refusedAs(/wrong passphrase/))
  })

  it('is not one in another form, so no key is made for it', async () => {
    const fields = await lockOf().seal(SECRET, 'alice')
    const wrong: readonly unknown[] = [
      null,
      'sealed',
      [],
      {},
      { ...fields, format: 2 },
      { ...fields, format: '1' },
      { ...fields, kdf: 'pbkdf2' },
      { ...fields, cipher: 'AES-256-CBC' },
      { ...fields, cost: 2 ** 13 },
      { ...fields, cost: 2 ** 21 },
      { ...fields, cost: 2 ** 26 },
      { ...fields, cost: 2 ** 14 + 1 },
      { ...fields, cost: '16384' },
      { ...fields, salt: `${fields.salt}=` },
      { ...fields, salt: fields.salt.slice(2) },
      { ...fields, nonce: 7 },
      { ...fields, sealed: '!' },
      { ...fields, sealed: 'A'.repeat(20_000) },
      { ...fields, more: 1 },
    ]
    for (const given of wrong) assert.equal(isEncryptedSecret(given), false)
  })

  it('is not made with an empty passphrase, or at a cost out of bounds', async () => {
    await assert.rejects(lockOf('').seal(SECRET, 'alice'), refusedAs(/empty/))
    for (const cost of [0, 2 ** 13, 2 ** 21, 2 ** 14 + 1, Number.NaN])
      await assert.rejects(lockOf('correct horse', cost).seal(SECRET, 'alice'), RangeError)
  })
})

describe('a lock', () => {
  it('asks once, and makes one key for all it seals and opens', async () => {
    let asked = 0
    const ask = (): Promise<string> => Promise.resolve(`correct horse${asked++}`)
    const lock = createKeyLock(ask, { cost: COST })
    const made = await derivations(async () => {
      const [alice, bob] = await Promise.all([lock.seal(SECRET, 'alice'), lock.seal(SECRET, 'bob')])
      assert.equal(alice.salt, bob.salt)
      assert.notEqual(alice.nonce, bob.nonce)
      for (const [fields, name] of [
        [alice, 'alice'],
        [bob, 'bob'],
      ] as const)
        assert.deepEqual(await lock.open(fields, name), SECRET)
    })
    assert.deepEqual([asked, made], [1, 1])
  })

  it('seals with the key of what it has opened, unless that was cheaper to guess', async () => {
    const [cheap, fields] = [
      await lockOf().seal(SECRET, 'alice'),
      await lockOf('correct horse', 2 ** 15).seal(SECRET, 'bob'),
    ]
    const lock = lockOf('correct horse', 2 ** 15)
    const made = await derivations(async () => {
      await lock.open(cheap, 'alice')
      await lock.open(fields, 'bob')
      const next = await lock.seal(SECRET, 'carol')
      assert.deepEqual([next.salt, next.cost], [fields.salt, 2 ** 15])
    })
    assert.equal(made, 2)
  })

  it('asks whether the passphrase is a new one only when nothing was opened', async () => {
    const uses: boolean[] = []
    const lock = (): KeyLock =>
      createKeyLock(({ isNew }) => (uses.push(isNew), Promise.resolve('horse')), { cost: COST })
    const fields = await lock().seal(SECRET, 'alice')
    const other = lock()
    await other.open(fields, 'alice')
    await other.seal(SECRET, 'bob')
    assert.deepEqual(uses, [true, false])
  })

  it('hides its passphrase and its keys from whoever looks at it', async () => {
    const lock = lockOf()
    await lock.seal(SECRET, 'alice')
    assert.doesNotMatch(inspect(lock, { depth: Infinity, showHidden: true }), /horse|07 07/)
  })
})

/** How many keys `work` had made: the engine is asked, no clock. */
async function derivations(work: () => Promise<void>): Promise<number> {
  let count = 0
  const hook = createHook({ init: (_id, type) => void (type === 'SCRYPTREQUEST' && count++) }).enable()
  await work().finally(() => hook.disable())
  return count
}

function refusedAs(detail: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HostError && error.code === 'PASSPHRASE')
    assert.match(error.message, detail)
    // Whoever logs the error logs neither secret nor passphrase.
    assert.doesNotMatch(inspect(error, { depth: Infinity }), /horse/)
    return true
  }
}
