// Bytes are handed out upwards and never taken back: an instance serves one call.

/** First free address; 0 before the first use, for a start function would run outside any call. */
let top: u32 = 0

/** Address of `length` fresh bytes, aligned to 16; 0 when the memory may not grow that far. */
export function take(length: u32): u32 {
  if (top == 0) top = <u32>__heap_base
  const start = (top + 15) & ~15
  const end = <u64>start + <u64>length
  const pages = (end + 0xffff) >>> 16
  const missing = <i64>pages - <i64>memory.size()
  if (missing > 0 && (missing > 0xffff || memory.grow(<i32>missing) < 0)) return 0
  top = <u32>end
  return start
}

/** Whether a stranger's range lies inside the memory. */
export function isInside(start: u32, length: u32): bool {
  return <u64>start + <u64>length <= <u64>memory.size() << 16
}
