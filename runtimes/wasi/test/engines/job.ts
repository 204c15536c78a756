/** One row of the table of runs, before it ran: everything an engine is told, as JSON. */
import type { Descriptor } from '../../../../kernel/index.ts'

export interface Job {
  readonly name: string
  readonly code: string
  readonly descriptor: Omit<Descriptor, 'code'>
  readonly method: string
  readonly input: string
  readonly fuel: number
  /** What it finds by CID. */
  readonly blocks: readonly { readonly codec: number; readonly bytes: string }[]
}

/** Bytes as they stand in a job: base64. */
export function packed(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export function unpacked(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
