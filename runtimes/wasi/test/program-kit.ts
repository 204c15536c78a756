/** Calls of programs in tests: inputs in a store in memory, and results read back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  CODEC,
  decodeCbor,
  DAG_CBOR_PROFILE,
  encodeDagCbor,
  hashBlock,
  isCid,
  nobleCrypto,
  readContent,
  stageContent,
  stageFolder,
  walkFolder,
} from '../../../promisebase/index.ts'
import { createWasiRuntime } from '../index.ts'
import { callOf, describeCode, RunEnd } from './fixtures.ts'
import type { CID } from 'multiformats/cid'
import type { Descriptor, RunResult, Runtime, RuntimeCall } from '../../../kernel/index.ts'
import type { CborInput, FolderEntry, PutBlock } from '../../../promisebase/index.ts'
import type { CallChanges } from './fixtures.ts'

const utf8 = new TextEncoder()

/** A folder as a test writes it: files by their text, folders, and links by what they lead to. */
export interface Tree {
  readonly [name: string]: string | Uint8Array | Tree | { readonly link: string }
}

/** Blocks by their CID. */
export class Blocks {
  readonly #blocks = new Map<string, Uint8Array>()

  put: PutBlock = (bytes, codec = CODEC.raw) => {
    const cid = hashBlock(nobleCrypto.sha256, codec, bytes)
    this.#blocks.set(cid.toString(), bytes)
    return cid
  }

  /** All of them, by the text of their CID. */
  get entries(): readonly (readonly [cid: string, bytes: Uint8Array])[] {
    return [...this.#blocks]
  }

  getBlock = async (cid: CID): Promise<Uint8Array | undefined> => this.#blocks.get(cid.toString())

  delete(cid: CID): void {
    this.#blocks.delete(cid.toString())
  }

  folder(tree: Tree): CID {
    return this.#folder(tree).cid
  }

  #folder(tree: Tree): { readonly cid: CID; readonly size: number } {
    const entries = Object.entries(tree).map(([name, what]): FolderEntry => {
      if (typeof what === 'string' || what instanceof Uint8Array) {
        const bytes = typeof what === 'string' ? utf8.encode(what) : what
        return { name, kind: 'file', ...stageContent(bytes, this.put), isExecutable: false }
      }
      if (typeof what['link'] === 'string') return { name, kind: 'link', target: what['link'] }
      return { name, kind: 'folder', ...this.#folder(what as Tree) }
    })
    return stageFolder(entries, this.put)
  }
}

/** What a program is called with, as an object. */
export type ProgramCall = { readonly [field: string]: CborInput }

function programFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'programs', `${name}.wasm`)))
}

export interface ProgramEnd {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly files?: CID
  readonly fuel: number
  readonly run: RunResult
}

export const runtime = createWasiRuntime()
export const PROBE = programFile('probe')

export function programCall(
  code: Uint8Array,
  given: ProgramCall | Uint8Array,
  blocks: Pick<Blocks, 'getBlock'>,
  changes: CallChanges & { readonly descriptor?: Partial<Descriptor> } = {},
): RuntimeCall {
  const descriptor = describeCode(code, {
    entry: 'program',
    methods: ['run'],
    name: 'probe',
    ...changes.descriptor,
  })
  const input = given instanceof Uint8Array ? given : encodeDagCbor(given)
  const call = callOf(code, descriptor, { method: 'run', ...changes, input })
  return { ...call, getBlock: blocks.getBlock }
}

const descriptors = new Map<Uint8Array, RuntimeCall['descriptor']>()

/** Runs a program to its result. */
export async function runProgram(
  code: Uint8Array,
  given: ProgramCall,
  blocks = new Blocks(),
  changes: CallChanges = {},
  on: Runtime = runtime,
): Promise<ProgramEnd> {
  const call = programCall(code, given, blocks, changes)
  const descriptor = descriptors.get(code) ?? call.descriptor
  descriptors.set(code, descriptor)
  const run = await on.run({ ...call, descriptor }, new RunEnd())
  assert.ok(run.output !== undefined, JSON.stringify(run.refused))
  for (const { bytes, codec } of run.blocks ?? []) blocks.put(bytes, codec)
  return { ...readEnd(run.output), fuel: run.fuel, run }
}

function readEnd(output: Uint8Array): Omit<ProgramEnd, 'fuel' | 'run'> {
  const map = decodeCbor(output, DAG_CBOR_PROFILE).ok
  assert.ok(map instanceof Map)
  const text = (field: string): string => new TextDecoder().decode(map.get(field) as Uint8Array)
  const files = map.get('files')
  const end = { exit: map.get('exit') as number, stdout: text('stdout'), stderr: text('stderr') }
  return isCid(files) ? { ...end, files } : end
}

/** The lines that the probe writes for these operations. */
export async function probe(
  operations: string,
  given: ProgramCall = { scratch: '/' },
  blocks = new Blocks(),
): Promise<string[]> {
  const args = operations.trim().split(/\s+/)
  const { stdout, exit } = await runProgram(PROBE, { ...given, args }, blocks, {
    budget: { fuel: 100_000_000 },
  })
  assert.equal(exit, 0, stdout)
  return stdout.trimEnd().split('\n')
}

/** What is in a folder of content: each path, and the text of a file, the target of a link, nothing of a folder. */
export async function contentOf(blocks: Blocks, cid: CID): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {}
  for await (const entry of walkFolder(blocks as never, cid)) {
    if (entry.kind === 'file') {
      const bytes = (await readContent(blocks as never, entry.cid, Infinity)).ok
      found[entry.path] = new TextDecoder().decode(bytes)
    } else found[entry.path] = entry.kind === 'link' ? entry.target : null
  }
  return found
}
