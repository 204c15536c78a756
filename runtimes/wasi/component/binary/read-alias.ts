/** Reads an alias: a further index for what an instance exports, or a component around this one defines. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { readSort } from './component-reader.ts'
import type { Reader } from '../../rewriter/reader.ts'
import type { Definition } from './syntax.ts'

export function readAlias(reader: Reader): Definition {
  const what = readSort(reader)
  const target = reader.byte()
  switch (target) {
    case 0x00:
      return { is: 'alias export', what, instance: reader.u32(), name: reader.name() }
    case 0x01:
      if (!what.isCore) return inadmissible('malformed: a core export that is not core')
      return { is: 'alias core export', sort: what.sort, instance: reader.u32(), name: reader.name() }
    case 0x02:
      return { is: 'alias outer', what, level: reader.u32(), index: reader.u32() }
    default:
      return inadmissible(`malformed: an alias of kind ${target}`)
  }
}
