/** One for each length. */
const scratch: Uint8Array[] = []

/**
 * A key for an engine that looks at it during the call and not afterwards. The engine of Node makes room outside of the
 * heap for a short array that was not there before, which costs more than to copy it to where there is room.
 */
export function lent(key: Uint8Array): Uint8Array {
  const room = (scratch[key.length] ??= new Uint8Array(new ArrayBuffer(key.length)))
  room.set(key)
  return room
}
