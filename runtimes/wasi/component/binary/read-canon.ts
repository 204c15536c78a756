/** Reads a canonical definition: how a core function and a function of a component stand for each other. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { readList } from './component-reader.ts'
import type { Reader } from '../../rewriter/reader.ts'
import type { CanonOptions, Definition } from './syntax.ts'

const RESOURCE_OPERATIONS: Readonly<Record<number, 'new' | 'drop' | 'rep'>> = {
  0x02: 'new',
  0x03: 'drop',
  0x04: 'rep',
}

export function readCanon(reader: Reader): Definition {
  const code = reader.byte()
  const operation = RESOURCE_OPERATIONS[code]
  if (operation !== undefined) return { is: 'resource', operation, resource: reader.u32() }
  if (code > 1)
    return inadmissible(`canonical function 0x${code.toString(16)} is not allowed: it needs to wait`)
  if (reader.byte() !== 0) inadmissible('malformed: a canonical function of an unknown form')
  const index = reader.u32()
  const options = readOptions(reader)
  if (code === 0) return { is: 'lift', core: index, options, type: reader.u32() }
  if (options.postReturn !== undefined) inadmissible('malformed: post-return where nothing is lifted')
  return { is: 'lower', function: index, options }
}

type Options = { -readonly [Key in keyof CanonOptions]: CanonOptions[Key] }

function readOptions(reader: Reader): CanonOptions {
  const options: Options = { encoding: 'utf8', memory: undefined, realloc: undefined, postReturn: undefined }
  const seen = new Set<number>()
  readList(reader, 'options', (from) => {
    const code = from.byte()
    // The three encodings exclude each other.
    const kind = Math.max(code, 2)
    if (seen.has(kind)) inadmissible('malformed: an option that is given twice')
    seen.add(kind)
    readOption(from, code, options)
  })
  return options
}

function readOption(reader: Reader, code: number, options: Options): void {
  switch (code) {
    case 0x00:
      options.encoding = 'utf8'
      return
    case 0x01:
      options.encoding = 'utf16'
      return
    case 0x02:
      options.encoding = 'latin1+utf16'
      return
    case 0x03:
      options.memory = reader.u32()
      return
    case 0x04:
      options.realloc = reader.u32()
      return
    case 0x05:
      options.postReturn = reader.u32()
      return
    default:
      inadmissible(`canonical option 0x${code.toString(16)} is not allowed: functions here do not wait`)
  }
}
