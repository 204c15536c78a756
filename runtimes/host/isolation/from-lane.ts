/**
 * What comes out of a lane, read field by field. Inside may be an engine that a guest has taken over: nothing it sends
 * may end its host, what is not of this shape ends the lane, and of what is, only what is named here goes on.
 */
import { CID } from 'multiformats/cid'

import { REFUSALS } from '../../../kernel/index.ts'
import type { OutputBlock, Refusal, RefusalCode } from '../../../kernel/index.ts'
import type { FromLane } from '../../wasi/index.ts'

type Fields = Readonly<Record<string, unknown>>
type Reader<Kind> = (fields: Fields) => Omit<Extract<FromLane, { readonly kind: Kind }>, 'kind' | 'job'>

/** Words that explain, names of functions, rules: more of them than any guest logs. */
const TEXT_LENGTH_MAX = 65_536

/** Codes of codecs have four octets at most in a CID. */
const CODEC_MAX = 2 ** 28 - 1

/** What a lane says is not of its shape; thrown within this file alone. */
class Misshapen extends Error {}

const READERS: { readonly [Kind in FromLane['kind']]: Reader<Kind> } = {
  ready: () => ({}),
  'needs-code': () => ({}),
  'gave-up': () => ({}),
  output: ({ output, fuel, blocks }) => ({
    output: bytes(output),
    fuel: count(fuel),
    ...(blocks === undefined ? {} : { blocks: list(blocks).map(block) }),
  }),
  deferred: ({ fuel }) => ({ fuel: count(fuel) }),
  refused: ({ refused, fuel }) => ({ refused: refusal(refused), fuel: count(fuel) }),
  admitted: ({ imports }) => ({ imports: list(imports).map(text) }),
  asks: ({ id, name, question, room }) => {
    const left = fields(room)
    return {
      id: count(id),
      name: text(name),
      question: bytes(question),
      room: { fuel: count(left['fuel']), bytes: count(left['bytes']) },
    }
  },
  'asks-block': ({ id, cid }) => ({ id: count(id), cid: bytes(cid) }),
}

/** What a lane says; undefined where no lane says that. */
export function readFromLane(message: unknown): FromLane | undefined {
  try {
    const said = fields(message)
    const kind = text(said['kind'])
    if (!Object.hasOwn(READERS, kind)) return undefined
    const read = READERS[kind as FromLane['kind']](said)
    return { ...read, kind, ...(kind === 'ready' ? {} : { job: count(said['job']) }) } as FromLane
  } catch (error) {
    if (error instanceof Misshapen) return undefined
    throw error
  }
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new Misshapen()
  return value as Fields
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misshapen()
  return value
}

function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Misshapen()
  return value
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Misshapen()
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > TEXT_LENGTH_MAX) throw new Misshapen()
  return value
}

function block(value: unknown): OutputBlock {
  const { bytes: content, codec } = fields(value)
  if (count(codec) > CODEC_MAX) throw new Misshapen()
  return { bytes: bytes(content), codec: codec as number }
}

function refusal(value: unknown): Refusal {
  const { code, detail, link, rule, missing, internal } = fields(value)
  if (!Object.hasOwn(REFUSALS, text(code))) throw new Misshapen()
  return {
    code: code as RefusalCode,
    detail: text(detail),
    ...(link === undefined ? {} : { link: count(link) }),
    ...(rule === undefined ? {} : { rule: text(rule) }),
    ...(missing === undefined ? {} : { missing: list(missing).map(cidText) }),
    ...(internal === undefined ? {} : { internal: text(internal) }),
  }
}

/** Whoever is told goes on to fetch them. */
function cidText(value: unknown): string {
  try {
    return CID.parse(text(value)).toString()
  } catch {
    throw new Misshapen()
  }
}
