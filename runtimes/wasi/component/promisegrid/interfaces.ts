/**
 * What a component may ask its host (`spec/wit/host.wit`): each interface is a group of spec/host-functions.md, and is
 * there for those whose descriptor names the group.
 */
import { CALL } from './call.ts'
import { ANSWER, LOG } from './log.ts'
import { PROMISE, PROMISE_OUTCOME } from './promise.ts'
import { BLOCK, STATE } from './state.ts'
import type { Descriptor } from '../../../../kernel/index.ts'
import type { Offered } from '../wasi/offer.ts'

const PACKAGE = 'promisegrid:handler/'
const VERSION = '@1.0.0'

interface Group {
  /** Undefined where no descriptor needs to name it. */
  readonly group: string | undefined
  readonly offered: Offered
}

const INTERFACES: ReadonlyMap<string, Group> = new Map(
  Object.entries({
    answer: { group: undefined, offered: ANSWER },
    block: { group: 'block', offered: BLOCK },
    call: { group: 'call', offered: CALL },
    log: { group: 'log', offered: LOG },
    promise: { group: 'promise', offered: PROMISE },
    'promise-outcome': { group: 'promise.outcome', offered: PROMISE_OUTCOME },
    state: { group: 'state', offered: STATE },
  }).map(([name, group]) => [`${PACKAGE}${name}${VERSION}`, group]),
)

/** By the name of an import, version included. */
export function askedInterface(name: string): Offered | undefined {
  return INTERFACES.get(name)?.offered
}

/** Whether a component with these imports asks its host. */
export function asksHost(importNames: readonly string[]): boolean {
  return importNames.some((name) => groupOf(name) !== undefined)
}

/** Why a component that imports these functions does not fit its descriptor; undefined where it does. */
export function askingProblem(
  importNames: readonly string[],
  { imports }: Pick<Descriptor, 'imports'>,
): string | undefined {
  for (const name of importNames) {
    const group = groupOf(name)?.group
    if (group !== undefined && !imports.includes(group))
      return `import ${JSON.stringify(name)} is of the group ${JSON.stringify(group)}, which the descriptor does not name`
  }
  return undefined
}

function groupOf(importName: string): Group | undefined {
  return INTERFACES.get(importName.slice(0, importName.indexOf('#')))
}
