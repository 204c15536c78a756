/**
 * The files of one run: all of them are in memory, counted, and gone with it. Work that grows with what a guest asks
 * for takes fuel before it is done.
 */
import { FAULT } from './fault.ts'
import { FileBytes } from './file-bytes.ts'
import { FILE_LIMITS } from './limits.ts'
import { FIRST_COOKIE } from './node.ts'
import type { Meter } from './meter.ts'
import type { Device, FileNode, FileSystemNode, FolderNode, LinkNode, Times } from './node.ts'
import type { Place } from './resolve.ts'
import type { RunClock } from './run-clock.ts'

const utf8 = new TextEncoder()

export class Disk {
  readonly clock: RunClock
  readonly meter: Meter
  #devices = 0
  #inodes = 0
  #entries = 0
  #bytes = 0

  constructor(clock: RunClock, meter: Meter) {
    this.clock = clock
    this.meter = meter
  }

  // ------------------------------------------------------------------------------------------- making

  /** The empty top folder of a new device. */
  createDevice(isReadOnly: boolean): FolderNode {
    this.#devices += 1
    return this.#folder({ id: this.#devices, isReadOnly }, undefined)
  }

  addFolder(parent: FolderNode, name: string): FolderNode {
    const folder = this.#folder(parent.device, parent)
    this.add(parent, name, folder)
    return folder
  }

  addFile(parent: FolderNode, name: string, shared?: Uint8Array, isExecutable = false): FileNode {
    const { device } = parent
    this.#checkEntry()
    if (!device.isReadOnly) this.#takeBytes(shared?.length ?? 0)
    const content = new FileBytes(shared)
    const file: FileNode = { kind: 'file', ...this.#common(device), content, isExecutable }
    this.add(parent, name, file)
    return file
  }

  addLink(parent: FolderNode, name: string, target: string): LinkNode {
    const { device } = parent
    const bytes = utf8.encode(target).length
    this.#checkEntry()
    if (!device.isReadOnly) this.#takeBytes(bytes)
    const link: LinkNode = { kind: 'link', ...this.#common(device), target, bytes }
    this.add(parent, name, link)
    return link
  }

  #folder(device: Device, parent: FolderNode | undefined): FolderNode {
    const folder = {
      kind: 'folder' as const,
      ...this.#common(device),
      links: parent === undefined ? 1 : 0,
      entries: new Map(),
      nextCookie: FIRST_COOKIE,
      listing: undefined,
    }
    return Object.assign(folder, { parent: parent ?? (folder as unknown as FolderNode) })
  }

  #common(device: Device): { device: Device; ino: number; links: number; opens: number; times: Times } {
    const now = this.clock.realtime
    this.#inodes += 1
    const times = { accessed: now, modified: now, changed: now }
    return { device, ino: this.#inodes, links: 0, opens: 0, times }
  }

  // -------------------------------------------------------------------------------------------- names

  /** Gives a node a name, which the folder does not have yet. */
  add(folder: FolderNode, name: string, node: FileSystemNode): void {
    this.#checkEntry()
    this.#entries += 1
    folder.entries.set(name, { name, node, cookie: folder.nextCookie })
    folder.nextCookie += 1
    folder.listing = undefined
    node.links += 1
    if (node.kind === 'folder') node.parent = folder
    this.touch(folder)
  }

  /** Before any room is taken for what would have no name. */
  #checkEntry(): void {
    if (this.#entries >= FILE_LIMITS.entries) throw FAULT.nospc
  }

  /** Takes a name away; the node lives on while it has another one, or is open. */
  remove(folder: FolderNode, name: string): void {
    const entry = folder.entries.get(name)
    if (entry === undefined) return
    folder.entries.delete(name)
    this.#entries -= 1
    entry.node.links -= 1
    this.touch(folder)
    this.#release(entry.node)
  }

  /** Moves a node to a name that is free. It is never without one, so nothing of it is released. */
  move(from: Place, to: Place, node: FileSystemNode): void {
    this.#entries -= 1
    this.add(to.folder, to.name, node)
    this.#entries += 1
    this.remove(from.folder, from.name)
  }

  open(node: FileSystemNode): void {
    node.opens += 1
  }

  close(node: FileSystemNode): void {
    node.opens -= 1
    this.#release(node)
  }

  /** Room of what nothing leads to is free again. */
  #release(node: FileSystemNode): void {
    if (node.links > 0 || node.opens > 0 || node.device.isReadOnly) return
    if (node.kind === 'link') this.#bytes -= node.bytes
    if (node.kind !== 'file') return
    this.#bytes -= node.content.size
    node.content.resize(0)
  }

  /** Whether a folder is another one or somewhere in it. */
  isWithin(folder: FolderNode, other: FolderNode): boolean {
    for (let at = folder; ; at = at.parent) {
      this.meter.charge(1)
      if (at === other) return true
      if (at.parent === at) return false
    }
  }

  // ------------------------------------------------------------------------------------------ content

  /** Writes at a place; what lies between the end and there is made as well, and costs as much. */
  write(file: FileNode, from: number, bytes: Uint8Array): void {
    const { content } = file
    if (bytes.length === 0) return
    this.#takeBytes(Math.max(0, from + bytes.length - content.size))
    const hole = Math.max(0, from - content.size)
    this.meter.chargeBytes(content.sharedBytes + hole + bytes.length)
    content.write(from, bytes)
    this.touch(file)
  }

  resize(file: FileNode, size: number): void {
    const { content } = file
    const more = size - content.size
    if (more > 0) this.#takeBytes(more)
    this.meter.chargeBytes(more > 0 ? content.sharedBytes + more : -more)
    if (more < 0) this.#bytes += more
    content.resize(size)
    this.touch(file)
  }

  #takeBytes(bytes: number): void {
    if (bytes > FILE_LIMITS.scratchBytes - this.#bytes) throw FAULT.nospc
    this.#bytes += bytes
  }

  touch({ times }: FileSystemNode): void {
    const now = this.clock.realtime
    times.modified = now
    times.changed = now
  }
}
