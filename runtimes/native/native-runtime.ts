/** Native handlers run in the process of their host: what a call may touch is only what is in the call. */
import { encodeCbor, isCid, ownBytes, StoreError } from '../../promisebase/index.ts'
import { ForbiddenError, HandlerError, nativeCode, RefusedError, refuse } from '../../kernel/index.ts'
import type {
  Budget,
  Deferred,
  Descriptor,
  NativeCall,
  NativeHandler,
  Refusal,
  Result,
  RunCancel,
  Runtime,
  RuntimeCall,
  RunResult,
} from '../../kernel/index.ts'

/** Bytes of input and output one unit of fuel stands for: native work is metered by what it carries. */
const BYTES_PER_FUEL = 64
const PROFILE = encodeCbor({ runtime: 'native', version: 1 })

/** A runtime of kind `native` for exactly these handlers. */
export function createNativeRuntime(handlers: readonly NativeHandler[]): Runtime {
  const byCode = new Map(handlers.map((handler) => [textOf(nativeCode(handler)), handler]))
  if (byCode.size !== handlers.length) throw new TypeError('handlers must differ in name or version')
  /** Descriptors do not change, so which handler agrees with one is found once for as long as it is in use. */
  const known = new WeakMap<Descriptor, NativeHandler>()
  const find = async (call: RuntimeCall): Promise<NativeHandler | undefined> => {
    const handler = byCode.get(textOf(await call.loadCode()))
    if (handler === undefined || !agrees(handler, call.descriptor)) return undefined
    known.set(call.descriptor, handler)
    return handler
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
    run: (call, cancel) => {
      if (cancel.aborted) return { ...refuse('ABORTED', 'cancelled before it began'), fuel: 0 }
      const handler = known.get(call.descriptor)
      if (handler !== undefined) return runHandler(handler, call, cancel)
      return find(call).then((found) =>
        found === undefined
          ? { ...refuse('ADMIT', 'the descriptor is not that of a native handler of this host'), fuel: 0 }
          : runHandler(found, call, cancel),
      )
    },
  }
}

/** At once when the handler gives its answer at once. */
function runHandler(
  handler: NativeHandler,
  call: RuntimeCall,
  cancel: RunCancel,
): RunResult | Promise<RunResult> {
  const { budget } = call
  const before = fuelFor(call.input.length)
  if (before > budget.fuel) return overFuel(before, budget)
  const failed = (error: unknown): RunResult => ({ refused: refusalOf(error), fuel: before })
  const told = (given: Uint8Array | Deferred): RunResult => {
    if (isDeferred(given)) return { deferred: given, fuel: before + fuelFor(0) }
    if (!(given instanceof Uint8Array)) throw new TypeError('a handler gives bytes')
    return withinBudget(ownBytes(given), before + fuelFor(given.length), budget)
  }
  try {
    const given = handler.run(nativeCall(call, cancel))
    return given instanceof Uint8Array ? told(given) : Promise.resolve(given).then(told).catch(failed)
  } catch (error) {
    return failed(error)
  }
}

/**
 * What the message lends, and nothing else of what a runtime knows. Copies of the bytes: what the handler does to them
 * must change neither the message nor the next call.
 */
function nativeCall(call: RuntimeCall, cancel: RunCancel): NativeCall {
  const { method, input, context, readMessage = readNone } = call
  const { state, authority, promises, outcomeOf, revocations } = call
  return {
    method,
    input: ownBytes(input),
    context: ownBytes(context),
    readMessage,
    ...(state === undefined ? {} : { state }),
    ...(authority === undefined ? {} : { authority }),
    ...(promises === undefined ? {} : { promises }),
    ...(outcomeOf === undefined ? {} : { outcomeOf }),
    ...(revocations === undefined ? {} : { revocations }),
    // Last: to add anything behind it takes several times as long.
    get signal() {
      return cancel.signal
    },
  }
}

/** By its form; whether it was made in this call is for the kernel to know. */
function isDeferred(given: unknown): given is Deferred {
  return typeof given === 'object' && given !== null && 'promise' in given && isCid(given.promise)
}

async function readNone(): Promise<Result<never>> {
  return refuse('RUNTIME', 'no kernel is behind this call to read messages')
}

function withinBudget(output: Uint8Array, fuel: number, budget: Required<Budget>): RunResult {
  if (fuel > budget.fuel) return overFuel(fuel, budget)
  return output.length > budget.outputBytes
    ? { ...refuse('BUDGET_OUTPUT', `${output.length} of ${budget.outputBytes} bytes`), fuel }
    : { output, fuel }
}

function overFuel(used: number, { fuel }: Required<Budget>): RunResult {
  return { ...refuse('BUDGET_FUEL', `used ${used} of ${fuel}`), fuel }
}

/** What a handler throws is its word, a forbidden reach, or a trap; what the store throws is passed on. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof HandlerError) return refuse('HANDLER', error.message).refused
  if (error instanceof RefusedError) return error.refused
  if (error instanceof ForbiddenError) return refuse('FORBIDDEN', error.message).refused
  if (error instanceof StoreError) throw error
  const internal = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { ...refuse('TRAP', 'the handler threw an exception').refused, internal }
}

/** A descriptor made by somebody else for our code must not make an effect look pure. */
function agrees(handler: NativeHandler, descriptor: Descriptor): boolean {
  return (
    handler.pure === descriptor.pure &&
    descriptor.methods.every((method) => handler.methods.includes(method)) &&
    descriptor.imports.every((name) => handler.imports?.includes(name) === true)
  )
}

function fuelFor(bytes: number): number {
  return 1 + Math.ceil(bytes / BYTES_PER_FUEL)
}

/** A byte order mark in front would be another spelling of the same code. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

function textOf(code: Uint8Array): string {
  return utf8.decode(code)
}
