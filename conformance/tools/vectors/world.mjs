// The grid, the handlers and the tokens that most vectors share.
import { alice, cbor, dag, dagCid, fresh, hex, message, node, object, rawCid, root, utf8 } from './kit.mjs'
import { DAY, HOUR, NOW } from './kit.mjs'

export const YEAR = 366 * DAY

export function genesisOf(fields = {}) {
  return dag({
    ...{ format: 1, name: 'vectors', created: NOW - DAY, nonce: fresh('grid') },
    ...{ roots: [root.principal], threshold: 1 },
    ...fields,
  })
}

export const genesis = genesisOf()
export const grid = dagCid(genesis)
export const otherGrid = dagCid(genesisOf({ nonce: fresh('another grid') }))

// ------------------------------------------------------------------------------------------- handlers

function native(name, methods, fields) {
  const code = utf8(`promisegrid:native/${name}/1`)
  const descriptor = dag({
    ...{ format: 1, runtime: 'native', code: rawCid(code), entry: 'call', methods, imports: [], name },
    ...fields,
  })
  return { code, descriptor, protocol: dagCid(descriptor), codeCid: rawCid(code) }
}

export const echo = native('echo', ['echo'], {
  pure: true,
  public: true,
  limits: { memoryBytes: 1024 * 1024 },
})
export const store = native('store', ['block.get', 'block.put', 'delete', 'get', 'list', 'put'], {
  ...{ pure: false, public: false },
  limits: { memoryBytes: 16 * 1024 * 1024 },
})

export const batch = native('batch', ['all', 'each'], {
  ...{ pure: false, public: false },
  limits: { memoryBytes: 16 * 1024 * 1024 },
})

export const promises = native('promises', ['break', 'defer', 'keep', 'outcome'], {
  ...{ pure: false, public: false, imports: ['promise.outcome'] },
  limits: { memoryBytes: 1024 * 1024 },
})

export const revocations = native('revocations', ['accept', 'heartbeat', 'list'], {
  ...{ pure: false, public: false, imports: ['revocation.accept'] },
  limits: { memoryBytes: 16 * 1024 * 1024 },
})

export const blocks = [echo, store, batch].flatMap(({ code, descriptor }) => [
  { cid: rawCid(code).toString(), bytes: hex(code) },
  { cid: dagCid(descriptor).toString(), bytes: hex(descriptor) },
])

export const blockOf = (cid, bytes) => ({ cid: cid.toString(), bytes: hex(bytes) })

export const promiseBlocks = [
  blockOf(promises.codeCid, promises.code),
  blockOf(promises.protocol, promises.descriptor),
]

export const revocationsBlocks = [
  blockOf(revocations.codeCid, revocations.code),
  blockOf(revocations.protocol, revocations.descriptor),
]

/** Fuel of a call of a native handler. */
export function nativeFuel(input, output) {
  return 2 + Math.ceil(input / 64) + Math.ceil(output / 64)
}

/** The cache key of a pure call of a native handler. */
export function nativeKey(protocol, method, input, context = dagCid(unitContext)) {
  const profile = dagCid(dag({ runtime: 'native', version: 1 }))
  const argument = input instanceof Uint8Array ? rawCid(input) : input
  return dagCid(cbor(['result/1', protocol, method, argument, context, profile]))
}

const unitContext = cbor(new Map())

// --------------------------------------------------------------------------------------------- tokens

let scope = 'world'
let made = 0

/** Names what is random from here on, so that a change of one chapter leaves the others as they are. */
export function begin(name) {
  scope = name
  made = 0
}

function nonce() {
  made += 1
  return fresh(`${scope} ${made}`)
}

/** A token; `to` is a person or "bearer", `after` the token it is delegated from. */
export function token({ by, to, after, cose, ...claims }) {
  const holder =
    to === 'bearer' ? { bearer: true } : to === undefined ? {} : { cnf: new Map([[1, to.coseKey]]) }
  return object({
    ...{ by, kind: 'capability', cose },
    claims: {
      ...{ iss: by.principal, exp: NOW + HOUR, cti: nonce(), grid, ...holder },
      ...{ resource: codeOf(echo), methods: ['echo'], parent: after?.id },
      ...claims,
    },
  })
}

export const codeOf = (handler) => ['code', handler.protocol]
export const spaceOf = (prefix, name = 'notes', owner = node) => [
  'space',
  owner.principal,
  name,
  utf8(prefix),
]

/** What the node promises its root: everything. */
export const adoption = object({
  ...{ by: node, kind: 'capability' },
  claims: {
    ...{ iss: node.principal, exp: NOW + YEAR, cti: fresh('adoption'), grid },
    ...{ cnf: new Map([[1, root.coseKey]]), resource: ['node', node.principal], methods: ['*'] },
  },
})

/** Echo, granted by the root to alice. */
export const aliceToken = token({ by: root, to: alice, after: adoption })

// ------------------------------------------------------------------------------------------- messages

/** A request; claims by name beside `by` and `handler`. */
export function request({ by, handler = echo, protocol, inGrid = grid, cose, ...claims }) {
  return message({
    ...{ by, cose, grid: inGrid, protocol: protocol ?? handler.protocol },
    claims: {
      ...{ iss: by.principal, aud: node.principal, exp: NOW + 600, iat: NOW },
      ...{ cti: nonce(), method: 'echo' },
      ...claims,
    },
  })
}
