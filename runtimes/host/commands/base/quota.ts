/** `grid base quota`: bounds on what a space of the store may hold. */
import { InvalidArgumentError } from 'commander'

import { quotas, removeQuota, setQuota, STORE_LIMITS } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { bytes, count } from '../../terminal/units.ts'
import { withSnapshot, withStore } from './store.ts'
import { bytesValue, countValue } from '../options.ts'
import type { Command } from 'commander'
import type { QuotaAccount } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface QuotaFlags {
  readonly entries?: number
  readonly bytes?: number
}

export function addBaseQuota(base: Command, act: Act): void {
  const quota = base.command('quota').description('bounds on what a space may hold: set, list or remove them')
  quota
    .command('set')
    .description('bound a space from now on, in place of the bound it had')
    .argument('<space>', 'the space', spaceValue)
    .option('--entries <count>', 'entries at most', countValue)
    .option('--bytes <bytes>', 'bytes of keys and values at most: 65536, 64KiB, 16MiB', bytesValue)
    .addHelpText(
      'after',
      '\nExample:\n  grid base quota set notes --entries 10000 --bytes 64MiB\nWhat would exceed it is refused with QUOTA.',
    )
    .action((space: string, flags: QuotaFlags) => act((session) => set(session, space, flags)))
  quota
    .command('list')
    .description('the bounds there are, and what the spaces hold')
    .action(() => act(list))
  quota
    .command('remove')
    .description('let a space grow without bound again')
    .argument('<space>', 'the space', spaceValue)
    .action((space: string) => act((session) => remove(session, space)))
}

/** For commander. What the node itself writes must not stop at a bound that somebody set. */
function spaceValue(text: string): string {
  const { length } = new TextEncoder().encode(text)
  if (length === 0 || length > STORE_LIMITS.nameBytes)
    throw new InvalidArgumentError(`it is text of 1 to ${STORE_LIMITS.nameBytes} bytes`)
  if (text.startsWith('.')) throw new InvalidArgumentError('spaces with a dot in front are the node’s own')
  return text
}

function set(session: Session, space: string, { entries, bytes: most }: QuotaFlags): Promise<Report> {
  if (entries === undefined && most === undefined)
    throw new HostError('USAGE', 'a quota bounds something', { fix: 'give --entries, --bytes or both' })
  return withStore(session, async (store) => {
    const account = await setQuota(store, space, {
      ...(entries !== undefined && { entriesMax: entries }),
      ...(most !== undefined && { bytesMax: most }),
    })
    return { data: { ...account }, text: columns(rowsOf([account])) }
  })
}

function list(session: Session): Promise<Report> {
  return withSnapshot(session, async (snapshot) => {
    const accounts: QuotaAccount[] = []
    for await (const account of quotas(snapshot)) accounts.push(account)
    return {
      data: { quotas: accounts },
      text: accounts.length === 0 ? ['no space has a quota'] : columns(rowsOf(accounts)),
    }
  })
}

function remove(session: Session, space: string): Promise<Report> {
  return withStore(session, async (store) => {
    if (!(await removeQuota(store, space)))
      throw new HostError('MISSING', `the space ${JSON.stringify(space)} has no quota`, {
        fix: 'see which have one with `grid base quota list`',
      })
    return { data: { space }, text: ['removed'] }
  })
}

function rowsOf(accounts: readonly QuotaAccount[]): readonly string[][] {
  return accounts.map(({ space, entries, bytes: held, entriesMax, bytesMax }) => [
    safeLine(space),
    `${count(entries)}${entriesMax === undefined ? '' : ` of ${count(entriesMax)}`} entries`,
    bytesMax === undefined ? bytes(held) : `${bytes(held)} of ${bytes(bytesMax)}`,
  ])
}
