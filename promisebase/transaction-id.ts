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
