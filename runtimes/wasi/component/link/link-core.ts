/** Gives a core module what it imports, checked by type, and finds what its instance will export. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import type { Named } from '../binary/syntax.ts'
import type { LinkedImport, LinkedType } from '../../rewriter/linked.ts'
import type { Shape } from '../../rewriter/shape.ts'
import type { CoreInstance, CoreItem } from './core-value.ts'
import type { CoreModule } from '../core-module.ts'
import type { Linker } from './linker.ts'
import type { Scope } from './scope.ts'

export interface CoreInstantiation {
  readonly module: CoreModule
  readonly parameters: readonly { readonly name: string; readonly instance: number }[]
}

export function instantiateCore(
  linker: Linker,
  scope: Scope,
  instantiation: CoreInstantiation,
): CoreInstance {
  const given = givenInstances(scope, instantiation)
  const module = instantiation.module.folded((imported, name) => constantOf(given.get(imported)?.get(name)))
  if (module !== instantiation.module) linker.countFolded(module.bytes.length)
  const { shape } = module
  const imports = shape.imports.map((wanted) => give(wanted, given.get(wanted.module)?.get(wanted.name)))
  const definesMemory = shape.memory !== undefined
  const memory = definesMemory
    ? linker.addMemory()
    : imports.find(({ sort }) => sort === 'memory')?.memoryIndex
  linker.count(1 + shape.imports.length + shape.exports.size)
  const owner = scope.owner ?? inadmissible('malformed: an instance in a type')
  const instance = linker.addCoreInstance({ module, imports, owner, memory, definesMemory })
  return exportsOf(shape, instance, memory)
}

function constantOf(item: CoreItem | undefined): number | undefined {
  return item?.sort === 'global' ? item.global.constant : undefined
}

/** An instance made of items by other names. */
export function bundleCore(scope: Scope, exports: readonly Named[]): CoreInstance {
  return unique(
    exports.map(({ name, what }) => {
      const isItem = what.isCore && what.sort !== 'module' && what.sort !== 'instance'
      if (!isItem) return inadmissible(`malformed: a core instance cannot hold ${JSON.stringify(name)}`)
      return [name, scope.coreItem(what.sort, what.index)]
    }),
  )
}

function givenInstances(scope: Scope, { parameters }: CoreInstantiation): ReadonlyMap<string, CoreInstance> {
  return unique(parameters.map(({ name, instance }) => [name, scope.coreInstance(instance)]))
}

function unique<Value>(entries: readonly (readonly [string, Value])[]): ReadonlyMap<string, Value> {
  const map = new Map(entries)
  return map.size === entries.length
    ? map
    : inadmissible('malformed: two things of an instance have one name')
}

function give(wanted: LinkedImport, given: CoreItem | undefined): CoreItem {
  const shown = JSON.stringify(`${wanted.module}.${wanted.name}`)
  if (given === undefined) return inadmissible(`core import ${shown} is not given`)
  if (!fits(wanted, given))
    return inadmissible(`core import ${shown} is given a ${given.sort} of another type`)
  return given
}

/** As the core specification matches imports, but for the maximum of a memory, which is clamped later. */
function fits(wanted: LinkedType, given: LinkedType): boolean {
  switch (wanted.sort) {
    case 'function':
      return given.sort === 'function' && given.signature === wanted.signature
    case 'table':
      return (
        given.sort === 'table' &&
        given.table.type === wanted.table.type &&
        given.table.min >= wanted.table.min &&
        given.table.max <= wanted.table.max
      )
    case 'memory':
      return given.sort === 'memory' && given.memory.min >= wanted.memory.min
    case 'global':
      return (
        given.sort === 'global' &&
        given.global.type === wanted.global.type &&
        given.global.isMutable === wanted.global.isMutable
      )
  }
}

function exportsOf(shape: Shape, instance: number, memory: number | undefined): CoreInstance {
  const exports = new Map<string, CoreItem>()
  for (const [name, { position, index: _index, ...type }] of shape.exports) {
    const source = { from: 'instance', instance, name: String(position) } as const
    exports.set(
      name,
      type.sort === 'memory' && memory !== undefined
        ? { ...type, source, memoryIndex: memory }
        : { ...type, source },
    )
  }
  return exports
}
