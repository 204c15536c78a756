/** `grid base add`: a file, a folder or a stream into the store, however long. */
import { addAbortSignal } from 'node:stream'

import { writeContent } from '../../../../promisebase/index.ts'
import { importPath } from '../../files/import-path.ts'
import { HostError } from '../../host-error.ts'
import { bytes, count } from '../../terminal/units.ts'
import { labelValue, moveLabel } from './names.ts'
import { pinFor } from './pin.ts'
import { withStore } from './store.ts'
import type { Command } from 'commander'
import type { Store, Transaction } from '../../../../promisebase/index.ts'
import type { ImportedPath } from '../../files/import-path.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface AddFlags {
  readonly unixfs?: true
  readonly label?: string
  readonly pin?: true
}

export function addBaseAdd(base: Command, act: Act): void {
  base
    .command('add')
    .description('store a file or folder of any size; the same content has the same CID, and is kept once')
    .argument('<path>', 'a file, a folder, or - for standard input')
    .option('--unixfs', 'files as other tools of IPFS cut and name them')
    .option('--label <name>', 'point a label at it when all of it is stored', labelValue)
    .option('--pin', 'keep it from `gc`, as `pin` does')
    .addHelpText(
      'after',
      '\nExamples:\n  grid base add photos --label photos\n  tar c . | grid base add - --label backup',
    )
    .action((path: string, flags: AddFlags) => act((session) => add(session, path, flags)))
}

async function add(session: Session, path: string, flags: AddFlags): Promise<Report> {
  const { terminal } = session
  return withStore(session, async (store, signal) => {
    const added = await terminal.counting((tell) =>
      read(session, store, path, {
        signal,
        ...(flags.unixfs === true ? { format: 'unixfs' as const } : {}),
        onProgress: ({ bytes: stored, files = 0 }) => tell(() => progress(stored, files)),
      }),
    )
    const { label } = flags
    const keep = async (transaction: Transaction): Promise<void> => {
      if (flags.pin === true) await pinFor(transaction, added.cid, {})
      if (label !== undefined) await moveLabel(transaction, label, added.cid)
    }
    if (flags.pin === true || label !== undefined) await store.transact(keep, { signal })
    const cid = added.cid.toString()
    return { data: { ...added, cid, ...(label === undefined ? {} : { label }) }, text: [cid] }
  })
}

interface AddOptions {
  readonly signal: AbortSignal
  readonly format?: 'unixfs'
  readonly onProgress: (progress: { readonly bytes: number; readonly files?: number }) => void
}

async function read(
  session: Session,
  store: Store,
  path: string,
  options: AddOptions,
): Promise<ImportedPath> {
  if (path !== '-') return importPath(store, session.path(path), options)
  const { stdin } = session.terminal
  if (stdin.isTTY === true)
    throw new HostError('USAGE', 'standard input is a terminal', {
      fix: 'pipe content into it, or name a file or folder',
    })
  // A pipe that nobody ends would keep the process after the work was given up.
  const { cid, size } = await writeContent(store, addAbortSignal(options.signal, stdin), options)
  return { kind: 'file', cid, size, files: 1, folders: 0, links: 0 }
}

function progress(stored: number, files: number): string {
  return `${bytes(stored)} stored${files > 1 ? `, ${count(files)} files` : ''}`
}
