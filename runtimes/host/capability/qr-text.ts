/**
 * A chain as one line that fits a QR code (spec/capability-text.md, "One line"):
 *
 *   line  = "GRID-CAP:" base45 of (check tokens)
 *   check = the first 4 bytes of the SHA-256 of tokens
 *   tokens = deterministic CBOR: an array of 1 to chainLinks byte strings, the tokens of the chain in order
 */
import { LIMITS } from '../../../kernel/index.ts'
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor } from '../../../promisebase/index.ts'
import { decodeBase45, encodeBase45 } from './base45.ts'
import { HostError } from '../host-error.ts'
import type { CryptoProvider } from '../../../promisebase/index.ts'

export const QR_PREFIX = 'GRID-CAP:'
/** What the largest QR code, version 40 with error correction L, holds in its alphanumeric mode. */
export const QR_CHARACTERS_MAX = 4_296

const CHECK_BYTES = 4
const ALPHABET = /^[0-9A-Z $%*+\-./:]*$/

/** @throws {HostError} FILE for a chain that no QR code holds */
export function writeQrText(crypto: CryptoProvider, tokens: readonly Uint8Array[]): string {
  if (tokens.length === 0) throw new TypeError('tokens must hold a capability')
  const encoded = encodeCbor([...tokens])
  const line = QR_PREFIX + encodeBase45(Buffer.concat([checkOf(crypto, encoded), encoded]))
  if (line.length <= QR_CHARACTERS_MAX) return line
  throw new HostError(
    'FILE',
    `as one line this chain of ${tokens.length} has ${line.length} characters, and a QR code holds ${QR_CHARACTERS_MAX}`,
    { fix: 'hand it on as a file; a shorter chain, or identities of a single Ed25519 key, need less room' },
  )
}

/**
 * The tokens of a line, as bytes that nobody has looked into.
 * @throws {HostError} FILE, telling a mistyped line from one that is something else
 */
export function readQrText(crypto: CryptoProvider, line: string): readonly Uint8Array[] {
  if (!line.startsWith(QR_PREFIX)) throw wrong(`it does not begin with ${QR_PREFIX}`)
  if (line.length > QR_CHARACTERS_MAX)
    throw wrong(`it has ${line.length} characters, and a QR code holds ${QR_CHARACTERS_MAX}`)
  const written = line.slice(QR_PREFIX.length)
  if (!ALPHABET.test(written)) throw wrong('it has characters other than 0-9 A-Z space $ % * + - . / :')
  const bytes = decodeBase45(written)
  const encoded = bytes?.subarray(CHECK_BYTES)
  if (
    bytes === undefined ||
    encoded === undefined ||
    Buffer.compare(checked(bytes), checkOf(crypto, encoded))
  )
    throw wrong('its check value is another: a character is wrong, missing or too much')
  return tokensIn(encoded)
}

function tokensIn(encoded: Uint8Array): readonly Uint8Array[] {
  const tokens = decodeCbor(encoded, DAG_CBOR_PROFILE).ok
  const isChain = Array.isArray(tokens) && tokens.length > 0 && tokens.length <= LIMITS.chainLinks
  const found = isChain ? tokens.filter((each) => each instanceof Uint8Array) : []
  if (!isChain || found.length !== tokens.length) throw wrong('it holds something else than tokens')
  return found
}

function checked(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, CHECK_BYTES)
}

function checkOf(crypto: CryptoProvider, encoded: Uint8Array): Uint8Array {
  return crypto.sha256(encoded).subarray(0, CHECK_BYTES)
}

function wrong(what: string): HostError {
  return new HostError('FILE', `this line is no capability: ${what}`, {
    fix: 'take it again, with every space that is in it',
  })
}
