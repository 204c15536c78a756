/** Splits a module into its sections; each at most once, in the order the format prescribes. */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import { Reader } from './reader.ts'

/** Names of the sections by their id; 0 is custom. */
export const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const

export type SectionName = keyof typeof SECTION

/** The content of each section that is there. */
export type Sections = { readonly [Name in SectionName]?: Reader }

/** The order in the file, which is not the order of the ids. */
const ORDER: readonly SectionName[] = [
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'dataCount',
  'code',
  'data',
]

const TAG_SECTION = 13

export function splitSections(bytes: Uint8Array): Sections {
  checkHeader(bytes)
  const reader = new Reader(bytes, 8)
  const found: { [Name in SectionName]?: Reader } = {}
  let customBytes = 0
  let rank = -1
  while (!reader.done) {
    const id = reader.byte()
    const content = reader.part(reader.u32())
    if (id === 0) {
      customBytes += content.end - content.at
      checkCustom(content, customBytes)
      continue
    }
    const name = sectionName(id)
    if (ORDER.indexOf(name) <= rank) inadmissible(`malformed: the ${name} section is out of order`)
    rank = ORDER.indexOf(name)
    found[name] = content
  }
  return found
}

function checkHeader(bytes: Uint8Array): void {
  if (bytes.length > BOUNDS.moduleBytes) {
    inadmissible(`a module of ${bytes.length} bytes, ${BOUNDS.moduleBytes} are allowed`)
  }
  if (bytes.length < 8) inadmissible('malformed: shorter than the header of a module')
  const [a, b, c, d, version, e, layer, f] = bytes
  if (a !== 0 || b !== 0x61 || c !== 0x73 || d !== 0x6d) inadmissible('malformed: not a WebAssembly module')
  if (layer === 1) inadmissible('a component; only core modules run here')
  if (version !== 1 || e !== 0 || layer !== 0 || f !== 0) inadmissible('a module of another format version')
}

function checkCustom(content: Reader, total: number): void {
  if (total > BOUNDS.customBytes) {
    inadmissible(`more than ${BOUNDS.customBytes} bytes of custom sections; strip the module`)
  }
  content.skip(content.u32())
}

function sectionName(id: number): SectionName {
  if (id === TAG_SECTION) inadmissible('the exceptions proposal is not allowed')
  const name = ORDER.find((candidate) => SECTION[candidate] === id)
  return name ?? inadmissible(`malformed: section ${id} is not known`)
}
