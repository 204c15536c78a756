/** The input of a call: a file, content that is stored already, or a map made of its entries. */
import { LIMITS } from '../../../kernel/index.ts'
import { encodeDagCbor } from '../../../promisebase/index.ts'
import { readDagJson } from '../content/dag-json.ts'
import { HostError } from '../host-error.ts'
import { readInput } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import { cidOfText } from './cid-text.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../../promisebase/index.ts'
import type { Session } from './session.ts'

export interface InputFlags {
  readonly input?: string
  readonly inputCid?: CID
  readonly arg?: readonly string[]
  readonly inputJson?: string
}

/** @throws {HostError} USAGE for more than one, FILE or MISSING for a file */
export async function inputOf(session: Session, flags: InputFlags): Promise<Uint8Array | CID | undefined> {
  const { input, inputCid, arg, inputJson } = flags
  if ([input, inputCid, arg, inputJson].filter((flag) => flag !== undefined).length > 1)
    throw new HostError('USAGE', 'give the input by one of --input, --input-cid, --input-json and --arg')
  if (inputJson !== undefined) return jsonOf(session, inputJson)
  if (flags.arg !== undefined) return argumentsOf(session, flags.arg)
  return flags.input === undefined ? flags.inputCid : readArgument(session, flags.input)
}

function readArgument(session: Session, file: string): Promise<Uint8Array> {
  return readInput(session.terminal, session.path(file), {
    bytesMax: LIMITS.argumentBytes,
    mayBeEmpty: true,
    as: 'an input',
  })
}

async function jsonOf(session: Session, written: string): Promise<Uint8Array> {
  const text = written.startsWith('@') ? textOf(await readArgument(session, written.slice(1))) : written
  if (text === undefined)
    throw new HostError('FILE', `${written.slice(1)} is no text`, { fix: 'name a file of JSON' })
  return encodeDagCbor(readDagJson(text))
}

async function argumentsOf(session: Session, written: readonly string[]): Promise<Uint8Array> {
  const map = new Map<string, CborInput>()
  for (const each of written) {
    const [, name, isValue, value] = /^([^=:]+)(:?)=(.*)$/s.exec(each) ?? []
    if (name === undefined || value === undefined)
      throw new HostError('USAGE', `${JSON.stringify(each)} is neither NAME=TEXT nor NAME:=VALUE`)
    if (map.has(name)) throw new HostError('USAGE', `the argument ${JSON.stringify(name)} is given twice`)
    map.set(name, isValue === ':' ? valueOf(name, value) : await bytesOf(session, value))
  }
  return encodeDagCbor(map)
}

function bytesOf(session: Session, text: string): Promise<Uint8Array> | Uint8Array {
  return text.startsWith('@') ? readArgument(session, text.slice(1)) : new TextEncoder().encode(text)
}

function valueOf(name: string, text: string): CborInput {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  const cid = cidOfText(text)
  if (cid !== undefined) return cid
  throw new HostError('USAGE', `${name}:=${text} is no whole number, true, false, null or CID`)
}
