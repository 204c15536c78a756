/** What a handler in AssemblyScript needs of its host, as the file a project begins with. */
export const ASSEMBLYSCRIPT_SDK = `/**
 * What a handler in AssemblyScript needs of its host: see spec/handler-abi.md and spec/host-functions.md of PromiseGrid.
 * What is not used is not compiled: a handler that asks for nothing imports nothing.
 */

/** Memory of one call, which goes with it: nothing is freed. */
export function alloc(length: i32): usize {
  return heap.alloc(length)
}

/** What a method was given. */
export function input(at: usize, length: i32): Uint8Array {
  const bytes = new Uint8Array(length)
  memory.copy(bytes.dataStart, at, length)
  return bytes
}

/** The result of a method: these bytes. */
export function bytes(result: Uint8Array): i64 {
  return pair(result.dataStart, result.length)
}

/** The result of a method that has nothing to say, or has made a promise. */
export function nothing(): i64 {
  return 0
}

/** The failure of a method, in words for its caller. */
export function error(message: string): i64 {
  const text = utf8(message)
  return pair(text.dataStart | 0x80000000, text.length)
}

/** The bytes of a text, as keys and inputs have them. */
export function utf8(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text))
}

function pair(at: usize, length: i32): i64 {
  return (<i64>(<u64>at << 32)) | <i64>length
}

/** What came of a question. Nothing is thrown, for nothing could catch it: look at \`ok\` first. */
export class Answer {
  constructor(
    /** The code that the host refused the question with; empty where it did not. */
    readonly code: string,
    /** Whether what was asked for is not there; nothing is wrong then. */
    readonly absent: bool,
    /** Empty where there is nothing to tell. */
    readonly bytes: Uint8Array,
  ) {}

  get ok(): bool {
    return this.code.length == 0
  }
}

@external("promisegrid", "answer_length") declare function answer_length(): i32
@external("promisegrid", "answer_read") declare function answer_read(from: i32, into: usize, room: i32): i32
@external("promisegrid", "answer_refuse") declare function answer_refuse(): void

function told(status: i32): Answer {
  const answer = status == -1 ? new Uint8Array(0) : lastAnswer()
  if (status != -2) return new Answer('', status == -1, answer)
  return new Answer(String.UTF8.decodeUnsafe(answer.dataStart, answer.length), false, new Uint8Array(0))
}

function lastAnswer(): Uint8Array {
  const answer = new Uint8Array(answer_length())
  answer_read(0, answer.dataStart, answer.length)
  return answer
}

/** Ends the call with what the last question was refused with. It traps where nothing was refused. */
export function refuse(): i64 {
  answer_refuse()
  return unreachable()
}

@external("promisegrid", "log") declare function log(text: usize, length: i32): void

/** Words that explain a failure, should the call fail (group \`log\`). */
export function say(text: string): void {
  const words = utf8(text)
  log(words.dataStart, words.length)
}

@external("promisegrid", "state_get")
declare function state_get(key: usize, keyLength: i32, into: usize, room: i32): i32
@external("promisegrid", "state_put")
declare function state_put(key: usize, keyLength: i32, value: usize, length: i32): i32
@external("promisegrid", "state_delete") declare function state_delete(key: usize, keyLength: i32): i32
@external("promisegrid", "state_range")
declare function state_range(
  prefix: usize, prefixLength: i32, after: usize, afterLength: i32, limit: i32, into: usize, room: i32,
): i32
@external("promisegrid", "state_ahead") declare function state_ahead(key: usize, keyLength: i32): void
@external("promisegrid", "state_space") declare function state_space(into: usize, room: i32): i32
@external("promisegrid", "state_prefix") declare function state_prefix(into: usize, room: i32): i32

export class Entry {
  constructor(readonly key: Uint8Array, readonly value: Uint8Array) {}
}

/** Entries in order of their keys; none where the question was refused, which its code tells. */
export class Page {
  constructor(readonly code: string, readonly entries: Entry[]) {}

  get ok(): bool {
    return this.code.length == 0
  }
}

/** The entries of the space that the message names (group \`state\`). */
export namespace state {
  export function get(key: Uint8Array): Answer {
    return told(state_get(key.dataStart, key.length, 0, 0))
  }

  export function put(key: Uint8Array, value: Uint8Array): Answer {
    return told(state_put(key.dataStart, key.length, value.dataStart, value.length))
  }

  export function remove(key: Uint8Array): Answer {
    return told(state_delete(key.dataStart, key.length))
  }

  /** Entries by prefix, in order, behind the key \`after\` if it has bytes. */
  export function range(prefix: Uint8Array, after: Uint8Array, limit: i32): Page {
    const answer = told(
      state_range(prefix.dataStart, prefix.length, after.dataStart, after.length, limit, 0, 0),
    )
    return new Page(answer.code, entriesOf(answer.bytes))
  }

  /** Says what will be asked, so that the host reads it all at once. */
  export function ahead(key: Uint8Array): void {
    state_ahead(key.dataStart, key.length)
  }

  export function space(): Answer {
    return told(state_space(0, 0))
  }

  export function prefix(): Answer {
    return told(state_prefix(0, 0))
  }
}

function entriesOf(page: Uint8Array): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at < page.length; ) {
    const value = at + 8 + load<i32>(page.dataStart + at)
    const end = value + load<i32>(page.dataStart + at + 4)
    entries.push(new Entry(page.slice(at + 8, value), page.slice(value, end)))
    at = end
  }
  return entries
}

@external("promisegrid", "block_get")
declare function block_get(cid: usize, cidLength: i32, into: usize, room: i32): i32
@external("promisegrid", "block_put")
declare function block_put(bytes: usize, length: i32, codec: i32, into: usize, room: i32): i32
@external("promisegrid", "block_ahead") declare function block_ahead(cid: usize, cidLength: i32): void

/** Blocks by CID (group \`block\`). */
export namespace block {
  export const RAW: i32 = 0x55
  export const DAG_CBOR: i32 = 0x71

  export function get(cid: Uint8Array): Answer {
    return told(block_get(cid.dataStart, cid.length, 0, 0))
  }

  /** Keeps a block; its CID. */
  export function put(content: Uint8Array, codec: i32): Answer {
    return told(block_put(content.dataStart, content.length, codec, 0, 0))
  }

  export function ahead(cid: Uint8Array): void {
    block_ahead(cid.dataStart, cid.length)
  }
}

@external("promisegrid", "call_table") declare function call_table(): i32
@external("promisegrid", "call_grant") declare function call_grant(capability: i32, into: usize, room: i32): i32
@external("promisegrid", "call") declare function call_ask(request: usize, into: usize, room: i32): i32

/** An address and a length, as the host reads them. */
@unmanaged
class Part {
  at: usize
  length: i32
}

/** The 64 bytes of a call that the host reads. */
@unmanaged
class Request {
  capability: i32
  protocol: usize
  protocolLength: i32
  method: usize
  methodLength: i32
  input: usize
  inputLength: i32
  lend: usize
  lendCount: i32
  resource: i32
  name: usize
  nameLength: i32
  prefix: usize
  prefixLength: i32
  fuel: u64
}

/** A call of another handler. It acts on no resource but the handler, until it is told another. */
export class Call {
  input: Uint8Array = new Uint8Array(0)
  /** Entries of the own table that are lent on. */
  lend: i32[] = []
  /** At most; 0 is all that is left. */
  fuel: u64 = 0
  private resource: i32 = 0
  private name: Uint8Array = new Uint8Array(0)
  private prefix: Uint8Array = new Uint8Array(0)

  constructor(
    /** Index among the chains that are lent. */
    readonly capability: i32,
    readonly protocol: Uint8Array,
    readonly method: string,
  ) {}

  onSpace(name: string, prefix: Uint8Array): Call {
    this.resource = 2
    this.name = utf8(name)
    this.prefix = prefix
    return this
  }

  onLabels(names: string): Call {
    this.resource = 3
    this.name = utf8(names)
    this.prefix = new Uint8Array(0)
    return this
  }

  /** Asks for it; its result. */
  ask(): Answer {
    const method = utf8(this.method)
    const request = new Request()
    request.capability = this.capability
    request.protocol = this.protocol.dataStart
    request.protocolLength = this.protocol.length
    request.method = method.dataStart
    request.methodLength = method.length
    request.input = this.input.dataStart
    request.inputLength = this.input.length
    request.lend = this.lend.dataStart
    request.lendCount = this.lend.length
    request.resource = this.resource
    request.name = this.name.dataStart
    request.nameLength = this.name.length
    request.prefix = this.prefix.dataStart
    request.prefixLength = this.prefix.length
    request.fuel = this.fuel
    return told(call_ask(changetype<usize>(request), 0, 0))
  }
}

/** Other handlers, with what the message lends (group \`call\`). */
export namespace calls {
  /** How many chains are lent. */
  export function table(): i32 {
    return call_table()
  }

  /** What a lent chain grants, as spec/host-functions.md writes it. */
  export function grant(capability: i32): Answer {
    return told(call_grant(capability, 0, 0))
  }
}

@external("promisegrid", "promise_defer")
declare function promise_defer(
  seconds: i32, wraps: usize, wrapsLength: i32, conditions: usize, count: i32, into: usize, room: i32,
): i32
@external("promisegrid", "promise_keep")
declare function promise_keep(promise: usize, promiseLength: i32, output: usize, length: i32): i32
@external("promisegrid", "promise_break")
declare function promise_break(promise: usize, promiseLength: i32, detail: usize, length: i32): i32
@external("promisegrid", "promise_outcome")
declare function promise_outcome(promise: usize, promiseLength: i32, into: usize, room: i32): i32

/** Answers that come later (groups \`promise\` and \`promise.outcome\`). */
export namespace promise {
  /** Makes the promise that this call ends with, and gives its id; the method returns \`nothing()\` then. */
  export function defer(seconds: i32, wraps: Uint8Array, conditions: Uint8Array[]): Answer {
    const parts = heap.alloc(offsetof<Part>() * conditions.length)
    for (let i = 0; i < conditions.length; i++) {
      const part = changetype<Part>(parts + i * offsetof<Part>())
      part.at = conditions[i].dataStart
      part.length = conditions[i].length
    }
    return told(promise_defer(seconds, wraps.dataStart, wraps.length, parts, conditions.length, 0, 0))
  }

  export function keep(id: Uint8Array, output: Uint8Array): Answer {
    return told(promise_keep(id.dataStart, id.length, output.dataStart, output.length))
  }

  export function fail(id: Uint8Array, detail: string): Answer {
    const words = utf8(detail)
    return told(promise_break(id.dataStart, id.length, words.dataStart, words.length))
  }

  export function outcome(id: Uint8Array): Answer {
    return told(promise_outcome(id.dataStart, id.length, 0, 0))
  }
}
`
