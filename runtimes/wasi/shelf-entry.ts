/**
 * What the rewriter made of code, as bytes:
 *
 *     module    = { code, imports, exports: [[name, signature]], memory: [min, max], instanceFuel, hasStart }
 *     component = [module], in the order in which they are first made
 *
 * in DAG-CBOR. Bytes of another version, or of nothing at all, are as if there were none.
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor } from '../../promisebase/index.ts'
import type { CborInput, CborValue } from '../../promisebase/index.ts'
import type { Rewritten } from './rewriter/rewrite.ts'

export function writeModuleEntry(module: Rewritten): Uint8Array {
  return encodeDagCbor(fieldsOf(module))
}

export function writeComponentEntry(modules: readonly Rewritten[]): Uint8Array {
  return encodeDagCbor(modules.map(fieldsOf))
}

/** Whether it is of a component: an array, of the major type 4. */
export function isOfComponent(entry: Uint8Array): boolean {
  return (entry[0] ?? 0) >> 5 === 4
}

export function readModuleEntry(entry: Uint8Array | undefined): Rewritten | undefined {
  return moduleOf(entry && decodeCbor(entry, DAG_CBOR_PROFILE).ok)
}

export function readComponentEntry(entry: Uint8Array | undefined): readonly Rewritten[] | undefined {
  const items = entry && decodeCbor(entry, DAG_CBOR_PROFILE).ok
  if (!Array.isArray(items)) return undefined
  const modules = items.map(moduleOf).filter((module) => module !== undefined)
  return modules.length === items.length ? modules : undefined
}

function fieldsOf({ bytes, imports, exports, memory, instanceFuel, hasStart }: Rewritten): CborInput {
  return {
    code: bytes,
    imports,
    exports: [...exports],
    memory: [memory.min, memory.max],
    instanceFuel,
    hasStart,
  } as CborInput
}

function moduleOf(value: CborValue | undefined): Rewritten | undefined {
  if (!(value instanceof Map)) return undefined
  const [code, imports, exports, memory, instanceFuel, hasStart] = FIELDS.map((name) => value.get(name))
  if (!(code instanceof Uint8Array) || typeof instanceFuel !== 'number' || typeof hasStart !== 'boolean')
    return undefined
  if (!isList(imports, isText) || !isList(exports, isSignature) || !isList(memory, isCount)) return undefined
  const [min, max] = memory
  if (min === undefined || max === undefined) return undefined
  return {
    // A copy: it is compiled, and nobody may change it meanwhile.
    bytes: new Uint8Array(code),
    imports,
    exports: new Map(exports),
    memory: { min, max },
    instanceFuel,
    hasStart,
  }
}

const FIELDS = ['code', 'imports', 'exports', 'memory', 'instanceFuel', 'hasStart'] as const

function isList<T extends CborValue>(
  value: CborValue | undefined,
  isItem: (item: CborValue) => item is T,
): value is T[] {
  return Array.isArray(value) && value.every(isItem)
}

function isText(value: CborValue): value is string {
  return typeof value === 'string'
}

function isCount(value: CborValue): value is number {
  return typeof value === 'number' && value >= 0
}

function isSignature(value: CborValue): value is [string, string] {
  return isList(value, isText) && value.length === 2
}
