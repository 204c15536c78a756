/** Calls of a handler with types: a value goes in, and a value comes out. */
import { DAG_CBOR_PROFILE, decodeCbor } from '../../../promisebase/index.ts'
import { argumentsTypeRefusal } from '../../../kernel/index.ts'
import { call } from '../call/call.ts'
import { HostError } from '../host-error.ts'
import { checkProtocol, checkTypedRequest } from '../misuse/terms.ts'
import { encodeGiven } from './encode-given.ts'
import { loadTypes } from './load-types.ts'
import { fromCbor, toFields } from './typed-values.ts'
import type { CID } from 'multiformats/cid'
import type { HandlerTypes, MethodType } from '../../../kernel/index.ts'
import type { CallRequest } from '../call/call.ts'
import type { CallResult } from '../call/result.ts'
import type { HostParts } from '../host-parts.ts'

/** What `grid handler types` writes: by method, what it takes and what it gives. */
export type TypedMethods<Methods> = {
  readonly [Name in keyof Methods]: { readonly arguments: object; readonly result: unknown }
}

type Kept = Extract<CallResult, { readonly status: 'kept' }>

/** How a call with types ended. */
export type TypedResult<Value> = (Kept & { readonly value: Value }) | Exclude<CallResult, Kept>

/** As whom, under which capabilities and for how long. */
export type TypedRequest = Omit<CallRequest, 'protocol' | 'method' | 'input'>

export interface TypedHandler<Methods extends TypedMethods<Methods>> {
  readonly protocol: CID
  readonly types: HandlerTypes
  /**
   * @throws {TypeError} when the arguments are not of the type: such a message would be refused
   * @throws {HostError} USAGE for a method that has no types, DATA for a result that is not of its type
   */
  call<Name extends keyof Methods & string>(
    method: Name,
    given: Methods[Name]['arguments'],
    request?: TypedRequest,
  ): Promise<TypedResult<Methods[Name]['result']>>
}

/** `common` holds for every call that does not say otherwise. @throws {HostError} MISSING where it has no types */
export async function openTyped<Methods extends TypedMethods<Methods>>(
  host: HostParts,
  protocol: CID,
  common: TypedRequest = {},
): Promise<TypedHandler<Methods>> {
  checkProtocol(protocol)
  checkTypedRequest(common)
  const types = await loadTypes(host, protocol)
  return {
    protocol,
    types,
    call: async (method, given, request) => {
      const type = types.get(method)
      if (type === undefined) throw new HostError('USAGE', `${JSON.stringify(method)} has no types`)
      const input = argumentBytes(type, given)
      return valued(type, await call(host, { ...common, ...request, protocol, method, input }))
    },
  }
}

function argumentBytes(type: MethodType, given: object): Uint8Array {
  const isNothing = type.arguments.size === 0 && Object.keys(given).length === 0
  const bytes = isNothing ? new Uint8Array(0) : encodeGiven(toFields(type.arguments, given), 'arguments')
  const refused = argumentsTypeRefusal(type, bytes)
  if (refused !== undefined) throw new TypeError(refused.detail)
  return bytes
}

/** The node has checked the result, and vouches for it by its reply. */
function valued<Value>({ result }: MethodType, ended: CallResult): TypedResult<Value> {
  if (ended.status !== 'kept') return ended
  if (result === undefined) return { ...ended, value: undefined as Value }
  const decoded = decodeCbor(ended.bytes, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined)
    throw new HostError('DATA', `the result is not of its type: ${decoded.refused.detail}`)
  return { ...ended, value: fromCbor(result, decoded.ok) as Value }
}
