import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openVectorSet } from '../../conformance/vector-sets.ts'
import { nobleCrypto } from '../index.ts'

describe('PS256 in plain JavaScript', () => {
  it('verifies the example of the COSE working group, and no other message or signature', (t) => {
    const set = openVectorSet('cose-wg-examples')
    if (set.skipped !== undefined) {
      t.skip(set.skipped)
      return
    }
    const { input, intermediates, output } = set.json('rsa-pss-examples/rsa-pss-01.json') as {
      input: { sign: { signers: [{ key: { n_hex: string } }] } }
      intermediates: { signers: [{ ToBeSign_hex: string }] }
      output: { cbor: string }
    }
    const modulus = hex(input.sign.signers[0].key.n_hex)
    const key = { algorithm: 'PS256', bytes: modulus } as const
    const message = hex(intermediates.signers[0].ToBeSign_hex)
    // The signature of the only signer ends the message.
    const signature = hex(output.cbor).slice(-modulus.length)
    assert.ok(nobleCrypto.admitKey(key))
    assert.ok(nobleCrypto.verify(key, message, signature))
    assert.equal(nobleCrypto.verify(key, message.subarray(1), signature), false)
    for (let bit = 0; bit < 2048; bit += 31) {
      const flipped = Uint8Array.from(signature)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(nobleCrypto.verify(key, message, flipped), false, `bit ${bit}`)
    }
  })

  it('refuses a key as long as a message, at once', () => {
    const huge = new Uint8Array(1_000_000).fill(0xff)
    const key = { algorithm: 'PS256', bytes: huge } as const
    assert.equal(nobleCrypto.admitKey(key), false)
    assert.equal(nobleCrypto.verify(key, huge, huge), false)
  })
})

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}
