/** A line of capital letters and digits as the modules of a QR code, its quiet zone among them. */
import { encodeQR } from 'qr'

import { QR_CHARACTERS_MAX } from '../capability/qr-text.ts'
import { HostError } from '../host-error.ts'

/** Rows of modules from the top, true for a dark one. */
export type QrModules = readonly (readonly boolean[])[]

/** Light modules all around, without which a reader does not find the code. */
const QUIET_ZONE = 4

/** @throws {HostError} FILE for what no QR code holds */
export function qrModules(line: string): QrModules {
  if (line.length > QR_CHARACTERS_MAX)
    throw new HostError('FILE', `it has ${line.length} characters, and a QR code holds ${QR_CHARACTERS_MAX}`)
  // The least correction leaves the most room, and a screen or a print is not torn.
  return encodeQR(line, 'raw', { ecc: 'low', encoding: 'alphanumeric', border: QUIET_ZONE })
}
