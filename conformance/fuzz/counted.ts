/** Bytes that count how often one of them is looked at: work, measured without a clock. */

export interface Counted {
  readonly bytes: Uint8Array
  readonly reads: () => number
}

/** A view of `bytes`; what is read through a `DataView` or as a whole is not counted. */
export function counted(bytes: Uint8Array): Counted {
  let reads = 0
  const proxy = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) {
        reads += 1
        return target[Number(name)]
      }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { bytes: proxy, reads: () => reads }
}
