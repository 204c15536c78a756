/** A lane that could not be made: whoever is given it is told why, as of one that ended before it came up. */
import type { Lane, LaneEnded } from './lane.ts'

export function endedLane(reason: LaneEnded): Lane {
  return {
    ready: Promise.resolve(),
    isOver: true,
    ask: () => Promise.reject(reason),
    end: () => Promise.resolve(),
  }
}
