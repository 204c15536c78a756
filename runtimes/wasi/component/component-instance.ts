/** Makes the core instances of a component, one after the other, each given what those before it export. */
import { Halt } from '../halt.ts'
import { HOST_EXPORT } from '../rewriter/exports.ts'
import { LINK_IMPORT } from '../rewriter/linked.ts'
import { MEMORY_IMPORT } from '../rewriter/memory.ts'
import { REFILL_IMPORT } from '../rewriter/refill.ts'
import type { Machine } from './abi/machine.ts'
import type { CoreItem } from './link/core-value.ts'
import type { PreparedComponent, PreparedStep } from './prepare-component.ts'

/** The machine must have begun a run, and its guest have fuel. */
export function instantiateSteps({ machine, steps }: Pick<PreparedComponent, 'machine' | 'steps'>): void {
  for (const step of steps) {
    const { exports } = new WebAssembly.Instance(step.module, importsOf(machine, step))
    machine.add(exports)
    if (step.hasStart) start(machine, step, exports[HOST_EXPORT.start] as () => void)
  }
}

function importsOf(
  machine: Machine,
  { imports, ownMemory }: PreparedStep,
): Record<string, WebAssembly.ModuleImports> {
  const linked: Record<number, WebAssembly.ImportValue> = imports.map((item) => valueOf(machine, item))
  const own: WebAssembly.ModuleImports = {
    [REFILL_IMPORT.name]: machine.refill,
    [HOST_EXPORT.fuel]: machine.fuel,
    [HOST_EXPORT.stack]: machine.stack,
  }
  if (ownMemory !== undefined) own[MEMORY_IMPORT.name] = machine.memory(ownMemory)
  return { [LINK_IMPORT]: linked, [MEMORY_IMPORT.module]: own }
}

function valueOf(machine: Machine, { source }: CoreItem): WebAssembly.ImportValue {
  return source.from === 'host' ? source.call : machine.export(source.instance, source.name)
}

/** Nobody can call into a component while it is being made. */
function start(machine: Machine, { owner }: PreparedStep, run: () => void): void {
  const instance = machine.instance(owner)
  if (instance.isEntered) throw new Halt('TRAP', 'a component was entered a second time')
  machine.guest.checkTime()
  instance.isEntered = true
  run()
  instance.isEntered = false
}
