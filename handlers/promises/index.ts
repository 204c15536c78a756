/**
 * Promises by message: one is made to the caller, kept or broken later by whoever may, and its end is told to the
 * one it was made to (spec/protocols.md, "Promises"). Also the smallest example of a handler that defers.
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor, isCid } from '../../promisebase/index.ts'
import { HandlerError, RefusedError } from '../../kernel/index.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Deferred, HandlerPromises, NativeCall, NativeHandler, Result } from '../../kernel/index.ts'

export const promises: NativeHandler = {
  name: 'promises',
  version: 1,
  methods: ['break', 'defer', 'keep', 'outcome'],
  pure: false,
  public: false,
  imports: ['promise.outcome'],
  limits: { memoryBytes: 1024 * 1024 },
  run,
}

async function run({ method, input, promises: own, outcomeOf }: NativeCall): Promise<Uint8Array | Deferred> {
  const fields = readFields(input)
  if (own === undefined || outcomeOf === undefined) throw new HandlerError('no promises can be made here')
  if (method === 'defer') return defer(fields, own)
  if (method === 'outcome') return given(await outcomeOf(promiseIn(fields)))
  if (method === 'keep') return done(await own.keep(promiseIn(fields), bytesIn(fields, 'output')))
  if (method === 'break') return done(await own.break(promiseIn(fields), detailIn(fields)))
  throw new HandlerError(`no method ${method}`)
}

function defer(fields: CborMap, own: HandlerPromises): Deferred {
  const seconds = fields.get('seconds')
  if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds) || seconds < 1)
    throw new HandlerError('seconds must be a whole number from 1')
  const wraps = fields.has('wraps') ? { wraps: bytesIn(fields, 'wraps') } : {}
  const conditions = conditionsIn(fields)
  if (fields.has('wraps') && conditions.length > 0)
    throw new HandlerError('a promise wraps another one, or has conditions: not both')
  return own.defer({ seconds, conditions, ...wraps })
}

/** What the kernel says is what the caller is told. */
function given<T>(result: Result<T>): T {
  if (result.refused !== undefined) throw new RefusedError(result.refused)
  return result.ok
}

function done(result: Result<true>): Uint8Array {
  return encodeCbor(given(result))
}

function readFields(input: Uint8Array): CborMap {
  const decoded = decodeCbor(input, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined) throw new HandlerError(`arguments: ${decoded.refused.detail}`)
  if (!(decoded.ok instanceof Map)) throw new HandlerError('arguments are a dag-cbor map')
  return decoded.ok
}

function promiseIn(fields: CborMap): CID {
  return cidOf('promise', fields.get('promise'))
}

function conditionsIn(fields: CborMap): CID[] {
  const given = fields.get('conditions') ?? []
  if (!Array.isArray(given)) throw new HandlerError('conditions must be a list of CIDs')
  return given.map((each) => cidOf('each condition', each))
}

function cidOf(name: string, value: CborValue | undefined): CID {
  if (!isCid(value)) throw new HandlerError(`${name} must be a CID`)
  return value
}

function bytesIn(fields: CborMap, name: string): Uint8Array {
  const value = fields.get(name)
  if (!(value instanceof Uint8Array)) throw new HandlerError(`${name} must be bytes`)
  return value
}

function detailIn(fields: CborMap): string {
  const detail = fields.get('detail') ?? ''
  if (typeof detail !== 'string') throw new HandlerError('detail must be a text')
  return detail
}
