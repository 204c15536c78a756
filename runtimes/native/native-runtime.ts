/** Native handlers run in the process of their host: what a call may touch is only what is in the call. */
import { encodeCbor } from '../../promisebase/index.ts'
import { ForbiddenError, HandlerError, nativeCode, refuse } from '../../kernel/index.ts'
import type { Descriptor, NativeHandler, Runtime, RuntimeCall, RunResult } from '../../kernel/index.ts'

/** Bytes of input and output one unit of fuel stands for: native work is metered by what it carries. */
const BYTES_PER_FUEL = 64
const PROFILE = encodeCbor({ runtime: 'native', version: 1 })

/** A runtime of kind `native` for exactly these handlers. */
export function createNativeRuntime(handlers: readonly NativeHandler[]): Runtime {
  const byCode = new Map(handlers.map((handler) => [textOf(nativeCode(handler)), handler]))
  if (byCode.size !== handlers.length) throw new TypeError('handlers must differ in name or version')
  const byCid = new Map<string, NativeHandler>()
  const find = async (call: RuntimeCall): Promise<NativeHandler | undefined> => {
    const name = call.descriptor.code.toString()
    const known = byCid.get(name) ?? byCode.get(textOf(await call.loadCode()))
    if (known !== undefined) byCid.set(name, known)
    return known
  }
  return {
    kind: 'native',
    profile: () => PROFILE,
    admit: async (code, descriptor) => {
      const handler = byCode.get(textOf(code))
      return handler !== undefined && agrees(handler, descriptor)
        ? { ok: { imports: [] } }
        : refuse('ADMIT', `${JSON.stringify(textOf(code).slice(0, 100))} is not a handler of this host`)
    },
    run: async (call, signal) => {
      const handler = await find(call)
      return handler !== undefined && agrees(handler, call.descriptor)
        ? runHandler(handler, call, signal)
        : { ...refuse('ADMIT', 'the descriptor is not that of a native handler of this host'), fuel: 0 }
    },
  }
}

async function runHandler(
  handler: NativeHandler,
  call: RuntimeCall,
  signal: AbortSignal,
): Promise<RunResult> {
  const { method, input, context, state } = call
  const before = fuelFor(input.length)
  if (before > call.budget.fuel)
    return { ...refuse('BUDGET_FUEL', `used ${before} of ${call.budget.fuel}`), fuel: call.budget.fuel }
  try {
    const output = await handler.run({
      method,
      input: input.slice(),
      context: context.slice(),
      signal,
      ...(state === undefined ? {} : { state }),
    })
    if (!(output instanceof Uint8Array)) throw new TypeError('a handler gives bytes')
    // The handler may use its buffer again, and a result may be remembered.
    return { output: new Uint8Array(output), fuel: before + fuelFor(output.length) }
  } catch (error) {
    if (error instanceof HandlerError) return { ...refuse('HANDLER', error.message), fuel: before }
    if (error instanceof ForbiddenError) return { ...refuse('FORBIDDEN', error.message), fuel: before }
    throw error
  }
}

/** A descriptor made by somebody else for our code must not make an effect look pure. */
function agrees(handler: NativeHandler, descriptor: Descriptor): boolean {
  return (
    handler.pure === descriptor.pure && descriptor.methods.every((method) => handler.methods.includes(method))
  )
}

function fuelFor(bytes: number): number {
  return 1 + Math.ceil(bytes / BYTES_PER_FUEL)
}

function textOf(code: Uint8Array): string {
  return new TextDecoder().decode(code)
}
