/** `wasi:random`: numbers that every node draws alike (spec/handler-abi.md, "Random"), and no secrets. */
import { Halt } from '../../halt.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import { listType } from '../types/list.ts'
import { tupleType } from '../types/record.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { host } from './offer.ts'
import type { Value } from '../types/value.ts'
import type { Offered } from './offer.ts'
import type { ComponentWorld } from './world.ts'

/** Some milliseconds of drawing, between two looks at the wall time. */
const BYTES_AT_ONCE = 64 * 1_024
const LONG_BYTES = 8

const { u8, u64 } = SCALAR_TYPES
const drawBytes = host([u64], listType(u8), (world, [count]) => draw(world, count as bigint))
const drawLong = host([], u64, drawNumber)

export const RANDOM: Readonly<Record<string, Offered>> = {
  'wasi:random/random': { functions: { 'get-random-bytes': drawBytes, 'get-random-u64': drawLong } },
  'wasi:random/insecure': {
    functions: { 'get-insecure-random-bytes': drawBytes, 'get-insecure-random-u64': drawLong },
  },
  'wasi:random/insecure-seed': {
    functions: {
      'insecure-seed': host([], tupleType([u64, u64]), (world) => [drawNumber(world), drawNumber(world)]),
    },
  },
}

function draw(world: ComponentWorld, count: bigint): Uint8Array {
  const { bytesOfCall } = COMPONENT_BOUNDS
  if (count > BigInt(bytesOfCall)) throw new Halt('TRAP', `more than ${bytesOfCall} random bytes at once`)
  const length = Number(count)
  world.guest.chargeBytes(length)
  const bytes = new Uint8Array(length)
  for (let from = 0; from < length; from += BYTES_AT_ONCE) {
    world.guest.checkTime()
    world.random.fill(bytes.subarray(from, from + BYTES_AT_ONCE))
  }
  return bytes
}

function drawNumber(world: ComponentWorld): Value {
  const bytes = new Uint8Array(LONG_BYTES)
  world.random.fill(bytes)
  return new DataView(bytes.buffer).getBigUint64(0, true)
}
