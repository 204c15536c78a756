/** The blocks that all processes of postgres-care.test.ts begin with, by what each links to. */
export const GRAPH: readonly (readonly number[])[] = [[], [0], [], [1, 2], [3], [0, 4], [], [5, 6]]
