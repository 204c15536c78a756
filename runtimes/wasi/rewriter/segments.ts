/** Element and data segments: bounded and counted. */
import { BOUNDS } from './bounds.ts'
import { skipConstantExpression } from './constant-expression.ts'
import { inadmissible } from './inadmissible.ts'
import { readReferenceType } from './value-types.ts'
import type { Reader } from './reader.ts'

/** What the segments of a section hold together: elements or bytes. */
export interface Segments {
  readonly count: number
  readonly content: number
}

const NONE: Segments = { count: 0, content: 0 }

/** `imported` counts imported globals, in which an offset may stand; the same in {@link readData}. */
export function readElements(reader: Reader | undefined, imported = 0): Segments {
  if (reader === undefined) return NONE
  const count = reader.count(BOUNDS.elements, 'element segments')
  let elements = 0
  for (let left = count; left > 0; left -= 1) {
    elements += skipElementSegment(reader, BOUNDS.elements - elements, imported)
  }
  reader.finish('element section')
  return { count, content: elements }
}

/** The flags of an element segment: passive or declared, with table index or so, with expressions. */
function skipElementSegment(reader: Reader, max: number, imported: number): number {
  const flags = reader.u32()
  if (flags > 7) inadmissible('malformed: an element segment with unknown flags')
  const isActive = (flags & 1) === 0
  const isExplicit = (flags & 2) !== 0
  const hasExpressions = (flags & 4) !== 0
  if (isActive && isExplicit) reader.u32()
  if (isActive) skipConstantExpression(reader, imported)
  if (!isActive || isExplicit) skipElementType(reader, hasExpressions)
  const count = reader.count(max, 'elements in segments')
  for (let left = count; left > 0; left -= 1) {
    if (hasExpressions) skipConstantExpression(reader, imported)
    else reader.functionIndex()
  }
  return count
}

function skipElementType(reader: Reader, hasExpressions: boolean): void {
  if (hasExpressions) readReferenceType(reader)
  else if (reader.byte() !== 0) inadmissible('malformed: an element segment of no known kind')
}

export function readData(reader: Reader | undefined, imported = 0): Segments {
  if (reader === undefined) return NONE
  const count = reader.count(BOUNDS.dataSegments, 'data segments')
  let bytes = 0
  for (let left = count; left > 0; left -= 1) bytes += skipDataSegment(reader, imported)
  reader.finish('data section')
  return { count, content: bytes }
}

function skipDataSegment(reader: Reader, imported: number): number {
  const flags = reader.u32()
  if (flags > 2) inadmissible('malformed: a data segment with unknown flags')
  if (flags === 2 && reader.u32() !== 0) inadmissible('the multi-memory proposal is not allowed')
  if (flags !== 1) skipConstantExpression(reader, imported)
  const length = reader.u32()
  reader.skip(length)
  return length
}
