/**
 * The store by message: blocks by CID and key-values by space, under capability (spec/protocols.md, "Store").
 * It holds no power of its own: each method reaches through the state of its message, and what the grant does
 * not name is refused there.
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor, isCid } from '../../promisebase/index.ts'
import { HandlerError } from '../../kernel/index.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { HandlerState, NativeHandler } from '../../kernel/index.ts'

/** Entries one `list` returns at most, and bytes of them: all are held in memory before they are sent. */
const LIST_MAX = 1_000
const LIST_BYTES_MAX = 8 * 1024 * 1024

type Method = (fields: Fields, state: HandlerState) => Promise<CborValue> | CborValue

/** Arguments of one method, each taken by name and type. */
interface Fields {
  bytes(name: string): Uint8Array
  cid(name: string): CID
  count(name: string, otherwise: number): number
}

const METHODS: Readonly<Record<string, Method>> = {
  'block.get': async (fields, state) => (await state.getBlock(fields.cid('cid'))) ?? null,
  'block.put': (fields, state) => state.putBlock(fields.bytes('bytes'), fields.count('codec', 0x55)),
  delete: (fields, state) => {
    state.delete(fields.bytes('key'))
    return true
  },
  get: async (fields, state) => (await state.get(fields.bytes('key'))) ?? null,
  list: async (fields, state) => {
    const range = {
      prefix: fields.bytes('prefix'),
      limit: Math.min(LIST_MAX, fields.count('limit', LIST_MAX)),
    }
    const entries: CborValue[] = []
    let bytes = 0
    for await (const { key, value } of state.range(range)) {
      bytes += key.length + value.length
      if (bytes > LIST_BYTES_MAX)
        throw new HandlerError(`the entries are longer than ${LIST_BYTES_MAX} bytes; ask for fewer`)
      entries.push([key, value])
    }
    return entries
  },
  put: (fields, state) => {
    state.put(fields.bytes('key'), fields.bytes('value'))
    return true
  },
}

export const store: NativeHandler = {
  name: 'store',
  version: 1,
  methods: Object.keys(METHODS).sort(),
  pure: false,
  public: false,
  limits: { memoryBytes: 16 * 1024 * 1024 },
  run: async ({ method, input, state }) => {
    const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
    if (run === undefined || state === undefined) throw new HandlerError(`no method ${method}`)
    return encodeCbor(await run(readFields(input), state))
  },
}

function readFields(input: Uint8Array): Fields {
  const decoded = decodeCbor(input, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined) throw new HandlerError(`arguments: ${decoded.refused.detail}`)
  if (!(decoded.ok instanceof Map)) throw new HandlerError('arguments are a dag-cbor map')
  const map: CborMap = decoded.ok
  const take = <T>(name: string, says: string, read: (value: CborValue) => T | undefined): T => {
    const value = read(map.get(name) ?? null)
    if (value === undefined) throw new HandlerError(`${name} must be ${says}`)
    return value
  }
  return {
    bytes: (name) =>
      take(name, 'a byte string', (value) => (value instanceof Uint8Array ? value : undefined)),
    cid: (name) => take(name, 'a CID', asCid),
    count: (name, otherwise) => (map.has(name) ? take(name, 'a whole number', asCount) : otherwise),
  }
}

function asCid(value: CborValue): CID | undefined {
  return isCid(value) ? value : undefined
}

function asCount(value: CborValue): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
