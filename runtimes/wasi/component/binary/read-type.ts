/** Reads the definition of a type. Those of instances and components hold definitions of their own. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import { FLAGS_MAX } from '../types/flags.ts'
import { checkLabels, readDescription, readExternName, readList } from './component-reader.ts'
import { readAlias } from './read-alias.ts'
import type { Reader } from '../../rewriter/reader.ts'
import type { Definition, TypeReference, TypeSyntax } from './syntax.ts'

const PRIMITIVES: Readonly<Record<number, TypeReference>> = {
  0x7f: 'bool',
  0x7e: 's8',
  0x7d: 'u8',
  0x7c: 's16',
  0x7b: 'u16',
  0x7a: 's32',
  0x79: 'u32',
  0x78: 's64',
  0x77: 'u64',
  0x76: 'f32',
  0x75: 'f64',
  0x74: 'char',
  0x73: 'string',
}

/** What is known and not offered: all of it needs a caller that can wait. */
const REFUSED: Readonly<Record<number, string>> = {
  0x3e: 'an asynchronous destructor',
  0x43: 'an asynchronous function',
  0x63: 'a map',
  0x64: 'an error context',
  0x65: 'a future',
  0x66: 'a stream',
  0x67: 'a list of fixed length',
}

const I32 = 0x7f

export function readType(reader: Reader, nesting: number): TypeSyntax {
  const code = reader.byte()
  const primitive = PRIMITIVES[code]
  if (primitive !== undefined) return { kind: 'plain', type: primitive }
  switch (code) {
    case 0x72:
      return { kind: 'record', ...columns(atLeastOne(readList(reader, 'fields', readField))) }
    case 0x71:
      return { kind: 'variant', ...columns(atLeastOne(readList(reader, 'cases', readCase))) }
    case 0x70:
      return { kind: 'list', element: readReference(reader) }
    case 0x6f:
      return { kind: 'tuple', types: atLeastOne(readList(reader, 'fields', readReference)) }
    case 0x6e:
      return { kind: 'flags', names: readFlags(reader) }
    case 0x6d:
      return { kind: 'enum', names: readNames(reader) }
    case 0x6b:
      return { kind: 'option', element: readReference(reader) }
    case 0x6a:
      return { kind: 'result', ok: readOptional(reader), error: readOptional(reader) }
    case 0x69:
      return { kind: 'own', resource: reader.u32() }
    case 0x68:
      return { kind: 'borrow', resource: reader.u32() }
    case 0x40:
      return readFunction(reader)
    case 0x3f:
      return readResource(reader)
    case 0x41:
      return { kind: 'component', declarations: readDeclarations(reader, nesting) }
    case 0x42:
      return { kind: 'instance', declarations: readDeclarations(reader, nesting) }
    default:
      return inadmissible(`${REFUSED[code] ?? `type 0x${code.toString(16)}`} is not allowed`)
  }
}

/** An index, or a primitive: one byte that as a signed number would be negative. */
function readReference(reader: Reader): TypeReference {
  const first = reader.bytes[reader.at] ?? 0
  if (first < 0x40 || first >= 0x80) return reader.u32()
  reader.skip(1)
  return (
    PRIMITIVES[first] ?? inadmissible(`${REFUSED[first] ?? `type 0x${first.toString(16)}`} is not allowed`)
  )
}

function readOptional(reader: Reader): TypeReference | undefined {
  const isThere = reader.byte()
  if (isThere > 1) inadmissible('malformed: a type that is neither there nor absent')
  return isThere === 1 ? readReference(reader) : undefined
}

interface Row<Type> {
  readonly name: string
  readonly type: Type
}

function columns<Type>(rows: readonly Row<Type>[]): { names: readonly string[]; types: readonly Type[] } {
  return { names: checkLabels(rows.map(({ name }) => name)), types: rows.map(({ type }) => type) }
}

function readField(reader: Reader): Row<TypeReference> {
  return { name: reader.name(), type: readReference(reader) }
}

function readCase(reader: Reader): Row<TypeReference | undefined> {
  const row = { name: reader.name(), type: readOptional(reader) }
  if (reader.byte() !== 0) inadmissible('malformed: a case that refines another')
  return row
}

function readNames(reader: Reader): readonly string[] {
  return checkLabels(atLeastOne(readList(reader, 'names', (from) => from.name())))
}

function readFlags(reader: Reader): readonly string[] {
  const names = readNames(reader)
  if (names.length > FLAGS_MAX) inadmissible(`${names.length} flags, ${FLAGS_MAX} are allowed`)
  return names
}

function atLeastOne<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length === 0) inadmissible('malformed: a type of nothing')
  if (items.length > COMPONENT_BOUNDS.typeParts)
    inadmissible(`a type of more than ${COMPONENT_BOUNDS.typeParts} parts`)
  return items
}

function readFunction(reader: Reader): TypeSyntax {
  const parameters = readList(reader, 'parameters', readField)
  const { functionParameters } = COMPONENT_BOUNDS
  if (parameters.length > functionParameters) {
    inadmissible(`${parameters.length} parameters, ${functionParameters} are allowed`)
  }
  const { names, types } = columns(parameters)
  return { kind: 'function', parameterNames: names, parameters: types, result: readResult(reader) }
}

function readResult(reader: Reader): TypeReference | undefined {
  const form = reader.byte()
  if (form === 0) return readReference(reader)
  if (form !== 1 || reader.byte() !== 0) inadmissible('malformed: a function with several named results')
  return undefined
}

function readResource(reader: Reader): TypeSyntax {
  if (reader.byte() !== I32) inadmissible('a resource that is not stood for by an i32')
  const hasDestructor = reader.byte()
  if (hasDestructor > 1) inadmissible('malformed: a destructor that is neither there nor absent')
  return { kind: 'resource', destructor: hasDestructor === 1 ? reader.u32() : undefined }
}

function readDeclarations(reader: Reader, nesting: number): readonly Definition[] {
  if (nesting >= COMPONENT_BOUNDS.nesting) {
    inadmissible(`components or their types more than ${COMPONENT_BOUNDS.nesting} inside each other`)
  }
  return readList(reader, 'declarations', (from) => readDeclaration(from, nesting + 1))
}

function readDeclaration(reader: Reader, nesting: number): Definition {
  const code = reader.byte()
  switch (code) {
    case 0x01:
      return { is: 'type', type: readType(reader, nesting) }
    case 0x02:
      return readAlias(reader)
    case 0x03:
      return { is: 'import', name: readExternName(reader), description: readDescription(reader) }
    case 0x04:
      return { is: 'export type', name: readExternName(reader), description: readDescription(reader) }
    default:
      return inadmissible(`declaration 0x${code.toString(16)} is not allowed`)
  }
}
