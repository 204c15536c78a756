/** The CID that names a pure invocation, the same on every node; the only place a cache key is made. */
import { CODEC, encodeCbor, hashBlock } from '../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'

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
