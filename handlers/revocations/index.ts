/**
 * Revocations by message: whoever has taken something back can tell a node over the wire, and a node can fetch what
 * another one was told (spec/protocols.md, "Revocations"). Each record is believed for its issuer's signature alone;
 * to be called, this handler needs a capability like any other.
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor } from '../../promisebase/index.ts'
import { HandlerError } from '../../kernel/index.ts'
import type { CborInput, CborMap } from '../../promisebase/index.ts'
import type { HandlerRevocations, NativeCall, NativeHandler, RevocationQuery } from '../../kernel/index.ts'

/** Each costs a signature to verify, in one transaction. */
const RECORDS_MAX = 256
const LIST_DEFAULT = 64

type Method = (fields: CborMap, revocations: HandlerRevocations) => Promise<CborInput>

const METHODS: Readonly<Record<string, Method>> = {
  /** What became of each record: its id, or the code it was refused with. */
  accept: async (fields, revocations) => {
    const answers: CborInput[] = []
    for (const record of recordsIn(fields)) {
      const { ok, refused } = await revocations.accept(record)
      answers.push(refused === undefined ? ok : refused.code)
    }
    return answers
  },
  heartbeat: async (fields, revocations) => {
    const { ok, refused } = await revocations.acceptHeartbeat(bytesIn(fields, 'heartbeat'))
    return refused === undefined ? ok : refused.code
  },
  list: async (fields, revocations) => {
    const { records, heartbeats, next } = await revocations.list(queryIn(fields))
    return { records: [...records], heartbeats: [...heartbeats], ...(next === undefined ? {} : { next }) }
  },
}

export const revocations: NativeHandler = {
  name: 'revocations',
  version: 1,
  methods: Object.keys(METHODS).sort(),
  pure: false,
  public: false,
  imports: ['revocation.accept'],
  limits: { memoryBytes: 16 * 1024 * 1024 },
  run,
}

async function run({ method, input, revocations: known }: NativeCall): Promise<Uint8Array> {
  const act = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
  if (act === undefined) throw new HandlerError(`no method ${method}`)
  const fields = readFields(input)
  if (known === undefined) throw new HandlerError('it is not to be called by another handler')
  return encodeDagCbor(await act(fields, known))
}

function readFields(input: Uint8Array): CborMap {
  const decoded = decodeCbor(input, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined) throw new HandlerError(`arguments: ${decoded.refused.detail}`)
  if (!(decoded.ok instanceof Map)) throw new HandlerError('arguments are a dag-cbor map')
  return decoded.ok
}

function recordsIn(fields: CborMap): readonly Uint8Array[] {
  const given = fields.get('records')
  const records = Array.isArray(given) ? given : [given]
  const read = records.filter((each) => each instanceof Uint8Array)
  if (read.length === 0 || read.length !== records.length || read.length > RECORDS_MAX)
    throw new HandlerError(`records are the bytes of one, or an array of 1 to ${RECORDS_MAX}`)
  return read
}

function bytesIn(fields: CborMap, name: string): Uint8Array {
  const value = fields.get(name)
  if (!(value instanceof Uint8Array)) throw new HandlerError(`${name} must be bytes`)
  return value
}

function queryIn(fields: CborMap): RevocationQuery {
  const limit = wholeIn(fields, 'limit') ?? LIST_DEFAULT
  if (limit < 1) throw new HandlerError('limit must be from 1')
  const since = wholeIn(fields, 'since')
  return {
    limit: Math.min(limit, RECORDS_MAX),
    ...(since === undefined ? {} : { since }),
    ...(fields.has('after') ? { after: bytesIn(fields, 'after') } : {}),
  }
}

function wholeIn(fields: CborMap, name: string): number | undefined {
  const value = fields.get(name)
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new HandlerError(`${name} must be a whole number`)
  return value
}
