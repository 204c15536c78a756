/** What the vectors write for the kernel's types: bytes in hex, CIDs as text, absent fields left out. */
import type {
  Budget,
  Capability,
  MessageClaims,
  Outcome,
  Resource,
  TokenReference,
  Caveats,
  Constraint,
  Scalar,
  SignedPromise,
  Value,
} from 'promisegrid/kernel'
import type { Hex, Json } from '../vectors.ts'

type JsonFields = { readonly [name: string]: Json }

export function hex(bytes: Uint8Array): Hex {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** @throws {TypeError} when the text is not hex in lower case */
export function unhex(text: Hex): Uint8Array {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new TypeError('bytes are written in lower-case hex')
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

export function claimsJson(claims: MessageClaims): JsonFields {
  const { issuer, audience, expires, issuedAt, nonce, method, capabilities } = claims
  return {
    ...{ issuer, audience, expires, issuedAt, nonce: hex(nonce), method },
    ...present('notBefore', claims.notBefore),
    ...present('resource', claims.resource && resourceJson(claims.resource)),
    ...present('arguments', claims.arguments && valueJson(claims.arguments)),
    ...present('context', claims.context?.toString()),
    ...present('future', claims.future?.toString()),
    capabilities: capabilities.map(tokenJson),
    ...present(
      'table',
      claims.table?.map((chain) => chain.map(tokenJson)),
    ),
    ...present('replyTo', claims.replyTo),
    ...present('inReplyTo', claims.inReplyTo?.toString()),
    ...present('outcome', claims.outcome && outcomeJson(claims.outcome)),
    ...present('private', claims.private),
  }
}

function tokenJson(token: TokenReference): JsonFields {
  return token instanceof Uint8Array ? { bytes: hex(token) } : { id: token.toString() }
}

export function capabilityJson(capability: Capability): JsonFields {
  const { issuer, holder, expires, methods, caveats } = capability
  return {
    id: capability.id.toString(),
    grid: capability.grid.toString(),
    ...{ issuer, holder, expires, methods },
    nonce: hex(capability.nonce),
    resource: resourceJson(capability.resource),
    ...present('notBefore', capability.notBefore),
    ...present('audience', capability.audience),
    ...present('parent', capability.parent?.toString()),
    ...present('budget', caveats.budget && budgetJson(caveats.budget)),
    ...caveatsJson(caveats),
  }
}

/** Caveats but for the budget, in the fields of their token: bytes in constraints are `{ bytes: hex }`. */
function caveatsJson({ arguments: given, total, rate, executors, final, feedSeconds }: Caveats): JsonFields {
  return {
    ...present(
      'arguments',
      given?.map(({ path, is }) => ({ path: [...path], ...constraintJson(is) })),
    ),
    ...present('total', total && { ...total }),
    ...present('rate', rate && { ...rate }),
    ...present('executors', executors && [...executors]),
    ...present('final', final),
    ...present('feedSeconds', feedSeconds),
  }
}

function constraintJson({ equals, oneOf, range, prefix, size }: Constraint): JsonFields {
  return {
    ...present('equals', equals === undefined ? undefined : scalarJson(equals)),
    ...present('oneOf', oneOf?.map(scalarJson)),
    ...present('range', range && { ...range }),
    ...present('prefix', prefix === undefined ? undefined : scalarJson(prefix)),
    ...present('size', size && { ...size }),
  }
}

function scalarJson(value: Scalar): Json {
  return value instanceof Uint8Array ? { bytes: hex(value) } : value
}

function resourceJson(resource: Resource): JsonFields {
  switch (resource.kind) {
    case 'node':
      return { kind: 'node', owner: resource.owner }
    case 'code':
      return { kind: 'code', protocol: resource.protocol.toString() }
    case 'space': {
      const { owner, space, prefix } = resource
      return { kind: 'space', owner, space, prefix: hex(prefix) }
    }
    case 'label':
      return { kind: 'label', owner: resource.owner, prefix: resource.prefix }
  }
}

export function outcomeJson(outcome: Outcome): JsonFields {
  if (outcome.status === 'deferred') return { status: 'deferred', promise: hex(outcome.promise) }
  if (outcome.status !== 'kept')
    return { status: outcome.status, code: outcome.code, ...present('detail', outcome.detail) }
  const { cid, bytes } = outcome.result
  return {
    status: 'kept',
    result: { cid: cid.toString(), ...present('bytes', bytes && hex(bytes)) },
    fuel: outcome.fuel,
    ...present('receipt', outcome.receipt && hex(outcome.receipt)),
  }
}

export function promiseJson(promise: SignedPromise): JsonFields {
  const { id, issuer, audience, issuedAt, expires, grid, request, protocol, wraps, conditions } = promise
  return {
    ...{ id: id.toString(), issuer, audience, issuedAt, expires },
    ...{ grid: grid.toString(), request: request.toString(), protocol: protocol.toString() },
    ...present('wraps', wraps?.toString()),
    ...present(
      'conditions',
      conditions?.map((each) => each.toString()),
    ),
  }
}

export function budgetJson(budget: Budget): JsonFields {
  const { fuel, memoryBytes, outputBytes, wallMs } = budget
  return {
    ...present('fuel', fuel),
    ...present('memoryBytes', memoryBytes),
    ...present('outputBytes', outputBytes),
    ...present('wallMs', wallMs),
  }
}

export function present(name: string, value: Json | undefined): JsonFields {
  return value === undefined ? {} : { [name]: value }
}

function valueJson(value: Value): JsonFields {
  return 'bytes' in value ? { bytes: hex(value.bytes) } : { cid: value.cid.toString() }
}
