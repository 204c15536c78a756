/** What a module must export to be entered (spec/handler-abi.md, "Reactor" and "Command"). */
import { refuse } from '../../kernel/index.ts'
import type { Descriptor, Result } from '../../kernel/index.ts'
import type { Rewritten } from './rewriter/rewrite.ts'

export const ABI = {
  alloc: 'alloc',
  initialise: '_initialize',
  start: '_start',
  allocSignature: 'i:i',
  voidSignature: ':',
  /** (arguments pointer, length) -> result */
  methodSignature: 'ii:I',
  /** (arguments pointer, length, context pointer, length) -> result */
  contextSignature: 'iiii:I',
} as const

const RESERVED = new Set<string>([ABI.alloc, ABI.initialise, ABI.start])

type ExportSignatures = Rewritten['exports']

/** Refuses a module that could not be entered as its descriptor says. */
export function checkAbi(
  exports: ExportSignatures,
  { entry, methods }: Pick<Descriptor, 'entry' | 'methods'>,
): Result<true> {
  const problem = entry === 'reactor' ? reactorProblem(exports, methods) : commandProblem(exports)
  return problem === undefined ? { ok: true } : refuse('ADMIT', problem)
}

function commandProblem(exports: ExportSignatures): string | undefined {
  return wrongSignature(exports, ABI.start, [ABI.voidSignature])
}

function reactorProblem(exports: ExportSignatures, methods: readonly string[]): string | undefined {
  const initialise = exports.has(ABI.initialise)
    ? wrongSignature(exports, ABI.initialise, [ABI.voidSignature])
    : undefined
  return (
    initialise ??
    wrongSignature(exports, ABI.alloc, [ABI.allocSignature]) ??
    methods.map((method) => methodProblem(exports, method)).find((problem) => problem !== undefined)
  )
}

export function methodProblem(exports: ExportSignatures, method: string): string | undefined {
  if (RESERVED.has(method)) return `${method} cannot be a method: the name is taken by the ABI`
  return wrongSignature(exports, method, [ABI.methodSignature, ABI.contextSignature])
}

function wrongSignature(
  exports: ExportSignatures,
  name: string,
  allowed: readonly string[],
): string | undefined {
  const found = exports.get(name)
  if (found === undefined) return `the module exports no function ${JSON.stringify(name)}`
  if (allowed.includes(found)) return undefined
  return `export ${JSON.stringify(name)} has signature ${found}, expected is ${allowed.join(' or ')}`
}
