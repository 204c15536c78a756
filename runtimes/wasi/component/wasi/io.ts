/** `wasi:io/streams` and `error`: bytes in and out. Nothing here waits; what fails is writing to a file. */
import { Fault } from '../../files/fault.ts'
import { borrowType, ownType } from '../types/handle.ts'
import { listType } from '../types/list.ts'
import { Resource } from '../types/resource.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { STRING_TYPE } from '../types/text.ts'
import { error, HostObject, ok } from '../types/value.ts'
import { resultType, variantType } from '../types/variant.ts'
import { errorName } from './filesystem/error-code.ts'
import { host } from './offer.ts'
import { POLL, subscribe } from './poll.ts'
import { INPUT_STREAM, OUTPUT_STREAM } from './streams.ts'
import type { Case, Value } from '../types/value.ts'
import type { Offered } from './offer.ts'
import type { InputStream, OutputStream } from './streams.ts'
import type { ComponentWorld } from './world.ts'

/** What is told of an operation that failed. */
export class StreamFailure extends HostObject {
  readonly fault: Fault

  constructor(fault: Fault) {
    super()
    this.fault = fault
  }
}

export const ERROR_RESOURCE = new Resource('error')

/** Bytes of one read or write that are surely taken. */
const CHUNK_BYTES = 65_536
const FAILED = 0
const CLOSED = 1

const { u64, u8 } = SCALAR_TYPES
const bytes = listType(u8)
const borrowInput = borrowType(INPUT_STREAM)
const borrowOutput = borrowType(OUTPUT_STREAM)
const streamError = variantType([
  { name: 'last-operation-failed', type: ownType(ERROR_RESOURCE) },
  { name: 'closed', type: undefined },
])
const written = resultType(undefined, streamError)
const DONE = ok()

const read = host([borrowInput, u64], resultType(bytes, streamError), (world, [stream, count]) => {
  const part = take(world, stream, count)
  return part === undefined ? closed() : ok(part)
})
const skip = host([borrowInput, u64], resultType(u64, streamError), (world, [stream, count]) => {
  const part = take(world, stream, count)
  return part === undefined ? closed() : ok(BigInt(part.length))
})
const write = host([borrowOutput, bytes], written, (world, [stream, content]) =>
  put(world, stream, content as Uint8Array),
)
const writeZeroes = host([borrowOutput, u64], written, (world, [stream, count]) => {
  const length = small(count)
  world.guest.chargeBytes(length)
  return put(world, stream, new Uint8Array(length))
})
const splice = host(
  [borrowOutput, borrowInput, u64],
  resultType(u64, streamError),
  (world, [stream, from, count]) => {
    if ((stream as OutputStream).isClosed) return closed()
    const part = take(world, from, count)
    if (part === undefined) return closed()
    world.guest.chargeBytes(part.length)
    const end = put(world, stream, part)
    return end === DONE ? ok(BigInt(part.length)) : end
  },
)
const flush = host([borrowOutput], written, (_world, [stream]) =>
  (stream as OutputStream).isClosed ? closed() : ok(),
)
const checkWrite = host([borrowOutput], resultType(u64, streamError), (_world, [stream]) =>
  (stream as OutputStream).isClosed ? closed() : ok(BigInt(CHUNK_BYTES)),
)

export const IO: Readonly<Record<string, Offered>> = {
  ...POLL,
  'wasi:io/error': {
    resources: { error: ERROR_RESOURCE },
    functions: {
      '[method]error.to-debug-string': host([borrowType(ERROR_RESOURCE)], STRING_TYPE, (_world, [failure]) =>
        errorName((failure as StreamFailure).fault),
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
      '[method]input-stream.subscribe': subscribe([borrowInput]),
      '[method]output-stream.check-write': checkWrite,
      '[method]output-stream.write': write,
      '[method]output-stream.blocking-write-and-flush': write,
      '[method]output-stream.flush': flush,
      '[method]output-stream.blocking-flush': flush,
      '[method]output-stream.subscribe': subscribe([borrowOutput]),
      '[method]output-stream.write-zeroes': writeZeroes,
      '[method]output-stream.blocking-write-zeroes-and-flush': writeZeroes,
      '[method]output-stream.splice': splice,
      '[method]output-stream.blocking-splice': splice,
    },
  },
}

function closed(): Case {
  return error({ index: CLOSED })
}

/** As many bytes as are left, within reason; undefined when there are none any more. */
function take(
  world: ComponentWorld,
  stream: Value | undefined,
  count: Value | undefined,
): Uint8Array | undefined {
  const wanted = small(count)
  const part = (stream as InputStream).take(world, wanted)
  return wanted > 0 && part.length === 0 ? undefined : part
}

function small(count: Value | undefined): number {
  const wanted = count as bigint
  return wanted > BigInt(CHUNK_BYTES) ? CHUNK_BYTES : Number(wanted)
}

/** A stream that has failed says why, once, and is closed from then on. */
function put(world: ComponentWorld, stream: Value | undefined, content: Uint8Array): Case {
  const target = stream as OutputStream
  if (target.isClosed) return closed()
  try {
    target.put(world, content)
    return DONE
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    target.isClosed = true
    return error({ index: FAILED, value: new StreamFailure(fault) })
  }
}
