/** Long enough for everything that waits for nothing outside of the test. */
export async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
