/**
 * The code a descriptor names: a raw block, or content of several blocks (spec/dispatch.md, "Code"). Whether it is
 * here is decided before anything runs; it is read when a runtime asks for it, which prepared code spares.
 */
import { cidKey, CODEC, openContent, readContent, StoreError } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { DecisionContext } from '../decision.ts'
import type { Result } from '../errors.ts'

/**
 * Code of several blocks is looked at whole once: its parts are hundreds, and every call asks. The root is looked for
 * each time, for what is collected goes with its root.
 */
export async function findCode(code: CID, context: DecisionContext): Promise<Result<CID>> {
  const { snapshot, wholeCodes, limits } = context
  if (!(await snapshot.hasBlock(code))) return missing(code, `block ${code.toString()} is not on this node`)
  const name = cidKey(code)
  if (code.code === CODEC.raw || wholeCodes.get(name) === true) return { ok: code }
  const found = await openContent(snapshot, code, limits.codeBytes)
  if (found.refused?.code === 'MISSING') return missing(code, `of the code, ${found.refused.detail}`)
  if (found.refused !== undefined) return refuse(found.refused.code, `the code: ${found.refused.detail}`)
  wholeCodes.set(name, true)
  return { ok: code }
}

/** The bytes of code that was found. @throws {StoreError} `CORRUPT` */
export async function loadCode(snapshot: Pick<Snapshot, 'getBlock'>, code: CID): Promise<Uint8Array> {
  const read = await readContent(snapshot, code, LIMITS.codeBytes)
  if (read.refused === undefined) return read.ok
  throw new StoreError('CORRUPT', `code ${code.toString()}: ${read.refused.detail}`)
}

function missing(code: CID, detail: string): Result<CID> {
  return refuse('MISSING', detail, { missing: [code.toString()] })
}
