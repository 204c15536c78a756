/**
 * What a host admits besides the rules that hold for everyone (spec/handler-abi.md, "Admission"): it may take less, never
 * more. Nothing of a run depends on it.
 */
import { FEATURES } from './rewriter/facts.ts'
import type { Feature, ModuleFacts } from './rewriter/facts.ts'

/** What can be bounded: see {@link ModuleFacts}. */
export type BoundedFact = Exclude<keyof ModuleFacts, 'features'>

export interface AdmissionPolicy {
  /** Of each of these so many at most, in every core module. */
  readonly atMost?: Readonly<Partial<Record<BoundedFact, number>>>
  /** Proposals whose instructions and types may be used; all that are admitted at all without it. */
  readonly features?: readonly Feature[]
  /** What may be imported: a whole module or interface by its name, or one function as `module.name`; all without it. */
  readonly imports?: readonly string[]
}

const BOUNDED: Readonly<Record<BoundedFact, string>> = {
  moduleBytes: 'bytes',
  types: 'types',
  functions: 'functions',
  imports: 'imports',
  exports: 'exports',
  globals: 'globals',
  tables: 'tables',
  tableElements: 'elements in a table',
  dataSegments: 'data segments',
  locals: 'locals in a function',
}

/** @throws {TypeError | RangeError} for a policy that names what there is not, or bounds by what is no number */
export function checkPolicy({ atMost = {}, features = [] }: AdmissionPolicy): void {
  for (const [name, bound] of Object.entries(atMost)) {
    if (!Object.hasOwn(BOUNDED, name))
      throw new TypeError(`admission: nothing is called ${JSON.stringify(name)}`)
    if (!Number.isSafeInteger(bound) || bound < 0)
      throw new RangeError(`admission: ${name} must be a natural number`)
  }
  const unknown = features.find((feature) => !FEATURES.includes(feature))
  if (unknown === undefined) return
  const known = FEATURES.join(', ')
  throw new TypeError(`admission: no feature is called ${JSON.stringify(unknown)}; there are ${known}`)
}

/** Why this host does not take a core module of these facts, if so. */
export function factsProblem(
  { atMost = {}, features }: AdmissionPolicy,
  facts: ModuleFacts,
): string | undefined {
  for (const [name, words] of Object.entries(BOUNDED) as [BoundedFact, string][]) {
    const bound = atMost[name]
    if (bound !== undefined && facts[name] > bound)
      return `this host allows ${bound} ${words}, it has ${facts[name]}`
  }
  const strange = features && facts.features.find((feature) => !features.includes(feature))
  return strange && `this host does not allow the feature ${strange}`
}

/** Why it does not take code that imports these, if so. */
export function importsProblem({ imports }: AdmissionPolicy, names: readonly string[]): string | undefined {
  const strange = imports && names.find((name) => !imports.some((allowed) => covers(allowed, name)))
  return strange && `this host does not allow the import ${JSON.stringify(strange)}`
}

/** `wasi_snapshot_preview1` and `wasi:io/streams` with whatever is in them, whatever their version. */
function covers(allowed: string, name: string): boolean {
  return name === allowed || name.startsWith(`${allowed}.`) || name.startsWith(`${allowed}@`)
}
