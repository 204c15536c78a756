/** Lists: an address and a length. Those of bytes are moved whole, others element by element. */
import { measure } from './type.ts'
import type { Place } from '../abi/place.ts'
import type { ValueType } from './type.ts'
import type { Value } from './value.ts'

const PAIR_BYTES = 8

/** Where something of variable length lies, and its length. */
export interface Extent {
  readonly at: number
  readonly length: number
}

export function listType(element: ValueType): ValueType {
  const isBytes = element.form.kind === 'u8'
  return {
    form: { kind: 'list', element },
    ...(isBytes ? extentCodec(readBytes, writeBytes) : extentCodec(readElements, writeElements)),
    ...measure([element], PAIR_BYTES),
  }

  function readElements(place: Place, { at, length }: Extent): Value {
    place.chargeValues(length * element.parts)
    place.check(at, length * element.size, element.alignment)
    return Array.from({ length }, (_, index) => element.load(place, at + index * element.size))
  }

  function writeElements(place: Place, value: Value): Extent {
    const elements = value as readonly Value[]
    place.chargeValues(elements.length * element.parts)
    const at = place.reserve(elements.length * element.size, element.alignment)
    elements.forEach((each, index) => element.store(place, at + index * element.size, each))
    return { at, length: elements.length }
  }
}

type Codec = Pick<ValueType, 'size' | 'alignment' | 'flat' | 'load' | 'store' | 'lift' | 'lower'>

/** How everything that is an address and a length travels. */
export function extentCodec(
  read: (place: Place, extent: Extent) => Value,
  write: (place: Place, value: Value) => Extent,
): Codec {
  return {
    size: PAIR_BYTES,
    alignment: 4,
    flat: ['i32', 'i32'],
    load: (place, from) => {
      const view = place.view()
      return read(place, { at: view.getUint32(from, true), length: view.getUint32(from + 4, true) })
    },
    store: (place, to, value) => {
      const { at, length } = write(place, value)
      const view = place.view()
      view.setUint32(to, at, true)
      view.setUint32(to + 4, length, true)
    },
    lift: (place, from) => {
      const at = (from.next() as number) >>> 0
      return read(place, { at, length: (from.next() as number) >>> 0 })
    },
    lower: (place, value, to) => {
      const { at, length } = write(place, value)
      to.push(at, length)
    },
  }
}

function readBytes(place: Place, { at, length }: Extent): Value {
  place.chargeBytes(length)
  return place.bytes(at, length, 1).slice()
}

function writeBytes(place: Place, value: Value): Extent {
  const bytes = value as Uint8Array
  place.chargeBytes(bytes.length)
  const at = place.reserve(bytes.length, 1)
  place.bytes(at, bytes.length, 1).set(bytes)
  return { at, length: bytes.length }
}
