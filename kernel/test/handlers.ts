/** Handlers that tests watch: they count their runs, wait to be let go, write and then fail. */
import { HandlerError } from '../index.ts'
import type { HandlerState, NativeCall, NativeHandler } from '../index.ts'

export interface Watched {
  readonly handler: NativeHandler
  /** Every call so far, in order. */
  readonly calls: readonly NativeCall[]
  /** What the handler was given to reach the store with, kept over the end of the call. */
  readonly states: readonly HandlerState[]
  /** Lets one waiting call go, or the next one that will wait. */
  release(): void
  /** Resolves when a call waits. */
  arrived(): Promise<void>
}

type Work = (call: NativeCall, wait: () => Promise<void>) => Promise<Uint8Array> | Uint8Array

const KEY = new TextEncoder().encode('count')

/** What the methods do; every handler of tests offers all of them. */
const METHODS: Record<string, Work> = {
  /** Gives its input back. */
  same: ({ input }) => input,
  /** Adds one to a counter in the space of the message and gives it back. */
  add: async ({ state }) => increment(state),
  addWait: async ({ state }, wait) => {
    const count = await increment(state)
    await wait()
    return count
  },
  addFail: async ({ state }) => {
    await increment(state)
    throw new HandlerError('counted, and thought better of it')
  },
  addThrow: async ({ state }) => {
    await increment(state)
    throw new Error('the secret of the operator is not readable')
  },
  wait: async ({ input }, wait) => {
    await wait()
    return input
  },
  fail: () => {
    throw new HandlerError('no')
  },
  crash: () => {
    throw new Error('the secret of the operator is not readable')
  },
  nonsense: () => 'not bytes' as unknown as Uint8Array,
  nothing: () => undefined as unknown as Uint8Array,
  /** Ends only when it is told to. */
  hang: ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('stopped')))
    }),
  /** As many bytes as its input says. */
  grow: ({ input }) => new Uint8Array(Number(new TextDecoder().decode(input))),
}

const METHOD_NAMES = Object.keys(METHODS).sort()

export function watched(name: string, fields: Partial<NativeHandler> = {}): Watched {
  const calls: NativeCall[] = []
  const states: HandlerState[] = []
  const waiting: (() => void)[] = []
  const watchers: (() => void)[] = []
  let released = 0
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      for (const watcher of watchers.splice(0)) watcher()
      if (released === 0) waiting.push(resolve)
      else {
        released -= 1
        resolve()
      }
    })
  return {
    calls,
    states,
    release: () => {
      const next = waiting.shift()
      if (next === undefined) released += 1
      else next()
    },
    arrived: () =>
      waiting.length > 0 ? Promise.resolve() : new Promise((resolve) => watchers.push(resolve)),
    handler: {
      name,
      version: 1,
      methods: METHOD_NAMES,
      pure: false,
      public: false,
      limits: { memoryBytes: 1024 },
      run: async (call) => {
        calls.push(call)
        if (call.state !== undefined) states.push(call.state)
        const work = METHODS[call.method]
        if (work === undefined) throw new HandlerError('no such method')
        return work(call, wait)
      },
      ...fields,
    },
  }
}

async function increment(state: HandlerState | undefined): Promise<Uint8Array> {
  if (state === undefined) throw new HandlerError('no state')
  const before = await state.get(KEY)
  const count = Uint8Array.of((before?.[0] ?? 0) + 1)
  state.put(KEY, count)
  return count
}
