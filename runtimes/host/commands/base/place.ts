/** What a person points at: a CID, or something in a folder behind a slash, `bafy…/photos/1.jpg`. */
import { InvalidArgumentError } from 'commander'

import { findPath, isFolder } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { cidOfAnyHash } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { BlockSource } from '../../../../promisebase/index.ts'

export interface Place {
  readonly cid: CID
  /** Names joined by slashes; undefined for the CID itself. */
  readonly path: string | undefined
}

/** What is there. */
export interface Found {
  readonly kind: 'file' | 'folder'
  readonly cid: CID
  readonly isExecutable: boolean
}

/** For commander. */
export function placeValue(text: string): Place {
  const [, named = '', path] = /^([^/]*)(?:\/(.*))?$/s.exec(text.replace(/\/+$/, '')) ?? []
  const cid = cidOfAnyHash(named)
  if (cid === undefined)
    throw new InvalidArgumentError('it is a CID, version 1, and may go on with a path: CID/photos/1.jpg')
  return { cid, path }
}

/** @throws {HostError} MISSING, DATA for a link @throws {ContentError} @throws {StoreError} */
export async function findPlace(source: BlockSource, { cid, path }: Place): Promise<Found> {
  if (path === undefined)
    return { kind: (await isFolder(source, cid)) ? 'folder' : 'file', cid, isExecutable: false }
  const entry = await findPath(source, cid, path)
  if (entry === undefined)
    throw new HostError('MISSING', `there is no ${JSON.stringify(path)} in ${cid}`, {
      fix: `see what there is with \`grid base ls ${cid}\``,
    })
  if (entry.kind === 'link')
    throw new HostError('DATA', `${JSON.stringify(path)} is a link to ${JSON.stringify(entry.target)}`, {
      fix: 'links are not followed: name what it points at',
    })
  return { kind: entry.kind, cid: entry.cid, isExecutable: entry.kind === 'file' && entry.isExecutable }
}

/** @throws {HostError} DATA for a folder */
export async function findFile(source: BlockSource, place: Place): Promise<CID> {
  const { kind, cid } = await findPlace(source, place)
  if (kind === 'file') return cid
  throw new HostError('DATA', `${cid} is a folder`, {
    fix: 'list it with `grid base ls`, or write it out with `grid base export`',
  })
}
