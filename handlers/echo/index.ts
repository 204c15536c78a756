/** The smallest handler: what comes in goes out. */
import type { NativeHandler } from '../../kernel/index.ts'

export const echo: NativeHandler = {
  name: 'echo',
  version: 1,
  methods: ['echo'],
  pure: true,
  public: true,
  limits: { memoryBytes: 1024 * 1024 },
  run: ({ input }) => input,
}
