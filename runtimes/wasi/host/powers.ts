/** What questions are answered from: the call with what its message lends, and what was gathered for it so far. */
import { ForbiddenError } from '../../../kernel/index.ts'
import type {
  Deferred,
  HandlerAuthority,
  HandlerPromises,
  HandlerState,
  RuntimeCall,
} from '../../../kernel/index.ts'
import type { ReadAhead } from './read-ahead.ts'

export interface HostPowers {
  readonly call: RuntimeCall
  readonly ahead: ReadAhead
  /** Left to the guest when it asked. */
  fuelLeft: number
  /** Bytes that answers may still have. */
  answerBytesLeft: number
  /** The promise this call has made. */
  deferred?: Deferred
}

/** @throws {ForbiddenError} */
export function stateOf({ call }: HostPowers): HandlerState {
  return call.state ?? forbidden('this call has no state')
}

/** @throws {ForbiddenError} */
export function authorityOf({ call }: HostPowers): HandlerAuthority {
  return call.authority ?? forbidden('this call has no authority over other handlers')
}

/** @throws {ForbiddenError} */
export function promisesOf({ call }: HostPowers): HandlerPromises {
  return call.promises ?? forbidden('this call can make and resolve no promises')
}

export function forbidden(detail: string): never {
  throw new ForbiddenError(detail)
}
