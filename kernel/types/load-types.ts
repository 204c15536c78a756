/** The types that a descriptor names, read once for each descriptor that is known here. */
import { refuse } from '../errors.ts'
import { readTypes } from './handler-types.ts'
import type { DecisionContext } from '../decision.ts'
import type { Result } from '../errors.ts'
import type { Descriptor } from '../interface.ts'
import type { HandlerTypes } from './handler-types.ts'

const known = new WeakMap<Descriptor, HandlerTypes>()

/** Undefined for a handler of bytes. */
export async function loadTypes(
  descriptor: Descriptor,
  { snapshot }: Pick<DecisionContext, 'snapshot'>,
): Promise<Result<HandlerTypes | undefined>> {
  const { types: cid } = descriptor
  if (cid === undefined) return { ok: undefined }
  const read = known.get(descriptor)
  if (read !== undefined) return { ok: read }
  const bytes = await snapshot.getBlock(cid)
  if (bytes === undefined)
    return refuse('MISSING', `block ${cid.toString()} is not on this node`, { missing: [cid.toString()] })
  const types = readTypes(bytes)
  if (types.refused === undefined) known.set(descriptor, types.ok)
  return types
}
