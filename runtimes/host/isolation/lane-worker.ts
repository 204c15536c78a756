/** The program inside a lane, in a thread or a process of its own. */
import { parentPort, workerData } from 'node:worker_threads'

import { serveLane } from '../../wasi/index.ts'
import { openLine } from './line.ts'
import { Urgency } from './urgency.ts'
import type { FromLane, LaneSettings, ToLane } from '../../wasi/index.ts'

const parent = process.ppid
const line = openLine()
/** A process has its share of the processors from its control group. */
const urgency = parentPort === null ? undefined : new Urgency()

/** Read whenever a slice of fuel is used up: where nothing else ends a process with its host, this does. */
function monotonic(): number {
  // A thread is its host, and whose child that is does not matter.
  if (parentPort === null && process.ppid !== parent) process.exit()
  const now = performance.now()
  urgency?.goOn(now)
  return now
}

function send(message: FromLane): void {
  if (!('id' in message)) urgency?.end()
  line.send(message)
}

function listen(heard: (message: ToLane) => void): void {
  line.listen((message) => {
    if (!('id' in message)) urgency?.begin()
    heard(message)
  })
}

serveLane({ send, listen }, monotonic, (workerData ?? JSON.parse(process.argv[2] ?? '{}')) as LaneSettings)
