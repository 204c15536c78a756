/** A value as DAG-JSON, for people: as a vector states it, and with floats that are told from integers. */
import { CborFloat, isCid } from '../../../promisebase/index.ts'
import type { CborValue } from '../../../promisebase/index.ts'

export function showDagJson(value: CborValue): string {
  if (value instanceof CborFloat) return floatText(value.value)
  if (value instanceof Uint8Array) return `{"/": {"bytes": "${base64(value)}"}}`
  if (isCid(value)) return `{"/": "${value.toString()}"}`
  if (Array.isArray(value)) return `[${value.map(showDagJson).join(', ')}]`
  if (value instanceof Map)
    return `{${[...value].map(([name, each]) => `${JSON.stringify(name)}: ${showDagJson(each)}`).join(', ')}}`
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

/** A whole one keeps its point, which JSON does not ask for; a large one has an exponent instead. */
function floatText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
