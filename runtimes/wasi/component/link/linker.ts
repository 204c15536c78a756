/**
 * Linking happens once, before anything runs: which instance is made of what, and what it is given, is all in
 * the component. What comes of it is a list of core instances to make, in their order, and what the component
 * exports. This is the account of one such linking.
 */
import { inadmissible } from '../../rewriter/inadmissible.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import type { Machine } from '../abi/machine.ts'
import type { CoreItem } from './core-value.ts'
import type { CoreModule } from '../core-module.ts'

/** One core instance to make. */
export interface CoreStep {
  readonly module: CoreModule
  /** What it imports, in the order of its imports. */
  readonly imports: readonly CoreItem[]
  /** The component instance whose it is. */
  readonly owner: number
  /** The memory that it defines, or imports, among those of the component. */
  readonly memory: number | undefined
  readonly definesMemory: boolean
}

export class Linker {
  readonly machine: Machine
  readonly steps: CoreStep[] = []
  #memories = 0
  #tables = 0
  #componentInstances = 0
  #definitions = 0
  #foldedBytes = 0

  constructor(machine: Machine) {
    this.machine = machine
  }

  get memories(): number {
    return this.#memories
  }

  /** Counts what is met on the way. */
  count(definitions: number): void {
    this.#definitions += definitions
    const { definitions: max } = COMPONENT_BOUNDS
    if (this.#definitions > max) inadmissible(`linking the component meets more than ${max} definitions`)
  }

  /** Counts a core module that was made for one instance alone. */
  countFolded(bytes: number): void {
    this.#foldedBytes += bytes
    const { foldedBytes } = COMPONENT_BOUNDS
    if (this.#foldedBytes > foldedBytes)
      inadmissible(
        `more than ${foldedBytes} bytes of core modules with expressions worked out for one instance`,
      )
  }

  addComponentInstance(): number {
    const { componentInstances } = COMPONENT_BOUNDS
    if (this.#componentInstances >= componentInstances) {
      inadmissible(`more than ${componentInstances} instances of components`)
    }
    this.#componentInstances += 1
    return this.#componentInstances - 1
  }

  addMemory(): number {
    const { memories } = COMPONENT_BOUNDS
    if (this.#memories >= memories) inadmissible(`more than ${memories} memories in a component`)
    this.#memories += 1
    return this.#memories - 1
  }

  /** The index of the instance. */
  addCoreInstance(step: CoreStep): number {
    const { coreInstances, tablesOfComponent } = COMPONENT_BOUNDS
    this.#tables += step.module.shape.tables
    if (this.#tables > tablesOfComponent) inadmissible(`more than ${tablesOfComponent} tables in a component`)
    if (this.steps.length >= coreInstances)
      inadmissible(`more than ${coreInstances} instances of core modules`)
    return this.steps.push(step) - 1
  }
}
