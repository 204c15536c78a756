/** What is done to a descriptor itself: content, times, and what there is to know of it. */
import { placeOf64, setSize, writeAt } from '../../../files/content.ts'
import { setTimes } from '../../../files/times.ts'
import { ownType } from '../../types/handle.ts'
import { listType } from '../../types/list.ts'
import { tupleType } from '../../types/record.ts'
import { SCALAR_TYPES } from '../../types/scalar.ts'
import { host } from '../offer.ts'
import { INPUT_STREAM, OUTPUT_STREAM } from '../streams.ts'
import { BORROW, method } from './method.ts'
import { EntryStream, FileInput, FileOutput } from './streams.ts'
import {
  ADVICE,
  DESCRIPTOR_FLAG,
  DESCRIPTOR_FLAGS,
  DESCRIPTOR_STAT,
  DESCRIPTOR_TYPE,
  ENTRY_STREAM,
  kindOf,
  METADATA_HASH,
  metadataHashOf,
  NEW_TIMESTAMP,
  newTimeOf,
  statOf,
} from './types.ts'
import type { HostFunction } from '../offer.ts'
import type { Descriptor } from './descriptor.ts'

const { bool, u8, u64 } = SCALAR_TYPES
const bytes = listType(u8)
const { read, write } = DESCRIPTOR_FLAG
/** Nothing of a run is anywhere but in memory, so there is nothing to wait for, or to be told before. */
const nothing = (): undefined => undefined

export const DESCRIPTOR_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  'read-via-stream': method(
    [u64],
    ownType(INPUT_STREAM),
    (descriptor, [offset]) => new FileInput(descriptor.files, descriptor.file(read), offset as bigint),
  ),
  'write-via-stream': method(
    [u64],
    ownType(OUTPUT_STREAM),
    (descriptor, [offset]) => new FileOutput(descriptor.files, descriptor.file(write), offset as bigint),
  ),
  'append-via-stream': method(
    [],
    ownType(OUTPUT_STREAM),
    (descriptor) => new FileOutput(descriptor.files, descriptor.file(write), undefined),
  ),
  advise: method([u64, u64, ADVICE], undefined, nothing),
  'sync-data': method([], undefined, nothing),
  sync: method([], undefined, nothing),
  'get-flags': method([], DESCRIPTOR_FLAGS, ({ flags }) => flags),
  'get-type': method([], DESCRIPTOR_TYPE, ({ node }) => kindOf(node)),
  'set-size': method([u64], undefined, (descriptor, [size]) =>
    setSize(descriptor.files.disk, descriptor.file(write), size as bigint),
  ),
  'set-times': method([NEW_TIMESTAMP, NEW_TIMESTAMP], undefined, ({ files, node }, [accessed, modified]) =>
    setTimes(node, files.disk.clock, newTimeOf(accessed), newTimeOf(modified)),
  ),
  // The bytes die with the next write: they are in the memory of the guest before it can make one.
  read: method([u64, u64], tupleType([bytes, bool]), (descriptor, [length, offset], { guest }) => {
    const { content } = descriptor.file(read)
    const from = placeOf64(offset as bigint)
    const part = content.at(from, atMost(length as bigint, content.size))
    guest.chargeBytes(part.length)
    return [part, from + part.length >= content.size]
  }),
  write: method([bytes, u64], u64, (descriptor, [content, offset]) => {
    const part = content as Uint8Array
    writeAt(descriptor.files.disk, descriptor.file(write), placeOf64(offset as bigint), part)
    return BigInt(part.length)
  }),
  'read-directory': method(
    [],
    ownType(ENTRY_STREAM),
    (descriptor) => new EntryStream(descriptor.files, descriptor.folder),
  ),
  stat: method([], DESCRIPTOR_STAT, ({ node }) => statOf(node)),
  'is-same-object': host(
    [BORROW, BORROW],
    bool,
    (_world, [one, other]) => (one as Descriptor).node === (other as Descriptor).node,
  ),
  'metadata-hash': method([], METADATA_HASH, ({ node }) => metadataHashOf(node)),
}

function atMost(length: bigint, most: number): number {
  return length > BigInt(most) ? most : Number(length)
}
