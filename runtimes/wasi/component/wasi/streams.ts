/** Streams: the three of the run, and what any stream can do. */
import { Resource } from '../types/resource.ts'
import { HostObject } from '../types/value.ts'
import type { OutputName } from '../../program/streams.ts'
import type { ComponentWorld } from './world.ts'

export const INPUT_STREAM = new Resource('input-stream')
export const OUTPUT_STREAM = new Resource('output-stream')

export abstract class InputStream extends HostObject {
  /** The next bytes, nothing behind the last one; they die with the next write. */
  abstract take(world: ComponentWorld, bytesMax: number): Uint8Array
}

export abstract class OutputStream extends HostObject {
  /** It has failed once: nothing can be written any more. */
  isClosed = false

  /** @throws {Fault} where it cannot be written */
  abstract put(world: ComponentWorld, bytes: Uint8Array): void
}

export class StandardInput extends InputStream {
  override take({ streams }: ComponentWorld, bytesMax: number): Uint8Array {
    return streams.read(bytesMax)
  }
}

export class StandardOutput extends OutputStream {
  readonly #target: OutputName

  constructor(target: OutputName) {
    super()
    this.#target = target
  }

  override put({ streams }: ComponentWorld, bytes: Uint8Array): void {
    streams.write(this.#target, bytes)
  }
}
