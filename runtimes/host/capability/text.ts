/**
 * Capabilities as text, so that they can be mailed, pasted and kept in files (spec/capability-text.md):
 *
 *   file  = *( comment LF ) 1*( token LF )
 *   token = "grid-capability:" base64url of the complete token bytes, without padding
 *   comment = "#" anything, or an empty line
 *
 * The tokens of a file are one chain, from the first delegation to the last: what its holder presents. Instead of
 * tokens a file may hold one line with the whole chain, as qr-text.ts writes it.
 */
import { LIMITS, readToken, verifyToken } from '../../../kernel/index.ts'
import { QR_PREFIX, readQrText } from './qr-text.ts'
import { HostError } from '../host-error.ts'
import type { Capability, KeyRing, Principal } from '../../../kernel/index.ts'
import type { CryptoProvider } from '../../../promisebase/index.ts'

const PREFIX = 'grid-capability:'
const BASE64URL = /^[A-Za-z0-9_-]+$/

/** More than a chain of the longest tokens can have. */
export const CAPABILITY_TEXT_MAX =
  LIMITS.chainLinks * (PREFIX.length + Math.ceil(LIMITS.tokenBytes / 3) * 4 + 1_024)

/** A token as it stands in a text, and what it is called when it is refused. */
interface Written {
  readonly where: string
  readonly bytes: Uint8Array
}

/** @throws {TypeError} for no capability at all */
export function writeCapabilities(chain: readonly Capability[], comment: string): string {
  if (chain.length === 0) throw new TypeError('chain must hold a capability')
  const lines = chain.map(({ bytes }) => PREFIX + Buffer.from(bytes).toString('base64url'))
  return `# ${comment.replaceAll('\n', ' ')}\n${lines.join('\n')}\n`
}

/**
 * Reads tokens and checks that their issuers signed them; what they promise is for a node to judge.
 * @throws {HostError} FILE, naming the line
 */
export function readCapabilities(crypto: CryptoProvider, keys: KeyRing, text: string): Capability[] {
  const chain = writtenIn(crypto, text).map((written) => verified(crypto, keys, written))
  if (chain.length === 0)
    throw new HostError('FILE', 'there is no capability in it', {
      fix: `a capability begins with ${PREFIX} or ${QR_PREFIX}`,
    })
  return chain
}

/**
 * Who say they issued the tokens of a text, as far as they can be read: their keys may have to be found.
 * @throws {HostError} FILE, naming the line
 */
export function issuersNamed(crypto: CryptoProvider, keys: KeyRing, text: string): readonly Principal[] {
  const tokens = writtenIn(crypto, text).map(({ bytes }) => readToken(crypto, keys, bytes))
  return [...new Set(tokens.flatMap(({ ok }) => (ok === undefined ? [] : [ok.capability.issuer])))]
}

/** Whether text is meant to be a capability, and not the name of a file. */
export function isCapabilityText(text: string): boolean {
  const start = text.trimStart()
  return start.startsWith(PREFIX) || start.startsWith(QR_PREFIX)
}

function writtenIn(crypto: CryptoProvider, text: string): readonly Written[] {
  const lines = text.split(/\r?\n/).flatMap((line, index) => {
    const content = line.trim()
    return content === '' || content.startsWith('#') ? [] : [{ content, number: index + 1 }]
  })
  const [first, second] = lines
  if (first?.content.startsWith(QR_PREFIX) !== true)
    return lines.map(({ content, number }) => tokenIn(content, number))
  if (second !== undefined)
    throw new HostError('FILE', `line ${second.number} is too much: the line before it is a whole chain`)
  return readQrText(crypto, first.content).map((bytes, index) => ({ where: `token ${index + 1}`, bytes }))
}

function tokenIn(line: string, number: number): Written {
  const where = `line ${number}`
  const encoded = line.slice(PREFIX.length)
  if (!line.startsWith(PREFIX)) throw wrong(where, `it does not begin with ${PREFIX}`)
  if (!BASE64URL.test(encoded)) throw wrong(where, 'it is not base64url')
  const bytes = Uint8Array.from(Buffer.from(encoded, 'base64url'))
  // One token has one text: stray bits at the end would make another one.
  if (Buffer.from(bytes).toString('base64url') !== encoded) throw wrong(where, 'it is not base64url')
  return { where, bytes }
}

function verified(crypto: CryptoProvider, keys: KeyRing, { where, bytes }: Written): Capability {
  const token = readToken(crypto, keys, bytes)
  if (token.refused !== undefined) throw wrong(where, `${token.refused.code}, ${token.refused.detail}`)
  const signed = verifyToken(crypto, keys, token.ok)
  if (signed.refused !== undefined) throw wrong(where, `${signed.refused.code}, ${signed.refused.detail}`)
  return token.ok.capability
}

function wrong(where: string, what: string): HostError {
  return new HostError('FILE', `${where} is no capability: ${what}`)
}
