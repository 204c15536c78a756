/** How a function of preview 1 fails with an error number, from wherever it finds out. */
import { ERRNO } from '../errno.ts'

export class Fault extends Error {
  override readonly name = 'Fault'
  readonly errno: number

  constructor(name: string, errno: number) {
    super(name)
    this.errno = errno
  }
}

type FaultName = Exclude<keyof typeof ERRNO, 'success'>

/** One of each, made once: a guest can fail a million times in a second, and a stack trace costs microseconds. */
export const FAULT = Object.fromEntries(
  Object.entries(ERRNO).map(([name, errno]) => [name, new Fault(name, errno)]),
) as Readonly<Record<FaultName, Fault>>
