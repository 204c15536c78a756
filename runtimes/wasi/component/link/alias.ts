/** Adds a further index for what an instance exports, or a component further out defines. */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import type { Definition } from '../binary/syntax.ts'
import type { Item } from './scope.ts'
import type { Scope } from './scope.ts'

type Alias = Extract<Definition, { is: 'alias export' | 'alias core export' | 'alias outer' }>

export function resolveAlias(scope: Scope, alias: Alias): void {
  switch (alias.is) {
    case 'alias export':
      return scope.add(exported(scope, alias))
    case 'alias core export':
      return addCoreExport(scope, alias)
    case 'alias outer':
      return scope.add(outer(scope, alias))
  }
}

function exported(scope: Scope, { instance, name, what }: Extract<Alias, { is: 'alias export' }>): Item {
  const item = scope.instance(instance).exports.get(name)
  if (item === undefined)
    return inadmissible(`malformed: an instance does not export ${JSON.stringify(name)}`)
  if (item.sort !== what.sort)
    inadmissible(`malformed: ${JSON.stringify(name)} is a ${item.sort}, and no ${what.sort}`)
  return item
}

function addCoreExport(
  scope: Scope,
  { instance, name, sort }: Extract<Alias, { is: 'alias core export' }>,
): void {
  const item = scope.coreInstance(instance).get(name)
  if (item === undefined)
    return inadmissible(`malformed: a core instance does not export ${JSON.stringify(name)}`)
  if (item.sort !== sort) inadmissible(`malformed: ${JSON.stringify(name)} is a ${item.sort}, and no ${sort}`)
  scope.addCore(item)
}

/** Only what is the same for every instance of the component around can be had from outside. */
function outer(scope: Scope, { level, index, what }: Extract<Alias, { is: 'alias outer' }>): Item {
  const isAllowed = what.sort === 'type' || what.sort === 'component' || what.sort === 'module'
  if (!isAllowed) return inadmissible(`malformed: a ${what.sort} of a component further out`)
  return scope.outer(level).item({ ...what, index })
}
