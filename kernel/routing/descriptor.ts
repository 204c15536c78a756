/**
 * Descriptors: how the code a protocol_cid stands for is run. A dag-cbor block; nothing but the fields below
 * may be in it, so that one meaning has one CID (spec/dispatch.md, "Descriptor").
 */
import { CODEC, DAG_CBOR_PROFILE, decodeCbor, encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import * as claims from '../message/claims.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Budget, Descriptor, RuntimeKind } from '../interface.ts'

const FORMAT = 1
const KINDS: readonly RuntimeKind[] = ['native', 'wasi', 'container', 'verifier', 'vm', 'process', 'webgpu']
const BUDGETS: readonly (keyof Budget)[] = ['fuel', 'memoryBytes', 'outputBytes', 'wallMs']
const FIELDS: readonly string[] = [
  'format',
  'runtime',
  'code',
  'entry',
  'methods',
  'pure',
  'imports',
  'limits',
  'public',
  'name',
  'types',
]
const IMPORTS_MAX = 64

const name = claims.text()
const methodNames = claims.names(1, LIMITS.methods)
const importNames = claims.names(0, IMPORTS_MAX)
const types = claims.cid('types (CIDv1, dag-cbor, sha2-256)', CODEC.dagCbor)
const code = claims.cid('code (CIDv1, raw or dag-cbor, sha2-256)', CODEC.raw, CODEC.dagCbor)

/** What a protocol_cid that names code itself stands for: a pure WASI command without imports. */
export function defaultDescriptor(protocol: CID): Descriptor {
  return {
    runtime: 'wasi',
    code: protocol,
    entry: 'command',
    methods: ['run'],
    pure: true,
    imports: [],
    limits: {},
    public: false,
  }
}

/** The block of a descriptor, its lists in order. @throws {TypeError} when it would not be read back */
export function encodeDescriptor(descriptor: Descriptor): Uint8Array {
  const { limits, ...fields } = descriptor
  const amounts = Object.entries(limits).filter(([, amount]) => amount !== undefined)
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  const bytes = encodeCbor({
    format: FORMAT,
    ...Object.fromEntries(present),
    methods: methodNames.write([...new Set(descriptor.methods)]),
    imports: importNames.write([...new Set(descriptor.imports)]),
    limits: Object.fromEntries(amounts),
  })
  const read = readDescriptor(bytes)
  if (read.refused !== undefined) throw new TypeError(`descriptor: ${read.refused.detail}`)
  return bytes
}

export function readDescriptor(bytes: Uint8Array): Result<Descriptor> {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined) return refuse('DESCRIPTOR', decoded.refused.detail)
  if (!(decoded.ok instanceof Map) || decoded.ok.get('format') !== FORMAT)
    return refuse('DESCRIPTOR', 'a descriptor is a map with format 1')
  const map = decoded.ok
  for (const field of map.keys())
    if (!FIELDS.includes(String(field)))
      return refuse('DESCRIPTOR', `unknown field ${JSON.stringify(String(field))}`)
  return readFields(map)
}

function readFields(map: CborMap): Result<Descriptor> {
  const get = (field: string): CborValue => map.get(field) ?? null
  const runtime = KINDS.find((kind) => kind === get('runtime'))
  const [codeCid, entry, label] = [code.read(get('code')), name.read(get('entry')), name.read(get('name'))]
  const [methods, imports] = [methodNames.read(get('methods')), importNames.read(get('imports'))]
  const [pure, isPublic, limits] = [get('pure'), get('public'), readLimits(get('limits'))]
  const wrong = (field: string, must: string): Result<Descriptor> =>
    refuse('DESCRIPTOR', `${field} must be ${must}`)
  if (runtime === undefined) return wrong('runtime', `one of ${KINDS.join(', ')}`)
  if (codeCid === undefined) return wrong('code', code.says)
  if (entry === undefined) return wrong('entry', name.says)
  if (methods === undefined || methods.includes('*')) return wrong('methods', methodNames.says)
  if (imports === undefined) return wrong('imports', importNames.says)
  if (typeof pure !== 'boolean' || typeof isPublic !== 'boolean')
    return wrong('pure and public', 'true or false')
  if (limits === undefined) return wrong('limits', `a map of ${BUDGETS.join(', ')}`)
  if (map.has('name') && label === undefined) return wrong('name', name.says)
  const typed = types.read(get('types'))
  if (map.has('types') && typed === undefined) return wrong('types', types.says)
  const optional = {
    ...(label === undefined ? {} : { name: label }),
    ...(typed === undefined ? {} : { types: typed }),
  }
  return {
    ok: { runtime, code: codeCid, entry, methods, imports, pure, public: isPublic, limits, ...optional },
  }
}

function readLimits(value: CborValue): Budget | undefined {
  if (!(value instanceof Map)) return undefined
  const limits: { -readonly [Name in keyof Budget]: number } = {}
  for (const [key, amount] of value) {
    const known = BUDGETS.find((budget) => budget === key)
    const read = claims.uint.read(amount)
    if (known === undefined || read === undefined) return undefined
    limits[known] = read
  }
  return limits
}
