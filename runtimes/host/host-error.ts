/** What can go wrong on the host itself, before a message exists: coded, so that a program can tell. */

export const HOST_ERRORS = {
  USAGE: 'an argument or option that cannot be taken',
  FILE: 'a file that cannot be taken: a folder, empty, too large, not readable, not writable, or not what it must say',
  NAME: 'a name that cannot be used, or is used already',
  MISSING: 'a file, block, handler, identity or grid that is not here',
  ADMIT: 'code that its runtime does not admit',
  EXCESS: 'a promise that would give more than its giver holds',
  CLOCK: 'the clock of this machine jumped forward more than a day',
  KEY_FILE: 'a key file that is lost, cannot be read or written, or can be read by others',
  PASSPHRASE: 'the passphrase of a key file that is missing or wrong',
  DATA: 'a data folder, or content of it, that cannot be read or written',
  BUSY: 'a queue of this host that is full',
  INTERRUPTED: 'work that was stopped before it was done',
  CLOSED: 'something that was closed before',
} as const

export type HostErrorCode = keyof typeof HOST_ERRORS

export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode
  /** What the user can do about it. */
  readonly fix: string | undefined

  constructor(
    code: HostErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly fix?: string } = {},
  ) {
    super(message, options)
    this.code = code
    this.fix = options.fix
  }
}
