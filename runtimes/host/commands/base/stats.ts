/** `grid base stats`: how much of what is in the store. */
import { usage } from '../../../../promisebase/index.ts'
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { bytes, count } from '../../terminal/units.ts'
import { withSnapshot } from './store.ts'
import type { Command } from 'commander'
import type { Usage } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface StatsFlags {
  readonly estimate?: true
}

export function addBaseStats(base: Command, act: Act): void {
  base
    .command('stats')
    .description('how many blocks, labels, pins and entries there are, and their bytes')
    .option('--estimate', 'reckon many blocks from some of them: a moment instead of minutes')
    .action(({ estimate }: StatsFlags) => act((session) => stats(session, estimate === true)))
}

function stats(session: Session, estimate: boolean): Promise<Report> {
  return withSnapshot(session, (snapshot, signal) =>
    session.terminal.counting(async (tell) => {
      const held = await usage(snapshot, {
        estimate,
        signal,
        onProgress: ({ what, count: many, bytes: seen }) =>
          tell(() => `${count(many)} ${what}, ${bytes(seen)}`),
      })
      return { data: factsOf(held), text: columns(rowsOf(held)) }
    }),
  )
}

function factsOf({ spaces, ...facts }: Usage): object {
  const named = spaces.map(({ space, entries, bytes: held }) => [space, { count: entries, bytes: held }])
  return { ...facts, spaces: Object.fromEntries(named) as object }
}

function rowsOf({ blocks, labels, pins, commits, spaces }: Usage): readonly string[][] {
  const about = blocks.isExact ? '' : 'about '
  return [
    ['blocks', `${about}${count(blocks.count)}`, `${about}${bytes(blocks.bytes)}`],
    ['labels', count(labels)],
    ['pins', count(pins)],
    ['commits', count(commits)],
    ...spaces.map(({ space, entries, bytes: held }) => [
      `space ${safeLine(space)}`,
      count(entries),
      bytes(held),
    ]),
  ]
}
