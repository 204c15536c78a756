/**
 * Whether what comes out of a lane is what a lane says. Inside may be an engine that a guest has taken over: nothing it
 * sends may end its host, and what is not of this shape ends the lane.
 */
import { REFUSALS } from '../../../kernel/index.ts'
import type { FromLane } from './exchange.ts'

type Fields = Readonly<Record<string, unknown>>
type Check = (fields: Fields) => boolean

const CHECKS: { readonly [Kind in FromLane['kind']]: Check } = {
  ready: () => true,
  'needs-code': () => true,
  output: ({ output, fuel, blocks }) =>
    isBytes(output) &&
    isCount(fuel) &&
    (blocks === undefined || (Array.isArray(blocks) && blocks.every(isBlock))),
  deferred: ({ fuel }) => isCount(fuel),
  refused: ({ refused, fuel }) => isRefusal(refused) && isCount(fuel),
  admitted: ({ imports }) => Array.isArray(imports) && imports.every((name) => typeof name === 'string'),
  asks: ({ id, name, question, room }) =>
    isCount(id) &&
    typeof name === 'string' &&
    isBytes(question) &&
    isFields(room) &&
    isCount(room['fuel']) &&
    isCount(room['bytes']),
  'asks-block': ({ id, cid }) => isCount(id) && isBytes(cid),
}

export function isFromLane(message: unknown): message is FromLane {
  if (!isFields(message)) return false
  const { kind } = message
  if (typeof kind !== 'string' || !Object.hasOwn(CHECKS, kind)) return false
  // Only questions have a number, which is what tells them from answers.
  const isQuestion = kind === 'asks' || kind === 'asks-block'
  return 'id' in message === isQuestion && CHECKS[kind as FromLane['kind']](message)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isBlock(value: unknown): boolean {
  return isFields(value) && isBytes(value['bytes']) && isCount(value['codec'])
}

function isRefusal(value: unknown): boolean {
  if (!isFields(value)) return false
  const { code, detail } = value
  return (
    typeof code === 'string' &&
    Object.hasOwn(REFUSALS, code) &&
    (detail === undefined || typeof detail === 'string')
  )
}
