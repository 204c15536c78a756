/** Setting the times of a file, folder or link. */
import { FAULT } from './fault.ts'
import type { FileSystemNode } from './node.ts'
import type { RunClock } from './run-clock.ts'

/** What a time becomes: that of now, one that is given, or what it was. */
export type NewTime = 'now' | bigint | undefined

export function setTimes(node: FileSystemNode, clock: RunClock, accessed: NewTime, modified: NewTime): void {
  if (node.device.isReadOnly) throw FAULT.rofs
  const now = clock.realtime
  const { times } = node
  if (accessed !== undefined) times.accessed = accessed === 'now' ? now : accessed
  if (modified !== undefined) times.modified = modified === 'now' ? now : modified
  times.changed = now
}
