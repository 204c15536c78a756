/** Labels as a person moves them: every name but those that another command keeps in order. */
import { InvalidArgumentError } from 'commander'

import { STORE_LIMITS } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import type { CID } from 'multiformats/cid'
import type { Transaction } from '../../../../promisebase/index.ts'

/** A label here must name a protocol that was admitted. */
const OF_HANDLERS = 'handler/'

/** For commander. */
export function labelValue(text: string): string {
  const { length } = new TextEncoder().encode(text)
  if (length === 0 || length > STORE_LIMITS.nameBytes)
    throw new InvalidArgumentError(`it is text of 1 to ${STORE_LIMITS.nameBytes} bytes`)
  return text
}

/** @throws {HostError} NAME for a label that is moved by another command alone */
export function throwIfKept(name: string): void {
  if (!name.startsWith(OF_HANDLERS)) return
  throw new HostError('NAME', `labels that begin with ${OF_HANDLERS} name handlers`, {
    fix: '`grid deploy` moves them',
  })
}

/** Whatever it has pointed at. @throws {HostError} NAME, MISSING for a block that is not here */
export async function moveLabel(transaction: Transaction, name: string, to: CID | undefined): Promise<void> {
  await setLabel(transaction, name, await transaction.getLabel(name), to)
}

/** By compare-and-swap. @throws {HostError} NAME, MISSING @throws {StoreError} `CONFLICT` */
export async function setLabel(
  transaction: Transaction,
  name: string,
  expected: CID | undefined,
  to: CID | undefined,
): Promise<void> {
  throwIfKept(name)
  if (to !== undefined && !(await transaction.hasBlock(to)))
    throw new HostError('MISSING', `block ${to} is not here`, {
      fix: 'store it first, with `grid base add` or `put`',
    })
  await transaction.setLabel(name, expected, to)
}
