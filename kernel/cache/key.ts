/** The CID that names a pure invocation, the same on every node; the only place a cache key is made. */
import { CODEC, encodeCbor, hashBlock } from '../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'

const ARRAY_OF_SIX = 0x86

export interface PureInvocation {
  readonly protocol: CID
  readonly method: string
  readonly arguments: CID
  readonly context: CID
  readonly profile: CID
}

/** CID of the dag-cbor array `["result/1", protocol, method, arguments, context, profile]`. */
export function cacheKey(crypto: Pick<CryptoProvider, 'sha256'>, pure: PureInvocation): CID {
  const { protocol, method, arguments: argumentsCid, context, profile } = pure
  return hashBlock(
    crypto.sha256,
    CODEC.dagCbor,
    encodeCbor(['result/1', protocol, method, argumentsCid, context, profile]),
  )
}

/** The same for one method on whatever arguments: all that its keys have in common is encoded once. */
export function cacheKeys(
  { sha256 }: Pick<CryptoProvider, 'sha256'>,
  { protocol, method, context, profile }: Omit<PureInvocation, 'arguments'>,
): (given: CID) => CID {
  // Items follow one another, so an array is its head and the items of two shorter ones.
  const [before, after] = [encodeCbor(['result/1', protocol, method]), encodeCbor([context, profile])]
  return (given) => {
    const named = encodeCbor(given)
    const bytes = new Uint8Array(before.length + named.length + after.length - 1)
    bytes.set(before)
    bytes[0] = ARRAY_OF_SIX
    bytes.set(named, before.length)
    bytes.set(after.subarray(1), before.length + named.length)
    return hashBlock(sha256, CODEC.dagCbor, bytes)
  }
}
