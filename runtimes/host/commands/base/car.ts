/** `grid base car`: blocks in the exchange format of IPFS and IPLD. */
import { exportCar, importCar } from '../../../../promisebase/index.ts'
import { columns } from '../../terminal/layout.ts'
import { bytes, count } from '../../terminal/units.ts'
import { readPieces, withOutFile } from './file.ts'
import { withSnapshot, withStore } from './store.ts'
import { anyCidValue } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { CarProgress } from '../../../../promisebase/index.ts'
import type { Failure, Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface ExportFlags {
  readonly out: string
  readonly v2?: true
  readonly skipMissing?: true
}

export function addBaseCar(base: Command, act: Act): void {
  const car = base.command('car').description('blocks from and to other tools of IPFS, in CAR files')
  car
    .command('export')
    .description('everything that a CID leads to')
    .argument('<cid>', 'the root', anyCidValue)
    .requiredOption('--out <file>', 'write it there')
    .option('--v2', 'version 2, with an index')
    .option('--skip-missing', 'leave out what is not here')
    .action((cid: CID, flags: ExportFlags) => act((session) => exported(session, cid, flags)))
  car
    .command('import')
    .description('store the blocks of a CAR, each checked against its name')
    .argument('<file>', 'a CAR of version 1 or 2')
    .action((file: string) => act((session) => imported(session, file)))
}

function exported(session: Session, cid: CID, { out, v2, skipMissing }: ExportFlags): Promise<Report> {
  const file = session.path(out)
  return withSnapshot(session, async (snapshot, signal) => {
    let done: CarProgress = { blocks: 0, bytes: 0 }
    await session.terminal.counting((tell) =>
      withOutFile(file, async (sink) => {
        const pieces = exportCar(snapshot, [cid], {
          version: v2 === true ? 2 : 1,
          missing: skipMissing === true ? 'skip' : 'refuse',
          signal,
          onProgress: (progress) => {
            done = progress
            tell(() => said(progress))
          },
        })
        for await (const piece of pieces) await sink(piece)
      }),
    )
    return { data: { root: cid.toString(), ...done, file }, text: [`${said(done)} written to ${out}`] }
  })
}

function imported(session: Session, file: string): Promise<Report> {
  return withStore(session, async (store, signal) => {
    const ended = await session.terminal.counting((tell) =>
      importCar(store, readPieces(session.path(file)), {
        signal,
        onProgress: (progress) => tell(() => said(progress)),
      }),
    )
    if (ended.refused !== undefined) return { data: {}, text: [], failure: carFailure(ended.refused) }
    const roots = ended.ok.roots.map(({ cid, complete }) => ({
      cid: cid.toString(),
      complete: complete === true,
    }))
    const rows = roots.map(({ cid, complete }) => [cid, complete ? 'complete' : 'not all of it is here'])
    return { data: { ...ended.ok, roots }, text: [said(ended.ok), ...columns(rows)] }
  })
}

/** A CAR or backup that is not taken is a file that cannot be taken, whatever is wrong with it. */
export function carFailure({ code, detail }: { readonly code: string; readonly detail: string }): Failure {
  return { exit: 'usage', code, message: detail, fix: 'bring the file again, or another one' }
}

function said({ blocks, bytes: length }: CarProgress): string {
  return `${count(blocks)} blocks, ${bytes(length)}`
}
