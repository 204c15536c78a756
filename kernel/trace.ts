/** One event per stage decision: the only logging the kernel has. Tokens and secrets never get into it. */
import type { Refusal, Result } from './errors.ts'
import type { Message, Powers, StageName, TraceEvent } from './interface.ts'
import type { KernelState } from './state.ts'

/** Whoever listens hears what was decided, and has no part in it: what he throws ends with him. */
export function listener(powers: Powers): Powers['trace'] {
  if (powers.trace === undefined) return undefined
  return (event) => {
    try {
      const heard: unknown = powers.trace?.(event)
      if (heard instanceof Promise) heard.catch(() => undefined)
    } catch {
      // There is nobody to tell: this was the way to be told.
    }
  }
}

type Traceable = Pick<Message, 'id'>

/** Runs one stage and reports how it ended and how long it took; where nobody listens it only runs it. */
export function traced<T extends Result<unknown>>(
  kernel: KernelState,
  stage: StageName,
  message: Traceable | undefined,
  run: () => Promise<T> | T,
): Promise<T> | T {
  return kernel.trace === undefined ? run() : runTraced(kernel, stage, message, run)
}

async function runTraced<T extends Result<unknown>>(
  { trace, powers: { monotonic } }: KernelState,
  stage: StageName,
  message: Traceable | undefined,
  run: () => Promise<T> | T,
): Promise<T> {
  const start = monotonic()
  const result = await run()
  trace?.(eventOf(stage, message ?? messageIn(result.ok), result, monotonic() - start))
  return result
}

/** Reports a decision that took no stage to run: a result known, a message seen before. */
export function traceDecision<T extends Result<unknown>>(
  kernel: KernelState,
  stage: StageName,
  message: Traceable,
  decision: TraceEvent['decision'],
  result: T,
): T {
  const { trace } = kernel
  if (trace === undefined) return result
  const event = eventOf(stage, message, result, 0)
  trace(result.refused === undefined ? { ...event, decision } : event)
  return result
}

function eventOf(
  stage: StageName,
  message: Traceable | undefined,
  result: Result<unknown>,
  ms: number,
): TraceEvent {
  const named = message === undefined ? {} : { message: message.id.toString() }
  if (result.refused !== undefined)
    return { stage, ...named, decision: 'refused', ...refusalFields(result.refused), ms }
  const fuel = fuelIn(result.ok)
  return {
    stage,
    ...named,
    decision: stage === 'cache' ? 'stored' : 'pass',
    ms,
    ...(fuel === undefined ? {} : { fuel }),
  }
}

function refusalFields({
  code,
  detail,
  link,
  rule,
  internal,
}: Refusal): Pick<TraceEvent, 'code' | 'detail' | 'link' | 'rule'> {
  return {
    code,
    detail: internal ?? detail,
    ...(link === undefined ? {} : { link }),
    ...(rule === undefined ? {} : { rule }),
  }
}

function messageIn(value: unknown): Traceable | undefined {
  return typeof value === 'object' && value !== null && 'id' in value && 'claims' in value
    ? (value as Traceable)
    : undefined
}

function fuelIn(value: unknown): number | undefined {
  return typeof value === 'object' && value !== null && 'fuel' in value && typeof value.fuel === 'number'
    ? value.fuel
    : undefined
}
