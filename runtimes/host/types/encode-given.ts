/** Arguments as bytes; what no bytes can say names its place, as what is of another type does. */
import { encodeDagCbor } from '../../../promisebase/index.ts'
import type { CborInput } from '../../../promisebase/index.ts'

/** As deep as any type goes; what leads back into itself is deeper. */
const DEPTH_MAX = 64

/** @throws {TypeError} with the place of what has no encoding, which is called from `path` on */
export function encodeGiven(value: CborInput, path: string): Uint8Array {
  try {
    return encodeDagCbor(value)
  } catch (error) {
    throw new TypeError(unencodable(value, path, 0) ?? `${path}: ${messageOf(error)}`, { cause: error })
  }
}

/** The first place of what has no encoding, and why it has none. */
function unencodable(value: unknown, path: string, depth: number): string | undefined {
  const inside = depth < DEPTH_MAX ? partsOf(value, path) : undefined
  if (inside === undefined) return leafProblem(value, path)
  for (const [at, part] of inside) {
    const found = unencodable(part, at, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Undefined for what has none. */
function partsOf(value: unknown, path: string): [path: string, part: unknown][] | undefined {
  if (Array.isArray(value)) return Array.from(value, (item, index) => [`${path}[${index}]`, item])
  if (value instanceof Map) return [...value].map(([name, part]) => [`${path}.${String(name)}`, part])
  if (!isPlain(value)) return undefined
  return Object.entries(value).map(([name, part]) => [`${path}.${name}`, part])
}

function leafProblem(value: unknown, path: string): string | undefined {
  try {
    encodeDagCbor(value as CborInput)
    return undefined
  } catch (error) {
    return `${path}: ${messageOf(error)}`
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
