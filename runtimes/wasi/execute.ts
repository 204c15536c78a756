/** One run of a prepared module, from start to end, without waiting for anything. */
import { refuse } from '../../kernel/index.ts'
import { ABI } from './abi.ts'
import { runCommand } from './command.ts'
import { ending } from './ending.ts'
import { Guest } from './guest.ts'
import { createSystem } from './preview1/system/system.ts'
import { createWorld } from './preview1/world.ts'
import { openProgram } from './program/open-program.ts'
import { runProgram } from './program/run-program.ts'
import { runReactor } from './reactor.ts'
import { PAGE_BYTES } from './rewriter/fuel.ts'
import { MEMORY_IMPORT } from './rewriter/memory.ts'
import type { RunResult, RuntimeCall } from '../../kernel/index.ts'
import type { Deadline } from './guest.ts'
import type { MemoryPool, ParkedMemory } from './memory-pool.ts'
import type { Prepared } from './prepare.ts'
import type { World } from './preview1/world.ts'
import type { LoadedProgram } from './program/open-program.ts'
import type { Settings } from './settings.ts'

export interface Execution {
  readonly call: RuntimeCall
  readonly settings: Settings
  readonly prepared: Prepared
  readonly pool: MemoryPool
  readonly monotonic: (() => number) | undefined
  /** Of a run that is one of several: theirs together. */
  readonly deadline?: Deadline | undefined
  /** What a program is called with; absent for every other entry. */
  readonly program: LoadedProgram | undefined
}

export function execute(execution: Execution): RunResult {
  const { call, prepared, pool } = execution
  const memoryBytes = prepared.memory.max * PAGE_BYTES
  if (memoryBytes > call.budget.memoryBytes) {
    const detail = `the module may use ${memoryBytes} bytes, ${call.budget.memoryBytes} are granted`
    return { ...refuse('BUDGET_MEMORY', detail), fuel: 0 }
  }
  const parked = takeMemory(execution)
  if (parked === undefined) return { ...refuse('BUSY', 'this host has no memory left for the run'), fuel: 0 }
  try {
    return runIn(parked, execution)
  } finally {
    pool.giveBack(parked)
  }
}

/** Undefined when the engine has none to give. */
function takeMemory({ pool, prepared }: Execution): ParkedMemory | undefined {
  try {
    return pool.take(prepared.memory)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function runIn(parked: ParkedMemory, execution: Execution): RunResult {
  const { call, prepared } = execution
  const guest = new Guest(call, parked, execution.deadline ?? deadlineOf(execution))
  prepared.running.guest = guest
  if (execution.program !== undefined) return runWithFiles(guest, execution.program, parked, execution)
  const world = prepared.host === undefined ? undefined : worldOf(guest, execution.settings)
  if (prepared.host !== undefined) prepared.host.current = world
  try {
    const output = enter(guest, world, parked, execution)
    return { output, fuel: guest.fuelUsed }
  } catch (error) {
    return { refused: ending(error, guest, world?.messages.finish()), fuel: guest.fuelUsed }
  } finally {
    prepared.running.guest = undefined
    if (prepared.host !== undefined) prepared.host.current = undefined
  }
}

/** The same for a program, which is entered with all it has been given. */
function runWithFiles(
  guest: Guest,
  loaded: LoadedProgram,
  parked: ParkedMemory,
  { prepared, settings }: Execution,
): RunResult {
  let messages: Uint8Array | undefined
  try {
    guest.charge(prepared.instanceFuel)
    guest.charge(loaded.fuel)
    const program = openProgram(guest, settings.programName, loaded)
    if (prepared.host !== undefined) prepared.host.current = createSystem(program)
    try {
      guest.start(instantiate(prepared, parked))
      return { ...runProgram(program, () => enterStart(guest)), fuel: guest.fuelUsed }
    } finally {
      messages = program.streams.explanation()
    }
  } catch (error) {
    return { refused: ending(error, guest, messages), fuel: guest.fuelUsed }
  } finally {
    prepared.running.guest = undefined
    if (prepared.host !== undefined) prepared.host.current = undefined
  }
}

/** A program that returns has ended well. */
function enterStart(guest: Guest): number {
  guest.callIfExported(ABI.start)
  return 0
}

function enter(
  guest: Guest,
  world: World | undefined,
  parked: ParkedMemory,
  { call, prepared, settings }: Execution,
): Uint8Array {
  guest.charge(prepared.instanceFuel)
  guest.start(instantiate(prepared, parked))
  if (settings.entry === 'command') return runCommand(guest, world)
  return runReactor(guest, prepared.exports.get(call.method) ?? '')
}

function instantiate(prepared: Prepared, parked: ParkedMemory): WebAssembly.Instance {
  const memory = prepared.imports[MEMORY_IMPORT.module] ?? {}
  memory[MEMORY_IMPORT.name] = parked.memory
  try {
    return new WebAssembly.Instance(prepared.module, prepared.imports)
  } finally {
    // Else a module that is not run again would keep its last memory.
    delete memory[MEMORY_IMPORT.name]
  }
}

/** When the time of a call that begins now is up. */
export function deadlineOf({ call, monotonic }: Execution): Deadline | undefined {
  if (monotonic === undefined) return undefined
  return { now: monotonic, at: monotonic() + call.budget.wallMs }
}

const utf8 = new TextEncoder()

function worldOf(guest: Guest, { entry, programName }: Settings): World {
  const names = [programName, guest.call.method]
  return createWorld({
    guest,
    arguments: names.map((name) => utf8.encode(`${name}\0`)),
    isCommand: entry === 'command',
  })
}
