/** What createHost() and openGrids() can be told. */
import { LIMITS } from '../../../kernel/index.ts'
import { callable, having, isObject, listOf, must, natural, oneOf, text, truth } from './check.ts'
import { checkOptions, fields } from './fields.ts'
import type { HostOptions } from '../interface.ts'
import type { IsolationOptions } from '../isolation/isolated-runtime.ts'
import type { AdmissionPolicy } from '../../wasi/index.ts'
import type { Check } from './check.ts'

type GridsOptions = Omit<HostOptions, 'gridName' | 'store' | 'trace'> & { readonly trace?: unknown }

/** So that no option is added without saying what it must be. */
type EachOf<Options> = Readonly<Record<keyof Options, Check>>

const TIERS = ['here', 'thread', 'process']

const ADMISSION: EachOf<AdmissionPolicy> = {
  // Which names and bounds there are is asked by the runtime.
  atMost: must('an object of bounds', isObject),
  features: listOf('names', text),
  imports: listOf('names', text),
}

const ISOLATION: EachOf<IsolationOptions> = {
  tier: must(
    `one of ${TIERS.map((tier) => `'${tier}'`).join(', ')}, or a function that gives one`,
    (value) => typeof value === 'function' || TIERS.includes(value as string),
  ),
  lanes: natural,
  waiting: natural,
  confinement: oneOf('best', 'bubblewrap'),
  memoryBytes: natural,
  admission: fields(ADMISSION),
  shelf: having('a ModuleShelf', 'get', 'put'),
}

const GRIDS: EachOf<GridsOptions> = {
  data: must('the path of a folder, a string', (value) => typeof value === 'string' && value !== ''),
  handlers: listOf('native handlers', having('a native handler', 'run')),
  runtimes: listOf('runtimes', having('a runtime', 'profile', 'admit', 'run')),
  isolation: isolation(),
  admission: fields(ADMISSION),
  moduleBytes: natural,
  limits: fields(Object.fromEntries(Object.keys(LIMITS).map((name) => [name, natural]))),
  views: must('pairs of a protocol and its view', (value) =>
    isObject(value) ? Symbol.iterator in value : Array.isArray(value),
  ),
  unknownProtocols: oneOf('refuse', 'opaque'),
  trace: callable,
  trusts: callable,
  passphrase: must('a string, or a function that asks for it', (value) =>
    ['string', 'function'].includes(typeof value),
  ),
  identities: having('Keys', 'identity', 'find', 'look', 'names'),
  clock: callable,
  acceptClock: truth,
}

const HOST: EachOf<HostOptions> = {
  ...GRIDS,
  gridName: text,
  store: having('a Store', 'snapshot', 'transact', 'close'),
}

/** @throws {TypeError | RangeError} for what is no option, or cannot be what it is called */
export function checkHostOptions(options: HostOptions): void {
  checkOptions(HOST, options)
}

/** @throws {TypeError | RangeError} for what is no option, or cannot be what it is called */
export function checkGridsOptions(options: GridsOptions): void {
  checkOptions(GRIDS, options)
}

/** A tier alone is what one would write first. */
function isolation(): Check {
  const inside = fields(ISOLATION)
  const given = must("an object such as { tier: 'process' }", isObject)
  return (name, value) => {
    given(name, value)
    inside(name, value)
  }
}
