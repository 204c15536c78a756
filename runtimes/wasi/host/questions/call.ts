/** Questions about the chains that the message lends, and calls with them. */
import { parseCid } from '../../../../promisebase/index.ts'
import { readResource, refuse } from '../../../../kernel/index.ts'
import { refusedWith, told } from '../answer.ts'
import { MalformedFields, writeFields } from '../fields.ts'
import { authorityOf } from '../powers.ts'
import type { Grant, HandlerCall, Resource, Result } from '../../../../kernel/index.ts'
import type { FieldReader } from '../fields.ts'
import type { HostPowers } from '../powers.ts'
import type { Questions } from '../question.ts'

/** What kind of thing a resource is, as a number for those who read no text. */
const KIND = { node: 0, code: 1, space: 2, label: 3 } as const

const utf8 = new TextEncoder()
const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const CALL_QUESTIONS = {
  call_grant: async (powers, fields) => told(await authorityOf(powers).grant(fields.number()), writeGrant),
  call: async (powers, fields) => {
    const authority = authorityOf(powers)
    const request = await readCall(powers, fields)
    if (request.refused !== undefined) return refusedWith(request.refused)
    const before = authority.fuel
    try {
      return told(await authority.call(request.ok), (output) => output, authority.fuel - before)
    } finally {
      powers.ahead.forgetAll()
    }
  },
} satisfies Questions

async function readCall(powers: HostPowers, fields: FieldReader): Promise<Result<HandlerCall>> {
  const capability = fields.number()
  const protocol = parseCid(fields.bytes())
  const method = textOf(fields.bytes())
  const [input, lend] = [fields.bytes(), fields.list().map(indexOf)]
  const named = { kind: fields.number(), name: textOf(fields.bytes()), prefix: fields.bytes() }
  const fuel = fields.number()
  if (protocol.refused !== undefined) return protocol
  if (method === undefined) return refuse('SHAPE', 'the method is not UTF-8')
  const resource = await resourceOf(powers, capability, named)
  if (resource.refused !== undefined) return resource
  const budget = {
    fuel: Math.min(fuel === 0 ? Infinity : fuel, powers.fuelLeft),
    outputBytes: powers.answerBytesLeft,
  }
  const about = resource.ok === undefined ? {} : { resource: resource.ok }
  return { ok: { capability, protocol: protocol.ok, method, input, lend, budget, ...about } }
}

interface NamedResource {
  readonly kind: number
  readonly name: string | undefined
  readonly prefix: Uint8Array
}

/** A space or labels of whoever the chain is about: a guest has no need to know its node by name. */
async function resourceOf(
  powers: HostPowers,
  capability: number,
  { kind, name, prefix }: NamedResource,
): Promise<Result<Resource | undefined>> {
  if (kind === 0) return { ok: undefined }
  if (name === undefined || (kind !== KIND.space && kind !== KIND.label))
    return refuse('SHAPE', 'the resource is neither a space nor labels')
  const grant = await authorityOf(powers).grant(capability)
  if (grant.refused !== undefined) return grant
  const { resource } = grant.ok
  if (resource.kind === 'code') return refuse('RESOURCE', 'the chain is about a handler')
  const { owner } = resource
  // Read like one that came by message: no name that no message could have.
  const read = readResource(
    kind === KIND.space ? ['space', owner, name, prefix.slice()] : ['label', owner, name],
  )
  return read === undefined ? refuse('SHAPE', 'no space and no labels have such a name') : { ok: read }
}

/** Kind, owner, name, prefix, expiry in seconds, and the methods with their number in front. */
function writeGrant({ resource, expires, methods }: Grant): Uint8Array {
  const [owner, name, prefix] = partsOf(resource)
  const listed = methods.map((method) => utf8.encode(method))
  return writeFields([
    KIND[resource.kind],
    utf8.encode(owner),
    name,
    prefix,
    expires,
    listed.length,
    ...listed,
  ])
}

function partsOf(resource: Resource): readonly [owner: string, name: Uint8Array, prefix: Uint8Array] {
  const none = new Uint8Array(0)
  switch (resource.kind) {
    case 'node':
      return [resource.owner, none, none]
    case 'code':
      return ['', resource.protocol.bytes, none]
    case 'space':
      return [resource.owner, utf8.encode(resource.space), resource.prefix]
    case 'label':
      return [resource.owner, utf8.encode(resource.prefix), none]
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictText.decode(bytes)
  } catch {
    return undefined
  }
}

/** 4 bytes, little-endian. */
function indexOf(bytes: Uint8Array): number {
  if (bytes.length !== 4) throw new MalformedFields('an index has 4 bytes')
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true)
}
