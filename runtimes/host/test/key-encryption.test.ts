import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createRsaSecret } from '../node-crypto.ts'
import { HostError } from '../host-error.ts'
import { decryptSecret, encryptSecret, isEncryptedSecret } from '../key-encryption.ts'

/** The cheapest cost allowed: the tests are about the form, not about guessing. */
const COST = 2 ** 14
const SECRET = new Uint8Array(32).fill(7)

describe('an encrypted secret', () => {
  it('is read back with its passphrase, through JSON', async () => {
    for (const secret of [SECRET, new Uint8Array(64).fill(9), createRsaSecret(2048)]) {
      const fields = await encryptSecret(secret, 'alice', 'correct horse', COST)
      assert.ok(isEncryptedSecret(fields))
      const read = await decryptSecret(JSON.parse(JSON.stringify(fields)), 'alice', 'correct horse')
      assert.deepEqual(read, secret)
    }
  })

  it('costs by default 128 MiB for each guess', async () => {
    const fields = await encryptSecret(SECRET, 'alice', 'correct horse')
    assert.equal(fields.cost, 2 ** 17)
    assert.deepEqual(await decryptSecret(fields, 'alice', 'correct horse'), SECRET)
  })

  it('is another one every time, and shows nothing of the secret or the passphrase', async () => {
    const [one, two] = [
      await encryptSecret(SECRET, 'alice', 'correct horse', COST),
      await encryptSecret(SECRET, 'alice', 'correct horse', COST),
    ]
    for (const name of ['salt', 'nonce', 'sealed'] as const) assert.notEqual(one[name], two[name])
    const text = JSON.stringify(one)
    assert.ok(!text.includes('horse') && !text.includes(Buffer.from(SECRET).toString('base64url')))
  })

  it('takes a passphrase however its accents are typed', async () => {
    const fields = await encryptSecret(SECRET, 'alice', 'caf\u00e9', COST)
    assert.deepEqual(await decryptSecret(fields, 'alice', 'cafe\u0301'), SECRET)
  })

  it('is refused with another passphrase, for another subject, or with a field changed', async () => {
    const fields = await encryptSecret(SECRET, 'alice', 'correct horse', COST)
    const other = await encryptSecret(SECRET, 'alice', 'correct horse', COST)
    const wrong: readonly (readonly [unknown, string, string])[] = [
      [fields, 'alice', 'correct horse '],
      [fields, 'alice', ''],
      [fields, 'mallory', 'correct horse'],
      [{ ...fields, cost: 2 ** 15 }, 'alice', 'correct horse'],
      [{ ...fields, salt: other.salt }, 'alice', 'correct horse'],
      [{ ...fields, nonce: other.nonce }, 'alice', 'correct horse'],
      [{ ...fields, sealed: other.sealed }, 'alice', 'correct horse'],
      [{ ...fields, sealed: '' }, 'alice', 'correct horse'],
    ]
    for (const [given, subject, passphrase] of wrong)
      await assert.rejects(decryptSecret(given, subject, passphrase), refusedAs(/wrong passphrase/))
  })

  it('is refused in another form, before any work', async () => {
    const fields = await encryptSecret(SECRET, 'alice', 'correct horse', COST)
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
      { ...fields, cost: 2 ** 14 + 1 },
      { ...fields, cost: '16384' },
      { ...fields, salt: `${fields.salt}=` },
      { ...fields, salt: fields.salt.slice(2) },
      { ...fields, nonce: 7 },
      { ...fields, sealed: '!' },
      { ...fields, sealed: 'A'.repeat(10_000) },
      { ...fields, more: 1 },
    ]
    for (const given of wrong) {
      assert.equal(isEncryptedSecret(given), false)
      await assert.rejects(decryptSecret(given, 'alice', 'correct horse'), refusedAs(/format 1/))
    }
  })

  it('is not made with an empty passphrase, or at a cost out of bounds', async () => {
    await assert.rejects(encryptSecret(SECRET, 'alice', '', COST), RangeError)
    for (const cost of [0, 2 ** 13, 2 ** 21, 2 ** 14 + 1, Number.NaN])
      await assert.rejects(encryptSecret(SECRET, 'alice', 'correct horse', cost), RangeError)
  })
})

function refusedAs(detail: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HostError && error.code === 'KEY_FILE')
    assert.match(error.message, detail)
    // Whoever logs the error logs neither secret nor passphrase.
    assert.doesNotMatch(error.message, /horse/)
    return true
  }
}
