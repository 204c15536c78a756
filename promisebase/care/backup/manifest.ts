/**
 * The manifest of a backup, its root: what is in it, and the last page, which through its chain names all others
 * (spec/backup.md).
 *
 *   manifest = dag-cbor { "backup": 1, "sequence": uint, "pages": uint, "blocks": uint, "entries": uint,
 *                         "labels": uint, "bytes": uint, "last": link }
 */
import { decodeCbor } from '../../cbor/decode.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../../cbor/profile.ts'
import { isCid } from '../../cid.ts'
import type { CID } from 'multiformats/cid'

/** How much is in a backup, or in a store. */
export interface BackupTotals {
  /** Number of the newest commit. */
  readonly sequence: number
  readonly pages: number
  readonly blocks: number
  readonly entries: number
  readonly labels: number
  /** Octets of all keys and values. */
  readonly bytes: number
}

export interface Manifest extends BackupTotals {
  readonly last: CID
}

const VERSION = 1
const TOTALS = ['sequence', 'pages', 'blocks', 'entries', 'labels', 'bytes'] as const

export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeDagCbor({ backup: VERSION, ...manifest })
}

/** `version` is of a manifest that only another version can read; undefined when the bytes are no manifest. */
export function decodeManifest(
  bytes: Uint8Array,
): { readonly manifest: Manifest } | { readonly version: number } | undefined {
  const map = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map)) return undefined
  const [version, last] = [map.get('backup'), map.get('last')]
  if (typeof version !== 'number') return undefined
  if (version !== VERSION) return { version }
  const totals = TOTALS.map((name) => map.get(name))
  if (map.size !== TOTALS.length + 2 || !isCid(last) || !totals.every(isCount)) return undefined
  const [sequence, pages, blocks, entries, labels, bytesOfAll] = totals as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return { manifest: { sequence, pages, blocks, entries, labels, bytes: bytesOfAll, last } }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}
