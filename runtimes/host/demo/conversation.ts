/** Scenes: a signed message with the file, its signed reply, and the same asked twice more. */
import { refusalOf } from '../commands/outcome.ts'
import { HostError } from '../host-error.ts'
import { briefNotation } from '../terminal/notation.ts'
import { bytes, count, milliseconds } from '../terminal/units.ts'
import { resultLines } from './result.ts'
import type { CID } from 'multiformats/cid'
import type { TraceEvent } from '../../../kernel/index.ts'
import type { CallResult } from '../call/result.ts'
import type { Host } from '../interface.ts'
import type { Cast } from './cast.ts'
import type { DemoInput } from './input.ts'
import type { Deployed } from './modules.ts'
import type { Granted } from './promises.ts'
import type { Story } from './story.ts'

export interface Parts {
  readonly cast: Cast
  readonly handler: Deployed
  readonly granted: Granted
  readonly input: DemoInput
  readonly file: CID
  /** What the kernel reports; taking empties it. */
  readonly takeTrace: () => readonly TraceEvent[]
}

export type Kept = Extract<CallResult, { readonly status: 'kept' }>

/** What each stage does, for the table of the trace. */
const STAGES: Readonly<Record<TraceEvent['stage'], string>> = {
  validate: 'form, bounds, grid, claims, signature of bob',
  authorise: 'the chain node → root → alice → bob, and what it grants',
  resolve: 'descriptor, runtime, the file by its CID, the budget',
  execute: '',
  cache: 'result kept under its cache key, with a signed receipt',
  reply: 'signed by the node',
}

export async function firstCall(
  host: Host,
  story: Story,
  parts: Parts,
): Promise<{ readonly kept: Kept; readonly facts: object }> {
  const { handler, granted, input, file } = parts
  story.scene(`bob asks ${handler.name} to do "${granted.bobs}" with ${input.name}`)
  const { result, trace } = await ask(host, story, parts)
  story.rows([
    ['file', file.toString(), `${bytes(input.content.length)}, as blocks`],
    ['message', result.message.id.toString(), bytes(result.message.bytes.length)],
  ])
  story.lines(['', ...(briefNotation(result.message.bytes) ?? [])])
  story.scene('Six stages, and a signed reply')
  story.rows(traceRows(trace))
  story.lines([''])
  story.rows([
    ['reply', `${bytes(result.message.reply.length)}, signed by the node`],
    ['result', result.cid.toString(), bytes(result.bytes.length)],
  ])
  story.lines(resultLines(parts.handler.name, input.content, result.bytes))
  return { kept: result, facts: callFacts(result, trace) }
}

/** A new message answered from the result cache, and the very same bytes again. */
export async function askAgain(host: Host, story: Story, parts: Parts, before: Kept): Promise<object> {
  story.scene('Asked again')
  const fresh = await ask(host, story, parts)
  const start = performance.now()
  const same = await host.send(before.message.bytes)
  const ms = performance.now() - start
  const isSame = Buffer.compare(same.message.reply, before.message.reply) === 0
  if (!isSame) throw new HostError('DATA', 'the same bytes got another reply')
  story.rows([
    [
      'a new message',
      howAnswered(fresh.trace),
      milliseconds(total(fresh.trace)),
      'the same result and receipt, a reply of its own',
    ],
    [
      'the same bytes',
      howAnswered(parts.takeTrace()),
      milliseconds(ms),
      'the very same reply, byte for byte; nothing ran',
    ],
  ])
  return { fresh: callFacts(fresh.result, fresh.trace), same: { ms, isSame } }
}

async function ask(
  host: Host,
  story: Story,
  parts: Parts,
): Promise<{ readonly result: Kept; readonly trace: readonly TraceEvent[] }> {
  const { cast, handler, granted, file, takeTrace } = parts
  takeTrace()
  const capabilities = [granted.alice, granted.bob]
  const request = {
    protocol: handler.protocol,
    method: granted.bobs,
    input: file,
    as: cast.bob,
    capabilities,
  }
  const result = await story.wait(`${handler.name} is at work`, () => host.call(request))
  if (result.status !== 'kept') {
    const { code, message, fix = '' } = await refusalOf(host, result)
    throw new HostError('FILE', `${handler.name} does not take this file: ${code}, ${message}`, { fix })
  }
  return { result, trace: takeTrace() }
}

function traceRows(trace: readonly TraceEvent[]): string[][] {
  return (Object.keys(STAGES) as TraceEvent['stage'][]).map((stage) => {
    const event = trace.find((each) => each.stage === stage)
    if (event === undefined) return [stage, '–', '', 'nothing new to keep']
    return [
      stage,
      event.decision,
      milliseconds(event.ms).padStart(8),
      stage === 'execute' ? executed(event) : STAGES[stage],
    ]
  })
}

function executed({ decision, fuel = 0 }: TraceEvent): string {
  return decision === 'hit'
    ? `known from an earlier run, which used ${count(fuel)} fuel`
    : `${count(fuel)} fuel used`
}

/** The decision that made the difference. */
function howAnswered(trace: readonly TraceEvent[]): string {
  const decisions = trace.map(({ decision }) => decision)
  if (decisions.includes('memo') || decisions.includes('replayed')) return 'replayed'
  return decisions.includes('hit') ? 'from the result cache' : 'executed'
}

function total(trace: readonly TraceEvent[]): number {
  return trace.reduce((sum, { ms }) => sum + ms, 0)
}

function callFacts(result: Kept, trace: readonly TraceEvent[]): object {
  const { message, cid, fuel } = result
  return {
    message: message.id.toString(),
    bytes: message.bytes.length,
    result: cid.toString(),
    fuel,
    how: howAnswered(trace),
    trace,
  }
}
