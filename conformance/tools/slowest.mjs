// Which test files took longest, for the last lines of a run: what is worth to be made faster, or begun earlier.
const HOW_MANY = 10

/** Told of every event of a run; `nameOf` says which test file an event is of. */
export function slowest(nameOf) {
  const tookMs = new Map()
  return {
    heard({ nesting, details, ...event }) {
      if (nesting !== 0) return
      const file = nameOf(event)
      if (file !== undefined) tookMs.set(file, (tookMs.get(file) ?? 0) + (details?.duration_ms ?? 0))
    },
    /** On the wall, where a file shares the machine with another. */
    lines() {
      const first = [...tookMs].toSorted(([, a], [, b]) => b - a).slice(0, HOW_MANY)
      return [
        'slowest files:',
        ...first.map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${file}`),
      ]
    },
  }
}
