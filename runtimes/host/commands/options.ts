/** Options that several commands share, and what their values become. */
import { InvalidArgumentError } from 'commander'

import { HASH } from '../../../promisebase/index.ts'
import { parseBytes, parseCount, parseDuration } from '../terminal/units.ts'
import { cidOfText } from './cid-text.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { AuditCheckpoint, Budget } from '../../../kernel/index.ts'

export interface BudgetFlags {
  readonly fuel?: number
  readonly memory?: number
  readonly output?: number
  readonly wall?: number
}

export function addBudget(command: Command, of: string): Command {
  return command
    .option('--fuel <units>', `fuel ${of}`, countValue)
    .option('--memory <bytes>', `memory ${of}: 65536, 64KiB, 16MiB`, bytesValue)
    .option('--output <bytes>', `bytes of output ${of}`, bytesValue)
    .option('--wall <ms>', `milliseconds ${of}`, countValue)
}

export function budgetOf({ fuel, memory, output, wall }: BudgetFlags): Budget {
  return {
    ...(fuel === undefined ? {} : { fuel }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(output === undefined ? {} : { outputBytes: output }),
    ...(wall === undefined ? {} : { wallMs: wall }),
  }
}

export function countValue(text: string): number {
  return valid(parseCount(text), 'it is a whole number')
}

export function bytesValue(text: string): number {
  return valid(parseBytes(text), 'it is a number of bytes such as 65536, 64KiB or 16MiB')
}

export function durationValue(text: string): number {
  return valid(parseDuration(text), 'it is a time such as 90s, 10m, 2h or 30d; a number alone is seconds')
}

export function cidValue(text: string): CID {
  return valid(cidOfText(text), 'it is a CID, version 1, in base32 or another usual base')
}

/** The same for a block of the store, which may be named by any hash there is. */
export function anyCidValue(text: string): CID {
  return valid(cidOfAnyHash(text), 'it is a CID, version 1, in base32 or another usual base')
}

export function cidOfAnyHash(text: string): CID | undefined {
  return cidOfText(text, { hashes: Object.values(HASH) })
}

/** A checkpoint of the audit log: number and hash of a page. */
export function checkpointValue(text: string): AuditCheckpoint {
  const [, page, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  return valid(
    page === undefined || hash === undefined
      ? undefined
      : { page: Number(page), hash: Uint8Array.from(Buffer.from(hash, 'hex')) },
    'it is what `grid audit verify` says: a number, a colon and 64 hexadecimal digits',
  )
}

/** `run,top` as a sorted list without repetitions. */
export function namesValue(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  return names.includes('')
    ? valid<string[]>(undefined, 'it is names with commas between')
    : [...new Set(names)].sort()
}

/** Collects an option that may be given several times. */
export function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

function valid<T>(value: T | undefined, must: string): T {
  if (value === undefined) throw new InvalidArgumentError(must)
  return value
}
