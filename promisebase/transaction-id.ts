/**
 * Names of transactions, unique over all openings of a store and rising within one, so that an engine
 * appends them to the end of its index:
 *
 *   id = session counter    ; in lower-case hexadecimal
 *   session = 10OCTET       ; random, drawn when the store is opened
 *   counter = 6OCTET        ; big-endian
 */
import type { CryptoProvider } from './interface.ts'

const SESSION_BYTES = 10
const COUNTER_DIGITS = 12

export function createTransactionIds(random: CryptoProvider['random']): () => string {
  const session = Array.from(random(SESSION_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
  let counter = 0
  return () => session + (counter++).toString(16).padStart(COUNTER_DIGITS, '0')
}

export function bytesOfId(id: string): Uint8Array {
  const bytes = new Uint8Array(id.length >>> 1)
  for (let i = 0; i < bytes.length; i++) bytes[i] = 16 * digitAt(id, 2 * i) + digitAt(id, 2 * i + 1)
  return bytes
}

/** Value of one lower-case hexadecimal digit: 0 is character 48, a is character 97. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 97 ? code - 48 : code - 87
}
