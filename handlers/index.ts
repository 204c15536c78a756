/** The handlers that come with the package: native ones, and WebAssembly modules to deploy. */
import { batch } from './batch/index.ts'
import { echo } from './echo/index.ts'
import { CODE_URL as lz4Code, DESCRIPTOR as lz4Descriptor } from './lz4/descriptor.ts'
import { promises } from './promises/index.ts'
import { revocations } from './revocations/index.ts'
import { store } from './store/index.ts'
import { witness } from './witness/index.ts'
import { CODE_URL as wordIndexCode, DESCRIPTOR as wordIndexDescriptor } from './word-index/descriptor.ts'
import type { Descriptor, NativeHandler } from '../kernel/index.ts'

export { batch, echo, promises, revocations, store, witness }

/** A module of this package with what its descriptor says; `host.deploy` takes both. */
export interface PackagedModule {
  /** Where the bytes of the module are. */
  readonly code: URL
  readonly descriptor: Omit<Descriptor, 'code'>
}

/** Packs bytes and unpacks them again. */
export const lz4: PackagedModule = { code: lz4Code, descriptor: lz4Descriptor }

/** Counts the words of a text and says where they are. */
export const wordIndex: PackagedModule = { code: wordIndexCode, descriptor: wordIndexDescriptor }

/** Native handlers every host has unless it says otherwise. */
export const builtinHandlers: readonly NativeHandler[] = [batch, echo, promises, revocations, store, witness]
