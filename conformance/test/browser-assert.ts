/** As much of `node:assert/strict` as the suites of backends and stores use, for a page. */
type Expected =
  (new (...values: never[]) => unknown) | Readonly<Record<string, unknown>> | ((error: unknown) => boolean)

class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function fail(message = 'failed'): never {
  throw new AssertionError(message)
}

export function ok(value: unknown, message?: string): void {
  if (!value) fail(message ?? `${show(value)} is not true`)
}

export function equal(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) fail(message ?? `${show(actual)} instead of ${show(expected)}`)
}

export function notEqual(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) fail(message ?? `${show(actual)} is not to be`)
}

export function deepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!isSame(actual, expected)) fail(message ?? `${show(actual)} instead of ${show(expected)}`)
}

export function throws(work: () => unknown, expected?: Expected): void {
  try {
    work()
  } catch (error) {
    check(error, expected)
    return
  }
  fail('nothing was thrown')
}

export async function rejects(
  work: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected,
): Promise<void> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    check(error, expected)
    return
  }
  fail('nothing was rejected')
}

// eslint-disable-next-line no-restricted-syntax -- the module it stands for has a default export
export default { fail, ok, equal, notEqual, deepEqual, throws, rejects, AssertionError }

function check(error: unknown, expected: Expected | undefined): void {
  if (expected === undefined) return
  if (typeof expected === 'function') {
    const fits =
      expected.prototype === undefined
        ? (expected as (error: unknown) => boolean)(error)
        : error instanceof expected
    if (!fits) throw error
    return
  }
  for (const [name, value] of Object.entries(expected))
    if (!isSame((error as Record<string, unknown>)[name], value)) throw error
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Map && b instanceof Map) return isSame([...a], [...b])
  if (a instanceof Set && b instanceof Set) return isSame([...a], [...b])
  const [left, right] = [Object.entries(a), Object.entries(b) as [string, unknown][]]
  if (left.length !== right.length) return false
  return left.every(
    ([name, value]) => Object.hasOwn(b, name) && isSame(value, (b as Record<string, unknown>)[name]),
  )
}

function show(value: unknown): string {
  return value instanceof Uint8Array
    ? `bytes ${value.slice(0, 40).join()}`
    : String(JSON.stringify(value)).slice(0, 200)
}
