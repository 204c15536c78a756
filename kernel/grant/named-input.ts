/** Arguments with their name: hashed once, however often they are used. */
import { cidKey, CODEC, hashBlock } from '../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'

/**
 * Only a kernel makes one, from the bytes themselves: under a name that is not theirs, a result would be found by
 * whoever asks for another.
 */
export class NamedInput {
  readonly cid: CID
  readonly #given: Given

  constructor(crypto: Pick<CryptoProvider, 'sha256'>, bytes: Uint8Array) {
    // A copy: the name is that of these bytes, whatever becomes of the caller's.
    this.#given = nameBytes(crypto, new Uint8Array(bytes))
    this.cid = this.#given.cid
  }

  get size(): number {
    return this.#given.bytes.length
  }

  /** For the kernel alone: the bytes must stay what they are. */
  static givenIn(input: NamedInput): Given {
    return input.#given
  }
}

/** Arguments of a call, named. */
export interface Given {
  readonly cid: CID
  readonly bytes: Uint8Array
  /** The CID, as the memory of results has it. */
  readonly key: string
  /** The bytes are the caller's, who may change them as soon as it is its turn again. */
  readonly isLent?: true
  /** The last place where their result was looked for: to put a key together takes longer than to look it up. */
  place?: { readonly prefix: string; readonly key: string }
}

export function nameBytes(crypto: Pick<CryptoProvider, 'sha256'>, bytes: Uint8Array): Given {
  const cid = hashBlock(crypto.sha256, CODEC.raw, bytes)
  return { cid, bytes, key: cidKey(cid) }
}

/** Where the result of these arguments is kept, for one method of one handler. */
export function placeOf(prefix: string, given: Given): string {
  if (given.place?.prefix !== prefix) given.place = { prefix, key: prefix + given.key }
  return given.place.key
}
