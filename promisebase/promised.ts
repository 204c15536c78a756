/**
 * The promise that `begin` gives, and a rejected one for what it throws: what an async function is for, without waiting
 * for a promise only to promise the same again. On the path of every read that is half of its price.
 */
export function promised<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return begin()
  } catch (error) {
    return Promise.reject(error as Error)
  }
}
