/**
 * Several calls in one message, all of them or none (spec/protocols.md, "Batch"). It has no authority of its own:
 * each call names one of the chains its message lends it.
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor, isCid } from '../../promisebase/index.ts'
import { HandlerError, readResource } from '../../kernel/index.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { HandlerAuthority, HandlerCall, NativeHandler } from '../../kernel/index.ts'

type Method = (calls: readonly HandlerCall[], authority: HandlerAuthority) => Promise<CborValue[]>

const METHODS: Readonly<Record<string, Method>> = {
  /** The results; the first refusal ends the whole. */
  all: async (calls, authority) => {
    const results: CborValue[] = []
    for (const [index, call] of calls.entries()) {
      const { ok, refused } = await authority.call(call)
      if (refused !== undefined) throw new HandlerError(`call ${index}: ${refused.code}: ${refused.detail}`)
      results.push(ok)
    }
    return results
  },
  /** What came of each: its result, or the code it was refused with. */
  each: async (calls, authority) => {
    const results: CborValue[] = []
    for (const call of calls) {
      const { ok, refused } = await authority.call(call)
      results.push(refused === undefined ? ok : refused.code)
    }
    return results
  },
}

export const batch: NativeHandler = {
  name: 'batch',
  version: 1,
  methods: Object.keys(METHODS).sort(),
  pure: false,
  public: false,
  limits: { memoryBytes: 16 * 1024 * 1024 },
  run: async ({ method, input, authority }) => {
    const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
    if (run === undefined || authority === undefined) throw new HandlerError(`no method ${method}`)
    return encodeCbor(await run(readCalls(input), authority))
  },
}

function readCalls(input: Uint8Array): readonly HandlerCall[] {
  const decoded = decodeCbor(input, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined) throw new HandlerError(`arguments: ${decoded.refused.detail}`)
  if (!Array.isArray(decoded.ok)) throw new HandlerError('arguments are a dag-cbor array of calls')
  return decoded.ok.map(readCall)
}

const FIELDS: readonly unknown[] = ['capability', 'input', 'lend', 'method', 'protocol', 'resource']

function readCall(value: CborValue, index: number): HandlerCall {
  const wrong = (what: string): HandlerError => new HandlerError(`call ${index}: ${what}`)
  if (!(value instanceof Map)) throw wrong('it is not a map')
  for (const name of value.keys())
    if (!FIELDS.includes(name)) throw wrong(`${String(name)} is none of its fields`)
  const [capability, protocol, method] = [value.get('capability'), value.get('protocol'), value.get('method')]
  if (typeof capability !== 'number') throw wrong('capability must be a number')
  if (!isCid(protocol)) throw wrong('protocol must be a CID')
  if (typeof method !== 'string') throw wrong('method must be a text')
  const { input, lend, resource } = readRest(value, wrong)
  return {
    capability,
    protocol,
    method,
    ...(input && { input }),
    ...(lend && { lend }),
    ...(resource && { resource }),
  }
}

function readRest(
  map: ReadonlyMap<unknown, CborValue>,
  wrong: (what: string) => HandlerError,
): Pick<HandlerCall, 'input' | 'lend' | 'resource'> {
  const [input, lend, named] = [map.get('input'), map.get('lend'), map.get('resource')]
  if (input !== undefined && !(input instanceof Uint8Array)) throw wrong('input must be a byte string')
  if (lend !== undefined && !isNumbers(lend)) throw wrong('lend must be an array of numbers')
  const resource = named === undefined ? undefined : readResource(named)
  if (named !== undefined && resource === undefined) throw wrong('resource must be a resource')
  return { ...(input && { input }), ...(lend && { lend }), ...(resource && { resource }) }
}

function isNumbers(value: CborValue): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number')
}
