/** Vectors of a program: what it is called with, and what it must come to (spec/preview1.md). */
import { readContent, walkFolder, writeContent, writeFolder } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { readProgramResult, writeProgramCall } from '../../wasi/index.ts'
import { mapOf } from './json-file.ts'
import { BYTES_FIX, bytesOf, isBytes, shown } from './vector-bytes.ts'
import { readVectorsOf } from './vectors.ts'
import type { CID } from 'multiformats/cid'
import type { FolderEntry, Store } from '../../../promisebase/index.ts'
import type { ProgramResult } from '../../wasi/index.ts'
import type { Host } from '../interface.ts'
import type { Bytes } from './vector-bytes.ts'
import type { Verdict } from './vectors.ts'

/** Files by their path in a folder. */
type Files = Readonly<Record<string, Bytes>>

export interface ProgramVector {
  readonly note?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: Bytes
  /** What it finds at `/in`; it may write at `/out`. */
  readonly in?: Files
  /** What it must come to: its exit code, 0 without it, and what is stated of the rest. */
  readonly exit?: number
  readonly stdout?: Bytes
  readonly stderr?: Bytes
  /** All that it leaves at `/out`. */
  readonly out?: Files
  /** Or that the call is refused: part of what is said then. */
  readonly error?: string
}

const FIELDS: Readonly<Record<keyof ProgramVector, (value: unknown) => boolean>> = {
  note: isText,
  args: (value) => Array.isArray(value) && value.every(isText),
  env: (value) => Object.values(mapOf(value) ?? { none: 0 }).every(isText),
  stdin: isBytes,
  in: isFiles,
  exit: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  stdout: isBytes,
  stderr: isBytes,
  out: isFiles,
  error: isText,
}

const FIX =
  'a vector of a program has "args", "env", "stdin" and files "in", and "exit", "stdout", "stderr" and files "out", or "error"'

/** @throws {HostError} MISSING without vectors, FILE for what is none */
export function readProgramVectors(folder: string): Promise<readonly ProgramVector[]> {
  return readVectorsOf(folder, isVector, `${FIX}; ${BYTES_FIX}`)
}

/** Calls the program with each of them, as a caller would. */
export async function tryProgramVectors(
  host: Host,
  protocol: CID,
  vectors: readonly ProgramVector[],
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const [at, vector] of vectors.entries())
    verdicts.push(await tryVector(host, protocol, vector, `vector ${at + 1}`))
  return verdicts
}

async function tryVector(host: Host, protocol: CID, vector: ProgramVector, title: string): Promise<Verdict> {
  const { note = title, error } = vector
  const seen = { note, method: 'run' }
  const told = await host.call({ protocol, method: 'run', input: await inputOf(host.store, vector, note) })
  if (told.status !== 'kept') {
    const said = `${told.code}: ${told.detail ?? ''}`
    const passed = error !== undefined && said.includes(error)
    return { ...seen, passed, ...(passed ? {} : { got: said }) }
  }
  const { ok, refused } = readProgramResult(told.bytes)
  if (ok === undefined) throw new HostError('DATA', refused.detail)
  const got = error === undefined ? await difference(host.store, vector, ok) : `exit ${ok.exit}`
  return { ...seen, passed: got === undefined, fuel: told.fuel, ...(got !== undefined && { got }) }
}

async function inputOf(store: Store, vector: ProgramVector, note: string): Promise<Uint8Array> {
  const { args = [], env, stdin, in: files } = vector
  try {
    return writeProgramCall({
      args,
      ...(env && { env }),
      ...(stdin !== undefined && { stdin: bytesOf(stdin) }),
      ...(files && { files: { '/in': (await folderOf(store, Object.entries(files))).cid } }),
      scratch: '/out',
    })
  } catch (error) {
    // A name that is none, or more than a program is called with.
    if (error instanceof RangeError)
      throw new HostError('FILE', `${note}: ${error.message}`, { cause: error })
    throw error
  }
}

type Folder = Extract<FolderEntry, { readonly kind: 'folder' }>

async function folderOf(
  store: Store,
  files: readonly (readonly [path: string, bytes: Bytes])[],
  name = 'in',
): Promise<Folder> {
  const below = new Map<string, [string, Bytes][]>()
  const entries: FolderEntry[] = []
  for (const [path, bytes] of files) {
    const [first = '', ...rest] = path.split('/')
    if (rest.length > 0) below.set(first, [...(below.get(first) ?? []), [rest.join('/'), bytes]])
    else {
      const { cid, size } = await writeContent(store, bytesOf(bytes))
      entries.push({ name: first, kind: 'file', cid, size, isExecutable: false })
    }
  }
  for (const [folder, inside] of below) entries.push(await folderOf(store, inside, folder))
  return { name, kind: 'folder', ...(await writeFolder(store, entries)) }
}

/** What is not as it must be, the first of it; undefined where all is. */
async function difference(
  store: Store,
  { exit = 0, stdout, stderr, out }: ProgramVector,
  result: ProgramResult,
): Promise<string | undefined> {
  const said = `stderr ${shown(result.stderr)}`
  if (result.exit !== exit) return `exit ${result.exit}, ${said}`
  if (differs(stdout, result.stdout)) return `stdout ${shown(result.stdout)}`
  if (differs(stderr, result.stderr)) return said
  return out && result.files && filesDifference(out, await filesAt(store, result.files))
}

function filesDifference(wanted: Files, left: ReadonlyMap<string, Uint8Array>): string | undefined {
  for (const [path, bytes] of left)
    if (!Object.hasOwn(wanted, path) || differs(wanted[path], bytes)) return `${path} ${shown(bytes)}`
  const missing = Object.keys(wanted).find((path) => !left.has(path))
  return missing === undefined ? undefined : `no ${missing}`
}

function differs(wanted: Bytes | undefined, bytes: Uint8Array): boolean {
  return wanted !== undefined && !Buffer.from(bytes).equals(bytesOf(wanted))
}

async function filesAt(store: Store, folder: CID): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  const snapshot = store.snapshot()
  try {
    for await (const entry of walkFolder(snapshot, folder)) {
      if (entry.kind !== 'file') continue
      const { ok, refused } = await readContent(snapshot, entry.cid, entry.size)
      if (ok === undefined) throw new HostError('DATA', `${entry.path}: ${refused.detail}`)
      found.set(entry.path, ok)
    }
  } finally {
    snapshot.close()
  }
  return found
}

function isVector(value: unknown): value is ProgramVector {
  const fields = mapOf(value)
  if (fields === undefined) return false
  const { error, exit, stdout, stderr, out } = fields
  const isEither = error === undefined || [exit, stdout, stderr, out].every((each) => each === undefined)
  return isEither && Object.entries(fields).every(([name, each]) => isField(name) && FIELDS[name](each))
}

function isField(name: string): name is keyof ProgramVector {
  return Object.hasOwn(FIELDS, name)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isFiles(value: unknown): boolean {
  return Object.values(mapOf(value) ?? { none: undefined }).every(isBytes)
}
