/**
 * A QR code for a terminal: two rows of modules in each line. What is light is drawn, as terminals write light on
 * dark; most readers take it the other way round too.
 */
import type { QrModules } from './modules.ts'

const BOTH = '█'
const UPPER = '▀'
const LOWER = '▄'

export function qrBlocks(modules: QrModules): string[] {
  const lines: string[] = []
  for (let at = 0; at < modules.length; at += 2) {
    const [upper = [], lower] = [modules[at], modules[at + 1]]
    lines.push(upper.map((isDark, x) => blockOf(!isDark, lower?.[x] === false)).join(''))
  }
  return lines
}

function blockOf(isUpperLight: boolean, isLowerLight: boolean): string {
  if (isUpperLight) return isLowerLight ? BOTH : UPPER
  return isLowerLight ? LOWER : ' '
}
