/** The rewriter by itself: code becomes what stands on a shelf, and no engine has looked at it. */
import { rewriteComponent } from '../component/prepare-component.ts'
import { rewriteModule } from '../prepare.ts'
import { checkLayer, isComponentCode } from '../prepared-code.ts'
import { writeComponentEntry, writeModuleEntry } from '../shelf-entry.ts'
import type { Result } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { Settings } from '../settings.ts'

export function rewriteCode(
  code: Uint8Array,
  { entry, pagesMax }: Settings,
  admission?: AdmissionPolicy,
): Result<Uint8Array> {
  const layer = checkLayer(isComponentCode(code), entry)
  if (layer.refused !== undefined) return layer
  if (isComponentCode(code)) {
    const modules = rewriteComponent(code, pagesMax, admission)
    return modules.refused === undefined ? { ok: writeComponentEntry(modules.ok) } : modules
  }
  const module = rewriteModule(code, pagesMax, admission)
  return module.refused === undefined ? { ok: writeModuleEntry(module.ok) } : module
}
