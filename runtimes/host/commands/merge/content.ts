/** Files as the content that merge functions work on: as they are, or JSON as dag-cbor; and back. */
import {
  CODEC,
  diagnose,
  encodeDagCbor,
  MERGE_FUNCTIONS,
  MERGE_LIMITS,
  setContent,
} from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { WIDTH } from '../../terminal/layout.ts'
import { readInput } from '../../terminal/read-input.ts'
import { safeLines, textOf } from '../../terminal/safe-text.ts'
import { bytes } from '../../terminal/units.ts'
import { cidOfText } from '../cid-text.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput, CborValue, MergeFunction } from '../../../../promisebase/index.ts'
import type { Host } from '../../interface.ts'
import type { Session } from '../session.ts'

/** Functions by names of ours, of handlers, or by CID. @throws {HostError} MISSING */
export async function functionsNamed(host: Host, names: readonly string[]): Promise<CID[]> {
  const handlers = await host.handlers()
  return names.map((name) => {
    const cid =
      builtin(name)?.cid ?? cidOfText(name) ?? (Object.hasOwn(handlers, name) ? handlers[name] : undefined)
    if (cid !== undefined) return cid
    throw new HostError('MISSING', `there is no merge function ${JSON.stringify(name)} here`, {
      fix: `use a handler with the method merge, a CID, or one of: ${Object.keys(MERGE_FUNCTIONS).join(', ')}`,
    })
  })
}

/** Stores a file as what the first of these functions works on. @throws {HostError} FILE */
export async function storeFile(
  host: Host,
  session: Session,
  file: string,
  functions: readonly CID[],
): Promise<CID> {
  const rule = { bytesMax: MERGE_LIMITS.contentBytes, mayBeEmpty: true, as: 'content of a branch' }
  const content = await readInput(session.terminal, session.path(file), rule)
  const first = Object.values(MERGE_FUNCTIONS).find((each: MergeFunction) => functions[0]?.equals(each.cid))
  if (first?.kind !== 'content' || first.codec !== CODEC.dagCbor) return host.put(content)
  const value = jsonOf(file, content)
  const isSet = first === MERGE_FUNCTIONS['set-union'] && Array.isArray(value)
  const block = isSet ? setContent(value as CborValue[]) : encodeDagCbor(value)
  return host.store.transact((transaction) => transaction.putBlock(block, CODEC.dagCbor))
}

/** Content as lines for a person. */
export function shownContent(content: Uint8Array | undefined, codec: number): string[] {
  if (content === undefined) return ['(not here)']
  if (codec === CODEC.dagCbor) return diagnose(content, { width: WIDTH }).split('\n')
  const text = textOf(content)
  if (text === undefined) return [`(${bytes(content.length)} that are not text)`]
  return text === '' ? ['(empty)'] : safeLines(text.replace(/\n$/, '')).split('\n')
}

function builtin(name: string): MergeFunction | undefined {
  return Object.values(MERGE_FUNCTIONS).find((each: MergeFunction) => each.name === name)
}

function jsonOf(file: string, content: Uint8Array): CborInput {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as CborInput
    encodeDagCbor(value)
    return value
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new HostError('FILE', `${file} is no JSON that can be stored exactly: ${why}`, {
      cause: error,
      fix: 'the function of this branch works on JSON: mind numbers beyond 2^53',
    })
  }
}
