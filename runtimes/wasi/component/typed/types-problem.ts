/** A descriptor names the types that its component has, and no others: they are compared by their CID. */
import { CODEC, hashBlock, nobleCrypto } from '../../../../promisebase/index.ts'
import { Inadmissible } from '../../rewriter/inadmissible.ts'
import { typedMethods } from '../entry.ts'
import { typesBlock } from './typed-method.ts'
import type { Descriptor } from '../../../../kernel/index.ts'
import type { Entries } from '../entry.ts'

/** Why a component with these entries does not fit its descriptor; undefined where it does. */
export function typesProblem(entries: Entries, { methods, types }: Descriptor): string | undefined {
  const block = blockOf(entries, methods)
  if (block === undefined || typeof block === 'string') return block
  const cid = hashBlock(nobleCrypto.sha256, CODEC.dagCbor, block)
  return types?.equals(cid) === true
    ? undefined
    : `the descriptor names ${types === undefined ? 'no' : 'other'} types, those of the component are ${cid.toString()}`
}

/** Or why there is none, though there should be one. */
function blockOf(entries: Entries, methods: readonly string[]): Uint8Array | string | undefined {
  try {
    return typesBlock(typedMethods(entries, methods))
  } catch (error) {
    if (error instanceof Inadmissible) return error.message
    throw error
  }
}
