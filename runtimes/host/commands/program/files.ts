/** What a program may read: files and folders of this machine, stored first, or content that is here by its CID. */
import { basename } from 'node:path'

import { contentFault } from '../../files/file-fault.ts'
import { importPath } from '../../files/import-path.ts'
import { HostError } from '../../host-error.ts'
import { findPlace, placeValue } from '../base/place.ts'
import { cidOfAnyHash } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { Host } from '../../interface.ts'
import type { Session } from '../session.ts'

/** Where a program finds what is given without a place. */
const PLACE_DEFAULT = '/in'

interface Input {
  readonly kind: 'file' | 'folder'
  readonly cid: CID
  /** What a file is called where it came from. */
  readonly name: string | undefined
}

/** Content by its place. @throws {HostError} USAGE, MISSING, FILE or DATA @throws {StoreError} */
export async function filesOf(
  session: Session,
  host: Host,
  written: readonly string[],
): Promise<Readonly<Record<string, CID>>> {
  const files = new Map<string, CID>()
  for (const each of written) {
    const [, stated, what = each] = /^([^=]*)=(.*)$/s.exec(each) ?? []
    const input = await inputAt(session, host, what)
    const place = stated ?? placeOf(input, what)
    if (files.has(place)) throw new HostError('USAGE', `the place ${JSON.stringify(place)} is given twice`)
    files.set(place, input.cid)
  }
  return Object.fromEntries(files)
}

/** A path that looks like a CID is meant with `./` before it. */
async function inputAt(session: Session, host: Host, what: string): Promise<Input> {
  if (what === '' || what === '-')
    throw new HostError('USAGE', `${JSON.stringify(what)} names no file or folder`, {
      fix: 'write --folder PATH, or PLACE=PATH; standard input is given by --stdin -',
    })
  const [first = ''] = what.split('/')
  if (cidOfAnyHash(first) === undefined) {
    const path = session.path(what)
    const { kind, cid } = await session.terminal.progress(`storing ${what}`, () =>
      importPath(host.store, path),
    )
    return { kind, cid, name: basename(path) }
  }
  const place = placeValue(what)
  const { kind, cid } = await findPlace(host.store, place).catch((error: unknown) => {
    throw contentFault(error)
  })
  return { kind, cid, name: place.path === undefined ? undefined : basename(place.path) }
}

/** A folder stands at the place itself, a file in it. */
function placeOf({ kind, name }: Input, what: string): string {
  if (kind === 'folder') return PLACE_DEFAULT
  if (name !== undefined) return `${PLACE_DEFAULT}/${name}`
  throw new HostError('USAGE', `${what} is a file without a name`, {
    fix: `say where the program finds it: --folder ${PLACE_DEFAULT}/NAME=${what}`,
  })
}
