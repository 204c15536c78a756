/** What code in WebAssembly is, needs and offers, and whether a host would admit it: told without running any of it. */
import { checkPolicy } from './admission.ts'
import { BOUNDS } from './rewriter/bounds.ts'
import { prepareComponent } from './component/prepare-component.ts'
import { admit } from './prepare.ts'
import { isComponentCode } from './prepared-code.ts'
import type { Result } from '../../kernel/index.ts'
import type { AdmissionPolicy } from './admission.ts'
import type { ModuleFacts } from './rewriter/facts.ts'

/** Of a core module. */
export interface CoreFacts extends ModuleFacts {
  /** Its memory: pages it begins with, and has at most. */
  readonly memoryPages: readonly [min: number, max: number]
  /** Fuel of each fresh instance. */
  readonly instanceFuel: number
}

export interface Inspection {
  readonly kind: 'module' | 'component'
  readonly imports: readonly string[]
  /** Functions of a module with their signatures, as in `ii:I`; names of a component. */
  readonly exports: readonly (readonly [name: string, signature: string])[]
  readonly facts?: CoreFacts
}

/**
 * ADMIT, and why, for code that would be admitted nowhere, or not by this policy.
 * @throws {TypeError | RangeError} for a policy that cannot be
 */
export async function inspect(
  code: Uint8Array,
  admission: AdmissionPolicy = {},
  pagesMax: number = BOUNDS.pages,
): Promise<Result<Inspection>> {
  checkPolicy(admission)
  return isComponentCode(code)
    ? inspectComponent(code, admission, pagesMax)
    : inspectModule(code, admission, pagesMax)
}

async function inspectModule(
  code: Uint8Array,
  admission: AdmissionPolicy,
  pagesMax: number,
): Promise<Result<Inspection>> {
  const admitted = await admit(code, pagesMax, admission)
  if (admitted.refused !== undefined) return admitted
  const { imports, exports, memory, instanceFuel, facts } = admitted.ok
  const core = { ...facts, memoryPages: [memory.min, memory.max] as const, instanceFuel }
  return { ok: { kind: 'module', imports, exports: [...exports], facts: core } }
}

async function inspectComponent(
  code: Uint8Array,
  admission: AdmissionPolicy,
  pagesMax: number,
): Promise<Result<Inspection>> {
  const prepared = await prepareComponent(code, pagesMax, admission)
  if (prepared.refused !== undefined) return prepared
  const { entries, importNames } = prepared.ok
  const exports = [...entries.exports].map(([name, { sort }]) => [name, sort] as const)
  return { ok: { kind: 'component', imports: importNames, exports } }
}
