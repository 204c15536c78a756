/** A lane that is a Web Worker. It is this program in a process of the browser that is also this page's, and is believed. */
import { Exchange } from '../lane/lane.ts'
import type { FromLane, LaneSettings } from '../lane/job.ts'
import type { Lane } from '../lane/lane.ts'
import type { SettingsMessage } from './settings.ts'

export function openWorker(start: () => Worker, settings: LaneSettings): Lane {
  const worker = start()
  const exchange = new Exchange({
    read: (message) => message as FromLane,
    send: (message) => worker.postMessage(message),
    cut: () => worker.terminate(),
  })
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => void exchange.heard(data))
  worker.addEventListener('messageerror', () => exchange.over('it said what cannot be copied'))
  worker.addEventListener('error', ({ message }) => exchange.over(message || 'its module cannot be loaded'))
  worker.postMessage({ kind: 'settings', settings } satisfies SettingsMessage)
  return {
    ready: exchange.ready,
    get isOver() {
      return exchange.isOver
    },
    ask: (job, tell) => exchange.ask(tell, job),
    end: async () => exchange.over('its worker was ended'),
  }
}
