/** Runs hostile guests in Web Workers of this page, an honest one after each, and tells what came of them. */
import { readDescriptor } from '../../../../kernel/index.ts'
import { createWorkerRuntime } from '../../../wasi/index.ts'
import type { HandlerState, RunCancel, RuntimeCall } from '../../../../kernel/index.ts'
import type { BrowserAnswer, BrowserEnd, BrowserGuest } from './browser-guests.ts'

const WORKERS = 2
const forever: RunCancel = { aborted: false, signal: new AbortController().signal }
const state = { put: () => undefined } as Partial<HandlerState> as HandlerState

const [echo, ...guests] = (await (await fetch('/given.json')).json()) as [BrowserGuest, ...BrowserGuest[]]

let started = 0
const runtime = createWorkerRuntime({
  workers: WORKERS,
  start: () => {
    started += 1
    return new Worker(new URL('../../../wasi/worker/wasi-worker.js', import.meta.url), { type: 'module' })
  },
})

function bytesOf(text: string, zeros = 0): Uint8Array {
  const head = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  const bytes = new Uint8Array(head.length + zeros)
  bytes.set(head)
  return bytes
}

function callOf(guest: BrowserGuest, code: Uint8Array): RuntimeCall {
  const descriptor = readDescriptor(bytesOf(guest.descriptor)).ok
  if (descriptor === undefined) throw new TypeError('a descriptor cannot be read')
  const blocks = new Map(guest.blocks.map(([cid, bytes]) => [cid, bytesOf(bytes)]))
  return {
    protocol: descriptor.code,
    descriptor,
    method: guest.method,
    input: bytesOf(guest.input),
    context: new Uint8Array(),
    budget: guest.budget,
    loadCode: async () => code,
    getBlock: async (cid) => blocks.get(cid.toString()),
    state,
  }
}

async function endOf(guest: BrowserGuest): Promise<BrowserEnd> {
  const code = bytesOf(guest.code, guest.zeros)
  const call = callOf(guest, code)
  const admitted = await runtime.admit(code, call.descriptor)
  if (admitted.refused !== undefined) return { code: admitted.refused.code }
  const { refused, output, fuel } = await runtime.run(call, forever)
  return { code: refused?.code, fuel, output: output && [...output] }
}

const ends: BrowserEnd[] = []
const echoes: BrowserEnd[] = []
for (const guest of guests) {
  ends.push(await endOf(guest))
  echoes.push(await endOf(echo))
}
const crowd = await Promise.all(Array.from({ length: 100 }, () => endOf(echo)))
const answer: BrowserAnswer = { browser: navigator.userAgent, ends, echoes: [...echoes, ...crowd], started }
await fetch('/', { method: 'POST', body: JSON.stringify(answer) })
