/** `grid base backup` and `restore`: the whole store of one moment in a file, and a new store out of one. */
import { join } from 'node:path'

import { backup, restore } from '../../../../promisebase/index.ts'
import { openLevelBackend } from '../../../../promisebase/level/index.ts'
import { hasStore, makeStore } from '../../grids/folders.ts'
import { HostError } from '../../host-error.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import { nodeHasher } from '../../powers/hasher.ts'
import { columns } from '../../terminal/layout.ts'
import { bytes } from '../../terminal/units.ts'
import { readPieces, withOutFile } from './file.ts'
import { withStore } from './store.ts'
import { carFailure } from './car.ts'
import { interruptible } from '../interruptible.ts'
import { nameFolder } from '../open-host.ts'
import { anyCidValue } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addBaseBackup(base: Command, act: Act): void {
  base
    .command('backup')
    .description(
      'the whole store as it is now into a file that tells when it was changed; keys are not in it',
    )
    .requiredOption('--out <file>', 'write it there')
    .action(({ out }: { readonly out: string }) => act((session) => backedUp(session, out)))
  base
    .command('restore')
    .description('make a store out of a backup, in a data folder that has none')
    .argument('<file>', 'what `backup` has written')
    .option('--root <cid>', 'the root that `backup` told: any other backup is refused', anyCidValue)
    .addHelpText(
      'after',
      '\nExample:\n  grid base restore monday.backup --data ./restored\nThe folder `keys` is not in a backup: copy it by itself.',
    )
    .action((file: string, { root }: { readonly root?: CID }) =>
      act((session) => restored(session, file, root)),
    )
}

function backedUp(session: Session, out: string): Promise<Report> {
  const file = session.path(out)
  return withStore(session, async (store, signal) => {
    const made = await session.terminal.counting((tell) =>
      withOutFile(file, (sink) =>
        backup(store, sink, {
          signal,
          onProgress: ({ phase, done }) => tell(() => `${phase}, ${bytes(done.bytes)}`),
        }),
      ),
    )
    const root = made.root.toString()
    return {
      data: { ...made, root, file },
      text: columns([
        ['root', root],
        ['written', bytes(made.written)],
        ['file', out],
      ]),
    }
  })
}

async function restored(session: Session, file: string, root: CID | undefined): Promise<Report> {
  const { data, dataName } = session
  if (hasStore(data))
    throw new HostError('NAME', `there is a store in ${dataName} already`, {
      fix: 'name a folder without one with --data',
    })
  try {
    return await interruptible((signal) => restoreInto(session, session.path(file), root, signal))
  } catch (error) {
    throw nameFolder(session, error)
  }
}

async function restoreInto(
  { terminal, data, dataName }: Session,
  file: string,
  root: CID | undefined,
  signal: AbortSignal,
): Promise<Report> {
  const make = async (aside: string) => {
    const backend = await openLevelBackend(join(aside, 'store'))
    try {
      return await terminal.counting((tell) =>
        restore(readPieces(file), backend, {
          crypto: nodeCrypto,
          hasher: nodeHasher,
          signal,
          ...(root === undefined ? {} : { root }),
          onProgress: ({ phase, bytes: done, all }) =>
            tell(() => `${phase}, ${bytes(done)} of ${bytes(all.bytes)}`),
        }),
      )
    } finally {
      await backend.close()
    }
  }
  const made = await makeStore(data, data, make, ({ refused }) => refused === undefined)
  if (made.refused !== undefined) return { data: {}, text: [], failure: carFailure(made.refused) }
  const named = made.ok.root.toString()
  return {
    data: { ...made.ok, root: named, folder: data },
    text: columns([
      ['root', named],
      ['folder', dataName],
    ]),
  }
}
