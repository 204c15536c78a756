/**
 * libp2p: keys in a protobuf message of two fields, and peer ids, which are CIDs of that message. Nothing here
 * speaks libp2p; the keys and the CIDs are what this library can judge.
 */
import { p256 } from '@noble/curves/nist.js'
import { base58btc } from 'multiformats/bases/base58'
import { checkCid, createCid, isCid, parseCid, toLowS } from 'promisegrid/promisebase'

import { hexOf, joined, sameBytes, unbase64, unhex, utf8 } from './bytes.ts'
import { readKeyMessage } from './libp2p-key.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import { judgeKey, judgePublicKey, judgeSignature } from './signature-judge.ts'
import type { VectorSet } from '../vector-sets.ts'
import type { KeyMessage } from './libp2p-key.ts'
import type { Verdict } from './set.ts'

const LIBP2P_KEY = 0x72
const PEER_ID = { codecs: [LIBP2P_KEY], identityBytes: 42 }

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
      for (const { type, part, protobuf_hex } of keys)
        yield {
          name: `${type} ${part}`,
          judge: () => judgeKeyMessage(unhex(protobuf_hex), part === 'private'),
        }
      for (const { cid, base58, note = '' } of peer_ids)
        yield { name: note, judge: () => (cid === undefined ? judgeBase58(base58 ?? '') : judgeText(cid)) }
    },
  },
  {
    files: /\.(pub|priv)$/,
    *cases(set, file) {
      yield { name: '', judge: () => judgeKeyMessage(set.bytes(file), file.endsWith('.priv')) }
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

/** A key is the key of its secret, and its peer id holds it, or its hash where it is long. */
function judgeKeyMessage(message: Uint8Array | undefined, isPrivate: boolean): Verdict {
  if (message === undefined) return outOfScope('a key in a writing that is not known')
  const read = readKeyMessage(message, isPrivate)
  if (typeof read === 'string') return outOfScope(read)
  if (read.secret !== undefined) return judgePublicKey(read.algorithm, read.secret, read.key)
  return all(judgeKey(read.algorithm, read.key, true), judgePeerId(message))
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

function judgeText(text: string): Verdict {
  const cid = parseCid(text, PEER_ID)
  if (cid.refused !== undefined) return wrong(`refused: ${cid.refused.detail}`)
  return verdict(cid.ok.toString() === text && cid.ok.code === LIBP2P_KEY, `read as ${cid.ok.toString()}`)
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
  )
}

/** The key of a signature lies beside it. */
function judgeFileSignature(set: VectorSet, file: string): Verdict {
  const beside = file.replace(/\.sig$/, '.pub')
  if (!set.files().includes(beside)) return outOfScope('a signature whose key is not in the folder')
  return judgeSigned(set.bytes(beside), set.bytes(file))
}

function judgeSigned(message: Uint8Array, signature: Uint8Array | undefined): Verdict {
  const read = readKeyMessage(message, false)
  if (typeof read === 'string') return outOfScope(read)
  if (signature === undefined) return outOfScope('a signature in a writing that is not known')
  return judgeSignature(read.algorithm, read.key, utf8(SIGNED), compactOf(read, signature), true)
}

function compactOf({ algorithm }: KeyMessage, signature: Uint8Array): Uint8Array {
  return algorithm === 'ESP256'
    ? toLowS(p256.Signature.fromBytes(signature, 'der').toBytes('compact'))
    : signature
}

/** Whatever a peer has of id, keys and signature; what is not there is not asked. */
function judgePeer(peer: unknown): Verdict {
  const { id, pubKey, publicKey = pubKey, privKey, privateKey = privKey, signature } = fieldsOf(peer)
  if (publicKey === undefined && privateKey === undefined) return outOfScope('a peer without a key')
  const message = bytesOf(publicKey)
  return all(
    message === undefined || typeof id !== 'string' ? 'passed' : judgeId(message, id),
    privateKey === undefined ? 'passed' : judgeKeyMessage(bytesOf(privateKey), true),
    message === undefined ? 'passed' : judgeKeyMessage(message, false),
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
