/**
 * WASI preview 1 as a handler sees it. A command and a reactor have a {@link World}: input on 0, output on 1, messages
 * on 2, two arguments, an empty environment, a clock that stands still, and random numbers that every node draws
 * alike; nothing else. A program has a {@link System}, with files.
 */
import { FUNCTIONS } from './functions.ts'
import { ERRNO } from './errno.ts'
import { PREVIEW1_SIGNATURES } from './signatures.ts'
import { callSystem } from './system/functions.ts'
import type { Preview1Name } from './signatures.ts'
import type { System } from './system/system.ts'
import type { World } from './world.ts'

/**
 * Host functions for a module, made once: each run of it is put into `current` before it begins. Runs of one
 * thread never overlap.
 */
export class Preview1Host {
  current: World | System | undefined

  /** The functions a module imports, ready to be instantiated with. */
  functions(names: readonly Preview1Name[]): Record<string, (...values: never[]) => unknown> {
    const functions: Record<string, (...values: never[]) => unknown> = {}
    for (const name of names) functions[name] = this.#bind(name)
    return functions
  }

  #bind(name: Preview1Name): (...values: never[]) => unknown {
    const implementation: ((world: World, ...values: never[]) => number) | undefined = FUNCTIONS[name]
    return (...values) => {
      const world = this.#world()
      world.guest.enterHost()
      if ('disk' in world) return callSystem(world, name, values)
      return implementation === undefined ? ERRNO.nosys : implementation(world, ...values)
    }
  }

  #world(): World | System {
    if (this.current === undefined) throw new Error('a host function was called outside of a run')
    return this.current
  }
}

export function isPreview1Name(name: string): name is Preview1Name {
  return Object.hasOwn(PREVIEW1_SIGNATURES, name)
}
