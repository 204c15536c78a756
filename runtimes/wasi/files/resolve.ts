/**
 * From a folder and a path to a place (spec/preview1.md, "Paths"). Nothing above the folder is ever reached, by `..`
 * or by a link: the way is kept as a stack that begins with the folder, and a link leads on from where it stands.
 */
import { FAULT } from './fault.ts'
import { FILE_LIMITS } from './limits.ts'
import { checkName, namesOf } from './path.ts'
import type { Meter } from './meter.ts'
import type { FileSystemNode, FolderNode } from './node.ts'

/**
 * What becomes of a link that is the last name: `follow` goes where it leads, `nofollow` stays unless a slash follows,
 * and `entry` stays in any case, for it is the name that is meant.
 */
export type LastLink = 'follow' | 'nofollow' | 'entry'

/** Where a path leads: a name in a folder, and what stands there. */
export interface Place {
  readonly folder: FolderNode
  /** Empty when the path means the folder itself. */
  readonly name: string
  readonly node: FileSystemNode | undefined
  /** The path ended in a slash. */
  readonly needsFolder: boolean
}

/** Each name is looked up in a map, whatever becomes of it. */
const FUEL_PER_NAME = 16

/** @throws {Fault} */
export function resolve(meter: Meter, from: FolderNode, path: string, last: LastLink): Place {
  const way = [from]
  const first = namesOf(path)
  const ahead = first.names.toReversed()
  let { needsFolder } = first
  let linksLeft: number = FILE_LIMITS.linksFollowed
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    meter.charge(FUEL_PER_NAME)
    const folder = way.at(-1) ?? from
    if (name === '..') {
      if (way.length === 1) throw FAULT.notcapable
      way.pop()
      continue
    }
    checkName(name)
    const node = folder.entries.get(name)?.node
    const isLast = ahead.length === 0
    const isFollowed = !isLast || last === 'follow' || (last === 'nofollow' && needsFolder)
    if (node?.kind === 'link' && isFollowed) {
      if (linksLeft === 0) throw FAULT.loop
      linksLeft -= 1
      meter.chargeBytes(node.bytes)
      const target = namesOf(node.target)
      if (isLast && target.needsFolder) needsFolder = true
      for (const each of target.names.toReversed()) ahead.push(each)
      continue
    }
    if (isLast) return { folder, name, node, needsFolder }
    way.push(asFolder(node))
  }
  const folder = way.at(-1) ?? from
  return { folder, name: '', node: folder, needsFolder: true }
}

function asFolder(node: FileSystemNode | undefined): FolderNode {
  if (node === undefined) throw FAULT.noent
  if (node.kind !== 'folder') throw FAULT.notdir
  return node
}

/** What stands there. @throws {Fault} when nothing does, or no folder where there should be one */
export function found({ node, needsFolder }: Place): FileSystemNode {
  if (node === undefined) throw FAULT.noent
  if (needsFolder && node.kind !== 'folder') throw FAULT.notdir
  return node
}
