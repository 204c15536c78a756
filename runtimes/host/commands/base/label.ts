/** `grid base label`: what a label points at, how it came there, and moving it by compare-and-swap. */
import { InvalidArgumentError } from 'commander'

import { HostError } from '../../host-error.ts'
import { labelHistory } from './label-history.ts'
import { labelValue, moveLabel, setLabel, throwIfKept } from './names.ts'
import { withSnapshot, withStore } from './store.ts'
import { anyCidValue, cidOfAnyHash } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Transaction } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

const NONE = 'none'

interface LabelFlags {
  readonly expected?: CID | typeof NONE
  readonly remove?: true
  readonly history?: true
}

export function addBaseLabel(base: Command, act: Act): void {
  base
    .command('label')
    .description('show what a label points at or how it was moved, move it, or remove it')
    .argument('<name>', 'the label', labelValue)
    .argument('[cid]', 'what it is to point at', anyCidValue)
    .option(
      '--expected <cid>',
      `only if it points there now; ${NONE}: only if there is no such label`,
      expectedValue,
    )
    .option('--remove', 'remove the label; what it points at stays until `gc`')
    .option('--history', 'how it was moved, the last time first')
    .action((name: string, cid: CID | undefined, flags: LabelFlags) =>
      act((session) => label(session, name, cid, flags)),
    )
}

async function label(
  session: Session,
  name: string,
  cid: CID | undefined,
  flags: LabelFlags,
): Promise<Report> {
  if (cid !== undefined && flags.remove === true)
    throw new HostError('USAGE', 'a label is moved to a CID or removed, not both')
  const isMoved = cid !== undefined || flags.remove === true
  if (isMoved && flags.history === true)
    throw new HostError('USAGE', 'a label is moved or its history is shown, not both')
  if (isMoved) return move(session, name, cid, flags.expected)
  if (flags.expected !== undefined)
    throw new HostError('USAGE', '--expected is for a label that is moved or removed', {
      fix: 'give a CID, or --remove',
    })
  return flags.history === true ? labelHistory(session, name) : show(session, name)
}

async function show(session: Session, name: string): Promise<Report> {
  const cid = (await withSnapshot(session, (snapshot) => snapshot.getLabel(name)))?.toString()
  if (cid === undefined) throw missing(name)
  return { data: { label: name, cid }, text: [cid] }
}

async function move(
  session: Session,
  name: string,
  to: CID | undefined,
  expected: CID | typeof NONE | undefined,
): Promise<Report> {
  throwIfKept(name)
  const work = async (transaction: Transaction): Promise<CID | undefined> => {
    const before = await transaction.getLabel(name)
    if (to === undefined && before === undefined) throw missing(name)
    if (expected === undefined) await moveLabel(transaction, name, to)
    else await setLabel(transaction, name, expected === NONE ? undefined : expected, to)
    return before
  }
  return withStore(session, async (store, signal) => {
    const before = (await store.transact(work, { signal, by: 'grid base label' }))?.toString() ?? null
    const cid = to?.toString() ?? null
    return { data: { label: name, cid, before }, text: [cid ?? `removed; it pointed at ${before}`] }
  })
}

function expectedValue(text: string): CID | typeof NONE {
  if (text === NONE) return text
  const cid = cidOfAnyHash(text)
  if (cid === undefined) throw new InvalidArgumentError(`it is a CID, or the word ${NONE}`)
  return cid
}

function missing(name: string): HostError {
  return new HostError('MISSING', `there is no label ${JSON.stringify(name)}`, {
    fix: 'see which there are with `grid base ls labels`',
  })
}
