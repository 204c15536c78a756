/**
 * The table of the rolling hash that decides where content is cut (spec/content.md, "Chunks"): numbers that nobody
 * chose, since a chooser could have made content that is never cut.
 *
 *   G[8c + k] = the k-th four octets, big-endian, of sha-256("promisegrid:chunker/1" c)     c = 0 … 31, one octet
 */
import { sha256 } from '@noble/hashes/sha2.js'

const NAME = 'promisegrid:chunker/1'
const DIGESTS = 32
const WORDS_OF_DIGEST = 8

let table: Int32Array | undefined

/** 256 numbers of 32 bits, one for each octet; made when they are first needed. */
export function gearTable(): Int32Array {
  table ??= makeTable()
  return table
}

function makeTable(): Int32Array {
  const gear = new Int32Array(DIGESTS * WORDS_OF_DIGEST)
  const named = new Uint8Array(NAME.length + 1)
  new TextEncoder().encodeInto(NAME, named)
  for (let count = 0; count < DIGESTS; count++) {
    named[NAME.length] = count
    const digest = new DataView(sha256(named).buffer)
    for (let word = 0; word < WORDS_OF_DIGEST; word++)
      gear[count * WORDS_OF_DIGEST + word] = digest.getInt32(4 * word)
  }
  return gear
}
