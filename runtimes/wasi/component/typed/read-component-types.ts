/** The types of a component, without running anything of it: for whoever deploys it, or calls it. */
import { refuse } from '../../../../kernel/index.ts'
import { Inadmissible } from '../../rewriter/inadmissible.ts'
import { linkComponent } from '../prepare-component.ts'
import { findEntries, typedMethods } from '../entry.ts'
import { typesBlock } from './typed-method.ts'
import type { Result } from '../../../../kernel/index.ts'

/** The types block of these methods, or of all; undefined where none has types of its own. ADMIT for no component. */
export function readComponentTypes(
  code: Uint8Array,
  methods?: readonly string[],
): Result<Uint8Array | undefined> {
  try {
    const exports = linkComponent(new Uint8Array(code)).exports
    return { ok: typesBlock(typedMethods(findEntries(exports), methods ?? [...exports.keys()])) }
  } catch (error) {
    if (error instanceof Inadmissible) return refuse('ADMIT', error.message)
    throw error
  }
}
