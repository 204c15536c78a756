/** `grid base gc`: deletes the blocks that no label, no pin and no entry leads to. */
import { namedByEntry } from '../../../../kernel/index.ts'
import { collect } from '../../../../promisebase/index.ts'
import { columns } from '../../terminal/layout.ts'
import { bytes, count } from '../../terminal/units.ts'
import { damageFacts, damageRows } from './damage.ts'
import { pinTime } from './pin.ts'
import { withStore } from './store.ts'
import type { Command } from 'commander'
import type { CollectReport } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface CollectFlags {
  readonly dryRun?: true
  readonly allowMissing?: true
  readonly allowUnreadable?: true
}

export function addBaseCollect(base: Command, act: Act): void {
  base
    .command('gc')
    .description('delete the blocks that no label, no pin and nothing of the grid leads to')
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .option('--allow-missing', 'go on where something that is named is not here')
    .option('--allow-unreadable', 'go on where a block is damaged: what it links to may be deleted')
    .action((flags: CollectFlags) => act((session) => collected(session, flags)))
}

function collected(session: Session, flags: CollectFlags): Promise<Report> {
  return withStore(session, async (store, signal) => {
    const ended = await session.terminal.counting((tell) =>
      collect(store, {
        named: namedByEntry,
        now: pinTime(),
        dryRun: flags.dryRun === true,
        missing: flags.allowMissing === true ? 'allow' : 'stop',
        unreadable: flags.allowUnreadable === true ? 'allow' : 'stop',
        signal,
        onProgress: ({ marked, deleted }) =>
          tell(() => `${count(marked)} blocks reached, ${count(deleted)} deleted`),
      }),
    )
    const report = ended.refused === undefined ? ended.ok : ended.report
    const told = { data: factsOf(report, flags), text: columns(rowsOf(report, flags)) }
    if (ended.refused === undefined) return told
    const { code, detail } = ended.refused
    const fix =
      code === 'BUSY'
        ? 'run it again when less is going on'
        : 'see all of it with `grid base verify`; bring the blocks here, or go on with --allow-missing or --allow-unreadable'
    return { ...told, failure: { exit: code === 'BUSY' ? 'refused' : 'store', code, message: detail, fix } }
  })
}

function factsOf({ damage, ...counts }: CollectReport, { dryRun }: CollectFlags): object {
  return { ...counts, dryRun: dryRun === true, damage: damageFacts(damage) }
}

function rowsOf(
  { kept, deleted, bytes: freed, damage }: CollectReport,
  { dryRun }: CollectFlags,
): readonly string[][] {
  return [
    ['kept', count(kept)],
    [dryRun === true ? 'to delete' : 'deleted', `${count(deleted)}, ${bytes(freed)}`],
    ...damageRows(damage),
  ]
}
