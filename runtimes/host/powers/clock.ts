/** Node's clock and timers as powers: the only ambient authority of a host. */
import type { Powers } from '../../../kernel/index.ts'

/** The powers of this process that are not a store, a key or a runtime. */
export function nodePowers(): Pick<Powers, 'clock' | 'monotonic' | 'timer'> {
  return {
    clock: () => Date.now(),
    monotonic: () => performance.now(),
    timer: (ms, fire) => {
      const timer = setTimeout(fire, ms)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
