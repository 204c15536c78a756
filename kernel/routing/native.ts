/**
 * Native handlers by content: their code is the text `promisegrid:native/NAME/VERSION`, so that they are named,
 * granted and cached like all others (spec/dispatch.md, "Native handlers").
 */
import { CODEC, hashBlock } from '../../promisebase/index.ts'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Refusal } from '../errors.ts'
import type { Descriptor, NativeHandler } from '../interface.ts'

/** Thrown by a native handler for what is wrong with the call; the caller is told its message. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'
}

/** Thrown by a native handler to end with a refusal that it was given: of a promise, or of a call it made. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly refused: Refusal

  constructor(refused: Refusal) {
    super(`${refused.code}: ${refused.detail}`)
    this.refused = refused
  }
}

/** The code of a native handler, as the bytes of a raw block. */
export function nativeCode({ name, version }: Pick<NativeHandler, 'name' | 'version'>): Uint8Array {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
    throw new TypeError('name must be lower-case letters, digits and hyphens')
  if (!Number.isSafeInteger(version) || version < 1)
    throw new RangeError('version must be a whole number from 1')
  return new TextEncoder().encode(`promisegrid:native/${name}/${version}`)
}

/** The descriptor of a native handler: its CID is the protocol_cid of messages to it. */
export function nativeDescriptor(crypto: Pick<CryptoProvider, 'sha256'>, handler: NativeHandler): Descriptor {
  return {
    runtime: 'native',
    code: hashBlock(crypto.sha256, CODEC.raw, nativeCode(handler)),
    entry: 'call',
    methods: handler.methods,
    pure: handler.pure,
    imports: handler.imports ?? [],
    limits: handler.limits,
    public: handler.public,
    name: handler.name,
  }
}
