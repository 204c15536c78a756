/**
 * Bytes as text, one character per byte. Such text compares exactly as the bytes do (unsigned, shorter first
 * on a tie), is a key of Map and Set, and the engine compares it as one block of memory.
 */

export function binaryText(bytes: Uint8Array): string {
  // Keys are at most some 1,300 bytes, far below what a call takes as arguments.
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}

export function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
