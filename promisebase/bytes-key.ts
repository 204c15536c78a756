/**
 * Short bytes as the key of a `Map` or `Set`: one character a byte, equal for equal bytes and only for them.
 * Not for people, and not for bytes longer than a stack bears.
 */
export function bytesKey(bytes: Uint8Array): string {
  // `apply` takes any array-like and is several times as fast as spreading.
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}
