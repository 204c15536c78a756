/** The caller's side of a program: its arguments as bytes, and its result read back (spec/preview1.md). */
import { refuse } from '../../../kernel/index.ts'
import { DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor, isCid } from '../../../promisebase/index.ts'
import { readRequest } from './request.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../../../kernel/index.ts'

/** What a program is called with; what is not named it does not have. */
export interface ProgramCall {
  /** Arguments after the name of the program. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: Uint8Array
  /** Content it may read, by the place where it finds it. */
  readonly files?: Readonly<Record<string, CID>>
  /** A place where it may write; content for the same place is what that begins with. */
  readonly scratch?: string
}

/** What a program came to. */
export interface ProgramResult {
  /** Its exit code, 0 for success by custom. */
  readonly exit: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** The folder that it wrote, when it was given one. */
  readonly files?: CID
}

/** The arguments of a call. @throws {RangeError} when no program could be called with them */
export function writeProgramCall(call: ProgramCall): Uint8Array {
  const given = Object.entries(call).filter(([, value]) => value !== undefined)
  const bytes = encodeDagCbor(Object.fromEntries(given))
  const { refused } = readRequest(bytes)
  if (refused !== undefined) throw new RangeError(refused.detail)
  return bytes
}

/** Reads what a call of a program was kept with. */
export function readProgramResult(bytes: Uint8Array): Result<ProgramResult> {
  const map = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map)) return refuse('SHAPE', 'the result of a program is a map')
  const [exit, stdout, stderr, files] = ['exit', 'stdout', 'stderr', 'files'].map((key) => map.get(key))
  const isWhole =
    typeof exit === 'number' &&
    stdout instanceof Uint8Array &&
    stderr instanceof Uint8Array &&
    (files === undefined || isCid(files)) &&
    map.size === (files === undefined ? 3 : 4)
  if (!isWhole) return refuse('SHAPE', 'the result of a program has exit, stdout, stderr, and maybe files')
  return { ok: { exit, stdout, stderr, ...(files === undefined ? {} : { files }) } }
}
