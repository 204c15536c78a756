// Takes memory as WebAssembly does until there is no more, and says how many MiB it had. Started by control-group.test.ts.
import { writeSync } from 'node:fs'

const STEP_MIB = 16
const held: WebAssembly.Memory[] = []

try {
  while (held.length * STEP_MIB < 4_096) {
    const memory = new WebAssembly.Memory({ initial: STEP_MIB * 16, maximum: STEP_MIB * 16 })
    new Uint8Array(memory.buffer).fill(1)
    held.push(memory)
  }
} catch {
  // There is no more: that is what is asked.
}
writeSync(3, String(held.length * STEP_MIB))
