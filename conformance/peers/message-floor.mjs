// What a signed message costs at the least: the fastest decoder there is, which checks next to nothing, and the
// signatures of node:crypto with keys imported beforehand. The messages are the very bytes that ours reads.
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'

import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { Encoder, Tag } from 'cbor-x'

import { messages, signers } from '../../dist/kernel/bench/signed-messages.js'
import { printRows } from '../../dist/conformance/bench-kit.js'

/** Integer keys need maps; records are an extension of this library that nobody else reads. */
const cbor = new Encoder({ mapsAsObjects: false, useRecords: false, tagUint8Array: false })
const MESSAGES = 64
const EMPTY = new Uint8Array(0)
const PAYLOAD = new Uint8Array(512).fill(7)
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex')

/** @returns {import('../bench-kit.ts').Bench} */
function floor(name, notes, setup) {
  return { name, unit: 'messages/s', notes, setup: () => ({ run: repeat(setup()) }) }
}

function repeat(work) {
  return (batch) => {
    for (let done = 0; done < batch; done++) work(done)
  }
}

await printRows([
  floor('message/decode', 'cbor-x, four decodings, no checks', () => {
    const all = messages(MESSAGES, signers(1))
    return (at) => decode(all[at % MESSAGES])
  }),
  floor('message/verify', 'cbor-x and node:crypto', () => {
    const by = signers(1)
    const all = messages(MESSAGES, by)
    const key = importKey(by[0].keys[0].publicKey.bytes)
    return (at) => check(verifyMessage(all[at % MESSAGES], key))
  }),
  floor('message/sign', 'cbor-x and node:crypto', () => {
    const [template] = messages(1, signers(1))
    const { privateKey } = generateKeyPairSync('ed25519')
    const parts = decode(template)
    return () => signMessage(parts, privateKey)
  }),
  floor('message/ml-dsa', 'node:crypto, or noble where node has none, one thread', mlDsa),
  floor('message/hybrid-verify', 'node:crypto; ML-DSA by noble where node has none', hybrid),
  floor('verify/Ed25519', 'node:crypto alone, half a kilobyte, the key imported beforehand', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const signature = sign(null, PAYLOAD, privateKey)
    return () => check(verify(null, PAYLOAD, publicKey, signature))
  }),
  floor('message/batch', 'cbor-x and node:crypto, one thread, 32 signers', () => {
    const by = signers(32)
    const all = messages(MESSAGES, by)
    const keys = by.map(({ keys: [key] }) => importKey(key.publicKey.bytes))
    return (at) => check(verifyMessage(all[at % MESSAGES], keys[(at % MESSAGES) % keys.length]))
  }),
])

function importKey(bytes) {
  return createPublicKey({ key: Buffer.concat([SPKI_ED25519, bytes]), format: 'der', type: 'spki' })
}

function decode(bytes) {
  const [, protocol, grid, encoded, signed] = cbor.decode(bytes)
  const { value: sign1 } = cbor.decode(signed)
  return { protocol, grid, claims: cbor.decode(encoded), sign1, header: cbor.decode(sign1[0]), signed }
}

/** The signed part is everything before the last element, whose head has two bytes. */
function verifyMessage(bytes, key) {
  const { sign1, signed } = decode(bytes)
  const payload = Buffer.from(bytes.subarray(0, bytes.length - signed.length - 2))
  payload[0] = 0x84
  return verify(null, toBeSigned(sign1[0], payload), key, sign1[3])
}

function signMessage({ protocol, grid, claims, sign1 }, privateKey) {
  const renewed = new Map(claims).set(7, randomBytes(16))
  const payload = cbor.encode(['grid', protocol, grid, cbor.encode(renewed)])
  const signature = sign(null, toBeSigned(sign1[0], payload), privateKey)
  const fifth = cbor.encode(cbor.encode(new Tag([sign1[0], new Map(), null, signature], 18)))
  const message = Buffer.concat([payload, fifth])
  message[0] = 0x85
  return message
}

function toBeSigned(header, payload) {
  return cbor.encode(['Signature1', header, EMPTY, payload])
}

function hybrid() {
  const classical = generateKeyPairSync('ed25519')
  const first = sign(null, PAYLOAD, classical.privateKey)
  const second = mlDsa()
  return () => {
    check(verify(null, PAYLOAD, classical.publicKey, first))
    second()
  }
}

function mlDsa() {
  const isGood = nativeMlDsa() ?? nobleMlDsa()
  return () => check(isGood())
}

function nativeMlDsa() {
  try {
    const { publicKey, privateKey } = generateKeyPairSync('ml-dsa-65')
    const signature = sign(null, PAYLOAD, privateKey)
    return () => verify(null, PAYLOAD, publicKey, signature)
  } catch {
    return undefined
  }
}

function nobleMlDsa() {
  const { publicKey, secretKey } = ml_dsa65.keygen(randomBytes(32))
  const signature = ml_dsa65.sign(PAYLOAD, secretKey)
  return () => ml_dsa65.verify(signature, PAYLOAD, publicKey)
}

function check(isGood) {
  if (!isGood) throw new Error('a good signature was refused')
}
