/** `grid base pin`: keeps content that no label names, for an owner, until the owner lets go of it or it expires. */
import { isHeld, pin, pins, unpin } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { instant } from '../../terminal/units.ts'
import { withSnapshot, withStore } from './store.ts'
import { anyCidValue, durationValue } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Pin, Transaction } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface PinFlags {
  readonly owner?: string
  readonly direct?: true
  readonly expires?: number
  readonly remove?: true
}

/** Whose pins they are that nobody says the owner of. */
const PIN_OWNER = 'user'

export function addBasePin(base: Command, act: Act): void {
  base
    .command('pin')
    .description('keep content from `gc`, list what is kept, or let go of it')
    .argument('[cid]', 'what to keep; without it, pins are listed', anyCidValue)
    .option('--owner <name>', `for whom; "${PIN_OWNER}" without it`)
    .option('--direct', 'the block alone, and nothing it links to')
    .option('--expires <time>', 'for so long: 90s, 2h, 30d', durationValue)
    .option('--remove', 'let go of it')
    .action((cid: CID | undefined, flags: PinFlags) =>
      act((session) => (cid === undefined ? list(session, flags) : change(session, cid, flags))),
    )
}

/** Seconds of the clock that pins expire by. */
export function pinTime(): number {
  return Math.floor(Date.now() / 1_000)
}

function list(session: Session, { owner, remove }: PinFlags): Promise<Report> {
  if (remove === true)
    throw new HostError('USAGE', 'which one to let go of is not said', { fix: 'name its CID' })
  return withSnapshot(session, async (snapshot, signal) => {
    const found: Pin[] = []
    for await (const each of pins(snapshot, owner === undefined ? {} : { owner })) {
      signal.throwIfAborted()
      found.push(each)
    }
    const rows = found.map((each) => [each.cid.toString(), each.kind, safeLine(each.owner), untilOf(each)])
    return {
      data: { pins: found.map(factsOf) },
      text: rows.length === 0 ? ['nothing is pinned'] : columns(rows),
    }
  })
}

function change(session: Session, cid: CID, flags: PinFlags): Promise<Report> {
  const { owner = PIN_OWNER } = flags
  return withStore(session, async (store, signal) => {
    if (flags.remove === true) {
      if (!(await store.transact((transaction) => unpin(transaction, cid, owner), { signal })))
        throw new HostError('MISSING', `${JSON.stringify(owner)} has no pin on ${cid}`, {
          fix: 'see whose pins there are with `grid base pin`',
        })
      return { data: { cid: cid.toString(), owner }, text: ['removed'] }
    }
    const made = await store.transact((transaction) => pinFor(transaction, cid, flags), { signal })
    return {
      data: factsOf(made),
      text: [[made.kind, untilOf(made)].filter((word) => word !== '').join(', ')],
    }
  })
}

/** @throws {HostError} MISSING, USAGE */
export async function pinFor(transaction: Transaction, cid: CID, flags: PinFlags): Promise<Pin> {
  const pinned = await pin(transaction, {
    cid,
    owner: flags.owner ?? PIN_OWNER,
    kind: flags.direct === true ? 'direct' : 'recursive',
    ...(flags.expires === undefined ? {} : { expires: pinTime() + flags.expires }),
  })
  if (pinned.refused === undefined) return pinned.ok
  throw new HostError(pinned.refused.code === 'MISSING' ? 'MISSING' : 'USAGE', pinned.refused.detail)
}

function untilOf(each: Pin): string {
  if (each.expires === undefined) return ''
  return `${isHeld(each, pinTime()) ? 'until' : 'expired'} ${instant(each.expires)}`
}

function factsOf(each: Pin): object {
  return { ...each, cid: each.cid.toString() }
}
