/** Numbers with units, for people; and back from what people type. */

const KIB = 1_024
const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 }
const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: KIB,
  mib: KIB * KIB,
  gib: KIB * KIB * KIB,
}

/** `1,077`: grouped the same way everywhere, whatever the locale. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function bytes(length: number): string {
  if (length < 10 * KIB) return length === 1 ? '1 byte' : `${count(length)} bytes`
  return length < KIB * KIB ? `${(length / KIB).toFixed(1)} KiB` : `${(length / KIB / KIB).toFixed(1)} MiB`
}

export function milliseconds(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`
}

export function duration(seconds: number): string {
  const [unit, size] = unitOf(Math.abs(seconds))
  const whole = Math.floor(Math.abs(seconds) / size)
  return `${count(whole)} ${unit}${whole === 1 || unit === 'min' || unit === 's' ? '' : 's'}`
}

/** `2026-01-31 12:00:05 UTC`. */
export function instant(seconds: number): string {
  const date = new Date(seconds * 1_000)
  if (Number.isNaN(date.getTime())) return `second ${count(seconds)}`
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Seconds from `90`, `90s`, `10m`, `2h` or `30d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  return parse(text, SECONDS)
}

/** Bytes from `4096`, `64KiB` or `16MiB`; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  return parse(text.toLowerCase(), BYTES)
}

/** A whole number, `2000000` or `2_000_000`; undefined for anything else. */
export function parseCount(text: string): number | undefined {
  return parse(text, { '': 1 })
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d[\d_]*)([a-zA-Z]*)$/.exec(text.trim()) ?? []
  const size = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit]
  if (digits === undefined || size === undefined) return undefined
  const value = Number(digits.replaceAll('_', '')) * size
  return Number.isSafeInteger(value) ? value : undefined
}

function unitOf(seconds: number): readonly [string, number] {
  if (seconds < 120) return ['s', 1]
  if (seconds < 7_200) return ['min', 60]
  return seconds < 172_800 ? ['hour', 3_600] : ['day', 86_400]
}
