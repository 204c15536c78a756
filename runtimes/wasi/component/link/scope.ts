/**
 * What the indices of one component, or of one type of an instance, mean: a list for each sort of what components
 * give each other, which is functions, types, instances, and components and modules not yet made one.
 */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import type { Callee } from '../abi/lift.ts'
import type { Definition, SortIndex } from '../binary/syntax.ts'
import type { FunctionType } from '../types/function.ts'
import type { Resource } from '../types/resource.ts'
import type { ValueType } from '../types/type.ts'
import type { CoreFunction, CoreInstance, CoreItem } from './core-value.ts'
import type { CoreModule } from '../core-module.ts'

export type TypeValue =
  | { readonly is: 'value'; readonly type: ValueType }
  | { readonly is: 'function'; readonly type: FunctionType }
  | { readonly is: 'resource'; readonly resource: Resource }
  | {
      readonly is: 'instance' | 'component'
      readonly declarations: readonly Definition[]
      readonly scope: Scope
    }

/** A map, or what the host offers: looked up by name only. */
export interface Exports {
  get(name: string): Item | undefined
}

export type Item =
  | { readonly sort: 'function'; readonly callee: Callee }
  | { readonly sort: 'type'; readonly type: TypeValue }
  | { readonly sort: 'instance'; readonly exports: Exports }
  | { readonly sort: 'component'; readonly definitions: readonly Definition[]; readonly scope: Scope }
  | { readonly sort: 'module'; readonly module: CoreModule }

type ItemOf<Sort> = Extract<Item, { sort: Sort }>

export class Scope {
  readonly parent: Scope | undefined
  /** The component instance that is made; undefined in a type, where nothing is made. */
  readonly owner: number | undefined
  readonly coreItems = {
    function: [] as CoreItem[],
    table: [] as CoreItem[],
    memory: [] as CoreItem[],
    global: [] as CoreItem[],
  }
  readonly coreModules: CoreModule[] = []
  readonly coreInstances: CoreInstance[] = []
  readonly #items = {
    function: [] as Item[],
    type: [] as Item[],
    component: [] as Item[],
    instance: [] as Item[],
  }

  constructor(parent: Scope | undefined, owner: number | undefined) {
    this.parent = parent
    this.owner = owner
  }

  add(item: Item): void {
    if (item.sort === 'module') this.coreModules.push(item.module)
    else this.#items[item.sort].push(item)
  }

  addCore(item: CoreItem): void {
    this.coreItems[item.sort].push(item)
  }

  item(what: SortIndex): Item {
    if (!what.isCore) return found(this.#items[what.sort][what.index], what.sort, what.index)
    if (what.sort !== 'module') return inadmissible(`a core ${what.sort} cannot be given to a component`)
    return { sort: 'module', module: this.coreModule(what.index) }
  }

  function(index: number): ItemOf<'function'> {
    return found(this.#items.function[index], 'function', index) as ItemOf<'function'>
  }

  instance(index: number): ItemOf<'instance'> {
    return found(this.#items.instance[index], 'instance', index) as ItemOf<'instance'>
  }

  component(index: number): ItemOf<'component'> {
    return found(this.#items.component[index], 'component', index) as ItemOf<'component'>
  }

  type(index: number): TypeValue {
    return (found(this.#items.type[index], 'type', index) as ItemOf<'type'>).type
  }

  functionType(index: number): FunctionType {
    const type = this.type(index)
    return type.is === 'function' ? type.type : inadmissible(`malformed: type ${index} is not of a function`)
  }

  resource(index: number): Resource {
    const type = this.type(index)
    return type.is === 'resource' ? type.resource : inadmissible(`malformed: type ${index} is not a resource`)
  }

  coreModule(index: number): CoreModule {
    return found(this.coreModules[index], 'core module', index)
  }

  coreInstance(index: number): CoreInstance {
    return found(this.coreInstances[index], 'core instance', index)
  }

  coreItem(sort: keyof Scope['coreItems'], index: number): CoreItem {
    return found(this.coreItems[sort][index], `core ${sort}`, index)
  }

  /** A core function that must have this signature. */
  coreFunction(index: number, signature: string, what: string): CoreFunction {
    const item = this.coreItem('function', index) as CoreFunction
    if (item.signature === signature) return item
    return inadmissible(`${what} has signature ${item.signature}, expected is ${signature}`)
  }

  /** The scope so many levels further out. */
  outer(level: number): Scope {
    // Each level is a component or type around this one: no more than may be inside each other.
    if (level === 0) return this
    return (
      this.parent?.outer(level - 1) ??
      inadmissible('malformed: an alias of a component further out than there is')
    )
  }
}

function found<Thing>(thing: Thing | undefined, what: string, index: number): Thing {
  return thing ?? inadmissible(`malformed: there is no ${what} ${index}`)
}
