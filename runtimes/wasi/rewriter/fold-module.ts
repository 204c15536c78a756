/** A part of a component with its constant expressions worked out, once what it imports is known. */
import { readGlobals } from './globals.ts'
import { readLinkedImports } from './linked.ts'
import { SECTION, splitSections } from './sections.ts'
import { readData, readElements } from './segments.ts'
import { readTypes } from './value-types.ts'
import { Writer } from './writer.ts'
import type { Folded } from './folding.ts'
import type { Reader } from './reader.ts'
import type { Sections } from './sections.ts'

const HEADER_BYTES = 8
const [I32_CONST, END] = [0x41, 0x0b]

/** Undefined where there is nothing to work out. `valueOf` knows globals that are constant. @throws {Inadmissible} */
export function foldConstants(
  bytes: Uint8Array,
  valueOf: (module: string, name: string) => number | undefined,
): Uint8Array<ArrayBuffer> | undefined {
  const sections = splitSections(bytes)
  const { items } = readLinkedImports(sections.import?.again(), readTypes(sections.type?.again()))
  const globals = items.filter(({ sort }) => sort === 'global')
  const folded: Folded[] = []
  const fold = {
    folded,
    valueOf: (index: number): number | undefined => {
      const global = globals[index]
      return global && valueOf(global.module, global.name)
    },
  }
  for (const name of ['global', 'element', 'data'] as const) {
    const reader = sections[name]?.again()
    if (reader === undefined) continue
    reader.fold = fold
    READERS[name](reader, globals.length)
  }
  return folded.length === 0 ? undefined : rewritten(bytes, sections, folded)
}

const READERS = { global: readGlobals, element: readElements, data: readData } as const

/** All sections as they are, but with the numbers in place of their expressions. */
function rewritten(
  bytes: Uint8Array,
  sections: Sections,
  folded: readonly Folded[],
): Uint8Array<ArrayBuffer> {
  const out = new Writer(bytes.length)
  out.copy(bytes, 0, HEADER_BYTES)
  const inOrder = Object.entries(sections).sort(([, a], [, b]) => a.at - b.at)
  for (const [name, content] of inOrder as [keyof typeof SECTION, Reader][]) {
    const written = new Writer(content.end - content.at)
    let from = content.at
    for (const { start, end, value } of folded) {
      if (start < content.at || end > content.end) continue
      written.copy(bytes, from, start)
      written.byte(I32_CONST)
      written.s32(value)
      written.byte(END)
      from = end
    }
    written.copy(bytes, from, content.end)
    out.byte(SECTION[name])
    out.u32(written.length)
    out.append(written)
  }
  return out.finish()
}
