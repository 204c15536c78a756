/** `grid base ls`: what is in a folder, or the labels of the store. */
import { InvalidArgumentError } from 'commander'

import { readContentStream, readFolder } from '../../../../promisebase/index.ts'
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { count } from '../../terminal/units.ts'
import { findPlace, placeValue } from './place.ts'
import { withSnapshot } from './store.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { ContentProgress, FolderEntry, Snapshot } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Place } from './place.ts'
import type { Act, Session } from '../session.ts'

const LABELS = 'labels'

interface ListFlags {
  readonly prefix?: string
}

export function addBaseList(base: Command, act: Act): void {
  base
    .command('ls')
    .description('list a folder, or all labels')
    .argument('<what>', 'CID, CID/path, or the word labels', whatValue)
    .option('--prefix <text>', 'labels that begin so')
    .addHelpText('after', '\nExamples:\n  grid base ls labels --prefix photos\n  grid base ls CID/2026')
    .action((what: Place | typeof LABELS, flags: ListFlags) =>
      act((session) => (what === LABELS ? listLabels(session, flags) : listPlace(session, what))),
    )
}

function whatValue(text: string): Place | typeof LABELS {
  if (text === LABELS) return LABELS
  try {
    return placeValue(text)
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause
    throw new InvalidArgumentError(`${cause.message}, or the word ${LABELS}`)
  }
}

function listLabels(session: Session, { prefix }: ListFlags): Promise<Report> {
  return withSnapshot(session, async (snapshot, signal) => {
    const labels: { readonly name: string; readonly cid: string }[] = []
    for await (const { name, cid } of snapshot.labels(prefix)) {
      signal.throwIfAborted()
      labels.push({ name, cid: cid.toString() })
    }
    const text =
      labels.length === 0
        ? ['there are no labels']
        : columns(labels.map(({ name, cid }) => [cid, safeLine(name)]))
    return { data: { labels }, text }
  })
}

function listPlace(session: Session, place: Place): Promise<Report> {
  return withSnapshot(session, async (snapshot, signal) => {
    const { kind, cid } = await findPlace(snapshot, place)
    return kind === 'folder' ? folderReport(snapshot, cid, signal) : fileReport(snapshot, cid)
  })
}

async function folderReport(snapshot: Snapshot, cid: CID, signal: AbortSignal): Promise<Report> {
  const entries: FolderEntry[] = []
  for await (const entry of readFolder(snapshot, cid)) {
    signal.throwIfAborted()
    entries.push(entry)
  }
  const text = entries.length === 0 ? ['it is empty'] : columns(entries.map(rowOf))
  return { data: { cid: cid.toString(), kind: 'folder', entries: entries.map(factsOf) }, text }
}

function rowOf(entry: FolderEntry): readonly string[] {
  const name = safeLine(entry.name)
  if (entry.kind === 'link') return ['link', '', '', `${name} -> ${safeLine(entry.target)}`]
  const kind = entry.kind === 'file' && entry.isExecutable ? 'program' : entry.kind
  return [kind, count(entry.size), entry.cid.toString(), entry.kind === 'folder' ? `${name}/` : name]
}

function factsOf(entry: FolderEntry): object {
  return entry.kind === 'link' ? entry : { ...entry, cid: entry.cid.toString() }
}

async function fileReport(snapshot: Snapshot, cid: CID): Promise<Report> {
  const size = await sizeOf(snapshot, cid)
  const named = cid.toString()
  return { data: { cid: named, kind: 'file', size }, text: columns([['file', count(size), named]]) }
}

/** The root of content tells its size, to whoever begins to read it. */
async function sizeOf(snapshot: Snapshot, cid: CID): Promise<number> {
  let size = 0
  const onProgress = ({ total = 0 }: ContentProgress): void => void (size = total)
  for await (const _ of readContentStream(snapshot, cid, { onProgress })) if (size > 0) break
  return size
}
