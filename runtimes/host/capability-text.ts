/**
 * Capabilities as text, so that they can be mailed, pasted and kept in files:
 *
 *   file  = *( comment LF ) 1*( token LF )
 *   token = "grid-capability:" base64url of the complete token bytes, without padding
 *   comment = "#" anything, or an empty line
 *
 * The tokens of a file are one chain, from the first delegation to the last: what its holder presents.
 */
import { LIMITS, readToken, verifyToken } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import type { Capability, KeyRing, Principal } from '../../kernel/index.ts'
import type { CryptoProvider } from '../../promisebase/index.ts'

const PREFIX = 'grid-capability:'
const BASE64URL = /^[A-Za-z0-9_-]+$/

/** More than a chain of the longest tokens can have. */
export const CAPABILITY_TEXT_MAX =
  LIMITS.chainLinks * (PREFIX.length + Math.ceil(LIMITS.tokenBytes / 3) * 4 + 1_024)

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
  const chain = text.split(/\r?\n/).flatMap((line, index) => {
    const content = line.trim()
    return content === '' || content.startsWith('#') ? [] : [readLine(crypto, keys, content, index + 1)]
  })
  if (chain.length === 0)
    throw new HostError('FILE', 'there is no capability in it', { fix: `a capability begins with ${PREFIX}` })
  return chain
}

/** Who say they issued the tokens of a text, as far as they can be read: their keys may have to be found. */
export function issuersNamed(crypto: CryptoProvider, keys: KeyRing, text: string): readonly Principal[] {
  const tokens = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.startsWith(PREFIX))
    .map((line) =>
      readToken(crypto, keys, Uint8Array.from(Buffer.from(line.slice(PREFIX.length), 'base64url'))),
    )
  return [...new Set(tokens.flatMap(({ ok }) => (ok === undefined ? [] : [ok.capability.issuer])))]
}

/** Whether text is meant to be a capability, and not the name of a file. */
export function isCapabilityText(text: string): boolean {
  return text.trimStart().startsWith(PREFIX)
}

function readLine(crypto: CryptoProvider, keys: KeyRing, line: string, number: number): Capability {
  const wrong = (what: string): HostError => new HostError('FILE', `line ${number} is no capability: ${what}`)
  const encoded = line.slice(PREFIX.length)
  if (!line.startsWith(PREFIX)) throw wrong(`it does not begin with ${PREFIX}`)
  if (!BASE64URL.test(encoded)) throw wrong('it is not base64url')
  const bytes = Uint8Array.from(Buffer.from(encoded, 'base64url'))
  // One token has one text: stray bits at the end would make another one.
  if (Buffer.from(bytes).toString('base64url') !== encoded) throw wrong('it is not base64url')
  const token = readToken(crypto, keys, bytes)
  if (token.refused !== undefined) throw wrong(`${token.refused.code}, ${token.refused.detail}`)
  const verified = verifyToken(crypto, keys, token.ok)
  if (verified.refused !== undefined) throw wrong(`${verified.refused.code}, ${verified.refused.detail}`)
  return token.ok.capability
}
