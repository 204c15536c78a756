/** `wasi:io`: the arguments as a stream, the result and messages as two others; nothing here ever waits. */
import { Halt } from '../../halt.ts'
import { borrowType, ownType } from '../types/handle.ts'
import { listType } from '../types/list.ts'
import { Resource } from '../types/resource.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { error, HostObject, ok } from '../types/value.ts'
import { resultType, variantType } from '../types/variant.ts'
import { host } from './offer.ts'
import type { Value } from '../types/value.ts'
import type { HostFunction, Offered } from './offer.ts'
import type { ComponentWorld } from './world.ts'

export class InputStream extends HostObject {}

export class OutputStream extends HostObject {
  readonly target: 'output' | 'messages'

  constructor(target: 'output' | 'messages') {
    super()
    this.target = target
  }
}

/** Something that is ready: all there is to wait for is there already. */
class Pollable extends HostObject {}

const ERROR_RESOURCE = new Resource('error')
export const POLLABLE = new Resource('pollable')
export const INPUT_STREAM = new Resource('input-stream')
export const OUTPUT_STREAM = new Resource('output-stream')

/** Bytes of one read or write that are surely taken. */
const CHUNK_BYTES = 65_536
const CLOSED = 1

const { u32, u64, bool, u8 } = SCALAR_TYPES
const bytes = listType(u8)
const borrowInput = borrowType(INPUT_STREAM)
const borrowOutput = borrowType(OUTPUT_STREAM)
const ownPollable = ownType(POLLABLE)
const streamError = variantType([
  { name: 'last-operation-failed', type: ownType(ERROR_RESOURCE) },
  { name: 'closed', type: undefined },
])

const read = host([borrowInput, u64], resultType(bytes, streamError), (world, [, count]) => {
  const part = take(world, count)
  return part === undefined ? closed() : ok(part.slice())
})
const skip = host([borrowInput, u64], resultType(u64, streamError), (world, [, count]) => {
  const part = take(world, count)
  return part === undefined ? closed() : ok(BigInt(part.length))
})
const write = host([borrowOutput, bytes], resultType(undefined, streamError), (world, [stream, content]) => {
  put(world, stream as OutputStream, content as Uint8Array)
  return ok()
})
const writeZeroes = host(
  [borrowOutput, u64],
  resultType(undefined, streamError),
  (world, [stream, count]) => {
    const length = small(count)
    world.guest.chargeBytes(length)
    put(world, stream as OutputStream, new Uint8Array(length))
    return ok()
  },
)
const splice = host(
  [borrowOutput, borrowInput, u64],
  resultType(u64, streamError),
  (world, [stream, , count]) => {
    const part = take(world, count)
    if (part === undefined) return closed()
    world.guest.chargeBytes(part.length)
    put(world, stream as OutputStream, part)
    return ok(BigInt(part.length))
  },
)
const flush = host([borrowOutput], resultType(undefined, streamError), () => ok())

export const subscribe = (...parameters: Parameters<typeof host>[0]): HostFunction =>
  host(parameters, ownPollable, () => new Pollable())

export const IO: Readonly<Record<string, Offered>> = {
  // No operation of a stream fails, so nobody can have an error.
  'wasi:io/error': { resources: { error: ERROR_RESOURCE }, unreachable: ['[method]error.'] },
  'wasi:io/poll': {
    resources: { pollable: POLLABLE },
    functions: {
      '[method]pollable.ready': host([borrowType(POLLABLE)], bool, () => true),
      '[method]pollable.block': host([borrowType(POLLABLE)], undefined, () => undefined),
      poll: host([listType(borrowType(POLLABLE))], listType(u32), (_world, [polled]) =>
        poll(polled as readonly Value[]),
      ),
    },
  },
  'wasi:io/streams': {
    resources: { 'input-stream': INPUT_STREAM, 'output-stream': OUTPUT_STREAM },
    functions: {
      '[method]input-stream.read': read,
      '[method]input-stream.blocking-read': read,
      '[method]input-stream.skip': skip,
      '[method]input-stream.blocking-skip': skip,
      '[method]input-stream.subscribe': subscribe(borrowInput),
      '[method]output-stream.check-write': host([borrowOutput], resultType(u64, streamError), () =>
        ok(BigInt(CHUNK_BYTES)),
      ),
      '[method]output-stream.write': write,
      '[method]output-stream.blocking-write-and-flush': write,
      '[method]output-stream.flush': flush,
      '[method]output-stream.blocking-flush': flush,
      '[method]output-stream.subscribe': subscribe(borrowOutput),
      '[method]output-stream.write-zeroes': writeZeroes,
      '[method]output-stream.blocking-write-zeroes-and-flush': writeZeroes,
      '[method]output-stream.splice': splice,
      '[method]output-stream.blocking-splice': splice,
    },
  },
}

function closed(): Value {
  return error({ index: CLOSED })
}

/** As many bytes of the arguments as are left, within reason; undefined when there are none any more. */
function take(world: ComponentWorld, count: Value | undefined): Uint8Array | undefined {
  const wanted = small(count)
  const part = world.input.subarray(world.inputAt, world.inputAt + wanted)
  if (wanted > 0 && part.length === 0) return undefined
  world.inputAt += part.length
  return part
}

function small(count: Value | undefined): number {
  const wanted = count as bigint
  return wanted > BigInt(CHUNK_BYTES) ? CHUNK_BYTES : Number(wanted)
}

/** Messages past the bound are taken and forgotten: a program must not fail because it explains too much. */
function put(world: ComponentWorld, stream: OutputStream, content: Uint8Array): void {
  const target = world[stream.target]
  if (target === world.messages) return target.write(content.subarray(0, target.room))
  if (content.length > target.room) {
    throw new Halt('BUDGET_OUTPUT', `more than ${target.bytesMax} bytes were written`)
  }
  target.write(content)
}

function poll(polled: readonly Value[]): Value {
  if (polled.length === 0) throw new Halt('TRAP', 'waiting for nothing at all')
  return polled.map((_, index) => index)
}
