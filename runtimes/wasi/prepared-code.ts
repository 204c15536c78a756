/** Code becomes what can be run, a core module or a component: which of them it is, its bytes say. */
import { refuse } from '../../kernel/index.ts'
import { prepareComponent } from './component/prepare-component.ts'
import { prepare } from './prepare.ts'
import type { Result } from '../../kernel/index.ts'
import type { AdmissionPolicy } from './admission.ts'
import type { PreparedComponent } from './component/prepare-component.ts'
import type { Prepared } from './prepare.ts'
import type { Entry } from './settings.ts'

export type PreparedCode = Prepared | PreparedComponent

/** Where a file says which layer of the format it is of: 0 for modules, 1 for components. */
const LAYER_AT = 6

export function isComponentCode(code: Uint8Array): boolean {
  return code[LAYER_AT] === 1
}

export function isComponent(prepared: PreparedCode): prepared is PreparedComponent {
  return 'machine' in prepared
}

export function prepareCode(
  code: Uint8Array,
  pagesMax: number,
  admission?: AdmissionPolicy,
): Promise<Result<PreparedCode>> {
  const make = isComponentCode(code) ? prepareComponent : prepare
  return make(code, pagesMax, admission)
}

/** A component is entered as one, or as a program, a module never as a component. */
export function checkLayer(isOfComponent: boolean, entry: Entry): Result<true> {
  if (entry === 'program' || isOfComponent === (entry === 'component')) return { ok: true }
  return refuse(
    'ADMIT',
    `the code is a ${isOfComponent ? 'component' : 'module'}, and its entry ${JSON.stringify(entry)}`,
  )
}
