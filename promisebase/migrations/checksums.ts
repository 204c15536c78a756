/** From version 1 to 2: every value but those of blocks, and the version, gets a checksum. */
import { decodeHead, verifyTail } from '../commit-record.ts'
import { ENTRY_BOUNDS, HEAD_KEY, labelBounds } from '../keys.ts'
import { sealValue } from '../sealed.ts'
import type { Migration } from './migration.ts'

/** Head, records and ids of version 1. */
const COMMIT_BOUNDS = { gte: HEAD_KEY, lt: Uint8Array.of(0x04) }

export const ADD_CHECKSUMS: Migration = {
  from: 'promisebase 1',
  to: 'promisebase 2',
  bounds: [COMMIT_BOUNDS, ENTRY_BOUNDS, labelBounds('')],
  verify: async (snapshot) => verifyTail(snapshot, decodeHead(await snapshot.get(HEAD_KEY))),
  rewrite: sealValue,
}
