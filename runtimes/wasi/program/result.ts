/**
 * The result of a program: one dag-cbor block (spec/preview1.md, "Result"), and the blocks of the scratch folder.
 *
 *   result = { "exit": uint, ? "files": cid, "stderr": bytes, "stdout": bytes }
 */
import {
  cidKey,
  encodeDagCbor,
  hashBlock,
  nobleCrypto,
  stageContent,
  stageFolder,
} from '../../../promisebase/index.ts'
import { FILE_LIMITS } from '../files/limits.ts'
import { Halt } from '../halt.ts'
import { PROGRAM_FUEL } from './limits.ts'
import type { OutputBlock } from '../../../kernel/index.ts'
import type { FolderEntry as StoredEntry, PutBlock } from '../../../promisebase/index.ts'
import type { FileNode, FolderEntry, FolderNode } from '../files/node.ts'
import type { Guest } from '../guest.ts'
import type { OpenProgram } from './open-program.ts'

/** What a run gives: an output, and the blocks that it names. */
export interface StagedResult {
  readonly output: Uint8Array
  readonly blocks: readonly OutputBlock[]
}

type StoredFile = Extract<StoredEntry, { readonly kind: 'file' }>

export function resultOf(program: OpenProgram, exit: number): StagedResult {
  const { guest, scratch } = program
  const stage = new Staging(guest)
  const files = scratch === undefined ? {} : { files: stage.folder(scratch, 0).cid }
  const [stdout, stderr] = [program.streams.finish('output'), program.streams.finish('messages')]
  const output = encodeDagCbor({ exit, stdout, stderr, ...files })
  guest.chargeBytes(output.length)
  const { outputBytes } = guest.call.budget
  if (output.length > outputBytes)
    throw new Halt('BUDGET_OUTPUT', `${output.length} bytes, ${outputBytes} are allowed`)
  return { output, blocks: stage.blocks }
}

class Staging {
  readonly #guest: Guest
  readonly #blocks = new Map<string, OutputBlock>()
  /** A file with several names is cut and hashed once. */
  readonly #files = new Map<FileNode, Pick<StoredFile, 'cid' | 'size'>>()

  constructor(guest: Guest) {
    this.#guest = guest
  }

  get blocks(): readonly OutputBlock[] {
    return [...this.#blocks.values()]
  }

  folder(folder: FolderNode, depth: number): { readonly cid: StoredFile['cid']; readonly size: number } {
    if (depth > FILE_LIMITS.depth) throw new Halt('LIMIT', `folders nested deeper than ${FILE_LIMITS.depth}`)
    return stageFolder(
      [...folder.entries.values()].map((entry) => this.#entry(entry, depth)),
      this.#put,
    )
  }

  #entry({ name, node }: FolderEntry, depth: number): StoredEntry {
    this.#guest.charge(PROGRAM_FUEL.entry)
    if (node.kind === 'link') return { name, kind: node.kind, target: node.target }
    if (node.kind === 'folder') return { name, kind: node.kind, ...this.folder(node, depth + 1) }
    const { isExecutable } = node
    const stored = this.#files.get(node) ?? this.#file(node)
    return { name, kind: node.kind, ...stored, isExecutable }
  }

  /** One unit a byte: it is cut and hashed, which takes longer than to move it. */
  #file(node: FileNode): Pick<StoredFile, 'cid' | 'size'> {
    const { content } = node
    this.#guest.charge(content.size)
    this.#guest.checkTime()
    const { cid, size } = stageContent(content.at(0, content.size), this.#put)
    this.#files.set(node, { cid, size })
    return { cid, size }
  }

  #put: PutBlock = (bytes, codec = RAW) => {
    const cid = hashBlock(nobleCrypto.sha256, codec, bytes)
    this.#blocks.set(cidKey(cid), { bytes, codec })
    return cid
  }
}

const RAW = 0x55
