/**
 * How a promise stands at a second: what its record says, else what follows from time and from its conditions.
 * Nothing runs when a promise expires; whoever looks after that finds that it has, and always the same
 * (spec/promise.md, "Conditions", "Expiry").
 */
import { cidKey } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { refusedOutcome } from '../stages/6-reply.ts'
import { readRecord } from './record.ts'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Outcome } from '../interface.ts'
import type { PromiseRecord, RecordReader } from './record.ts'

/** Open; or ended at a second, in the record or not yet. */
export type Standing =
  | { readonly open: true; readonly waitsFor: readonly PromiseRecord[] }
  | { readonly open: false; readonly at: number; readonly outcome: Outcome; readonly resolution?: Uint8Array }

/** What promises are looked at with; each is looked at once, however many stand on it. */
export interface Inspection {
  readonly crypto: CryptoProvider
  readonly reader: RecordReader
  readonly now: number
  /** How each condition stands, by its name: all that the promise stands on, directly or not. */
  readonly seen: Map<string, Standing>
  /** The first second at which something of it may stand otherwise. */
  soonest: number
}

export function inspection(crypto: CryptoProvider, reader: RecordReader, now: number): Inspection {
  return { crypto, reader, now, seen: new Map(), soonest: Number.MAX_SAFE_INTEGER }
}

export async function standingOf(look: Inspection, record: PromiseRecord): Promise<Standing> {
  const { ended, promise } = record
  if (ended !== undefined) return { open: false, ...ended }
  const waitsFor: PromiseRecord[] = []
  for (const id of promise.conditions ?? []) {
    const condition = await readRecord(look.crypto, look.reader, id)
    // A condition is kept on record for longer than what stands on it can be open.
    if (condition === undefined) continue
    const standing = await lookOnce(look, condition)
    if (standing.open) waitsFor.push(condition)
    else if (standing.outcome.status !== 'kept' && standing.at < promise.expires)
      return { open: false, at: standing.at, outcome: upstream(condition, standing.outcome) }
  }
  if (look.now >= promise.expires) return { open: false, at: promise.expires, outcome: EXPIRED }
  look.soonest = Math.min(look.soonest, promise.expires)
  return { open: true, waitsFor }
}

async function lookOnce(look: Inspection, record: PromiseRecord): Promise<Standing> {
  const name = cidKey(record.promise.id)
  const known = look.seen.get(name)
  if (known !== undefined) return known
  const standing = await standingOf(look, record)
  look.seen.set(name, standing)
  return standing
}

const EXPIRED = refusedOutcome(refuse('EXPIRED', 'nobody resolved the promise in time').refused)

function upstream({ promise }: PromiseRecord, { status }: Outcome): Outcome {
  return refusedOutcome(refuse('UPSTREAM', `the condition ${promise.id.toString()} was ${status}`).refused)
}
