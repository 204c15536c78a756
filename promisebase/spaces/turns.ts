/**
 * Writes of one transaction that read first, one after another: two of them at once would both see the state before,
 * and leave in an index what only one of them took out.
 */
const turns = new WeakMap<object, Promise<unknown>>()

export function inTurn<T>(transaction: object, work: () => Promise<T>): Promise<T> {
  const before = turns.get(transaction) ?? Promise.resolve()
  const turn = before.then(work, work)
  turns.set(transaction, turn)
  return turn
}
