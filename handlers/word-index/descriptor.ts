/** word-index: how often each word of a UTF-8 text occurs, and on which lines. A WASI command in C. */
import type { Descriptor } from '../../kernel/index.ts'

/** SHA-256 of the committed code, so that a changed binary is noticed before it gets another CID. */
export const CODE_SHA256 = '568831de6ff369131ab3b160013e04e67372a319dde589a5217ce2183148f2f1'

export const CODE_URL = new URL('./word-index.wasm', import.meta.url)

export const DESCRIPTOR: Omit<Descriptor, 'code'> = {
  name: 'word-index',
  runtime: 'wasi',
  entry: 'command',
  // `run` lists every word, `top` the twenty most frequent.
  methods: ['run', 'top'],
  pure: true,
  public: true,
  imports: [],
  limits: {
    // Some 160 units a byte of English; a text made to be costly may need more and is then refused.
    fuel: 2_000_000_000,
    // The module's own maximum: enough for a text of 4 MiB with 200,000 distinct words.
    memoryBytes: 16 * 1024 * 1024,
    outputBytes: 16 * 1024 * 1024,
  },
}

/** Why the command ended, by exit code. */
export const EXITS: Readonly<Record<number, string>> = {
  1: 'the one argument must be run or top',
  2: 'the input is not UTF-8',
  3: 'the input is longer than 4 MiB',
  4: 'more than 200,000 distinct words',
  5: 'out of memory',
  6: 'stdin, stdout or the arguments failed',
}
