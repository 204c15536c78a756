/** Collects what nobody holds: what is left is held, and not merely not collected yet. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

export function collect(): void {
  gc()
  // What the first one finalises, the second one frees.
  gc()
}
