/** AES-CCM by node: example 1 of RFC 3610, and what must not open. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nodeCcm } from '../ccm.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

/** Packet vector 1: the first 8 bytes are authenticated and not sealed. */
const input = {
  key: hex('c0c1c2c3c4c5c6c7c8c9cacbcccdcecf'),
  nonce: hex('00000003020100a0a1a2a3a4a5'),
  additional: hex('0001020304050607'),
  tagBytes: 8,
}
const plaintext = hex('08090a0b0c0d0e0f101112131415161718191a1b1c1d1e')
const sealed = hex('588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0')

test('AES-CCM seals and opens as RFC 3610 has it', () => {
  assert.deepEqual(nodeCcm.seal(input, plaintext), sealed)
  assert.deepEqual(nodeCcm.open(input, sealed), plaintext)
  const long = { ...input, key: new Uint8Array(32), nonce: new Uint8Array(7), tagBytes: 16 }
  for (const content of [new Uint8Array(0), plaintext])
    assert.deepEqual(nodeCcm.open(long, nodeCcm.seal(long, content)), content)
})

test('AES-CCM opens nothing that was changed', () => {
  const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))
  for (const at of [0, 22, 23, 30]) assert.equal(nodeCcm.open(input, flipped(sealed, at)), undefined)
  assert.equal(nodeCcm.open({ ...input, additional: new Uint8Array(0) }, sealed), undefined)
  assert.equal(nodeCcm.open({ ...input, key: flipped(input.key, 3) }, sealed), undefined)
  assert.equal(nodeCcm.open({ ...input, nonce: flipped(input.nonce, 3) }, sealed), undefined)
  const empty = nodeCcm.seal(input, new Uint8Array(0))
  assert.equal(nodeCcm.open(input, flipped(empty, 0)), undefined)
})
