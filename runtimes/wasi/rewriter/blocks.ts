/** The types of blocks: none, one value, or a type of the module. */
import { inadmissible } from './inadmissible.ts'
import { isValueType } from './value-types.ts'
import type { Reader } from './reader.ts'
import type { Signature } from './value-types.ts'

const BLOCK_EMPTY = 0x40

export type BlockType = Pick<Signature, 'parameters' | 'results'>

const EMPTY: BlockType = { parameters: 0, results: 0 }
const ONE_VALUE: BlockType = { parameters: 0, results: 1 }

export function readBlockType(source: Reader, types: readonly Signature[]): BlockType {
  const first = source.bytes[source.at] ?? 0
  if (first !== BLOCK_EMPTY && !isValueType(first)) {
    return types[source.u32()] ?? inadmissible('malformed: a block without a type')
  }
  source.skip(1)
  return first === BLOCK_EMPTY ? EMPTY : ONE_VALUE
}
