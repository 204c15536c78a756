/** Long work that a person, or the system, may stop: it is told, and ends where nothing is lost. */
import { HostError } from '../host-error.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs `work` with a signal that Ctrl-C aborts. Whoever asks a second time is not kept waiting: the process ends.
 * @throws {HostError} INTERRUPTED where the work has stopped because of it
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const { signal } = controller
  const stop = (): void => {
    for (const name of SIGNALS) process.off(name, stop)
    controller.abort()
  }
  for (const name of SIGNALS) process.on(name, stop)
  try {
    return await work(signal)
  } catch (error) {
    if (!signal.aborted || !isAbort(error)) throw error
    throw new HostError('INTERRUPTED', 'stopped before it was done', {
      cause: error,
      fix: 'run it again: what was acknowledged is in the store, and is not written twice',
    })
  } finally {
    for (const name of SIGNALS) process.off(name, stop)
  }
}

/** The reason of the signal, or what an interface of the platform makes of it. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
