/** How a host function ends a run from inside of it. No guest can catch this: exceptions are not admitted. */
import type { RefusalCode } from '../../kernel/index.ts'

export class Halt extends Error {
  override readonly name = 'Halt'
  /** The refusal to end with; `exit` when the guest asked to end. */
  readonly code: RefusalCode | 'exit'

  constructor(code: RefusalCode | 'exit', detail: string) {
    super(detail)
    this.code = code
  }
}
