/** What can go wrong on the host itself, before a message exists: coded, so that a program can tell. */
export type HostErrorCode = 'KEY_FILE' | 'NAME' | 'DATA' | 'ADMIT' | 'MISSING' | 'FILE' | 'USAGE'

export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode

  constructor(code: HostErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
