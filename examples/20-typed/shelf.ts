/** What the handler takes and gives: made by `grid handler types` from shelf. */
export interface Shelf {
  readonly mean: {
    readonly arguments: { readonly ratings: readonly number[] }
    readonly result: number
  }
  readonly rest: {
    readonly arguments: Record<string, never>
    readonly result: undefined
  }
  readonly sort: {
    readonly arguments: {
      readonly by: 'by-title' | { readonly 'from-year': number }
      readonly books: readonly {
        readonly year: number
        readonly genre: 'novel' | 'poetry'
        readonly marks: readonly ('lent' | 'torn')[]
        readonly title: string
        readonly rating?: number
        readonly 'bytes-long': bigint
      }[]
    }
    readonly result: readonly {
      readonly year: number
      readonly genre: 'novel' | 'poetry'
      readonly marks: readonly ('lent' | 'torn')[]
      readonly title: string
      readonly rating?: number
      readonly 'bytes-long': bigint
    }[]
  }
  readonly split: {
    readonly arguments: { readonly name: readonly [string, string]; readonly cover: Uint8Array }
    readonly result: readonly [
      number,
      number | null,
      { readonly ok: Uint8Array } | { readonly error: number },
    ]
  }
}
