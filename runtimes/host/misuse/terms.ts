/** What callers, promisers and those who take back can be asked for: its kind, before anything is signed. */
import {
  bytes,
  capability,
  cid,
  isObject,
  listOf,
  must,
  object,
  oneOf,
  principal,
  signer,
  text,
  truth,
} from './check.ts'
import { isCid } from '../../../promisebase/index.ts'
import type { Check } from './check.ts'

const RESOURCES: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  node: { owner: principal },
  code: { protocol: cid },
  space: { owner: principal, space: text, prefix: bytes },
  label: { owner: principal, prefix: text },
}
const KIND = oneOf(...Object.keys(RESOURCES))
const chain = listOf('capabilities', capability)

const REQUEST: Readonly<Record<string, Check>> = {
  as: signer,
  capabilities: chain,
  table: listOf('chains', chain),
  resource,
  context: cid,
  form: oneOf('array', 'tagged'),
  signal: must('an AbortSignal', (value) => value instanceof AbortSignal),
  input: must(
    'a Uint8Array, a CID, or { future: id of a message }',
    (value) => value instanceof Uint8Array || isCid(value) || (isObject(value) && isCid(value['future'])),
  ),
}
const TERMS: Readonly<Record<string, Check>> = {
  methods: listOf('names', text),
  parent: capability,
  by: signer,
  budget: object,
  where: listOf('constraints', object),
  total: object,
  rate: object,
  executors: listOf('principals', principal),
  final: truth,
}

/** @throws {TypeError} for a request of a call, with the name of what it is */
export function checkRequest(request: object): void {
  checkTypedRequest(request)
  const { protocol, method } = request as Readonly<Record<string, unknown>>
  checkProtocol(protocol)
  text('method', method)
}

/** The same of one that names neither handler nor method. */
export function checkTypedRequest(request: object): void {
  object('request', request)
  checkGiven(REQUEST, request)
}

export function checkProtocol(protocol: unknown): void {
  must('a CID; host.handler(name) gives one', isCid)('protocol', protocol)
}

/** @throws {TypeError} for terms of a promise, with the name of what it is */
export function checkTerms(terms: object): void {
  object('terms', terms)
  const { to, resource: of } = terms as Readonly<Record<string, unknown>>
  must("a principal or 'bearer'", (value) => typeof value === 'string')('to', to)
  resource('resource', of)
  checkGiven(TERMS, terms)
}

/** @throws {TypeError} for terms of a revocation, with the name of what it is */
export function checkRevokeTerms(terms: object): void {
  object('terms', terms)
  const { token } = terms as Readonly<Record<string, unknown>>
  must('a Capability, or its id', (value) => isCid(value) || (isObject(value) && isCid(value['id'])))(
    'token',
    token,
  )
  checkGiven({ by: signer }, terms)
}

function resource(name: string, value: unknown): void {
  object(name, value)
  const given = value as Readonly<Record<string, unknown>>
  KIND(`${name}.kind`, given['kind'])
  for (const [field, check] of Object.entries(RESOURCES[given['kind'] as string] ?? {}))
    check(`${name}.${field}`, given[field])
}

function checkGiven(known: Readonly<Record<string, Check>>, given: object): void {
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && Object.hasOwn(known, name)) known[name]?.(name, value)
}
