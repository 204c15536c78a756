/** The block of types that is deployed with code: what a component has, or what its deployer states. */
import { CODEC, hashBlock, isCid } from '../../../promisebase/index.ts'
import { encodeTypes } from '../../../kernel/index.ts'
import { readComponentTypes } from '../../wasi/index.ts'
import { HostError } from '../host-error.ts'
import type { CID } from 'multiformats/cid'
import type { Descriptor, HandlerTypes } from '../../../kernel/index.ts'
import type { HostParts } from '../host-parts.ts'

interface DeployedTypes {
  /** To be stored; absent where it is here, or nothing has types. */
  readonly types?: Uint8Array
  readonly named: { readonly types?: CID }
}

/** @throws {HostError} ADMIT for what is no component */
export function typesFor(
  { crypto }: Pick<HostParts, 'crypto'>,
  code: Uint8Array,
  { entry, methods, runtime }: Descriptor,
  stated: CID | HandlerTypes | undefined,
): DeployedTypes {
  if (isCid(stated)) return { named: { types: stated } }
  const isComponent = runtime === 'wasi' && entry === 'component'
  const types = stated === undefined ? isComponent && componentTypes(code, methods) : encodeTypes(stated)
  if (types === undefined || types === false) return { named: {} }
  return { types, named: { types: hashBlock(crypto.sha256, CODEC.dagCbor, types) } }
}

/** Those of all methods unless some are named. @throws {HostError} ADMIT for what is no component */
export function componentTypes(code: Uint8Array, methods?: readonly string[]): Uint8Array | undefined {
  const types = readComponentTypes(code, methods)
  if (types.refused === undefined) return types.ok
  throw new HostError('ADMIT', `the code is not admitted: ${types.refused.detail}`, {
    fix: 'see spec/component.md for what a component may contain and must export',
  })
}
