/** `grid base export`: content or a folder of the store onto this machine. */
import { Option } from 'commander'

import { exportPath } from '../../files/export-path.ts'
import { bytes, count } from '../../terminal/units.ts'
import { findPlace, placeValue } from './place.ts'
import { withSnapshot } from './store.ts'
import type { Command } from 'commander'
import type { ExportedPath } from '../../files/export-path.ts'
import type { Report } from '../../terminal/report.ts'
import type { Place } from './place.ts'
import type { Act, Session } from '../session.ts'

interface ExportFlags {
  readonly overwrite?: true
  readonly links: 'inside' | 'none' | 'any'
}

export function addBaseExport(base: Command, act: Act): void {
  base
    .command('export')
    .description('make a file or folder out of content, complete or not at all')
    .argument('<cid[/path]>', 'content, a folder, or something in one', placeValue)
    .argument('<target>', 'the file or folder to make')
    .option('--overwrite', 'replace what is there')
    .addOption(
      new Option('--links <which>', 'symbolic links: those that stay inside, none, or any')
        .choices(['inside', 'none', 'any'])
        .default('inside'),
    )
    .action((place: Place, target: string, flags: ExportFlags) =>
      act((session) => writeOut(session, place, target, flags)),
    )
}

function writeOut(session: Session, place: Place, target: string, flags: ExportFlags): Promise<Report> {
  return withSnapshot(session, async (snapshot, signal) => {
    const { cid, isExecutable } = await findPlace(snapshot, place)
    const made = await session.terminal.counting((tell) =>
      exportPath(snapshot, cid, session.path(target), {
        links: flags.links,
        overwrite: flags.overwrite === true,
        isExecutable,
        signal,
        onProgress: ({ bytes: written, files }) =>
          tell(() => `${bytes(written)} written, ${count(files)} files`),
      }),
    )
    return { data: { cid: cid.toString(), ...made }, text: [said(made, target)] }
  })
}

function said({ kind, bytes: written, files }: ExportedPath, target: string): string {
  const of = kind === 'folder' ? ` in ${count(files)} files` : ''
  return `${bytes(written)}${of} written to ${target}`
}
