/**
 * CBOR for people: the diagnostic notation of RFC 8949 section 8, over several lines where one is too long.
 * It also prints what a scan refuses, as far as it can be read, and says where it stopped. Heads that are
 * longer than needed carry the encoding indicator of section 8.1, so that no two inputs look alike.
 */
import { bytesToHex } from '@noble/hashes/utils.js'
import { cidAt } from '../cid.ts'
import { fitsSingle, HALF_NAN, halfFromNumber, halfToNumber } from './float.ts'
import { bracket, join } from './layout.ts'
import { CORE_PROFILE } from './profile.ts'
import { scanCbor } from './scan.ts'
import { isUtf8, readText } from './utf8.ts'

export interface DiagnoseOptions {
  /** Spaces of one level; 2 by default. */
  readonly indent?: number
  /** Longest list that stays on one line; 72 by default. */
  readonly width?: number
  /** Whether byte strings that hold an array, map or tag are shown as `<<...>>`; false by default. */
  readonly embedded?: boolean
  /** Levels of nesting that are shown, embedded ones included; 64 by default, 256 at most. */
  readonly depth?: number
}

/** Prints one item, or as much of it as there is. Never throws, whatever the bytes. */
export function diagnose(bytes: Uint8Array, options: DiagnoseOptions = {}): string {
  const { indent = 2, width = 72, embedded = false, depth = 64 } = options
  const printer = new Printer(bytes, { indent, width, embedded, depth: Math.min(depth, 256) })
  const lines = printer.item(0)
  if (printer.stopped === undefined && printer.at < bytes.length) {
    printer.stopped = `the item ends here, and ${bytes.length - printer.at} more bytes follow`
  }
  if (printer.stopped === undefined) return lines.join('\n')
  return [...lines, `/ stopped at byte ${printer.at}: ${printer.stopped} /`].join('\n')
}

interface Head {
  readonly major: number
  readonly info: number
  /** Undefined for an indefinite length. */
  readonly argument: bigint | undefined
}

/** Stands for what cannot be printed. */
const REST: readonly string[] = ['…']

/** Every step returns the lines of one item; once `stopped` says why, nothing more is read. */
class Printer {
  at = 0
  stopped: string | undefined
  readonly #bytes: Uint8Array
  readonly #settings: Required<DiagnoseOptions>
  /** Where the content of the byte string printed last begins. */
  #content = 0

  constructor(bytes: Uint8Array, settings: Required<DiagnoseOptions>) {
    this.#bytes = bytes
    this.#settings = settings
  }

  item(depth: number, embedded = this.#settings.embedded): readonly string[] {
    if (depth > this.#settings.depth) return this.#stop(`nested deeper than ${this.#settings.depth}`)
    const start = this.at
    const head = this.#head()
    if (head === undefined) return REST
    const { major, argument } = head
    if (major === 7) return [this.#simpleOrFloat(head, start)]
    if (major === 6) return this.#tag(head, depth)
    if (major >= 4) return this.#container(head, depth)
    if (argument === undefined) return this.#chunks(head, depth)
    if (major >= 2) return this.#string(head, argument, start, embedded ? depth : undefined)
    return [`${major === 0 ? argument : -1n - argument}${indicator(head)}`]
  }

  #head(): Head | undefined {
    const initial = this.#bytes[this.at]
    if (initial === undefined) return this.#fail('the input ends')
    const major = initial >> 5
    const info = initial & 0x1f
    const isIndefinite = info === 31 && major >= 2 && major <= 5
    if (info > 27 && !isIndefinite) {
      return this.#fail(initial === 0xff ? 'a break without a beginning' : 'a reserved head')
    }
    const width = info < 24 || isIndefinite ? 0 : 1 << (info - 24)
    const next = this.at + 1 + width
    if (next > this.#bytes.length) return this.#fail('the input ends inside a head')
    const argument = isIndefinite ? undefined : readArgument(this.#bytes, this.at + 1, next, info)
    this.at = next
    return { major, info, argument }
  }

  /** `depth` is given where the content may be shown as CBOR. */
  #string(head: Head, length: bigint, start: number, depth: number | undefined): readonly string[] {
    const here = this.#bytes.length - this.at
    if (length > here) {
      this.at = start
      return this.#stop(`a string of ${length} bytes, of which ${here} are here`)
    }
    this.#content = this.at
    this.at += Number(length)
    const content = this.#bytes.subarray(this.#content, this.at)
    if (head.major === 3) return [text(content) + indicator(head)]
    const inner = depth === undefined ? undefined : this.#embedded(content, depth + 1)
    return inner ?? [`h'${bytesToHex(content)}'${indicator(head)}`]
  }

  #embedded(content: Uint8Array, depth: number): readonly string[] | undefined {
    const major = (content[0] ?? 0) >> 5
    const isWorthwhile = major >= 4 && major <= 6 && depth <= this.#settings.depth
    if (!isWorthwhile || scanCbor(content, CORE_PROFILE).refused !== undefined) return undefined
    const inner = new Printer(content, this.#settings)
    const lines = inner.item(depth)
    return inner.stopped === undefined ? bracket('<<', [lines], '>>', this.#settings) : undefined
  }

  #chunks(head: Head, depth: number): readonly string[] {
    const parts: (readonly string[])[] = []
    while (this.stopped === undefined && !this.#break()) {
      const isChunk = this.at >= this.#bytes.length || (this.#bytes[this.at] as number) >> 5 === head.major
      parts.push(isChunk ? this.item(depth + 1, false) : this.#stop('no chunk of the string'))
    }
    return bracket('(_ ', parts, ')', this.#settings)
  }

  #container(head: Head, depth: number): readonly string[] {
    const isMap = head.major === 5
    const parts: (readonly string[])[] = []
    for (let left = head.argument ?? -1n; left !== 0n && this.stopped === undefined; left -= 1n) {
      if (head.argument === undefined && this.#break()) break
      parts.push(isMap ? this.#entry(depth + 1) : this.item(depth + 1))
    }
    const open = (isMap ? '{' : '[') + (head.argument === undefined ? '_ ' : spaced(indicator(head)))
    return bracket(open, parts, isMap ? '}' : ']', this.#settings)
  }

  #entry(depth: number): readonly string[] {
    const key = this.item(depth)
    return this.stopped === undefined ? join(key, ': ', this.item(depth)) : key
  }

  /** Whether an item of indefinite length ends here. */
  #break(): boolean {
    if (this.#bytes[this.at] !== 0xff) return false
    this.at += 1
    return true
  }

  #tag(head: Head, depth: number): readonly string[] {
    const isLink = head.argument === 42n
    const isBytes = isLink && (this.#bytes[this.at] ?? 0) >> 5 === 2
    const lines = this.item(depth + 1, isLink ? false : this.#settings.embedded)
    const remark = isBytes && this.stopped === undefined ? this.#cid() : ''
    return join([`${head.argument}${indicator(head)}(`], '', join(lines, ')', [remark]))
  }

  /** The text of a link, for people who copy it. */
  #cid(): string {
    const from = this.#bytes[this.#content] === 0 ? this.#content + 1 : this.#content
    const cid = cidAt(this.#bytes, from, this.at)
    return cid === undefined ? ' / no CID /' : ` / ${cid.toString()} /`
  }

  #simpleOrFloat(head: Head, start: number): string {
    if (head.info > 24)
      return float(new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start + 1), head.info)
    const value = Number(head.argument)
    const isLong = head.info === 24 && value < 32
    return isLong ? `simple(${value})_0` : (SIMPLE.get(value) ?? `simple(${value})`)
  }

  #stop(reason: string): readonly string[] {
    this.#fail(reason)
    return REST
  }

  #fail(reason: string): undefined {
    this.stopped ??= reason
    return undefined
  }
}

const SIMPLE: ReadonlyMap<number, string> = new Map([
  [20, 'false'],
  [21, 'true'],
  [22, 'null'],
  [23, 'undefined'],
])

function readArgument(bytes: Uint8Array, start: number, end: number, info: number): bigint {
  let argument = start === end ? BigInt(info) : 0n
  for (let at = start; at < end; at++) argument = argument * 256n + BigInt(bytes[at] as number)
  return argument
}

function float(view: DataView, info: number): string {
  const value =
    info === 25 ? halfToNumber(view.getUint16(0)) : info === 26 ? view.getFloat32(0) : view.getFloat64(0)
  if (Number.isNaN(value) && !(info === 25 && view.getUint16(0) === HALF_NAN)) {
    return `NaN / ${bytesToHex(new Uint8Array(view.buffer, view.byteOffset, 1 << (info - 24)))} /`
  }
  const shortest = halfFromNumber(value) !== undefined ? 25 : fitsSingle(value) ? 26 : 27
  const digits = Object.is(value, -0) ? '-0' : String(value)
  return (/^-?\d+$/.test(digits) ? `${digits}.0` : digits) + (info === shortest ? '' : `_${info - 24}`)
}

/** How long the head is, where that is longer than the argument needs. */
function indicator({ info, argument = 0n }: Head): string {
  const shortest =
    argument < 24n ? -1 : argument < 0x100n ? 0 : argument < 0x10000n ? 1 : argument < 0x100000000n ? 2 : 3
  const used = info < 24 ? -1 : info - 24
  return used === shortest ? '' : `_${used}`
}

function spaced(word: string): string {
  return word === '' ? '' : `${word} `
}

function text(content: Uint8Array): string {
  const isText = isUtf8(content, 0, content.length)
  return isText
    ? quote(readText(content, 0, content.length))
    : `h'${bytesToHex(content)}' / text, not UTF-8 /`
}

/** Quotes text so that a terminal shows it and does not obey it: no control or direction characters. */
function quote(content: string): string {
  return JSON.stringify(content).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
