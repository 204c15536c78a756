/** Types that an author states in a file: the block of spec/types.md in JSON. */
import { encodeDagCbor } from '../../../promisebase/index.ts'
import { readTypes } from '../../../kernel/index.ts'
import { readDagJson } from '../content/dag-json.ts'
import { HostError } from '../host-error.ts'
import { textOf } from '../terminal/safe-text.ts'
import type { HandlerTypes } from '../../../kernel/index.ts'

/** JSON has more white space than the block. */
export const TYPES_FILE = { bytesMax: 256 * 1024, as: 'types' } as const

/** `name` is how the user calls the file. @throws {HostError} FILE for what states no types */
export function typesInJson(json: Uint8Array, name: string): HandlerTypes {
  const text = textOf(json)
  if (text === undefined) throw wrong(name, 'it is no text')
  const read = readTypes(blockOf(text, name))
  if (read.refused !== undefined) throw wrong(name, read.refused.detail)
  return read.ok
}

/** @throws {HostError} FILE for types of a method that is not among these */
export function checkOffered(types: HandlerTypes, methods: readonly string[], name: string): HandlerTypes {
  const other = [...types.keys()].find((method) => !methods.includes(method))
  if (other === undefined) return types
  throw wrong(name, `it has types of ${JSON.stringify(other)}, which is no method of the handler`)
}

function blockOf(text: string, name: string): Uint8Array {
  try {
    return encodeDagCbor(readDagJson(text))
  } catch (error) {
    // Also what is nested too deep to be anything.
    throw wrong(name, error instanceof HostError ? error.message : 'it cannot be written as a block')
  }
}

function wrong(name: string, why: string): HostError {
  return new HostError('FILE', `${name} states no types: ${why}`, {
    fix: 'see spec/types.md: { "format": 1, "methods": { "add": { "arguments": { "n": "u8" }, "result": "u8" } } }',
  })
}
