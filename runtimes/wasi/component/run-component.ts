/** One run of a prepared component, from start to end, without waiting for anything. */
import { refuse } from '../../../kernel/index.ts'
import { ending } from '../ending.ts'
import { escapeText } from '../escape.ts'
import { Guest } from '../guest.ts'
import { Halt } from '../halt.ts'
import { openProgram } from '../program/open-program.ts'
import { runProgram } from '../program/run-program.ts'
import { HOST_EXPORT } from '../rewriter/exports.ts'
import { PAGE_BYTES } from '../rewriter/fuel.ts'
import { instantiateSteps } from './component-instance.ts'
import { methodOf } from './entry.ts'
import { HANDLER_ERROR } from './handler-types.ts'
import { callTyped } from './typed/typed-method.ts'
import { OK } from './types/value.ts'
import { createComponentWorld, createProgramWorld } from './wasi/world.ts'
import type { RunResult, RuntimeCall } from '../../../kernel/index.ts'
import type { Deadline } from '../guest.ts'
import type { Asking } from '../host/conversation.ts'
import type { MemoryPool, ParkedMemory } from '../memory-pool.ts'
import type { LoadedProgram } from '../program/open-program.ts'
import type { StagedResult } from '../program/result.ts'
import type { Callee } from './abi/lift.ts'
import type { PreparedComponent } from './prepare-component.ts'
import type { Case } from './types/value.ts'
import type { Method } from './entry.ts'
import type { ComponentWorld } from './wasi/world.ts'

export interface ComponentRun {
  readonly call: RuntimeCall
  readonly prepared: PreparedComponent
  readonly programName: string
  readonly pool: MemoryPool
  readonly monotonic: (() => number) | undefined
  /** What a program is called with; absent for every other entry. */
  readonly program: LoadedProgram | undefined
  /** Of a component that asks its host, which is run for each answer it waits for. */
  readonly asking?: Asking
  /** Of a run that is one of several: theirs together. */
  readonly deadline?: Deadline | undefined
}

type BytesMethod = Exclude<Method, { readonly typed: object }>

/** Bytes of an error message that are kept; a longer one is cut. */
const MESSAGE_BYTES_MAX = 1_024
const NO_MEMORY = { view: () => new Uint8Array(0) }
const utf8 = new TextEncoder()

/** The runs of one call, within one deadline. */
export function componentRuns(run: ComponentRun): (asking: Asking) => RunResult {
  const deadline = deadlineOf(run)
  return (asking) => runComponent({ ...run, deadline, asking })
}

export function runComponent(run: ComponentRun): RunResult {
  const { call, prepared } = run
  const memoryBytes = prepared.memories.reduce((sum, { max }) => sum + max, 0) * PAGE_BYTES
  if (memoryBytes > call.budget.memoryBytes) {
    const detail = `the component may use ${memoryBytes} bytes, ${call.budget.memoryBytes} are granted`
    return { ...refuse('BUDGET_MEMORY', detail), fuel: 0 }
  }
  const parked: ParkedMemory[] = []
  try {
    takeMemories(run, parked)
    return runIn(parked, run)
  } catch (error) {
    // Outside of the run itself only an engine without memory to give throws.
    if (!(error instanceof RangeError)) throw error
    return { ...refuse('BUSY', 'this host has no memory left for the run'), fuel: 0 }
  } finally {
    for (const memory of parked) run.pool.giveBack(memory)
  }
}

function takeMemories({ pool, prepared }: ComponentRun, parked: ParkedMemory[]): void {
  for (const limits of prepared.memories) parked.push(pool.take(limits))
}

function runIn(parked: readonly ParkedMemory[], run: ComponentRun): RunResult {
  const { call, prepared, program } = run
  const guest = new Guest(call, NO_MEMORY, run.deadline ?? deadlineOf(run))
  const memories = parked.map(({ memory }) => memory)
  const explanation: Explanation = { of: undefined }
  try {
    guest.charge(prepared.instanceFuel)
    const came =
      program === undefined
        ? runWithBytes(guest, memories, run, explanation)
        : runWithFiles(guest, memories, run, program, explanation)
    return { ...came, fuel: guest.fuelUsed }
  } catch (error) {
    const messages = explanation.of?.explanation()
    return { refused: ending(linkProblem(error), guest, messages), fuel: guest.fuelUsed }
  } finally {
    prepared.machine.end()
  }
}

/** Where the messages of a run are that fails, as soon as there can be any. */
interface Explanation {
  of: ComponentWorld['streams'] | undefined
}

function runWithBytes(
  guest: Guest,
  memories: readonly WebAssembly.Memory[],
  { prepared, programName, asking }: ComponentRun,
  explanation: Explanation,
): { readonly output: Uint8Array } {
  const { program } = prepared.entries
  const world = createComponentWorld(guest, programName, program !== undefined, asking)
  explanation.of = world.streams
  start(guest, world, memories, prepared)
  if (program === undefined) return { output: runMethod(guest, prepared) }
  runCommand(program)
  return { output: world.streams.result() }
}

function runWithFiles(
  guest: Guest,
  memories: readonly WebAssembly.Memory[],
  { prepared, programName, asking }: ComponentRun,
  loaded: LoadedProgram,
  explanation: Explanation,
): StagedResult {
  guest.charge(loaded.fuel)
  const program = openProgram(guest, programName, loaded)
  explanation.of = program.streams
  start(guest, createProgramWorld(program, asking), memories, prepared)
  return runProgram(program, () => exitCodeOf(prepared))
}

/** `run` returns no more than whether it went well. */
function exitCodeOf({ entries }: PreparedComponent): number {
  if (entries.program === undefined) throw new Error('a program was admitted that cannot be run')
  const { index } = entries.program.call([]) as Case
  return index === OK ? 0 : 1
}

function start(
  guest: Guest,
  world: ComponentWorld,
  memories: readonly WebAssembly.Memory[],
  prepared: PreparedComponent,
): void {
  const { machine } = prepared
  machine.begin(guest, world, memories)
  guest.start({ exports: { [HOST_EXPORT.fuel]: machine.fuel, [HOST_EXPORT.stack]: machine.stack } })
  instantiateSteps(prepared)
}

function runCommand(program: Callee): void {
  try {
    const { index } = program.call([]) as Case
    if (index !== OK) throw new Halt('HANDLER', 'the program failed')
  } catch (error) {
    if (!(error instanceof Halt && error.code === 'exit')) throw error
    if (error.message !== '0') throw new Halt('HANDLER', `exit code ${error.message}`)
  }
}

function runMethod(guest: Guest, { entries }: PreparedComponent): Uint8Array {
  const { call } = guest
  const method = methodOf(entries, call.method)
  if (method === undefined) throw new Error(`method ${call.method} was admitted and is missing`)
  const output =
    method.typed === undefined ? callMethod(call, method) : callTyped(guest, method.typed, failure)
  const { outputBytes } = call.budget
  if (output.length <= outputBytes) return output
  throw new Halt('BUDGET_OUTPUT', `${output.length} bytes, ${outputBytes} are allowed`)
}

function callMethod(call: RuntimeCall, { callee, takesContext }: BytesMethod): Uint8Array {
  const { index, value } = callee.call(takesContext ? [call.input, call.context] : [call.input]) as Case
  if (index !== OK) throw failure(value as Case)
  return value as Uint8Array
}

function failure({ index, value }: Case): Halt {
  if (index === HANDLER_ERROR.code) return new Halt('HANDLER', `error ${String(value)}`)
  return new Halt('HANDLER', escapeText(utf8.encode(value as string).subarray(0, MESSAGE_BYTES_MAX)))
}

/** What linking has not seen is a fault of the guest all the same. */
function linkProblem(error: unknown): unknown {
  return error instanceof WebAssembly.LinkError ? new Halt('TRAP', error.message) : error
}

/** When the time of a call that begins now is up. */
function deadlineOf({ call, monotonic }: ComponentRun): Deadline | undefined {
  if (monotonic === undefined) return undefined
  return { now: monotonic, at: monotonic() + call.budget.wallMs }
}
