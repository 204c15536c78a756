/** Code becomes a module that can be run: admitted and rewritten by us, judged and compiled by the engine. */
import { refuse } from '../../kernel/index.ts'
import { factsProblem, importsProblem } from './admission.ts'
import { hostFunctions } from './host/functions.ts'
import { HOST_MODULE, hostFunctionNames, hostSignature } from './host/groups.ts'
import { Preview1Host, isPreview1Name } from './preview1/host.ts'
import { PREVIEW1_MODULE, preview1Signature } from './preview1/signatures.ts'
import { MEMORY_IMPORT } from './rewriter/memory.ts'
import { REFILL_IMPORT } from './rewriter/refill.ts'
import { rewrite } from './rewriter/rewrite.ts'
import type { Result } from '../../kernel/index.ts'
import type { Running } from './host/functions.ts'
import type { HostFunctionName } from './host/groups.ts'
import type { AdmissionPolicy } from './admission.ts'
import type { Rewritten, RewrittenNow } from './rewriter/rewrite.ts'

export interface Prepared {
  readonly module: WebAssembly.Module
  readonly exports: Rewritten['exports']
  readonly importNames: readonly string[]
  readonly memory: Rewritten['memory']
  readonly instanceFuel: number
  /** Absent when the module imports nothing of preview 1: then a run needs no world. */
  readonly host: Preview1Host | undefined
  /** Whose run it is, while it runs: runs of one thread never overlap. */
  readonly running: Running
  /** What it imports of the host's own functions; a module that asks nothing runs once. */
  readonly asks: readonly HostFunctionName[]
  /** What an instance is made with; the memory is put in for each run. */
  readonly imports: Record<string, Record<string, WebAssembly.ImportValue>>
  /** What it counts for in the cache. */
  readonly bytes: number
}

/** Objects around a module, and the code an engine makes of its bytes, roughly. */
const BYTES_PER_MODULE = 32 * 1024
const BYTES_PER_CODE_BYTE = 4

/** What is left to do for a module that was admitted is to {@link compile} it. */
export async function admit(
  code: Uint8Array,
  pagesMax: number,
  admission: AdmissionPolicy = {},
): Promise<Result<RewrittenNow>> {
  // A copy: nobody may change it between being checked and being compiled.
  const bytes = new Uint8Array(code)
  const rewritten = rewriteModule(bytes, pagesMax, admission)
  if (rewritten.refused !== undefined) return rewritten
  // Also the original: else an index into what the rewriter added could make a wrong module right.
  if (!WebAssembly.validate(bytes)) return refuse('ADMIT', 'the engine does not accept the module')
  return rewritten
}

/** All of {@link admit} that needs no engine, and so is no work for one that a module might harm. */
export function rewriteModule(
  bytes: Uint8Array,
  pagesMax: number,
  admission: AdmissionPolicy = {},
): Result<RewrittenNow> {
  const rewritten = rewrite(bytes, { pagesMax, offer })
  if (rewritten.refused !== undefined) return rewritten
  const { facts, imports } = rewritten.ok
  const problem = factsProblem(admission, facts) ?? importsProblem(admission, imports)
  return problem === undefined ? rewritten : refuse('ADMIT', problem)
}

function offer(module: string, name: string): string | undefined {
  return preview1Signature(module, name) ?? hostSignature(module, name)
}

/** Has the engine make code of what was admitted. */
export async function compile(rewritten: Rewritten): Promise<Result<Prepared>> {
  try {
    return { ok: describe(await WebAssembly.compile(rewritten.bytes), rewritten) }
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
    return refuse('ADMIT', `the engine does not accept the rewritten module: ${error.message}`)
  }
}

function describe(module: WebAssembly.Module, rewritten: Rewritten): Prepared {
  const front = `${PREVIEW1_MODULE}.`
  const functions = rewritten.imports
    .filter((name) => name.startsWith(front))
    .map((name) => name.slice(front.length))
  const asks = hostFunctionNames(rewritten.imports)
  const host = functions.length === 0 ? undefined : new Preview1Host()
  const running: Running = { guest: undefined, asking: undefined }
  return {
    module,
    exports: rewritten.exports,
    importNames: rewritten.imports,
    memory: rewritten.memory,
    instanceFuel: rewritten.instanceFuel,
    host,
    running,
    asks,
    imports: {
      [MEMORY_IMPORT.module]: { [REFILL_IMPORT.name]: () => running.guest?.refill() },
      [PREVIEW1_MODULE]: host?.functions(functions.filter(isPreview1Name)) ?? {},
      [HOST_MODULE]: hostFunctions(asks, running),
    },
    bytes: BYTES_PER_MODULE + BYTES_PER_CODE_BYTE * rewritten.bytes.length,
  }
}
