/** The handlers that are part of the host program, stored so that messages can name them. */
import { encodeDescriptor, nativeCode, nativeDescriptor } from '../../kernel/index.ts'
import { CODEC, pin, pins, unpin } from '../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type { NativeHandler } from '../../kernel/index.ts'
import type { CryptoProvider, Store } from '../../promisebase/index.ts'

/** Whose pins keep the native handlers of the running host, which no label names. */
const NATIVE_OWNER = 'host: native handlers'

export async function deployNative(
  store: Store,
  crypto: CryptoProvider,
  handlers: readonly NativeHandler[],
): Promise<Record<string, CID>> {
  return store.transact(async (transaction) => {
    const before = pins(transaction, { owner: NATIVE_OWNER })
    for await (const { cid } of before) await unpin(transaction, cid, NATIVE_OWNER)
    const entries: [string, CID][] = []
    for (const handler of handlers) {
      transaction.putBlock(nativeCode(handler), CODEC.raw)
      const descriptor = encodeDescriptor(nativeDescriptor(crypto, handler))
      const protocol = transaction.putBlock(descriptor, CODEC.dagCbor)
      await pin(transaction, { cid: protocol, owner: NATIVE_OWNER })
      entries.push([handler.name, protocol])
    }
    return Object.fromEntries(entries)
  })
}
