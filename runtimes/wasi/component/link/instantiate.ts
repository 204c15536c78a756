/** Goes through the definitions of a component in their order, and finds what its instance exports. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { resolveAlias } from './alias.ts'
import { bundleCore, instantiateCore } from './link-core.ts'
import { lift, lower, resourceFunction } from './link-canon.ts'
import { makeType } from './make-type.ts'
import { satisfy } from './satisfy.ts'
import { Scope } from './scope.ts'
import type { Definition, Named } from '../binary/syntax.ts'
import type { Item } from './scope.ts'
import type { Linker } from './linker.ts'

/** What an instance is made of; `give` finds what it imports. */
export interface Instantiation {
  readonly definitions: readonly Definition[]
  /** Around the component where it is defined. */
  readonly around: Scope | undefined
  readonly give: (name: string) => Item | undefined
}

/** As deep as instances may be many: a component that is given to itself is instantiated so often. */
export function instantiate(
  linker: Linker,
  { definitions, around, give }: Instantiation,
): ReadonlyMap<string, Item> {
  const scope = new Scope(around, linker.addComponentInstance())
  const exports = new Map<string, Item>()
  const imported = new Set<string>()
  for (const definition of definitions) {
    linker.count(1)
    if (definition.is === 'import') {
      once(imported, definition.name)
      const { name, description } = definition
      scope.add(satisfy(linker, scope, description, give(name), name))
    } else if (definition.is === 'export') {
      const item = exportItem(linker, scope, definition)
      if (exports.has(definition.name))
        inadmissible(`malformed: two exports are called ${JSON.stringify(definition.name)}`)
      exports.set(definition.name, item)
      scope.add(item)
    } else {
      define(linker, scope, definition)
    }
  }
  return exports
}

function once(names: Set<string>, name: string): void {
  if (names.has(name)) inadmissible(`malformed: two imports are called ${JSON.stringify(name)}`)
  names.add(name)
}

function exportItem(linker: Linker, scope: Scope, definition: Extract<Definition, { is: 'export' }>): Item {
  const { name, what, description } = definition
  const item = scope.item(what)
  return description === undefined ? item : satisfy(linker, scope, description, item, name)
}

type Plain = Exclude<Definition, { is: 'import' | 'export' }>

function define(linker: Linker, scope: Scope, definition: Plain): void {
  switch (definition.is) {
    case 'core module':
      return void scope.coreModules.push(definition.module)
    case 'core instance': {
      const module = scope.coreModule(definition.module)
      const { parameters } = definition
      return void scope.coreInstances.push(instantiateCore(linker, scope, { module, parameters }))
    }
    case 'core exports':
      linker.count(definition.exports.length)
      return void scope.coreInstances.push(bundleCore(scope, definition.exports))
    case 'component':
      return scope.add({ sort: 'component', definitions: definition.definitions, scope })
    case 'instance':
      return scope.add(instantiateNested(linker, scope, definition))
    case 'exports':
      linker.count(definition.exports.length)
      return scope.add({ sort: 'instance', exports: items(scope, definition.exports) })
    case 'alias export':
    case 'alias core export':
    case 'alias outer':
      return resolveAlias(scope, definition)
    case 'type':
      return scope.add({ sort: 'type', type: makeType(linker, scope, definition.type) })
    case 'lift':
      return scope.add(lift(linker, scope, definition))
    case 'lower':
      return scope.addCore(lower(linker, scope, definition))
    case 'resource':
      return scope.addCore(resourceFunction(linker, scope, definition))
    case 'export type':
      return inadmissible('malformed: the declaration of an export outside of a type')
  }
}

function instantiateNested(
  linker: Linker,
  scope: Scope,
  { component, parameters }: Extract<Definition, { is: 'instance' }>,
): Item {
  const { definitions, scope: around } = scope.component(component)
  linker.count(parameters.length)
  const given = items(scope, parameters)
  return {
    sort: 'instance',
    exports: instantiate(linker, { definitions, around, give: (name) => given.get(name) }),
  }
}

function items(scope: Scope, named: readonly Named[]): ReadonlyMap<string, Item> {
  const found = new Map(named.map(({ name, what }) => [name, scope.item(what)]))
  return found.size === named.length
    ? found
    : inadmissible('malformed: two things of an instance have one name')
}
