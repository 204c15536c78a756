/** The program in `guest/readings.c`: 53 KB of C with its library, of which each copy may be unlike all others. */
import { readFileSync } from 'node:fs'

const code = new Uint8Array(readFileSync(new URL('./readings.wasm', import.meta.url)))
const MARK = 'mark:'
const DIGITS = 16
const markAt = Buffer.from(code).indexOf(`${MARK}${'0'.repeat(DIGITS)}`) + MARK.length

const NAMES = ['outside', 'cellar', 'greenhouse', 'Ignored']

/** One KiB: 21 lines for each of four names, one of which has a capital. */
export const READINGS = new TextEncoder().encode(
  Array.from({ length: 63 }, (_, at) => `${NAMES[at % NAMES.length]} ${(at * 1.37).toFixed(2)}\n`)
    .join('')
    .slice(0, 1024),
)

/** Four lines: little work, for what the first call of a module costs besides. */
export const FEW_READINGS = READINGS.subarray(0, 64)

/** The program, with a mark that no other copy of this process has. */
export function marked(mark: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(code)
  const digits = mark.toString().padStart(DIGITS, '0')
  copy.set(new TextEncoder().encode(digits), markAt)
  return copy
}

/** Whether this is what the program makes of {@link READINGS}. @throws when it is not */
export function checkReport(report: Uint8Array): void {
  const lines = new TextDecoder().decode(report).split('\n')
  if (lines.length !== 5 || !lines[3]?.startsWith('outside ')) throw new Error(`wrong report: ${lines[0]}`)
}
