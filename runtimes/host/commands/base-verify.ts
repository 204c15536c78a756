/** `grid base verify`: every block hashed again, every checksum compared. Damage is a failure. */
import { columns } from '../terminal/layout.ts'
import { bytes, count } from '../terminal/units.ts'
import { withStore } from './base-store.ts'
import type { Command } from 'commander'
import type { VerifyReport } from '../../../promisebase/index.ts'
import type { Failure, Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addBaseVerify(base: Command, act: Act): void {
  base
    .command('verify')
    .description('hash every block again, and compare every checksum')
    .action(() => act(verify))
}

function verify(session: Session): Promise<Report> {
  return withStore(session, async (store, signal) => {
    const found = await session.terminal.counting((tell) =>
      store.verify({
        signal,
        onProgress: ({ keys, bytes: seen }) => tell(() => `${count(keys)} keys, ${bytes(seen)} verified`),
      }),
    )
    const text = columns(rowsOf(found))
    return found.damaged === 0 ? { data: found, text } : { data: found, text, failure: failureOf(found) }
  })
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

function failureOf({ damaged }: VerifyReport): Failure {
  return {
    exit: 'store',
    code: 'CORRUPT',
    message: damaged === 1 ? 'one thing is damaged' : `${count(damaged)} things are damaged`,
    fix: 'restore the folder from a backup',
  }
}
