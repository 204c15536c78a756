/**
 * The functions of the module `promisegrid`, by the group a descriptor asks for: a module may import only what its
 * descriptor names (spec/host-functions.md, "Functions").
 */
import { refuse } from '../../../kernel/index.ts'
import type { Descriptor, Result } from '../../../kernel/index.ts'

export const HOST_MODULE = 'promisegrid'

/** Signatures as in the rewriter: a letter for each parameter, a colon, a letter for the result. */
const GROUPS = {
  /** Needs no name in the descriptor: without a question there is nothing to read. */
  answer: { answer_length: ':i', answer_read: 'iii:i', answer_refuse: ':' },
  block: { block_get: 'iiii:i', block_ahead: 'ii:', block_put: 'iiiii:i' },
  call: { call: 'iii:i', call_grant: 'iii:i', call_table: ':i' },
  log: { log: 'ii:' },
  promise: { promise_break: 'iiii:i', promise_defer: 'iiiiiii:i', promise_keep: 'iiii:i' },
  'promise.outcome': { promise_outcome: 'iiii:i' },
  state: {
    state_delete: 'ii:i',
    state_get: 'iiii:i',
    state_ahead: 'ii:',
    state_prefix: 'ii:i',
    state_put: 'iiii:i',
    state_range: 'iiiiiii:i',
    state_space: 'ii:i',
  },
} as const

type UnionOfKeys<T> = T extends T ? keyof T : never
export type HostFunctionName = UnionOfKeys<(typeof GROUPS)[keyof typeof GROUPS]>

interface Offered {
  readonly group: string
  readonly signature: string
}

const ANSWER = 'answer'
/** What a pure handler may ask for: its result cannot depend on it. */
const PURE: readonly string[] = ['log']

const FUNCTIONS: ReadonlyMap<string, Offered> = new Map(
  Object.entries(GROUPS).flatMap(([group, functions]) =>
    Object.entries(functions).map(([name, signature]) => [name, { group, signature }] as const),
  ),
)

/** The signature offered for an import, undefined where there is no such function. */
export function hostSignature(module: string, name: string): string | undefined {
  return module === HOST_MODULE ? FUNCTIONS.get(name)?.signature : undefined
}

/** The host functions among the imports of a module. */
export function hostFunctionNames(imports: readonly string[]): readonly HostFunctionName[] {
  const front = `${HOST_MODULE}.`
  return imports
    .filter((name) => name.startsWith(front))
    .map((name) => name.slice(front.length) as HostFunctionName)
}

/** Whether this host has what a descriptor asks for. */
export function checkGroups({ imports, pure }: Pick<Descriptor, 'imports' | 'pure'>): Result<true> {
  const missing = imports.find((name) => name === ANSWER || !Object.hasOwn(GROUPS, name))
  if (missing !== undefined)
    return refuse('ADMIT', `no host function of the group ${JSON.stringify(missing)} is offered`)
  const impure = pure ? imports.find((name) => !PURE.includes(name)) : undefined
  if (impure !== undefined)
    return refuse('ADMIT', `a pure handler cannot ask for the group ${JSON.stringify(impure)}`)
  return { ok: true }
}

/** Why a module that imports these functions does not fit its descriptor; undefined where it does. */
export function hostImportProblem(
  functions: readonly HostFunctionName[],
  { imports }: Pick<Descriptor, 'imports'>,
): string | undefined {
  for (const name of functions) {
    const group = FUNCTIONS.get(name)?.group ?? ANSWER
    if (group !== ANSWER && !imports.includes(group))
      return `import "${HOST_MODULE}.${name}" is of the group ${JSON.stringify(group)}, which the descriptor does not name`
  }
  return undefined
}
