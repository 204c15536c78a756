/** `grid base verify`: every block hashed again, every checksum compared, every link followed. Damage is a failure. */
import { namedByEntry } from '../../../../kernel/index.ts'
import { verifyGraph } from '../../../../promisebase/index.ts'
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { bytes, count } from '../../terminal/units.ts'
import { damageFacts, damageRows } from './damage.ts'
import { pinTime } from './pin.ts'
import { withStore } from './store.ts'
import type { Command } from 'commander'
import type { GraphReport, LostRoots, VerifyReport } from '../../../../promisebase/index.ts'
import type { Failure, Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addBaseVerify(base: Command, act: Act): void {
  base
    .command('verify')
    .description('hash every block again, compare every checksum, and follow every link')
    .action(() => act(verify))
}

function verify(session: Session): Promise<Report> {
  return withStore(session, (store, signal) =>
    session.terminal.counting(async (tell) => {
      const found = await store.verify({
        signal,
        onProgress: ({ keys, bytes: seen }) => tell(() => `${count(keys)} keys, ${bytes(seen)} verified`),
      })
      const graph = await verifyGraph(store, {
        named: namedByEntry,
        now: pinTime(),
        signal,
        onProgress: (blocks) => tell(() => `${count(blocks)} blocks reached`),
      })
      const data = { ...found, graph: graphFacts(graph) }
      const text = columns([...rowsOf(found), ...graphRows(graph)])
      if (found.damaged > 0) return { data, text, failure: damagedFailure(found) }
      return graph.isWhole ? { data, text } : { data, text, failure: INCOMPLETE }
    }),
  )
}

const INCOMPLETE: Failure = {
  exit: 'store',
  code: 'INCOMPLETE',
  message: 'not all that labels, pins and entries lead to is here',
  fix: 'bring it here with `grid base repair`, `add` or `car import`, or let go of what leads to it',
}

function graphFacts({ damage, danglingLabels, absentPins, ...facts }: GraphReport): object {
  return {
    ...facts,
    damage: damageFacts(damage),
    danglingLabels: lostFacts(danglingLabels),
    absentPins: lostFacts(absentPins),
  }
}

function lostFacts({ count: many, first }: LostRoots): object {
  return { count: many, first: first.map(({ name, cid }) => ({ name, cid: cid.toString() })) }
}

function graphRows({ reachable, damage, danglingLabels, absentPins }: GraphReport): readonly string[][] {
  return [
    ['reachable', count(reachable)],
    ...damageRows(damage),
    ...lostRows('labels of nothing', danglingLabels),
    ...lostRows('pins of nothing', absentPins),
  ]
}

function lostRows(says: string, { count: many, first }: LostRoots): readonly string[][] {
  if (many === 0) return []
  return [[says, count(many)], ...first.map(({ name, cid }) => ['', `${cid} ${safeLine(name)}`])]
}

function rowsOf(found: VerifyReport): readonly (readonly string[])[] {
  const { files, unchecked } = found
  return [
    ['blocks', count(found.blocks)],
    ['entries', count(found.entries)],
    ['labels', count(found.labels)],
    ['commits', count(found.commits)],
    ['bytes', bytes(found.bytes)],
    ...(files === undefined ? [] : [['files', `${count(files.files)}, ${bytes(files.bytes)}`]]),
    ...(unchecked === 0
      ? []
      : [['unchecked', `${count(unchecked)} blocks, by a hash that is not known here`]]),
    ['damaged', count(found.damaged)],
    ...found.damages.map((damage) => ['', damage]),
  ]
}

function damagedFailure({ damaged }: VerifyReport): Failure {
  return {
    exit: 'store',
    code: 'CORRUPT',
    message: damaged === 1 ? 'one thing is damaged' : `${count(damaged)} things are damaged`,
    fix: 'blocks can be mended with `grid base repair`; else restore the folder from a backup',
  }
}
