/**
 * A lane that is a process, which may do as little as this system can see to: see {@link confined}. There is one pipe
 * to it, of frames that are read as from a stranger, and nothing else: the channel of Node between processes believes
 * whoever is at its other end.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { endedLane, Exchange, LaneEnded } from '../../wasi/index.ts'
import { confined } from './confinement.ts'
import { Frames, frameOf, readFrame } from './frames.ts'
import { readFromLane } from './from-lane.ts'
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Lane, LaneSettings, ToLane } from '../../wasi/index.ts'
import type { Started } from './confinement.ts'

const INSIDE = fileURLToPath(new URL('./lane-worker.js', import.meta.url))

interface Child {
  readonly process: ChildProcess
  readonly pipe: Socket
}

/** It keeps this process alive only while it works, and dies with it. */
export function openProcess(settings: LaneSettings): Lane {
  return openProgram(confined(INSIDE, [JSON.stringify(settings)]))
}

/** The same with any program at the other end of the pipe. */
export function openProgram(started: Started): Lane {
  const child = start(started)
  if (!(child instanceof LaneEnded)) return laneOf(child, started)
  started.group?.remove()
  return endedLane(child)
}

/** A system that has no more processes or descriptors may say so by throwing, or by leaving out the pipe. */
function start({ command, words, leads = false }: Started): Child | LaneEnded {
  try {
    const process = spawn(command, words, {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      detached: leads,
    })
    // Without this one, an error that comes later would end the host.
    process.on('error', () => undefined)
    const pipe = process.stdio?.[3]
    return pipe ? { process, pipe: pipe as Socket } : new LaneEnded('no process can be started', {})
  } catch (error) {
    return new LaneEnded((error as Error).message, {})
  }
}

function laneOf({ process, pipe }: Child, { group, leads = false }: Started): Lane {
  const exchange = new Exchange({
    read: readFromLane,
    send: (message) => write(pipe, message),
    cut: () => {
      pipe.destroy()
      process.kill('SIGKILL')
      if (leads) endGroup(process)
    },
  })
  let isEnding = false
  const idle = (): void => {
    // Who waits for its end waits in vain when nothing else keeps this process going.
    if (isEnding) return
    process.unref()
    pipe.unref()
  }
  idle()
  pipe.on('error', () => undefined)
  process.on('error', (error) => {
    exchange.over(error.message)
    if (process.pid === undefined) group?.remove()
  })
  // The pipe ends before the process does, and the system has counted before either.
  const ended = (how: string): void => exchange.over(how, { isOutOfMemory: group?.ranOutOfMemory() ?? false })
  process.on('exit', (code, signal) => {
    ended(`its process ended with ${signal ?? code}`)
    group?.remove()
  })
  listen(pipe, exchange, ended)
  return {
    ready: exchange.ready,
    get isOver() {
      return exchange.isOver
    },
    ask: async (job, tell, keep) => {
      process.ref()
      pipe.ref()
      try {
        return await exchange.ask(job, tell, keep)
      } finally {
        idle()
      }
    },
    end: async () => {
      isEnding = true
      exchange.over('its process was ended')
      await gone(process)
    },
  }
}

/** Its number is nobody else's as long as somebody is in the group. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

/** One frame after the other, the next when all is done about the last: so no more is kept than one of them. */
function listen(pipe: Socket, exchange: Exchange, ended: (how: string) => void): void {
  const frames = new Frames()
  const hear = (complete: Iterator<Uint8Array>): void => {
    for (let next = complete.next(); next.done !== true; next = complete.next()) {
      const answering = exchange.heard(readFrame(next.value))
      if (answering === undefined) continue
      pipe.pause()
      return void answering.then(() => guarded(() => hear(complete)))
    }
    if (pipe.isPaused()) pipe.resume()
  }
  const guarded = (work: () => void): void => {
    try {
      if (!exchange.isOver) work()
    } catch (error) {
      exchange.over((error as Error).message)
    }
  }
  pipe.on('data', (piece: Uint8Array) => guarded(() => hear(frames.take(piece))))
  pipe.on('end', () => ended(frames.isAmid ? 'it ended in the middle of what it said' : 'it closed its pipe'))
}

/** Resolves when the pipe has taken it in, which one that nobody reads never does; also when the pipe is gone. */
function write(pipe: Socket, message: ToLane): Promise<void> {
  return new Promise((resolve) => pipe.write(frameOf(message), () => resolve()))
}

async function gone(process: ChildProcess): Promise<void> {
  if (process.pid === undefined || process.exitCode !== null || process.signalCode !== null) return
  process.ref()
  await new Promise((resolve) => process.once('exit', resolve))
}
