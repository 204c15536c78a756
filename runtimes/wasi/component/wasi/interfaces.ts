/** Every interface of the host; those of WASI by name without version, for all versions of 0.2 are the same here. */
import { askedInterface } from '../promisegrid/interfaces.ts'
import { CLI } from './cli.ts'
import { CLOCKS } from './clocks.ts'
import { FILESYSTEM } from './filesystem/interfaces.ts'
import { IO } from './io.ts'
import { RANDOM } from './random.ts'
import type { Item } from '../link/scope.ts'
import type { Machine } from '../abi/machine.ts'
import type { HostFunction, Offered } from './offer.ts'

const INTERFACES: ReadonlyMap<string, Offered> = new Map(
  Object.entries({ ...CLI, ...IO, ...CLOCKS, ...RANDOM, ...FILESYSTEM }),
)
const VERSIONED = /^(wasi:[a-z-]+\/[a-z-]+)@0\.2\.\d{1,9}$/

/** The interface of this name as an instance, undefined where there is none. */
export function offeredInstance(
  machine: Machine,
  name: string,
  noteImport: (name: string) => void,
): Item | undefined {
  const offered = INTERFACES.get(VERSIONED.exec(name)?.[1] ?? '') ?? askedInterface(name)
  if (offered === undefined) return undefined
  return { sort: 'instance', exports: { get: (key) => noted(key, itemOf(machine, offered, key)) } }

  function noted(key: string, item: Item | undefined): Item | undefined {
    if (item !== undefined && item.sort !== 'type') noteImport(`${name}#${key}`)
    return item
  }
}

/** Only what a component asks for is made. */
function itemOf(machine: Machine, offered: Offered, name: string): Item | undefined {
  const { functions = {}, resources = {} } = offered
  const called = own(functions, name)
  if (called !== undefined) return functionItem(machine, called)
  const resource = own(resources, name)
  return resource && { sort: 'type', type: { is: 'resource', resource } }
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function functionItem(machine: Machine, { type, run }: HostFunction): Item {
  return { sort: 'function', callee: { type, call: (parameters) => run(machine.world, parameters) } }
}
