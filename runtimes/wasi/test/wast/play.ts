/** Plays a script on two machines at a time, and compares what they say with one another and with the script. */
import { NotAdmitted, plainMachine, rewrittenMachine, spectest } from './machine.ts'
import { canPass, expectedText, textOf, toJs } from './values.ts'
import type { Exports, Machine } from './machine.ts'
import type { ActionCommand, TrappingModule, WastAction, WastCommand, WastScript } from './script.ts'

export interface Played {
  readonly name: string
  /** Assertions that both machines answer alike. */
  readonly same: number
  /** What the rewritten modules do otherwise: each a fault. */
  readonly different: readonly string[]
  /** Assertions that this engine itself does not hold, and so the rewritten module need not. */
  readonly engine: readonly string[]
  /** Assertions on modules that the rewriter does not admit, by its reason. */
  readonly refused: ReadonlyMap<string, number>
  /** Assertions about what engines alone judge, or values that JavaScript cannot pass. */
  readonly skipped: number
}

/** One machine in the middle of a script. */
class Stage {
  readonly #machine: Machine
  readonly #registry = new Map<string, Exports>([['spectest', spectest()]])
  readonly #named = new Map<string, Exports | Error>()
  #current: Exports | Error = new Error('no module yet')

  constructor(machine: Machine) {
    this.#machine = machine
  }

  module(bytes: Uint8Array<ArrayBuffer>, name: string | undefined): void {
    try {
      this.#current = this.#machine.instantiate(bytes, this.#registry)
    } catch (error) {
      this.#current = error as Error
    }
    if (name !== undefined) this.#named.set(name, this.#current)
  }

  register(as: string, name: string | undefined): void {
    const module = this.#of(name)
    if (module instanceof Error) this.#registry.delete(as)
    else this.#registry.set(as, module)
  }

  /** How instantiating it ends, in a word. */
  instantiates(bytes: Uint8Array<ArrayBuffer>): string {
    try {
      this.#machine.instantiate(bytes, this.#registry)
      return 'instantiated'
    } catch (error) {
      return wordOf(error)
    }
  }

  /** What an action gives, in words; `undefined` where there is no module to act on, with why. */
  act({ type, module: name, field, args = [] }: WastAction): string {
    const module = this.#of(name)
    if (module instanceof Error) throw module
    const exported = module[field]
    try {
      if (type === 'get') return textOf((exported as WebAssembly.Global).value)
      const given = (exported as (...values: unknown[]) => unknown)(...args.map(toJs))
      if (given === undefined) return ''
      return (Array.isArray(given) ? given : [given]).map(textOf).join(' ')
    } catch (error) {
      return wordOf(error)
    }
  }

  #of(name: string | undefined): Exports | Error {
    return name === undefined ? this.#current : (this.#named.get(name) ?? new Error(`no module ${name}`))
  }
}

/** Recursion without an end is a range error in engines, and a trap where it is counted. */
function wordOf(error: unknown): string {
  if (error instanceof NotAdmitted) throw error
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return 'trap'
  if (error instanceof WebAssembly.LinkError || error instanceof TypeError) return 'unlinkable'
  throw error
}

export function play(script: WastScript, again: () => Machine = rewrittenMachine): Played {
  const [plain, rewritten] = [new Stage(plainMachine()), new Stage(again())]
  const different: string[] = []
  const engine: string[] = []
  const refused = new Map<string, number>()
  let same = 0
  let skipped = 0
  for (const command of script.commands) {
    if (command.type === 'module') {
      const bytes = script.load(command.filename)
      for (const stage of [plain, rewritten]) stage.module(bytes, command.name)
    } else if (command.type === 'register') {
      for (const stage of [plain, rewritten]) stage.register(command.as, command.name)
    } else if (!isComparable(command)) skipped += 1
    else compare(command)
  }
  return { name: script.name, same, different, engine, refused, skipped }

  function compare(command: Comparable): void {
    const tell = (stage: Stage): string =>
      'action' in command ? stage.act(command.action) : stage.instantiates(script.load(command.filename))
    const place = `line ${command.line}`
    const expected = tried(() => tell(plain))
    const found = tried(() => tell(rewritten))
    if (found instanceof NotAdmitted) refused.set(found.message, (refused.get(found.message) ?? 0) + 1)
    else if (expected instanceof Error || !isExpected(command, expected))
      engine.push(`${place}: ${expected instanceof Error ? expected.message : expected}`)
    else if (found === expected) same += 1
    else different.push(`${place}: ${found instanceof Error ? found.message : found}, not ${expected}`)
  }
}

function tried(tell: () => string): string | Error {
  try {
    return tell()
  } catch (error) {
    return error as Error
  }
}

type Comparable = ActionCommand | TrappingModule

function isComparable(command: WastCommand): command is Comparable {
  if ('action' in command) return [...(command.action.args ?? []), ...(command.expected ?? [])].every(canPass)
  return command.type === 'assert_uninstantiable'
}

/** Whether the engine does what the script says: only then it can be asked of the rewritten module. */
function isExpected(command: Comparable, told: string): boolean {
  if (command.type === 'action') return true
  if (command.type !== 'assert_return') return told === 'trap'
  const expected = (command.expected ?? []).map(expectedText)
  const words = told === '' ? [] : told.split(' ')
  return expected.every((text, at) => text === undefined || text === words[at] || text.includes(' '))
}
