/** Code becomes what can be run, a core module or a component: which of them it is, its bytes say. */
import { refuse } from '../../kernel/index.ts'
import { prepareComponentFrom } from './component/prepare-component.ts'
import { admit, compile } from './prepare.ts'
import { readModuleEntry, writeModuleEntry } from './shelf-entry.ts'
import type { Result } from '../../kernel/index.ts'
import type { AdmissionPolicy } from './admission.ts'
import type { PreparedComponent } from './component/prepare-component.ts'
import type { Prepared } from './prepare.ts'
import type { Entry, Settings } from './settings.ts'
import type { Shelving } from './shelf.ts'

export type PreparedCode = Prepared | PreparedComponent

/** Where a file says which layer of the format it is of: 0 for modules, 1 for components. */
const LAYER_AT = 6

export function isComponentCode(code: Uint8Array): boolean {
  return code[LAYER_AT] === 1
}

export function isComponent(prepared: PreparedCode): prepared is PreparedComponent {
  return 'machine' in prepared
}

/**
 * Code of a call, made what can be run. What stands on the shelf is not admitted again, and of a module the code is not
 * even asked for; what is admitted is put there.
 */
export async function prepareCode(
  shelf: Shelving,
  settings: Settings,
  loadCode: () => Promise<Uint8Array>,
  admission?: AdmissionPolicy,
): Promise<Result<PreparedCode>> {
  const entry = await shelf.get(settings)
  const kept = readModuleEntry(entry)
  const ready = kept && (await compile(kept))
  if (ready?.ok !== undefined) return ready
  const code = await loadCode()
  const layer = checkLayer(isComponentCode(code), settings.entry)
  if (layer.refused !== undefined) return layer
  if (isComponentCode(code)) return prepareComponentFrom(shelf, settings, code, entry, admission)
  const admitted = await admit(code, settings.pagesMax, admission)
  if (admitted.refused !== undefined) return admitted
  const compiled = await compile(admitted.ok)
  if (compiled.ok !== undefined) shelf.put(settings, writeModuleEntry(admitted.ok))
  return compiled
}

/** A component is entered as one, or as a program, a module never as a component. */
export function checkLayer(isOfComponent: boolean, entry: Entry): Result<true> {
  if (entry === 'program' || isOfComponent === (entry === 'component')) return { ok: true }
  return refuse(
    'ADMIT',
    `the code is a ${isOfComponent ? 'component' : 'module'}, and its entry ${JSON.stringify(entry)}`,
  )
}
