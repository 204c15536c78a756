/** A file that is a CAR, as a backup is too, as a source of its blocks: read once for where they lie, then one by one. */
import { open } from 'node:fs/promises'

import { openCar } from '../../../../promisebase/index.ts'
import { fileFault } from '../../files/file-fault.ts'
import { readPieces } from './file.ts'
import type { FileHandle } from 'node:fs/promises'
import type { CarRefusalCode, RepairSource, Result } from '../../../../promisebase/index.ts'

export interface CarFile extends AsyncDisposable {
  /** The bytes that stand under the hash of a CID, whatever its codec; that they are right is for the reader to see. */
  readonly read: RepairSource
}

interface Place {
  readonly start: number
  readonly length: number
}

/** Reads all of it, so that one which was cut off is refused at once. About 200 bytes of memory for each block. */
export async function openCarFile(path: string): Promise<Result<CarFile, CarRefusalCode>> {
  const places = await placesIn(path)
  if (places.refused !== undefined) return places
  const file = await open(path, 'r').catch(fileFault(path))
  return {
    ok: {
      read: async ({ multihash }) => {
        const place = places.ok.get(keyOf(multihash.bytes))
        return place && (await readPlace(file, path, place))
      },
      [Symbol.asyncDispose]: () => file.close(),
    },
  }
}

async function placesIn(path: string): Promise<Result<ReadonlyMap<string, Place>, CarRefusalCode>> {
  const opened = await openCar(readPieces(path))
  if (opened.refused !== undefined) return opened
  const places = new Map<string, Place>()
  const car = opened.ok
  try {
    for (;;) {
      const next = await car.next()
      if (next.refused !== undefined) return next
      if (next.ok === undefined) return { ok: places }
      const { cid, bytes } = next.ok
      places.set(keyOf(cid.multihash.bytes), { start: car.offset - bytes.length, length: bytes.length })
    }
  } finally {
    await car.close()
  }
}

/** What was cut off since it was looked at is not there. */
async function readPlace(file: FileHandle, path: string, place: Place): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(place.length)
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file
      .read(bytes, at, bytes.length - at, place.start + at)
      .catch(fileFault(path))
    if (bytesRead === 0) return undefined
    at += bytesRead
  }
  return bytes
}

function keyOf(multihash: Uint8Array): string {
  return Buffer.from(multihash).toString('latin1')
}
