import assert from 'node:assert/strict'

/** No Buffer, no view into bytes that hold more. */
export function assertPlain(value: Uint8Array | undefined): void {
  assert.ok(value !== undefined)
  assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype)
  assert.equal(value.buffer.byteLength, value.length)
}
