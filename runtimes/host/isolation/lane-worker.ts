/** The program inside a lane, in a thread or a process of its own. */
import { parentPort, workerData } from 'node:worker_threads'

import { serveLane } from '../../wasi/index.ts'
import { openLine } from './line.ts'
import type { LaneSettings } from '../../wasi/index.ts'

const parent = process.ppid

/** Read whenever a slice of fuel is used up: where nothing else ends a process with its host, this does. */
function monotonic(): number {
  // A thread is its host, and whose child that is does not matter.
  if (parentPort === null && process.ppid !== parent) process.exit()
  return performance.now()
}

serveLane(openLine(), monotonic, (workerData ?? JSON.parse(process.argv[2] ?? '{}')) as LaneSettings)
