/** Reads a component of layer 1 of the binary format, section by section, into its definitions. */
import { BOUNDS } from '../../rewriter/bounds.ts'
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { Reader } from '../../rewriter/reader.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import { CoreModule } from '../core-module.ts'
import {
  readCoreExport,
  readCoreParameter,
  readDescription,
  readExternName,
  readInlineExport,
  readList,
  readParameter,
  readSortIndex,
} from './component-reader.ts'
import { readAlias } from './read-alias.ts'
import { readCanon } from './read-canon.ts'
import { readType } from './read-type.ts'
import type { Definition } from './syntax.ts'

/** Magic, version 13, layer 1. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]

const REFUSED: Readonly<Record<number, string>> = {
  3: 'core types in a component',
  9: 'a start function of a component',
  12: 'values in a component',
}

/** Reads bytes that nobody else may change: modules inside are parts of them. @throws {Inadmissible} */
export function readComponent(bytes: Uint8Array<ArrayBuffer>): readonly Definition[] {
  if (bytes.length > COMPONENT_BOUNDS.componentBytes) {
    inadmissible(`a component of ${bytes.length} bytes, ${COMPONENT_BOUNDS.componentBytes} are allowed`)
  }
  return new ComponentFile().read(new Reader(bytes), 0)
}

/** Counts over all components inside each other. */
class ComponentFile {
  #customBytes = 0
  #structureBytes = 0

  read(reader: Reader, nesting: number): readonly Definition[] {
    checkHeader(reader)
    const definitions: Definition[] = []
    while (!reader.done) {
      const id = reader.byte()
      const content = reader.part(reader.u32())
      if (id === 0) this.#skipCustom(content)
      else this.#readSection(id, content, nesting, definitions)
    }
    return definitions
  }

  #skipCustom(content: Reader): void {
    this.#customBytes += content.end - content.at
    if (this.#customBytes > BOUNDS.customBytes) {
      inadmissible(`more than ${BOUNDS.customBytes} bytes of custom sections; strip the component`)
    }
    content.skip(content.u32())
  }

  #readSection(id: number, content: Reader, nesting: number, to: Definition[]): void {
    const isWhole = id === 1 || id === 4
    if (!isWhole) this.#countStructure(content.end - content.at)
    const read = this.#sectionReader(id, nesting)
    const items = isWhole ? [read(content)] : readList(content, 'definitions', read)
    content.finish(`section ${id} of a component`)
    for (const item of items) to.push(item)
  }

  #countStructure(bytes: number): void {
    this.#structureBytes += bytes
    if (this.#structureBytes > COMPONENT_BOUNDS.structureBytes) {
      inadmissible(`more than ${COMPONENT_BOUNDS.structureBytes} bytes of definitions in a component`)
    }
  }

  #sectionReader(id: number, nesting: number): (reader: Reader) => Definition {
    switch (id) {
      case 1:
        return readCoreModule
      case 2:
        return readCoreInstance
      case 4:
        return (reader) => this.#readNested(reader, nesting + 1)
      case 5:
        return readInstance
      case 6:
        return readAlias
      case 7:
        return (reader) => ({ is: 'type', type: readType(reader, nesting) })
      case 8:
        return readCanon
      case 10:
        return readImport
      case 11:
        return readExport
      default:
        return inadmissible(`${REFUSED[id] ?? `section ${id} of a component`}: not allowed`)
    }
  }

  #readNested(reader: Reader, nesting: number): Definition {
    if (nesting > COMPONENT_BOUNDS.nesting) {
      inadmissible(`components or their types more than ${COMPONENT_BOUNDS.nesting} inside each other`)
    }
    const inner = reader.part(reader.end - reader.at)
    return { is: 'component', definitions: this.read(inner, nesting) }
  }
}

function checkHeader(reader: Reader): void {
  for (const [index, byte] of HEADER.entries()) {
    if (reader.byte() === byte) continue
    inadmissible(
      index < 4 ? 'malformed: not a WebAssembly component' : 'not a component of the version known here',
    )
  }
}

function readCoreModule(reader: Reader): Definition {
  const bytes = reader.bytes.subarray(reader.at, reader.end) as Uint8Array<ArrayBuffer>
  reader.skip(bytes.length)
  return { is: 'core module', module: new CoreModule(bytes) }
}

function readCoreInstance(reader: Reader): Definition {
  const form = reader.byte()
  if (form > 1) inadmissible('malformed: a core instance of an unknown form')
  if (form === 1) return { is: 'core exports', exports: readList(reader, 'exports', readCoreExport) }
  const module = reader.u32()
  return { is: 'core instance', module, parameters: readList(reader, 'parameters', readCoreParameter) }
}

function readInstance(reader: Reader): Definition {
  const form = reader.byte()
  if (form > 1) inadmissible('malformed: an instance of an unknown form')
  if (form === 1) return { is: 'exports', exports: readList(reader, 'exports', readInlineExport) }
  const component = reader.u32()
  return { is: 'instance', component, parameters: readList(reader, 'parameters', readParameter) }
}

function readImport(reader: Reader): Definition {
  return { is: 'import', name: readExternName(reader), description: readDescription(reader) }
}

function readExport(reader: Reader): Definition {
  const name = readExternName(reader)
  const what = readSortIndex(reader)
  const isDescribed = reader.byte()
  if (isDescribed > 1) inadmissible('malformed: a description that is neither there nor absent')
  return { is: 'export', name, what, description: isDescribed === 1 ? readDescription(reader) : undefined }
}
