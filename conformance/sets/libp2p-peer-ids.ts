/**
 * libp2p: keys in a protobuf message of two fields, and peer ids, which are CIDs of that message. Nothing here
 * speaks libp2p; the keys and the CIDs are what this library can judge.
 */
import { p256 } from '@noble/curves/nist.js'
import { base58btc } from 'multiformats/bases/base58'
import { checkCid, createCid, isCid, parseCid, toLowS } from 'promisegrid/promisebase'

import { ALL_BASES } from './bases.ts'
import { hexOf, joined, sameBytes, unbase64, unhex, utf8 } from './bytes.ts'
import { publicKeyAgain, publicKeyOf, readKeyMessage, usableKey, writeKeyMessage } from './libp2p-key.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import { judgeKey, judgePublicKey, judgeSignature } from './signature-judge.ts'
import type { CID } from 'multiformats/cid'
import type { VectorSet } from '../vector-sets.ts'
import type { KeyMessage, UsableKey } from './libp2p-key.ts'
import type { Verdict } from './set.ts'

const LIBP2P_KEY = 0x72
const IDENTITY = 0x00
const PEER_ID = { codecs: [LIBP2P_KEY], identityBytes: 42, bases: ALL_BASES }

/** What is signed in the files of go-libp2p. */
const SIGNED = 'hello! and welcome to some awesome crypto primitives'

interface Spec {
  readonly keys?: readonly { readonly type: string; readonly part: string; readonly protobuf_hex: string }[]
  readonly peer_ids?: readonly { readonly cid?: string; readonly base58?: string; readonly note?: string }[]
}

export const libp2pPeerIds = adapterOf(
  'libp2p-peer-ids',
  {
    files: /spec\.json$/,
    *cases(set, file) {
      const { keys = [], peer_ids = [] } = set.json(file) as Spec
      for (const { type, part, protobuf_hex } of keys) {
        const other = keys.find((each) => each.type === type && each.part === 'public')
        const key = unhex(protobuf_hex)
        const judge =
          part === 'private'
            ? (): Verdict => judgePrivate(key, other && unhex(other.protobuf_hex))
            : (): Verdict => judgePublic(key)
        yield { name: `${type} ${part}`, judge }
      }
      for (const { cid, base58, note = '' } of peer_ids)
        yield { name: note, judge: () => (cid === undefined ? judgeBase58(base58 ?? '') : judgeText(cid)) }
    },
  },
  {
    files: /\.(pub|priv)$/,
    *cases(set, file) {
      const beside = file.replace(/\.priv$/, '.pub')
      const other = set.files().includes(beside) ? set.bytes(beside) : undefined
      const key = set.bytes(file)
      yield { name: '', judge: () => (file === beside ? judgePublic(key) : judgePrivate(key, other)) }
    },
  },
  {
    files: /\.sig$/,
    *cases(set, file) {
      yield { name: '', judge: () => judgeFileSignature(set, file) }
    },
  },
  {
    files: /\.json$/,
    *cases(set, file) {
      for (const [name, peer] of Object.entries(set.json(file) as object))
        yield { name, judge: () => judgePeer(peer) }
    },
  },
)

/** A key is one of its kind, and its peer id holds it, or its hash where it is long. */
function judgePublic(message: Uint8Array): Verdict {
  const read = readKeyMessage(message)
  const ours = usableKey(read, false)
  return all(
    isWritten(read, message),
    isWritten(publicKeyAgain(read), message),
    typeof ours === 'string' ? 'passed' : judgeKey(ours.algorithm, ours.key, true),
    judgePeerId(message),
  )
}

/** A secret makes the public key, which may stand beside it too. */
function judgePrivate(message: Uint8Array, expected: Uint8Array | undefined): Verdict {
  const read = readKeyMessage(message)
  const ours = usableKey(read, true)
  if (typeof ours === 'string' && expected === undefined)
    return outOfScope(`${ours}, and no public key beside it`)
  return all(
    isWritten(read, message),
    typeof ours === 'string' ? 'passed' : judgeSecret(ours),
    expected === undefined ? 'passed' : isWritten(publicKeyOf(read), expected),
    judgePeerId(writeKeyMessage(publicKeyOf(read))),
  )
}

function judgeSecret({ algorithm, secret = new Uint8Array(0), key }: UsableKey): Verdict {
  return judgePublicKey(algorithm, secret, key)
}

function isWritten(key: KeyMessage, expected: Uint8Array): Verdict {
  const written = writeKeyMessage(key)
  return verdict(sameBytes(written, expected), `the key is written as ${hexOf(written)}`)
}

/** At most 42 bytes stand in a peer id themselves. */
function peerIdOf(message: Uint8Array, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  if (message.length > 42) return createCid(LIBP2P_KEY, sha256(message)).bytes
  return joined(1, LIBP2P_KEY, 0, message.length, message)
}

function judgePeerId(message: Uint8Array): Verdict {
  return byEach(({ crypto }) => {
    const bytes = peerIdOf(message, (input) => crypto.sha256(input))
    return verdict(sameBytes(parseCid(bytes, PEER_ID).ok?.bytes, bytes), 'the peer id is refused')
  })
}

/** A key that stands in its id is read from there, and leads back to it. */
function judgeText(text: string): Verdict {
  const cid = parseCid(text, PEER_ID)
  if (cid.refused !== undefined) return wrong(`refused: ${cid.refused.detail}`)
  const base = ALL_BASES.find(({ prefix }) => text.startsWith(prefix))
  const again = base?.encode(cid.ok.bytes)
  return all(
    verdict(again === text && cid.ok.code === LIBP2P_KEY, `read as ${again}`),
    judgeKeyWithin(cid.ok),
  )
}

function judgeKeyWithin({ multihash }: CID): Verdict {
  return multihash.code === IDENTITY ? judgePublic(multihash.digest) : 'passed'
}

/** The older text is the multihash alone: as a CID it has the text that we read, and leads back. */
function judgeBase58(text: string): Verdict {
  const multihash = base58btc.decode(`z${text}`)
  const cid = parseCid(joined(1, LIBP2P_KEY, multihash), PEER_ID).ok
  if (cid === undefined || !isCid(cid)) return wrong('refused as a CID')
  const again = parseCid(cid.toString(), PEER_ID).ok
  return all(
    verdict(again !== undefined && checkCid(again, PEER_ID).ok !== undefined, 'its own text is refused'),
    verdict(base58btc.encode(cid.multihash.bytes) === `z${text}`, 'the multihash is another one'),
    judgeKeyWithin(cid),
  )
}

/** The key of a signature lies beside it. */
function judgeFileSignature(set: VectorSet, file: string): Verdict {
  const beside = file.replace(/\.sig$/, '.pub')
  if (!set.files().includes(beside)) return outOfScope('a signature whose key is not in the folder')
  return judgeSigned(set.bytes(beside), set.bytes(file))
}

function judgeSigned(message: Uint8Array, signature: Uint8Array | undefined): Verdict {
  const read = usableKey(readKeyMessage(message), false)
  if (typeof read === 'string') return outOfScope(`a signature of ${read} (its key is read right)`)
  if (signature === undefined) return outOfScope('a signature in a writing that is not known')
  return judgeSignature(read.algorithm, read.key, utf8(SIGNED), compactOf(read, signature), true)
}

function compactOf({ algorithm }: UsableKey, signature: Uint8Array): Uint8Array {
  return algorithm === 'ESP256'
    ? toLowS(p256.Signature.fromBytes(signature, 'der').toBytes('compact'))
    : signature
}

/** Whatever a peer has of id, keys and signature; what is not there is not asked. */
function judgePeer(peer: unknown): Verdict {
  const { id, pubKey, publicKey = pubKey, privKey, privateKey = privKey, signature } = fieldsOf(peer)
  if (publicKey === undefined && privateKey === undefined) return outOfScope('a peer without a key')
  const [message, secret] = [bytesOf(publicKey), bytesOf(privateKey)]
  const isRead = (message === undefined) === (publicKey === undefined)
  if (!isRead || (secret === undefined) !== (privateKey === undefined))
    return outOfScope('a key in a writing that is not known')
  return all(
    message === undefined || typeof id !== 'string' ? 'passed' : judgeId(message, id),
    secret === undefined ? 'passed' : judgePrivate(secret, message),
    message === undefined ? 'passed' : judgePublic(message),
    message === undefined || signature === undefined ? 'passed' : judgeSigned(message, bytesOf(signature)),
  )
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

/** Bytes as a list of numbers, in hex or in base64. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (Array.isArray(value)) return Uint8Array.from(value as number[])
  if (typeof value !== 'string') return undefined
  return /^([0-9a-f]{2})+$/.test(value) ? unhex(value) : unbase64(value)
}

function judgeId(message: Uint8Array, id: string): Verdict {
  return byEach(({ crypto }) => {
    const peerId = parseCid(
      peerIdOf(message, (input) => crypto.sha256(input)),
      PEER_ID,
    )
    const multihash = peerId.ok === undefined ? 'refused' : hexOf(peerId.ok.multihash.bytes)
    return verdict(multihash === id, `the id is ${multihash}`)
  })
}
