/** The way from inside a lane to its host: the port of a thread, or the pipe that a process was started with. */
import { Socket } from 'node:net'
import { parentPort } from 'node:worker_threads'

import { Frames, frameOf, readFrame } from './frames.ts'
import type { MessagePort } from 'node:worker_threads'
import type { Inside, ToLane } from '../../wasi/index.ts'

/** The descriptor a host has put it at. */
const PIPE = 3

export function openLine(): Inside {
  return parentPort === null ? throughPipe(new Socket({ fd: PIPE })) : throughPort(parentPort)
}

function throughPort(port: MessagePort): Inside {
  return {
    send: (message) => port.postMessage(message),
    listen: (heard) => void port.on('message', heard),
  }
}

/** Where the host is gone, so is the process. */
function throughPipe(pipe: Socket): Inside {
  const frames = new Frames()
  pipe.on('error', () => process.exit())
  pipe.on('end', () => process.exit())
  return {
    send: (message) => void pipe.write(frameOf(message)),
    // The host may be believed: it holds all that is in here.
    listen: (heard) =>
      void pipe.on('data', (piece) => {
        for (const frame of frames.take(piece)) heard(readFrame(frame) as ToLane)
      }),
  }
}
