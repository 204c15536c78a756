/** Which view reads the messages of which protocol. Nothing is tried: a protocol that is not here has no view. */
import { cidKey } from '../../promisebase/index.ts'
import { GRID_MESSAGE } from '../message/grid-message.ts'
import type { CID } from 'multiformats/cid'
import type { SignableView } from './view.ts'

export interface Views {
  /** @throws {RangeError} for a protocol that has a view already, or is read by the kernel itself */
  register(protocol: CID, view: SignableView): void
  find(protocol: CID): SignableView | undefined
}

export function createViews(registered: Iterable<readonly [CID, SignableView]> = []): Views {
  const views = new Map<string, SignableView>()
  const register = (protocol: CID, view: SignableView): void => {
    const name = cidKey(protocol)
    if (protocol.equals(GRID_MESSAGE)) throw new RangeError('protocol is the one the kernel reads itself')
    if (views.has(name)) throw new RangeError(`protocol ${protocol.toString()} has a view already`)
    views.set(name, view)
  }
  for (const [protocol, view] of registered) register(protocol, view)
  return { register, find: (protocol) => views.get(cidKey(protocol)) }
}
