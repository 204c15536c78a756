/** Just enough WASI preview 1 to run one command on bytes, over plain WebAssembly. */

export interface CommandEnd {
  readonly exit: number
  readonly stdout: Uint8Array
  readonly stderr: string
  readonly memoryBytes: number
}

class Exit extends Error {
  readonly code: number
  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/** `chunk` is how many bytes one read or write takes at most. */
export function runCommand(
  module: WebAssembly.Module,
  argv: readonly string[],
  stdin: Uint8Array,
  chunk = 65536,
): CommandEnd {
  const written: Record<number, Uint8Array[]> = { 1: [], 2: [] }
  const args = argv.map((argument) => new TextEncoder().encode(`${argument}\0`))
  let at = 0
  const view = () => new DataView(memory.buffer)
  const firstSpan = (spans: number) => {
    const length = Math.min(chunk, view().getUint32(spans + 4, true))
    return new Uint8Array(memory.buffer, view().getUint32(spans, true), length)
  }
  const imports = {
    fd_read(_fd: number, spans: number, _count: number, done: number): number {
      const target = firstSpan(spans)
      const part = stdin.subarray(at, at + target.length)
      target.set(part)
      at += part.length
      view().setUint32(done, part.length, true)
      return 0
    },
    fd_write(fd: number, spans: number, _count: number, done: number): number {
      const part = firstSpan(spans).slice()
      written[fd]?.push(part)
      view().setUint32(done, part.length, true)
      return 0
    },
    args_sizes_get(count: number, bytes: number): number {
      view().setUint32(count, args.length, true)
      view().setUint32(
        bytes,
        args.reduce((sum, argument) => sum + argument.length, 0),
        true,
      )
      return 0
    },
    args_get(list: number, bytes: number): number {
      args.forEach((argument, index) => {
        view().setUint32(list + 4 * index, bytes, true)
        new Uint8Array(memory.buffer).set(argument, bytes)
        bytes += argument.length
      })
      return 0
    },
    proc_exit(code: number): never {
      throw new Exit(code)
    },
  }
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports })
  const memory = instance.exports['memory'] as WebAssembly.Memory
  const exit = exitOf(instance.exports['_start'] as () => void)
  const stderr = new TextDecoder().decode(join(written[2] ?? []))
  return { exit, stdout: join(written[1] ?? []), stderr, memoryBytes: memory.buffer.byteLength }
}

function exitOf(start: () => void): number {
  try {
    start()
    return 0
  } catch (error) {
    if (error instanceof Exit) return error.code
    throw error
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
