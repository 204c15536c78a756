/** The program of a Web Worker: a lane of its page. It holds no key and no store. */
import { serveLane } from '../lane/serve.ts'
import type { ToLane } from '../lane/job.ts'
import type { SettingsMessage } from './settings.ts'

addEventListener('message', begin, { once: true })

function begin({ data }: MessageEvent<SettingsMessage>): void {
  const inside = {
    send: (message: unknown) => postMessage(message),
    listen: (heard: (message: ToLane) => void) =>
      addEventListener('message', ({ data }: MessageEvent<ToLane>) => heard(data)),
  }
  serveLane(inside, () => performance.now(), data.settings)
}
