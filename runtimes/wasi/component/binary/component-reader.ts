/** Reads the small things of which a component is made: sorts, names, descriptions. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import type { Reader } from '../../rewriter/reader.ts'
import type { CoreSort, Description, Named, Sort, SortIndex, SortName } from './syntax.ts'

const CORE_SORTS: Readonly<Record<number, CoreSort>> = {
  0x00: 'function',
  0x01: 'table',
  0x02: 'memory',
  0x03: 'global',
  0x11: 'module',
  0x12: 'instance',
}

const SORTS: Readonly<Record<number, Sort>> = {
  0x01: 'function',
  0x03: 'type',
  0x04: 'component',
  0x05: 'instance',
}

/** What a name may be made of: interfaces, versions, methods; nothing that cannot be seen. */
const NAME = /^[!-~]+$/

/** A list as long as it says: never longer than there are bytes, for each item has one at least. */
export function readList<Item>(
  reader: Reader,
  what: string,
  read: (reader: Reader) => Item,
): readonly Item[] {
  const count = reader.count(COMPONENT_BOUNDS.definitions, what)
  return Array.from({ length: count }, () => read(reader))
}

/** The name of an import or export: a byte that says how it is written, then the name. */
export function readExternName(reader: Reader): string {
  const form = reader.byte()
  if (form > 1) inadmissible('names with a version apart are not allowed')
  const name = reader.name()
  if (!NAME.test(name)) inadmissible(`${JSON.stringify(name)} is not a name of an import or export`)
  return name
}

function readCoreSort(reader: Reader): CoreSort {
  const byte = reader.byte()
  return CORE_SORTS[byte] ?? inadmissible(`core sort 0x${byte.toString(16)} is not allowed`)
}

export function readSort(reader: Reader): SortName {
  const byte = reader.byte()
  if (byte === 0) return { isCore: true, sort: readCoreSort(reader) }
  const sort = SORTS[byte]
  return sort === undefined
    ? inadmissible(`sort 0x${byte.toString(16)} is not allowed`)
    : { isCore: false, sort }
}

export function readSortIndex(reader: Reader): SortIndex {
  const sort = readSort(reader)
  return { ...sort, index: reader.u32() }
}

/** An item of a list of exports made of what is there. */
export function readInlineExport(reader: Reader): Named {
  return { name: readExternName(reader), what: readSortIndex(reader) }
}

export function readParameter(reader: Reader): Named {
  return { name: reader.name(), what: readSortIndex(reader) }
}

export function readCoreExport(reader: Reader): Named {
  const name = reader.name()
  return { name, what: { isCore: true, sort: readCoreSort(reader), index: reader.u32() } }
}

export function readCoreParameter(reader: Reader): { readonly name: string; readonly instance: number } {
  const name = reader.name()
  if (readCoreSort(reader) !== 'instance')
    inadmissible('malformed: a core module is given what is no instance')
  return { name, instance: reader.u32() }
}

export function readDescription(reader: Reader): Description {
  const byte = reader.byte()
  switch (byte) {
    case 0x00:
      if (reader.byte() !== 0x11) inadmissible('malformed: a core description that is not of a module')
      reader.u32()
      return { sort: 'module' }
    case 0x01:
      return { sort: 'function', type: reader.u32() }
    case 0x03:
      return readTypeBound(reader)
    case 0x04:
      return { sort: 'component', type: reader.u32() }
    case 0x05:
      return { sort: 'instance', type: reader.u32() }
    default:
      return inadmissible(`a description of kind 0x${byte.toString(16)} is not allowed`)
  }
}

function readTypeBound(reader: Reader): Description {
  const bound = reader.byte()
  if (bound === 0) return { sort: 'type', same: reader.u32() }
  if (bound === 1) return { sort: 'type', same: undefined }
  return inadmissible('malformed: a type that is bound in no known way')
}

/** A name inside a type; names of one type differ, also for those who do not tell upper from lower case. */
export function checkLabels(labels: readonly string[]): readonly string[] {
  const seen = new Set(labels.map((label) => label.toLowerCase()))
  if (seen.size !== labels.length) inadmissible('malformed: two names of one type are the same')
  if (labels.includes('')) inadmissible('malformed: a name of a type is empty')
  return labels
}
