/** `grid base cat`: content to standard output, piece by piece, so that its length does not matter. */
import { readContentStream } from '../../../../promisebase/index.ts'
import { findFile, placeValue } from './place.ts'
import { withSnapshot } from './store.ts'
import { contentReport } from '../block.ts'
import { bytesValue } from '../options.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Place } from './place.ts'
import type { Act, Session } from '../session.ts'

interface CatFlags {
  readonly offset?: number
  readonly length?: number
}

/** On a screen, and in a JSON document, content is one text: nobody reads more there. */
const SHOWN_BYTES_MAX = 16 * 1024 * 1024

export function addBaseCat(base: Command, act: Act): void {
  base
    .command('cat')
    .description('write content to standard output')
    .argument('<cid[/path]>', 'content, or a file in a folder', placeValue)
    .option('--offset <bytes>', 'begin there', bytesValue)
    .option('--length <bytes>', 'write so many at most', bytesValue)
    .addHelpText('after', '\nExample:\n  grid base cat CID/film.mp4 --offset 1GiB --length 1MiB > part')
    .action((place: Place, flags: CatFlags) => act((session) => cat(session, place, flags)))
}

function cat(session: Session, place: Place, flags: CatFlags): Promise<Report> {
  const { terminal } = session
  return withSnapshot(session, async (snapshot, signal) => {
    const cid = await findFile(snapshot, place)
    const stretch = { offset: flags.offset ?? 0, length: flags.length ?? Infinity, signal }
    if (terminal.json || terminal.isScreen) {
      const pieces = readContentStream(snapshot, cid, { ...stretch, bytesMax: SHOWN_BYTES_MAX })
      const content = await collect(pieces)
      return contentReport(session, { cid: cid.toString() }, content, undefined, [])
    }
    await terminal.stream(readContentStream(snapshot, cid, stretch), signal)
    return { data: {}, text: [] }
  })
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces) parts.push(piece)
  return Buffer.concat(parts)
}
