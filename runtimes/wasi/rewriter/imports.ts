/** The import section: functions only, each on the list the host gives, each with the listed signature. */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import type { Reader } from './reader.ts'
import type { Signature } from './value-types.ts'

/** The signature of a function the host offers under this name, undefined when it offers none. */
export type Offer = (module: string, name: string) => string | undefined

export interface Imports {
  readonly names: readonly string[]
  /** Type index of each imported function. */
  readonly types: readonly number[]
}

const KINDS = ['function', 'table', 'memory', 'global', 'tag']

export function readImports(reader: Reader | undefined, types: readonly Signature[], offer: Offer): Imports {
  const imports = { names: [] as string[], types: [] as number[] }
  if (reader === undefined) return imports
  for (let left = reader.count(BOUNDS.imports, 'imports'); left > 0; left -= 1) {
    const module = reader.name()
    const name = reader.name()
    const type = readFunctionImport(reader, `${module}.${name}`)
    checkOffered(module, name, types[type], offer)
    imports.names.push(`${module}.${name}`)
    imports.types.push(type)
  }
  reader.finish('import section')
  return imports
}

function readFunctionImport(reader: Reader, name: string): number {
  const kind = reader.byte()
  if (kind === 0) return reader.u32()
  return inadmissible(
    `import ${JSON.stringify(name)} is a ${KINDS[kind] ?? 'thing'}; only functions can be imported`,
  )
}

function checkOffered(module: string, name: string, type: Signature | undefined, offer: Offer): void {
  const offered = offer(module, name)
  const shown = JSON.stringify(`${module}.${name}`)
  if (offered === undefined) inadmissible(`import ${shown} is not offered to handlers`)
  if (type === undefined) inadmissible(`malformed: import ${shown} has no type`)
  if (type.text !== offered) inadmissible(`import ${shown} has signature ${type.text}, offered is ${offered}`)
}
