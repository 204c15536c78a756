/** `grid base repair`: blocks that are missing or corrupt, fetched from a backup, a CAR or another data folder. */
import { stat } from 'node:fs/promises'

import { namedByEntry } from '../../../../kernel/index.ts'
import { repair } from '../../../../promisebase/index.ts'
import { fileFault } from '../../files/file-fault.ts'
import { hasStore } from '../../grids/folders.ts'
import { HostError } from '../../host-error.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import { nodeHasher } from '../../powers/hasher.ts'
import { openStore } from '../../data-folder/store.ts'
import { columns } from '../../terminal/layout.ts'
import { bytes, count } from '../../terminal/units.ts'
import { carFailure } from './car.ts'
import { damageFacts, damageRows } from './damage.ts'
import { openCarFile } from './car-file.ts'
import { pinTime } from './pin.ts'
import { withStore } from './store.ts'
import { nameFolder, openFolder } from '../open-host.ts'
import type { Command } from 'commander'
import type { RepairReport, RepairSource } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addBaseRepair(base: Command, act: Act): void {
  base
    .command('repair')
    .description('fetch blocks that are missing or corrupt from a backup, a CAR or another data folder')
    .argument('<from>', 'a file of `backup` or `car export`, or a data folder')
    .addHelpText(
      'after',
      '\nExamples:\n  grid base repair monday.backup\n  grid base repair ../other/.promisegrid',
    )
    .action((from: string) => act((session) => repaired(session, from)))
}

async function repaired(session: Session, from: string): Promise<Report> {
  const path = session.path(from)
  const found = await stat(path).catch(fileFault(from))
  return found.isDirectory() ? fromFolder(session, path, from) : fromFile(session, path)
}

async function fromFile(session: Session, path: string): Promise<Report> {
  const opened = await openCarFile(path)
  if (opened.refused !== undefined) return { data: {}, text: [], failure: carFailure(opened.refused) }
  await using file = opened.ok
  return await repairFrom(session, file.read)
}

async function fromFolder(session: Session, data: string, dataName: string): Promise<Report> {
  if (data === session.data) throw new HostError('USAGE', `${dataName} is the folder to be repaired`)
  if (!hasStore(data))
    throw new HostError('MISSING', `there is no grid in ${dataName}`, {
      fix: 'name a data folder, or a file',
    })
  const peer = { ...session, data, dataName }
  try {
    await using other = await openFolder(peer, () => openStore(nodeCrypto, data, nodeHasher))
    using snapshot = other.snapshot()
    return await repairFrom(session, (cid) => snapshot.getBlock(cid))
  } catch (error) {
    throw nameFolder(peer, error)
  }
}

function repairFrom(session: Session, source: RepairSource): Promise<Report> {
  return withStore(session, (store, signal) =>
    session.terminal.counting(async (tell) => {
      const report = await repair(store, {
        source,
        named: namedByEntry,
        now: pinTime(),
        signal,
        onProgress: (blocks) => tell(() => `${count(blocks)} blocks reached`),
      })
      const told = { data: factsOf(report), text: columns(rowsOf(report)) }
      return report.isWhole ? told : { ...told, failure: INCOMPLETE }
    }),
  )
}

const INCOMPLETE = {
  exit: 'store',
  code: 'INCOMPLETE',
  message: 'the source did not have all that is missing or corrupt',
  fix: 'repair from another one, or let go of what leads to it',
} as const

function factsOf({ damage, wrong, ...facts }: RepairReport): object {
  const { count: many, first } = wrong
  return { ...facts, damage: damageFacts(damage), wrong: { count: many, first: first.map(String) } }
}

function rowsOf({ mended, bytes: put, damage, wrong }: RepairReport): readonly string[][] {
  return [
    ['mended', `${count(mended)}, ${bytes(put)}`],
    ...damageRows(damage),
    ...(wrong.count === 0 ? [] : [['other bytes', `${count(wrong.count)} blocks of the source`]]),
  ]
}
