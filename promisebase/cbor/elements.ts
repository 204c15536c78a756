/** Where the elements of an array lie in its bytes: what was signed is a span of what was received. */

/**
 * Offsets at which the elements of the array at `start` begin, and the offset after the last one, so that
 * element `n` is `bytes.subarray(offsets[n], offsets[n + 1])`. For bytes that a scan accepted.
 * @throws {TypeError} when there is no array
 */
export function elementOffsets(bytes: Uint8Array, start = 0): number[] {
  const initial = bytes[start]
  if (initial === undefined || initial >> 5 !== 4) throw new TypeError('bytes are not a CBOR array')
  const { argument: count, next } = readHead(bytes, start)
  const offsets = [next]
  for (let at = next; offsets.length <= count; offsets.push(at)) at = skipItem(bytes, at)
  return offsets
}

/** The offset after the item at `at`. */
function skipItem(bytes: Uint8Array, at: number): number {
  let next = at
  for (let left = 1; left > 0; left--) {
    const initial = bytes[next]
    if (initial === undefined) throw new TypeError('bytes end inside the array')
    const major = initial >> 5
    const head = readHead(bytes, next)
    next = head.next
    if (major === 2 || major === 3) next += head.argument
    else if (major === 4) left += head.argument
    else if (major === 5) left += 2 * head.argument
    else if (major === 6) left += 1
  }
  return next
}

function readHead(bytes: Uint8Array, at: number): { readonly argument: number; readonly next: number } {
  const info = (bytes[at] as number) & 0x1f
  if (info < 24) return { argument: info, next: at + 1 }
  const next = at + 1 + (1 << (info - 24))
  let argument = 0
  for (let index = at + 1; index < next; index++) argument = argument * 256 + (bytes[index] as number)
  return { argument, next }
}
