/**
 * Content encryption by its COSE numbers (RFC 9053 section 4). AES-CCM is in no library that runs everywhere, so
 * a platform that has it hands it in; without it those algorithms are refused as unknown.
 */
import { nobleCipher } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import type { CipherAlgorithm } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'

/** What is opened or sealed: sizes have been checked against the algorithm. */
export interface AeadInput {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly additional: Uint8Array
  readonly tagBytes: number
}

/** AES-CCM of the platform. */
export interface CcmEngine {
  seal(input: AeadInput, plaintext: Uint8Array): Uint8Array
  /** Undefined when the tag is another one. */
  open(input: AeadInput, sealed: Uint8Array): Uint8Array | undefined
}

interface ContentCipher {
  readonly keyBytes: number
  readonly nonceBytes: number
  readonly tagBytes: number
  /** Absent for AES-CCM. */
  readonly engine?: CcmEngine
}

const CIPHERS = new Map<number, ContentCipher>([
  [1, everywhere('AES-128-GCM', 16)],
  [2, everywhere('AES-192-GCM', 24)],
  [3, everywhere('AES-256-GCM', 32)],
  [24, everywhere('ChaCha20-Poly1305', 32)],
  [10, ccm(13, 16, 8)],
  [11, ccm(13, 32, 8)],
  [12, ccm(7, 16, 8)],
  [13, ccm(7, 32, 8)],
  [30, ccm(13, 16, 16)],
  [31, ccm(13, 32, 16)],
  [32, ccm(7, 16, 16)],
  [33, ccm(7, 32, 16)],
])

/** Length of the key in bytes; undefined when this is no content encryption known here. */
export function contentKeyBytes(algorithm: number): number | undefined {
  return CIPHERS.get(algorithm)?.keyBytes
}

/** Length of the nonce in bytes. */
export function nonceBytes(algorithm: number): number | undefined {
  return CIPHERS.get(algorithm)?.nonceBytes
}

export interface ContentSealing {
  readonly algorithm: number
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly additional: Uint8Array
  readonly ccm?: CcmEngine | undefined
}

export function openContent(sealing: ContentSealing, sealed: Uint8Array): Result<Uint8Array> {
  const cipher = cipherFor(sealing)
  if (cipher.refused !== undefined) return cipher
  const { engine, input } = cipher.ok
  const opened = sealed.length < input.tagBytes ? undefined : engine.open(input, sealed)
  return opened === undefined ? refuse('SIG', 'the sealed content does not open') : { ok: opened }
}

export function sealContent(sealing: ContentSealing, plaintext: Uint8Array): Result<Uint8Array> {
  const cipher = cipherFor(sealing)
  if (cipher.refused !== undefined) return cipher
  return { ok: cipher.ok.engine.seal(cipher.ok.input, plaintext) }
}

function cipherFor(sealing: ContentSealing): Result<{ engine: CcmEngine; input: AeadInput }> {
  const { algorithm, key, nonce, additional } = sealing
  const cipher = CIPHERS.get(algorithm)
  if (cipher === undefined) return refuse('ALG', `${algorithm} is no content encryption known here`)
  const engine = cipher.engine ?? sealing.ccm
  if (engine === undefined) return refuse('ALG', `${algorithm} is AES-CCM, which this platform was not given`)
  if (key.length !== cipher.keyBytes)
    return refuse('KEY', `algorithm ${algorithm} takes a key of ${cipher.keyBytes} bytes`)
  if (nonce.length !== cipher.nonceBytes)
    return refuse('SHAPE', `algorithm ${algorithm} takes an IV of ${cipher.nonceBytes} bytes`)
  return { ok: { engine, input: { key, nonce, additional, tagBytes: cipher.tagBytes } } }
}

function everywhere(algorithm: CipherAlgorithm, keyBytes: number): ContentCipher {
  return {
    keyBytes,
    nonceBytes: 12,
    tagBytes: 16,
    engine: {
      seal: ({ key, nonce, additional }, plaintext) =>
        nobleCipher.seal({ algorithm, key, nonce, additional }, plaintext),
      open: ({ key, nonce, additional }, sealed) =>
        nobleCipher.open({ algorithm, key, nonce, additional }, sealed),
    },
  }
}

function ccm(nonceBytes: number, keyBytes: number, tagBytes: number): ContentCipher {
  return { keyBytes, nonceBytes, tagBytes }
}
