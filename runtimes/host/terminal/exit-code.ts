/** Exit codes, and which of them each kind of failure ends with. */
import type { StoreErrorCode } from '../../../promisebase/index.ts'
import type { HostErrorCode } from '../host-error.ts'

/** Names of the exit codes, with what `--help` says of them. */
export const EXIT = {
  done: [0, 'done; a promise that was called upon was kept'],
  fault: [1, 'a fault of this program; --debug shows where'],
  usage: [2, 'an argument, option or file that cannot be taken'],
  refused: [3, 'refused: by the node, at admission, or because it would promise too much'],
  expired: [4, 'expired: a message or a capability is past its time'],
  missing: [5, 'not here: a file, block, handler, identity or grid'],
  store: [6, 'the data folder cannot be used: locked, damaged, full, keys open to others, no passphrase'],
  pending: [7, 'not yet: promised for later, or a promise that is still open'],
  // As shells say it of a program that Ctrl-C has ended.
  interrupted: [130, 'stopped by Ctrl-C; what was acknowledged is kept'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type Exit = keyof typeof EXIT

const OF_HOST: Readonly<Record<HostErrorCode, Exit>> = {
  USAGE: 'usage',
  FILE: 'usage',
  NAME: 'usage',
  MISSING: 'missing',
  ADMIT: 'refused',
  EXCESS: 'refused',
  CLOCK: 'refused',
  KEY_FILE: 'store',
  PASSPHRASE: 'store',
  DATA: 'store',
  BUSY: 'refused',
  INTERRUPTED: 'interrupted',
  CLOSED: 'fault',
}

export function exitOfHost(code: HostErrorCode): Exit {
  return OF_HOST[code]
}

export function exitOfStore(code: StoreErrorCode): Exit {
  if (code === 'MISSING') return 'missing'
  return code === 'LIMIT' ? 'usage' : 'store'
}

/** For the code of a refusal; codes of others' tables count as refusals too. */
export function exitOfRefusal(code: string): Exit {
  if (code === 'EXPIRED') return 'expired'
  if (code === 'MISSING') return 'missing'
  if (code === 'PENDING') return 'pending'
  if (code === 'STORE') return 'store'
  return code === 'INTERNAL' ? 'fault' : 'refused'
}
