/**
 * A map of what is there for a moment, such as the messages in work. An engine gives a Map that is added to and
 * deleted from a new table every few changes; the tables it leaves behind are old, and whatever stood in them, a
 * message with all that was made for it, stays until the whole memory is looked through. So a map that has become
 * empty is left behind while it is young itself.
 */
export class PassingMap<Key, Value> {
  #entries = new Map<Key, Value>()

  get size(): number {
    return this.#entries.size
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value)
  }

  delete(key: Key): void {
    if (this.#entries.delete(key) && this.#entries.size === 0) this.#entries = new Map()
  }

  keys(): MapIterator<Key> {
    return this.#entries.keys()
  }

  values(): MapIterator<Value> {
    return this.#entries.values()
  }
}
